"""The firewall that wg-quick installs for a default route, as a script for `nft -f` (wg-quick's add_default)."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

from wgtranspile.artefact import Artefact, Emission, Gap
from wgtranspile.backends.base import Options, place, source_name
from wgtranspile.backends.quoting import comment, nft_string
from wgtranspile.diagnostics.catalogue import FIREWALL_ONLY, MARK_ASSUMED
from wgtranspile.plan import Family, InstallFirewall, Plan, RunHook, SetMark
from wgtranspile.templating import render

if TYPE_CHECKING:
    from ipaddress import IPv4Address, IPv6Address

_NAMES = {Family.IPV4: "ip", Family.IPV6: "ip6"}


class _Table(NamedTuple):
    family: str
    name: str
    source: str
    interface: str
    mark: int
    addresses: tuple[IPv4Address | IPv6Address, ...]


class _View(NamedTuple):
    source: str
    name: str
    families: tuple[str, ...]
    tables: tuple[_Table, ...]


def emit(plan: Plan, options: Options) -> Emission:  # noqa: ARG001  there are no keys in a firewall
    """Give the nft script; it is without rules where wg-quick would install none."""
    name = f"wg-quick-{plan.interface}"
    tables = tuple(
        _Table(_NAMES[step.family], name, place(plan, step.span), plan.interface, step.mark, step.addresses)
        for step in plan.up
        if isinstance(step, InstallFirewall)
    )
    view = _View(source_name(plan), name, tuple(_NAMES.values()) if tables else (), tables)
    path = PurePosixPath(f"etc/nftables/{plan.interface}.nft")
    content = render("nft/firewall.nft.j2", view, quote=nft_string, filters={"comment": comment})
    return Emission(
        artefacts=(Artefact(path, content),),
        gaps=tuple(_gaps(plan)),
        activate=(f"nft -f /{path}",),
        deactivate=tuple(f"nft delete table {table.family} {table.name}" for table in tables),
    )


def _gaps(plan: Plan) -> list[Gap]:
    gaps = [
        Gap(MARK_ASSUMED, step.span, {"mark": step.mark})
        for step in plan.up
        if isinstance(step, SetMark) and step.automatic
    ]
    hooks = [step for step in (*plan.up, *plan.down) if isinstance(step, RunHook)]
    left = f"the tunnel itself and its {len(hooks)} hooks" if hooks else "the tunnel itself"
    return [*gaps, Gap(FIREWALL_ONLY, hooks[0].span if hooks else None, {"left": left})]
