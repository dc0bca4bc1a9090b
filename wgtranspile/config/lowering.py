"""From a config to the tunnel that it gives a host, by the rules of wg-quick, whose functions are named.

With findings about what wg-quick would fail at, and about what is worth knowing.
"""

from __future__ import annotations

import re
from ipaddress import IPv4Interface, IPv4Network, IPv6Interface, IPv6Network
from typing import TYPE_CHECKING, NamedTuple

from wgtranspile.config.peers import live_peers, private_key
from wgtranspile.config.values import is_number
from wgtranspile.diagnostics.catalogue import plan as catalogue
from wgtranspile.model import (
    Address,
    Chain,
    CoveredRoute,
    Device,
    Family,
    FilterRule,
    Hook,
    Mark,
    NameServer,
    Open,
    Phase,
    PolicyRule,
    Protocol,
    Reason,
    Resolver,
    RestoreMark,
    Route,
    Ruleset,
    SaveMark,
    SearchDomain,
    Sysctl,
    Tunnel,
    number,
)
from wgtranspile.model.firewall import guard, table_name
from wgtranspile.model.linux import (
    FIRST_PRIORITY,
    LOCAL,
    MAIN,
    SMALLEST_IPV6_MTU,
    SRC_VALID_MARK,
    TABLES,
    as_listed,
    connected,
)
from wgtranspile.source import Place

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wgtranspile.config.model import Config
    from wgtranspile.config.peers import LivePeer
    from wgtranspile.diagnostics import Collector
    from wgtranspile.model.linux import IPInterface, IPNetwork

#: Where wg-quick begins to look for a free table (add_default).
FIRST_TABLE = 51820
#: How many numbers from FIRST_TABLE the tunnels of a host ask for.
CHOSEN_TABLES = 1000


class Assumptions(NamedTuple):
    """What wg-quick finds out on the host, as far as it is known beforehand.

    `fwmark` and `mtu` are pinned by the user; `number` is that of a default route among those of the host, each of
    which has one of its own (see numbers.py). With `external_keys`, the host has a private key that the config lacks.
    """

    fwmark: int | None = None
    mtu: int | None = None
    number: int = 0
    external_keys: bool = False


def lower(config: Config, assumptions: Assumptions, collector: Collector) -> Tunnel | None:
    """Return the tunnel of a config, or None if wg-quick would fail halfway; report what is worth knowing."""
    interface = config.interface
    peers = live_peers(config, collector)
    _check_mtu(config, peers, collector)
    hooks = tuple(hook for phase in Phase for hook in _hooks(config, phase, collector))
    resolver = _resolver(config, collector)
    routing = _routing(config, assumptions, peers, collector)
    _check_marks(hooks, routing.mark, collector)
    if collector.failed:
        return None
    return Tunnel(
        config.name,
        config.source,
        Device(
            private_key(config, external_keys=assumptions.external_keys),
            interface.listen_port.value
            if interface.listen_port and interface.listen_port.value
            else Open(Reason.ANY_PORT),
            routing.mark,
            tuple(peer.peer(config.source) for peer in peers),
            config.place(interface.fwmark) if interface.fwmark and interface.fwmark.value else None,
        ),
        interface.mtu.value if interface.mtu else Open(Reason.PATH_MTU, pinned=assumptions.mtu),
        tuple(Address(located.value, config.place(located)) for located in interface.addresses),
        routing.routes,
        routing.covered,
        routing.rules,
        routing.rulesets,
        routing.sysctls,
        resolver,
        hooks,
        routing.table,
        saves_config=interface.save_config is not None and interface.save_config.value,
        mtu_span=interface.mtu and config.place(interface.mtu),
        save_span=interface.save_config and config.place(interface.save_config),
        table_span=interface.table and config.place(interface.table),
    )


def _hooks(config: Config, phase: Phase, collector: Collector) -> Iterator[Hook]:
    """Yield the hooks of a moment (execute_hooks)."""
    for hook in config.interface.hooks:
        if hook.phase is phase:
            from wgtranspile.config.hooks import internal_names  # lazy: its patterns take long to compile

            for name in internal_names(hook.command):
                collector.report(catalogue.INTERNAL_VARIABLE_IN_HOOK, hook.span, name=name)
            if phase is Phase.PRE_UP and re.search(r"\bwg\s+(?:set|addconf|setconf|syncconf)\b", hook.command):
                collector.report(catalogue.PRE_UP_CHANGES_DEVICE, hook.span)
            yield Hook(phase, hook.command.replace("%i", config.name), config.place(hook))


