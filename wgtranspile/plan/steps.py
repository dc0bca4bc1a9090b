"""The door of this stage: the steps of `wg-quick up` and `down`, in the order and under the names of its functions."""

from __future__ import annotations

import re
from ipaddress import IPv4Interface, IPv4Network, IPv6Interface, IPv6Network
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from wgtranspile.config import Phase
from wgtranspile.config.values import TABLES, is_number
from wgtranspile.diagnostics import catalogue
from wgtranspile.plan.model import (
    AddRoute,
    AddRules,
    AssignAddress,
    BringUp,
    ConfigureDevice,
    CreateLink,
    Family,
    InstallFirewall,
    Plan,
    RunHook,
    SaveConfig,
    SetMark,
    SetResolver,
    SetSourceValidMark,
    SkipRoute,
    Step,
    TearDown,
)
from wgtranspile.plan.peers import live_peers, private_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from ipaddress import IPv4Address, IPv6Address

    from wgtranspile.config import Config
    from wgtranspile.diagnostics import Collector
    from wgtranspile.plan.peers import LivePeer
    from wgtranspile.source import Span

    Interface = IPv4Interface | IPv6Interface
    Network = IPv4Network | IPv6Network

#: Where wg-quick begins to look for a free table (add_default).
FIRST_TABLE = 51820
#: What the kernel gives to the first rule that is added to its own three.
FIRST_PRIORITY = 32765
#: How many numbers from FIRST_TABLE the tunnels of a host ask for.
CHOSEN_TABLES = 1000
#: Below this the kernel keeps no IPv6 addresses on a link (IPV6_MIN_MTU).
SMALLEST_IPV6_MTU = 1280

_MAIN, _LOCAL = TABLES["main"], TABLES["local"]
_INTERNAL_VARIABLE = (
    r"(?:\$\{?|\[\[ -v )(CONFIG_FILE|WG_CONFIG|ADDRESSES|MTU|DNS|DNS_SEARCH|TABLE|PRE_UP|POST_UP|PRE_DOWN"
    r"|POST_DOWN|SAVE_CONFIG|PROGRAM|ARGS|SELF)\b"
    r"|(?:^|[;&|({]\s*)(cmd|die) "
)


class Assumptions(NamedTuple):
    """What wg-quick finds out on the host, as far as it is known beforehand.

    `fwmark` and `mtu` are pinned by the user; `number` is that of a default route among those of the host, each of
    which has one of its own (see numbers.py). With `external_keys`, the host has a private key that the config lacks.
    """

    fwmark: int | None = None
    mtu: int | None = None
    number: int = 0
    external_keys: bool = False


def plan(config: Config, assumptions: Assumptions, collector: Collector) -> Plan | None:
    """Return the plan of a config, or None when the reference would fail halfway; reports what is worth knowing."""
    peers = live_peers(config, collector)
    _check_mtu(config, peers, collector)
    up: tuple[Step, ...] = (
        CreateLink(),
        *_execute_hooks(config, Phase.PRE_UP, collector),
        _set_config(config, assumptions, peers),
        *(AssignAddress(located.value, located.span) for located in config.interface.addresses),
        _set_mtu_up(config, assumptions),
        *_set_dns(config, collector),
        *_add_routes(config, assumptions, peers, collector),
        *_execute_hooks(config, Phase.POST_UP, collector),
    )
    save = config.interface.save_config
    down: tuple[Step, ...] = (
        *_execute_hooks(config, Phase.PRE_DOWN, collector),
        *([SaveConfig(save.span)] if save is not None and save.value else []),
        TearDown(),
        *_execute_hooks(config, Phase.POST_DOWN, collector),
    )
    table = config.interface.table
    return None if collector.failed else Plan(config.name, config.source, up, down, table and table.span)


