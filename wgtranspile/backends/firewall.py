"""The firewall of a default route as an nft script, for all backends that need one (wg-quick's add_default)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from wgtranspile.artefact import Artefact
from wgtranspile.backends.base import place, source_name
from wgtranspile.backends.quoting import comment, nft_string
from wgtranspile.plan import Family, InstallFirewall, Plan
from wgtranspile.templating import render

if TYPE_CHECKING:
    from collections.abc import Iterator
    from ipaddress import IPv4Address, IPv6Address
    from pathlib import PurePosixPath

NFT_FAMILY = {Family.IPV4: "ip", Family.IPV6: "ip6"}


class Table(NamedTuple):
    """One nft table: the firewall of one family."""

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
    tables: tuple[Table, ...]


def tables(plan: Plan) -> tuple[Table, ...]:
    """Return the nft tables that wg-quick installs, none without a default route."""
    name = f"wg-quick-{plan.interface}"
    return tuple(
        Table(NFT_FAMILY[step.family], name, place(plan, step.span), plan.interface, step.mark, step.addresses)
        for step in plan.up
        if isinstance(step, InstallFirewall)
    )


def removals(plan: Plan) -> Iterator[str]:
    """Yield the nft command that removes each table, whether it is there or not."""
    yield from (_removal(table.family, table.name) for table in tables(plan))


def removals_of_any(plan: Plan) -> Iterator[str]:
    """Yield the nft command that removes each table that an earlier version of the config may have had."""
    yield from (_removal(family, f"wg-quick-{plan.interface}") for family in _families(plan))


def _removal(family: str, name: str) -> str:
    return f"add table {family} {name}; delete table {family} {name}"


def _families(plan: Plan) -> tuple[str, ...]:
    """Return the families that can have a table; nft cannot take every name for one."""
    return () if re.search("[=+]", plan.interface) else tuple(NFT_FAMILY.values())


def script(plan: Plan, path: PurePosixPath) -> Artefact:
    """Return the nft script; loading it twice is the same as once. Without a firewall, it contains no rules."""
    found = tables(plan)
    # What an earlier version of the config has left is removed, too.
    view = _View(source_name(plan), f"wg-quick-{plan.interface}", _families(plan), found)
    return Artefact(path, render("nft/firewall.nft.j2", view, quote=nft_string, filters={"comment": comment}))