def _check_marks(hooks: Iterable[Hook], mark: int | Open, collector: Collector) -> None:
    """Report the hooks that name the mark or table that wg-quick usually chooses, where this tunnel gets another."""
    if not isinstance(mark, Open) or number(mark) == FIRST_TABLE:
        return
    for hook in hooks:
        from wgtranspile.config.hooks import usual_mark  # lazy: as above

        if named := usual_mark(hook.command):
            shown = hex(number(mark)) if named[:2].lower() == "0x" else number(mark)
            collector.report(catalogue.OTHER_MARK_IN_HOOK, hook.span, named=named, mark=shown)


def _check_mtu(config: Config, peers: Iterable[LivePeer], collector: Collector) -> None:
    mtu = config.interface.mtu
    if mtu is None or mtu.value >= SMALLEST_IPV6_MTU:
        return
    routed = _table(config) != "off" and any(isinstance(net, IPv6Network) for peer in peers for net in peer.allowed_ips)
    if routed or any(isinstance(located.value, IPv6Interface) for located in config.interface.addresses):
        collector.report(catalogue.SMALL_MTU_WITH_IPV6, mtu.span, mtu=mtu.value)


def _resolver(config: Config, collector: Collector) -> Resolver | None:
    """Return what the link is told of DNS (set_dns): nothing, without a server."""
    servers, search = config.interface.dns_servers, config.interface.dns_search
    if servers:
        return Resolver(
            tuple(NameServer(located.value, config.place(located)) for located in servers),
            tuple(SearchDomain(located.value, config.place(located)) for located in search),
        )
    if search:
        collector.report(catalogue.SEARCH_WITHOUT_SERVER, search[0].span)
    return None


class _Routing(NamedTuple):
    """What becomes of allowed IPs."""

    mark: int | Open
    table: int | Open | None
    routes: tuple[Route, ...] = ()
    covered: tuple[CoveredRoute, ...] = ()
    rules: tuple[PolicyRule, ...] = ()
    rulesets: tuple[Ruleset, ...] = ()
    sysctls: tuple[Sysctl, ...] = ()


def _routing(config: Config, assumptions: Assumptions, peers: Iterable[LivePeer], collector: Collector) -> _Routing:
    """Return the routes of allowed IPs, and what a default route needs beside (add_route, add_default)."""
    allowed = [(network, Place(config.source, span)) for peer in peers for network, span in peer.allowed_ips.items()]
    # wg-quick sorts with `sort -nr -k 2 -t /`: by falling prefix length, then by falling text.
    allowed.sort(key=lambda item: (item[0].prefixlen, str(item[0])), reverse=True)
    mark, table = _fwmark(config), _table(config)
    if table == "off":
        return _Routing(mark, MAIN)
    if table == "auto":
        return _automatic(config, assumptions, allowed, mark, collector)
    taken = _taken(config, table)
    for network, span in allowed:
        _check_table_route(network, table, taken, span, collector)
    known = Open(Reason.NAMED_TABLE, usual=table) if isinstance(table, str) else table
    return _Routing(mark, known, tuple(Route(network, known, span) for network, span in allowed))


def _automatic(
    config: Config,
    assumptions: Assumptions,
    allowed: list[tuple[IPNetwork, Place]],
    mark: int | Open,
    collector: Collector,
) -> _Routing:
    networks = _ByLength(network for network in map(connected, _addresses(config)) if network is not None)
    routes: list[Route] = []
    covered: list[CoveredRoute] = []
    defaults: list[tuple[IPNetwork, Place]] = []
    for network, span in allowed:
        if network.prefixlen == 0:
            if not defaults:
                mark = mark or _chosen(assumptions)
                _check_default(config, number(mark), span, collector)
            defaults.append((network, span))
            routes.append(Route(network, mark, span))
        elif (covering := networks.covering(network)) is not None:
            covered.append(CoveredRoute(network, covering, span))
        else:
            routes.append(Route(network, MAIN, span))
    # Distinct for the tunnels of a host: networkd takes equal rules for one.
    priority = FIRST_PRIORITY - 2 * assumptions.number
    return _Routing(
        mark,
        None,
        tuple(routes),
        tuple(covered),
        tuple(rule for network, span in defaults for rule in _rules(Family(network.version), mark, priority, span)),
        tuple(_ruleset(config, Family(network.version), mark, span) for network, span in defaults),
        tuple(Sysctl(SRC_VALID_MARK, 1, span) for network, span in defaults if isinstance(network, IPv4Network)),
    )