def _execute_hooks(config: Config, phase: Phase, collector: Collector) -> Iterator[RunHook]:
    for hook in config.interface.hooks:
        if hook.phase is phase:
            for variable in dict.fromkeys(a or b for a, b in re.findall(_INTERNAL_VARIABLE, hook.command)):
                if f"{variable}=" not in hook.command:
                    collector.report(catalogue.INTERNAL_VARIABLE_IN_HOOK, hook.span, variable=variable)
            if phase is Phase.PRE_UP and re.search(r"\bwg\s+(?:set|addconf|setconf|syncconf)\b", hook.command):
                collector.report(catalogue.PRE_UP_CHANGES_DEVICE, hook.span)
            yield RunHook(phase, hook.command.replace("%i", config.name), hook.span)


def _set_config(config: Config, assumptions: Assumptions, peers: Iterable[LivePeer]) -> ConfigureDevice:
    interface = config.interface
    return ConfigureDevice(
        private_key=private_key(config, external_keys=assumptions.external_keys),
        listen_port=interface.listen_port.value if interface.listen_port else 0,
        fwmark=interface.fwmark.value if interface.fwmark else 0,
        peers=tuple(peer.peer() for peer in peers),
    )


def _set_mtu_up(config: Config, assumptions: Assumptions) -> BringUp:
    if config.interface.mtu is not None:
        return BringUp(config.interface.mtu.value, config.interface.mtu.span)
    return BringUp(assumptions.mtu)


def _check_mtu(config: Config, peers: Iterable[LivePeer], collector: Collector) -> None:
    mtu = config.interface.mtu
    if mtu is None or mtu.value >= SMALLEST_IPV6_MTU:
        return
    routed = _table(config) != "off" and any(isinstance(net, IPv6Network) for peer in peers for net in peer.allowed_ips)
    if routed or any(isinstance(located.value, IPv6Interface) for located in config.interface.addresses):
        collector.report(catalogue.SMALL_MTU_WITH_IPV6, mtu.span, mtu=mtu.value)


def _set_dns(config: Config, collector: Collector) -> Iterator[SetResolver]:
    servers, search = config.interface.dns_servers, config.interface.dns_search
    if servers:
        yield SetResolver(
            tuple(located.value for located in servers),
            tuple(located.value for located in search),
            servers[0].span,
            tuple(located.span for located in servers),
            tuple(located.span for located in search),
        )
    elif search:
        collector.report(catalogue.SEARCH_WITHOUT_SERVER, search[0].span)


def _add_routes(
    config: Config, assumptions: Assumptions, peers: Iterable[LivePeer], collector: Collector
) -> Iterator[Step]:
    table = _table(config)
    if table == "off":
        return
    connected = _ByLength(network for network in map(_connected, _addresses(config)) if network is not None)
    taken = _taken(config, table)
    allowed_ips = chain.from_iterable(peer.allowed_ips.items() for peer in peers)
    marked = False
    # wg-quick sorts with `sort -nr -k 2 -t /`: by falling prefix length, then by falling text.
    for network, span in sorted(allowed_ips, key=lambda item: (item[0].prefixlen, str(item[0])), reverse=True):
        if table != "auto":
            _check_table_route(network, table, taken, span, collector)
            yield AddRoute(network, table, span)
        elif network.prefixlen == 0:
            yield from _add_default(config, assumptions, network, span, collector, marked=marked)
            marked = True
        elif (covering := connected.covering(network)) is not None:
            yield SkipRoute(network, covering, span)
        else:
            yield AddRoute(network, None, span)


def _add_default(  # noqa: PLR0913  all of them decide
    config: Config, assumptions: Assumptions, network: Network, span: Span, collector: Collector, *, marked: bool
) -> Iterator[Step]:
    fwmark = config.interface.fwmark
    from_config = fwmark is not None and fwmark.value != 0
    mark = (
        fwmark.value if fwmark is not None and from_config else assumptions.fwmark or FIRST_TABLE + assumptions.number
    )
    if not marked:
        name = next((name for name, number in TABLES.items() if number == mark), None)
        if name:
            place = fwmark.span if fwmark and from_config else span
            collector.report(catalogue.RESERVED_MARK, place, mark=mark, table=name)
        if re.search("[=+]", config.name):
            collector.report(catalogue.UNUSABLE_TABLE_NAME, span, name=config.name)
        automatic = not from_config and assumptions.fwmark is None
        yield SetMark(mark, automatic, from_config, fwmark.span if fwmark and from_config else span)
    family = Family(network.version)
    # Distinct for the tunnels of a host: networkd takes equal rules for one.
    yield AddRules(family, mark, FIRST_PRIORITY - 2 * assumptions.number, span)
    yield AddRoute(network, mark, span, default=True)
    if family is Family.IPV4:
        yield SetSourceValidMark(span)
    own = [address for address in _addresses(config) if address.version == family]
    yield InstallFirewall(family, mark, tuple(_as_listed(own)), span)


