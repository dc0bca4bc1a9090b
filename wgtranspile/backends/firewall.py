"""The firewall of a default route as an nft script, for all backends that need one (wg-quick's add_default)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from wgtranspile.artefact import Artefact
from wgtranspile.backends.base import place, source_name
from wgtranspile.backends.quoting import comment, nft_string
from wgtranspile.model import Destination, Family, Mark, Ruleset, Tunnel, number
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


def tables(tunnel: Tunnel) -> tuple[Table, ...]:
    """Return the nft tables that wg-quick installs, none without a default route."""
    return tuple(_table(tunnel, ruleset) for ruleset in tunnel.rulesets)


def _table(tunnel: Tunnel, ruleset: Ruleset) -> Table:
    matches = [match for chain in ruleset.chains for rule in chain.rules for match in rule.matches]
    return Table(
        NFT_FAMILY[ruleset.family],
        ruleset.name,
        place(tunnel, ruleset.span),
        tunnel.interface,
        next(number(match.mark) for match in matches if isinstance(match, Mark)),
        tuple(match.address for match in matches if isinstance(match, Destination)),
    )


def removals(tunnel: Tunnel) -> Iterator[str]:
    """Yield the nft command that removes each table, whether it is there or not."""
    yield from (_removal(table.family, table.name) for table in tables(tunnel))


def removals_of_any(tunnel: Tunnel) -> Iterator[str]:
    """Yield the nft command that removes each table that an earlier version of the config may have had."""
    yield from (_removal(family, f"wg-quick-{tunnel.interface}") for family in _families(tunnel))


def _removal(family: str, name: str) -> str:
    return f"add table {family} {name}; delete table {family} {name}"


def _families(tunnel: Tunnel) -> tuple[str, ...]:
    """Return the families that can have a table; nft cannot take every name for one."""
    return () if re.search("[=+]", tunnel.interface) else tuple(NFT_FAMILY.values())


def script(tunnel: Tunnel, path: PurePosixPath) -> Artefact:
    """Return the nft script; loading it twice is the same as once. Without a firewall, it contains no rules."""
    found = tables(tunnel)
    # What an earlier version of the config has left is removed, too.
    view = _View(source_name(tunnel), f"wg-quick-{tunnel.interface}", _families(tunnel), found)
    return Artefact(path, render("nft/firewall.nft.j2", view, quote=nft_string, filters={"comment": comment}))