def _fwmark(config: Config) -> int:
    return config.interface.fwmark.value if config.interface.fwmark else 0


def _chosen(assumptions: Assumptions) -> Open:
    """Give the mark that wg-quick chooses for a default route, which is also the number of its table (add_default)."""
    return Open(Reason.FREE_TABLE, usual=FIRST_TABLE + assumptions.number, pinned=assumptions.fwmark)


def _check_default(config: Config, mark: int, span: Place, collector: Collector) -> None:
    """Report what is wrong with the mark of a default route, and with the name of its firewall."""
    name = next((name for name, table in TABLES.items() if table == mark), None)
    if name:
        fwmark = config.interface.fwmark
        place = config.place(fwmark) if fwmark and fwmark.value else span
        collector.report(catalogue.RESERVED_MARK, place, mark=mark, table=name)
    if re.search("[=+]", config.name):
        collector.report(catalogue.UNUSABLE_TABLE_NAME, span, name=config.name)


def _rules(family: Family, mark: int | Open, priority: int, span: Place) -> Iterator[PolicyRule]:
    """Yield the two rules of a default route: first main without its own, then for all but marked packets its table.

    The kernel gives each new rule the priority before that of the first one: on a fresh host 32765 to the rule of the
    mark, and one less to that of main; two less for each further tunnel.
    """
    yield PolicyRule(family, priority - 1, MAIN, span, suppress_prefixlength=0)
    yield PolicyRule(family, priority, mark, span, mark=mark, inverted=True)


def _ruleset(config: Config, family: Family, mark: int | Open, span: Place) -> Ruleset:
    """Return the firewall of a default route: who sends to an address of the link does so through it (add_default).

    The marks of encrypted packets are kept with their connections, so that replies have them, too.
    """
    own = as_listed([address for address in _addresses(config) if address.version == family])
    udp = Protocol("udp")
    return Ruleset(
        family,
        table_name(config.name),
        (
            Chain("preraw", "prerouting", -300, (guard(config.name, tuple(own)),)),
            Chain("premangle", "prerouting", -150, (FilterRule((udp,), RestoreMark()),)),
            Chain("postmangle", "postrouting", -150, (FilterRule((udp, Mark(mark)), SaveMark()),)),
        ),
        span,
    )


def _taken(config: Config, table: int | str) -> frozenset[IPNetwork | None]:
    """Return the IPv4 networks to which the addresses give that table routes."""
    addresses = [address for address in _addresses(config) if isinstance(address, IPv4Interface)]
    if table == MAIN:
        return frozenset(map(connected, addresses))
    return frozenset(IPv4Network(address.ip) for address in addresses) if table == LOCAL else frozenset()


def _check_table_route(
    network: IPNetwork, table: int | str, taken: frozenset[IPNetwork | None], span: Place, collector: Collector
) -> None:
    """Report a route that cannot be added: an address gives that table one to the same IPv4 network."""
    if table == MAIN and network.prefixlen == 0:
        collector.report(catalogue.DEFAULT_ROUTE_IN_MAIN, span)
    if network in taken:
        name = "main" if table == MAIN else "local"
        collector.report(catalogue.ROUTE_EXISTS, span, network=network, table=name)


def _table(config: Config) -> int | str:
    """Return `auto`, `off`, a number, or a name that only the host knows; `unspec` and 0 mean main."""
    text = config.interface.table.value if config.interface.table else "auto"
    number = TABLES.get(text, int(text) if is_number(text) else None)
    return text if number is None else number or MAIN


def _addresses(config: Config) -> list[IPInterface]:
    return [located.value for located in config.interface.addresses]


class _ByLength:
    """Networks by family and prefix length, so that what covers a network is found without a look at each."""

    def __init__(self, networks: Iterable[IPNetwork]) -> None:
        self._found: dict[tuple[int, int], dict[int, tuple[int, IPNetwork]]] = {}
        for place, network in enumerate(networks):
            same_length = self._found.setdefault((network.version, network.prefixlen), {})
            same_length.setdefault(int(network.network_address), (place, network))

    def covering(self, network: IPNetwork) -> IPNetwork | None:
        """Return the first of the networks that covers `network` (`ip route show dev IF match NET`)."""
        number, bits = int(network.network_address), network.max_prefixlen
        candidates = (
            same_length.get(number >> (bits - length) << (bits - length))
            for (version, length), same_length in self._found.items()
            if version == network.version and length <= network.prefixlen
        )
        return min(filter(None, candidates), key=lambda found: found[0], default=(0, None))[1]
