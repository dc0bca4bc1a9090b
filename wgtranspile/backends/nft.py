"""The firewall that wg-quick installs for a default route, as a script for `nft -f`."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from wgtranspile.artefact import Command, Emission, Gap
from wgtranspile.backends import firewall
from wgtranspile.backends.base import mark_gaps
from wgtranspile.diagnostics.catalogue.backends import FIREWALL_ONLY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wgtranspile.backends.targets import Options
    from wgtranspile.model import Tunnel


def emit(tunnel: Tunnel, options: Options) -> Emission:  # noqa: ARG001  there are no keys in a firewall
    """Return the nft script; it is without rules where wg-quick would install none."""
    path = PurePosixPath(f"etc/nftables/{tunnel.interface}.nft")
    return Emission(
        artefacts=(firewall.script(tunnel, path),),
        gaps=tuple(_gaps(tunnel)),
        activate=(Command(("nft", "-f", f"/{path}")),),
        deactivate=tuple(
            Command(("nft", "delete", "table", table.family, table.name)) for table in firewall.tables(tunnel)
        ),
    )


def _gaps(tunnel: Tunnel) -> Iterator[Gap]:
    yield from mark_gaps(tunnel)
    hooks = tunnel.hooks
    count = "a hook" if len(hooks) == 1 else f"{len(hooks)} hooks"
    left = f"the tunnel itself and {count}" if hooks else "the tunnel itself"
    yield Gap(FIREWALL_ONLY, hooks[0].span if hooks else None, {"left": left})
