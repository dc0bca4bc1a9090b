"""The plan itself as JSON, for other programs; its shape is docs/plan.schema.json.

Spans become lines and columns, addresses and networks strings, steps objects named by their kind.
"""

from __future__ import annotations

import json
from enum import IntEnum
from ipaddress import IPv4Address, IPv4Interface, IPv4Network, IPv6Address, IPv6Interface, IPv6Network
from pathlib import PurePosixPath

from wgtranspile.artefact import Artefact, Emission
from wgtranspile.backends.base import source_name
from wgtranspile.backends.targets import KeyStorage, Options
from wgtranspile.model import Endpoint, ExternalKey, Key, Peer, Tunnel
from wgtranspile.procedure import Step, procedure
from wgtranspile.redact import HIDDEN, holds
from wgtranspile.source import Place

SCHEMA = "wgtranspile/plan/1"

_TEXT = (Endpoint, IPv4Address, IPv4Interface, IPv4Network, IPv6Address, IPv6Interface, IPv6Network)


def emit(tunnel: Tunnel, options: Options) -> Emission:
    """Return the plan; `--keys external` leaves the keys out, but for their placeholders."""
    with_keys = options.keys is KeyStorage.INLINE
    steps = procedure(tunnel)
    document = {
        "schema": SCHEMA,
        "interface": tunnel.interface,
        "source": source_name(tunnel),
        "up": [_step(step, with_keys=with_keys) for step in steps.up],
        "down": [_step(step, with_keys=with_keys) for step in steps.down],
    }
    text = json.dumps(document, indent=2) + "\n"
    # What a hook holds no one knows: a key in another shape, a password.
    secret = holds(text, tunnel.secrets()) or bool(tunnel.hooks)
    path = PurePosixPath(f"etc/wireguard/{tunnel.interface}.plan.json")
    return Emission((Artefact(path, text, 0o600 if secret else 0o644, secret=secret),))


def _step(step: Step, *, with_keys: bool) -> dict[str, object]:
    return {"step": type(step).__name__, **_fields(step, with_keys=with_keys)}


def _fields(item: Step | Peer, *, with_keys: bool) -> dict[str, object]:
    return {
        name: _secret(value, with_keys=with_keys)
        if name in ("private_key", "preshared_key")
        else _value(value, with_keys=with_keys)
        for name, value in item._asdict().items()
    }


def _secret(key: Key | ExternalKey | None, *, with_keys: bool) -> str | None:
    if isinstance(key, ExternalKey):
        return f"{{{{ {key.placeholder} }}}}" if key.placeholder else None
    return key if key is None or with_keys else HIDDEN


def _value(value: object, *, with_keys: bool) -> object:
    if isinstance(value, Place):
        return value.start._asdict()
    if isinstance(value, _TEXT):
        return str(value)
    if isinstance(value, Peer):
        return _fields(value, with_keys=with_keys)
    if isinstance(value, tuple):
        return [_value(item, with_keys=with_keys) for item in value]
    return int(value) if isinstance(value, IntEnum) else value
