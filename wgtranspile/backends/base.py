"""What backends share: how they refer to places in the source, and gaps that several of them have."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from wgtranspile.artefact import Gap
from wgtranspile.backends.quoting import remark
from wgtranspile.backends.targets import KeyStorage
from wgtranspile.diagnostics.catalogue.backends import (
    MARK_ASSUMED,
    SAVE_CONFIG_NOT_EXPRESSIBLE,
    TABLE_NAME_NOT_EXPRESSIBLE,
)
from wgtranspile.model import Open, Reason, is_automatic, number

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wgtranspile.formats.sections import Remark
    from wgtranspile.model import Tunnel
    from wgtranspile.source import Place


def source_name(tunnel: Tunnel) -> str:
    """Return the name of the config for a header; it is the same wherever the file is."""
    return os.path.basename(tunnel.source.path)


def header(tunnel: Tunnel, what: str, keys: KeyStorage | None = None) -> tuple[Remark, ...]:
    """Return the comment at the top of a file: what part of a config is there (`{}` is its name), and who wrote it.

    A file that names keys which the host has by other means says so: these keys are not ours.
    """
    external = " --keys external" if keys is KeyStorage.EXTERNAL else ""
    return (
        remark(f"WireGuard tunnel {tunnel.interface}: {what.format(source_name(tunnel))}"),
        remark(f"Made by wgtranspile{external}: edit the config, not this file."),
    )


def place(span: Place | None) -> str:
    """Return `file:line` of a place for a comment."""
    return f"{os.path.basename(span.path)}:{span.start.line}" if span else ""


def mark_gaps(tunnel: Tunnel) -> Iterator[Gap]:
    """Yield the gap of a backend that writes down the mark which wg-quick would choose for a default route."""
    mark = tunnel.device.fwmark
    if is_automatic(mark):
        yield Gap(MARK_ASSUMED, tunnel.mark_rules[0].span, {"mark": number(mark)})


def save_config_gaps(tunnel: Tunnel) -> Iterator[Gap]:
    """Yield the gap of a backend that does not write the running state back to the config."""
    if tunnel.saves_config:
        yield Gap(SAVE_CONFIG_NOT_EXPRESSIBLE, tunnel.save_span)


def table_gaps(tunnel: Tunnel) -> Iterator[Gap]:
    """Yield the gaps of a backend that cannot look up table names: one for each table, however many routes it has."""
    table = tunnel.table
    if tunnel.routes and isinstance(table, Open) and table.why is Reason.NAMED_TABLE:
        yield Gap(TABLE_NAME_NOT_EXPRESSIBLE, tunnel.table_span, {"table": table.usual})