def _taken(config: Config, table: int | str) -> frozenset[Network | None]:
    """Return the IPv4 networks to which the addresses give that table routes."""
    addresses = [address for address in _addresses(config) if isinstance(address, IPv4Interface)]
    if table == _MAIN:
        return frozenset(map(_connected, addresses))
    return frozenset(IPv4Network(address.ip) for address in addresses) if table == _LOCAL else frozenset()


def _check_table_route(
    network: Network, table: int | str, taken: frozenset[Network | None], span: Span, collector: Collector
) -> None:
    """Report a route that cannot be added: an address gives that table one to the same IPv4 network."""
    if table == _MAIN and network.prefixlen == 0:
        collector.report(catalogue.DEFAULT_ROUTE_IN_MAIN, span)
    if network in taken:
        name = "main" if table == _MAIN else "local"
        collector.report(catalogue.ROUTE_EXISTS, span, network=network, table=name)


def _table(config: Config) -> int | str:
    """Return `auto`, `off`, a number, or a name that only the host knows; `unspec` and 0 mean main."""
    text = config.interface.table.value if config.interface.table else "auto"
    number = TABLES.get(text, int(text) if is_number(text) else None)
    return text if number is None else number or _MAIN


def _addresses(config: Config) -> list[Interface]:
    return [located.value for located in config.interface.addresses]


def _connected(address: Interface) -> Network | None:
    """Return the network to which the kernel makes a route in main for an address (for IPv4: fib_add_ifaddr)."""
    if isinstance(address, IPv4Interface) and (
        address.network.prefixlen == address.max_prefixlen or address.network.network_address.packed[0] == 0
    ):
        return None
    return address.network


class _ByLength:
    """Networks by family and prefix length, so that what covers a network is found without a look at each."""

    def __init__(self, networks: Iterable[Network]) -> None:
        self._found: dict[tuple[int, int], dict[int, tuple[int, Network]]] = {}
        for place, network in enumerate(networks):
            same_length = self._found.setdefault((network.version, network.prefixlen), {})
            same_length.setdefault(int(network.network_address), (place, network))

    def covering(self, network: Network) -> Network | None:
        """Return the first of the networks that covers `network` (`ip route show dev IF match NET`)."""
        number, bits = int(network.network_address), network.max_prefixlen
        candidates = (
            same_length.get(number >> (bits - length) << (bits - length))
            for (version, length), same_length in self._found.items()
            if version == network.version and length <= network.prefixlen
        )
        return min(filter(None, candidates), key=lambda found: found[0], default=(0, None))[1]


def _as_listed(addresses: list[Interface]) -> list[IPv4Address | IPv6Address]:
    """Return addresses of one family in the order in which `ip address show` lists them on the link.

    IPv4: those that lie in the network of an earlier one come last (inet_insert_ifa). IPv6: global ones before
    link-local ones, each the latest first (ipv6_link_dev_addr).
    """
    if addresses and isinstance(addresses[0], IPv6Interface):
        return sorted((address.ip for address in reversed(addresses)), key=lambda ip: ip.is_link_local)
    seen: set[Network] = set()
    primary: list[IPv4Address | IPv6Address] = []
    secondary: list[IPv4Address | IPv6Address] = []
    for address in addresses:
        (secondary if address.network in seen else primary).append(address.ip)
        seen.add(address.network)
    return primary + secondary
