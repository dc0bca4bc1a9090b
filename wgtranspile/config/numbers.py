"""The numbers of a host's default routes: from them follow their marks, their tables and the priorities of their rules.

wg-quick counts tunnels in the order in which they come up. What is written beforehand has no such order, and must not
change when another config comes or goes: where there are several, the number of a tunnel follows from its name alone.
The only default route of a host has the number 0, as with wg-quick.
"""

from __future__ import annotations

import re
from itertools import count
from typing import TYPE_CHECKING

from wgtranspile.config.lowering import CHOSEN_TABLES, FIRST_TABLE
from wgtranspile.config.values import is_number

if TYPE_CHECKING:
    from collections.abc import Iterable
    from ipaddress import IPv4Network, IPv6Network

    from wgtranspile.config.model import Config
    from wgtranspile.source import Span

#: wg0 to wg99 ask for the numbers 0 to 99, other names for one between these and CHOSEN_TABLES.
_PLAIN = 100


def numbers(configs: Iterable[Config], fwmark: int | None = None) -> dict[str, int]:
    """Return the number of each default route among the configs of a host, by interface; `fwmark` is a pinned mark.

    A mark or table that a config names is not given to another. Of two names that ask for one number, the first has it;
    the other gets one that no name asks for, so that a third is not concerned.
    """
    tunnels: dict[str, int | None] = {}
    taken: set[int | None] = set()
    for config in configs:
        interface = config.interface
        named = _number(interface.fwmark.value if interface.fwmark and interface.fwmark.value else fwmark)
        if default_routes(config):
            tunnels[config.name] = named
        else:
            table = interface.table.value if interface.table else ""
            taken |= {named, _number(int(table)) if is_number(table) else None}
    spare = (number for number in count(CHOSEN_TABLES) if number not in taken)
    given: dict[str, int] = {}
    for name in sorted(tunnels, key=lambda name: (tunnels[name] is None, name)):
        number = tunnels[name]
        if number is None:
            number = 0 if len(tunnels) == 1 else _asked_for(name)
        given[name] = next(spare) if number in taken else number
        taken.add(given[name])
    return given


def default_routes(config: Config) -> dict[IPv4Network | IPv6Network, Span]:
    """Return the networks for which a config asks for policy routing, even if another section takes one away again."""
    table = config.interface.table
    if table is not None and table.value != "auto":
        return {}
    items = (item for peer in config.peers for item in peer.allowed_ips)
    return {item.network: item.span for item in items if item.network.prefixlen == 0 and not item.remove}


def _number(mark: int | None) -> int | None:
    """Return the number of a mark that is one of those given here."""
    return mark - FIRST_TABLE if mark is not None and 0 <= mark - FIRST_TABLE < CHOSEN_TABLES else None


def _asked_for(name: str) -> int:
    """Return the number that a name stands for, on every host and whatever its other tunnels are."""
    plain = re.fullmatch(r"wg(0|[1-9][0-9]?)", name)
    if plain:
        return int(plain[1])
    from zlib import crc32  # lazy: few hosts have such names

    return _PLAIN + crc32(name.encode()) % (CHOSEN_TABLES - _PLAIN)
