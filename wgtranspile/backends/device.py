"""The device as wg(8) reads it, and what a later version of a config may change of a tunnel that is up."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zlib import crc32

from wgtranspile.artefact import KeyFile
from wgtranspile.backends.hooks import Kind, kinds
from wgtranspile.backends.quoting import comment, line
from wgtranspile.model import ExternalKey, known, number
from wgtranspile.procedure import ConfigureDevice, is_default, procedure, table_word

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import PurePosixPath

    from wgtranspile.model import Device, Key, Peer, Tunnel
    from wgtranspile.templating import Raw

    #: Returns the file of the private key, or of the preshared key of a peer; None where the key stands in the config.
    KeyPlace = Callable[[Peer | None], object | None]

_NO_PRESHARED_KEY = f"PresharedKey = {'A' * 43}="


def config(device: Device, fwmark: int, key_file: KeyPlace) -> Iterator[Raw]:
    """Return the lines of a config for wg(8); `Key < FILE` stands for a key that is kept in a file of its own."""
    return map(line, _config(device, fwmark, key_file))


def _config(device: Device, fwmark: int, key_file: KeyPlace) -> Iterator[str]:
    yield "[Interface]"
    if device.private_key is not None:
        yield _key("PrivateKey", device.private_key, key_file(None))
    if port := known(device.listen_port):
        yield f"ListenPort = {port}"
    if fwmark:
        yield f"FwMark = {fwmark}"
    for peer in device.peers:
        yield ""
        yield from (f"# {comment(text)}" for text in peer.comments)
        yield "[Peer]"
        yield f"PublicKey = {peer.public_key}"
        if peer.preshared_key is not None:
            yield _key("PresharedKey", peer.preshared_key, key_file(peer))
        if peer.endpoint is not None:
            yield f"Endpoint = {peer.endpoint}"
        if peer.allowed_ips:
            yield "AllowedIPs = " + ", ".join(map(str, peer.allowed_ips))
        if peer.persistent_keepalive:
            yield f"PersistentKeepalive = {peer.persistent_keepalive}"


def _key(name: str, key: Key | ExternalKey, file: object | None) -> str:
    return f"{name} = {key}" if file is None else f"{name} < {file}"


def preshared_key_name(peer: Peer) -> str:
    """Return the name of the file that holds the preshared key of a peer."""
    return f"{peer.public_key.replace('/', '_').replace('+', '-').rstrip('=')}.psk"


def keys(device: Device) -> Iterator[tuple[Peer | None, Key | ExternalKey]]:
    """Return each key that is not for everyone to see, with the peer that it is for: the private key is for none."""
    if device.private_key is not None:
        yield None, device.private_key
    yield from ((peer, peer.preshared_key) for peer in device.peers if peer.preshared_key is not None)


def key_files(
    tunnel: Tunnel, path: Callable[[Peer | None], PurePosixPath], mode: int = 0o600, group: str = "root"
) -> Iterator[KeyFile]:
    """Return the file of each key, for a host that gets its keys in another way."""
    for peer, key in keys(tunnel.device):
        yield KeyFile(
            path(peer),
            "PresharedKey" if peer else "PrivateKey",
            mode,
            group=group,
            peer=peer and str(peer.public_key),
            line=peer and peer.span.start.line,
            placeholder=key.placeholder if isinstance(key, ExternalKey) else None,
        )


def version(tunnel: Tunnel) -> str:
    """Return a digest of all that a tunnel cannot change while it is up: of all but peers, keys and routes to them.

    Who has it can test guesses of what hooks hold, so that an artefact with it is secret if there are hooks.
    """
    lasting = tuple(route for route in tunnel.routes if is_default(tunnel, route))
    up, down = procedure(tunnel._replace(routes=lasting, covered=()))
    steps = [step for step in (*up, *down) if not isinstance(step, ConfigureDevice)]
    parts = [
        number(tunnel.device.fwmark),
        {table_word(tunnel, route) for route in tunnel.routes} - {None},
        routed(tunnel),
        *(
            (type(step).__name__, *(value for name, value in step._asdict().items() if "span" not in name))
            for step in steps
        ),
    ]
    return f"{crc32(repr(parts).encode('utf-8', 'surrogateescape')):08x}"


def routed(tunnel: Tunnel) -> bool:
    """Whether allowed IPs get routes, or would: without any, this cannot be told, and there is nothing to lose."""
    allowed = any(peer.allowed_ips for peer in tunnel.device.peers)
    return not allowed or bool(tunnel.routes or tunnel.covered)


def reset_peer(tunnel: Tunnel) -> str:
    """Return the lines by which a peer forgets what it was told before, unless hooks may have told it."""
    hooked = any(Kind.DEVICE in kinds(tunnel, hook) for hook in tunnel.hooks)
    return "PersistentKeepalive = off" if hooked else f"PersistentKeepalive = off\n{_NO_PRESHARED_KEY}"
