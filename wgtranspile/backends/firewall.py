"""The firewall of a default route as an nft script, for all backends that need one (wg-quick's add_default)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from wgtranspile.artefact import Artefact
from wgtranspile.backends.base import place, source_name
from wgtranspile.backends.quoting import comment, nft_string, shell_word
from wgtranspile.formats.firewall import (
    NFT_FAMILY,
    Words,
    each_address,
    iptables_rule,
    is_per_address,
    nft_rule,
    priority_name,
)
from wgtranspile.model import Chain, Drop, RestoreMark, Ruleset, Tunnel
from wgtranspile.model.firewall import table_name
from wgtranspile.templating import Raw, render

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import PurePosixPath

# What the rules of a chain are for, by what they do.
_MEANING: dict[type, str] = {
    Drop: "Accept packets to the tunnel's addresses only through the tunnel or from this host.",
    RestoreMark: "Mark replies to encrypted packets, so that the reverse path filter finds the right route.",
}


class _Chain(NamedTuple):
    remark: str
    name: str
    hook: str
    priority: str
    rules: tuple[Raw, ...]


class Table(NamedTuple):
    """One nft table: the firewall of one family."""

    family: str
    name: str
    source: str
    chains: tuple[_Chain, ...]


class _View(NamedTuple):
    source: str
    name: str
    families: tuple[str, ...]
    tables: tuple[Table, ...]


def tables(tunnel: Tunnel) -> tuple[Table, ...]:
    """Return the nft tables that wg-quick installs, none without a default route."""
    return tuple(
        Table(
            NFT_FAMILY[ruleset.family],
            ruleset.name,
            place(ruleset.span),
            tuple(_chain(tunnel, ruleset, chain) for chain in ruleset.chains),
        )
        for ruleset in tunnel.rulesets
    )


def _chain(tunnel: Tunnel, ruleset: Ruleset, chain: Chain) -> _Chain:
    words = Words(NFT_FAMILY[ruleset.family], f'"{nft_string(tunnel.interface)}"')
    rules = tuple(Raw(nft_rule(one, words)) for rule in chain.rules for one in each_address(rule))
    remark = next((_MEANING[type(rule.action)] for rule in chain.rules if type(rule.action) in _MEANING), "")
    return _Chain(remark, chain.name, chain.hook, priority_name(chain), rules)


class _IptablesTable(NamedTuple):
    name: str
    per_address: tuple[Raw, ...]
    rules: tuple[Raw, ...]


class _Functions(NamedTuple):
    chains: tuple[Chain, ...]
    nft_per_address: tuple[Raw, ...]
    nft: tuple[Raw, ...]
    iptables: tuple[_IptablesTable, ...]


def functions(tunnel: Tunnel) -> Raw:
    """Return shell functions that add and remove the firewall, by nft or else by iptables.

    The link's addresses and its mark are those that it has when they are called.
    """
    chains = tunnel.rulesets[0].chains  # of one family as of the other
    nft = Words("$2", r"\"$interface\"", "$mark", "$address")
    iptables = Words("$2", "$interface", "$mark", "$address")
    rules = [(chain, rule) for chain in chains for rule in chain.rules]
    per_address, others = ([item for item in rules if is_per_address(item[1]) is each] for each in (True, False))
    view = _Functions(
        chains,
        nft_per_address=tuple(Raw(f"{chain.name} {nft_rule(rule, nft)}") for chain, rule in per_address),
        nft=tuple(Raw(f"{chain.name} {nft_rule(rule, nft)}") for chain, rule in others),
        iptables=tuple(
            _IptablesTable(
                name,
                *(
                    tuple(Raw(iptables_rule(*item, iptables)) for item in found if priority_name(item[0]) == name)
                    for found in (per_address, others)
                ),
            )
            for name in dict.fromkeys(map(priority_name, chains))
        ),
    )
    return Raw(render("shell/parts/firewall.sh.j2", view, quote=shell_word))


def removals(tunnel: Tunnel) -> Iterator[str]:
    """Yield the nft command that removes each table, whether it is there or not."""
    yield from (_removal(table.family, table.name) for table in tables(tunnel))


def removals_of_any(tunnel: Tunnel) -> Iterator[str]:
    """Yield the nft command that removes each table that an earlier version of the config may have had."""
    yield from (_removal(family, table_name(tunnel.interface)) for family in _families(tunnel))


def _removal(family: str, name: str) -> str:
    return f"add table {family} {name}; delete table {family} {name}"


def _families(tunnel: Tunnel) -> tuple[str, ...]:
    """Return the families that can have a table; nft cannot take every name for one."""
    return () if re.search("[=+]", tunnel.interface) else tuple(NFT_FAMILY.values())


def script(tunnel: Tunnel, path: PurePosixPath) -> Artefact:
    """Return the nft script; loading it twice is the same as once. Without a firewall, it contains no rules."""
    found = tables(tunnel)
    # What an earlier version of the config has left is removed, too.
    view = _View(source_name(tunnel), table_name(tunnel.interface), _families(tunnel), found)
    return Artefact(path, render("nft/firewall.nft.j2", view, quote=nft_string, filters={"comment": comment}))
