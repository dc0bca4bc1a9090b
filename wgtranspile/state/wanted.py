"""The state that a tunnel is in after `up`.

In: a `Tunnel`. Out: a `State` as the kernel would show it after `up`; what only a host can decide stays open in it.
"""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Interface, ip_address
from typing import TYPE_CHECKING

from wgtranspile.config.curve25519 import public_key
from wgtranspile.model import ExternalKey, Family, Key, Open, Reason, is_automatic, known, linux, number
from wgtranspile.model.linux import TABLES
from wgtranspile.state import firewall
from wgtranspile.state.model import Address, Device, Link, Peer, Resolver, Route, Rule, State, Unknown
from wgtranspile.state.secrets import digest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wgtranspile import model
    from wgtranspile.model import Tunnel
    from wgtranspile.source import Place

MAIN_TABLE = linux.MAIN
SCOPE_UNIVERSE = 0
SCOPE_LINK = 253
ADDED_METRIC = {Family.IPV4: 0, Family.IPV6: 1024}
CONNECTED_METRIC = {Family.IPV4: 0, Family.IPV6: 256}
SCOPE = {Family.IPV4: SCOPE_LINK, Family.IPV6: SCOPE_UNIVERSE}

#: Of the policy rules, those of the kernel's own (ip-rule(8)); IPv6 has none for the table default.
KERNEL_RULES = tuple(Rule(family, TABLES[name]) for family in Family for name in ("local", "main", "default"))

_PLACEHOLDER = "the config has a placeholder instead of a key"


def expected(tunnel: Tunnel) -> State:
    """Return the state in which wg-quick leaves a host."""
    device = tunnel.device
    addresses = tuple(Address(item.address, span=item.span) for item in tunnel.addresses)
    return State(
        tunnel.interface,
        link=Link(up=True, mtu=known(tunnel.mtu), span=tunnel.mtu_span),
        device=Device(_public_key(device.private_key), known(device.listen_port) or 0, number(device.fwmark)),
        peers=tuple(_peer(peer) for peer in device.peers),
        addresses=addresses,
        routes=(*connected(addresses), *(_route(route) for route in tunnel.routes)),
        rules=tuple(_rules(tunnel)),
        firewall=tuple(item for ruleset in tunnel.rulesets for item in firewall.wanted(ruleset)),
        src_valid_mark=bool(tunnel.sysctls),
        resolver=_resolver(tunnel.resolver),
        automatic=is_automatic(device.fwmark),
        mark_span=_mark_span(tunnel),
        sysctl_span=next((sysctl.span for sysctl in tunnel.sysctls), None),
    )


def host_names(wanted: State) -> frozenset[str]:
    """Return the names among the endpoints' hosts, which a host must resolve before it can compare them."""
    return frozenset(peer.endpoint.host for peer in wanted.peers if peer.endpoint and not _numeric(peer.endpoint.host))


def connected(addresses: tuple[Address, ...]) -> tuple[Route, ...]:
    """Return the routes that the kernel makes for the networks of addresses, one for each network."""
    return tuple(_each_connected(addresses))


def follow_mark(wanted: State, mark: int) -> State:
    """Return a wanted state in which the automatic mark and its table have the number `mark`."""
    if wanted.device is None:
        return wanted
    old = wanted.device.fwmark
    return replace(
        wanted,
        device=replace(wanted.device, fwmark=mark),
        routes=tuple(replace(route, table=mark) if route.table == old else route for route in wanted.routes),
        rules=tuple(replace(rule, table=mark, mark=mark) if rule.mark == old else rule for rule in wanted.rules),
        firewall=firewall.follow_mark(wanted.firewall, old, mark),
    )


def _public_key(key: Key | ExternalKey | None) -> Key | Unknown | None:
    if isinstance(key, ExternalKey):
        return Unknown(_PLACEHOLDER) if key.placeholder else None
    return public_key(key) if key else None


def _preshared(key: Key | ExternalKey | None) -> str | Unknown | None:
    if isinstance(key, ExternalKey):
        return Unknown(_PLACEHOLDER)
    return digest(key) if key else None


def _peer(peer: model.Peer) -> Peer:
    return Peer(
        public_key=peer.public_key,
        allowed_ips=frozenset(peer.allowed_ips),
        endpoint=peer.endpoint,
        persistent_keepalive=peer.persistent_keepalive,
        preshared=_preshared(peer.preshared_key),
        span=peer.span,
    )


def _rules(tunnel: Tunnel) -> Iterator[Rule]:
    """Yield the rules of each family: those of the tunnel, and the kernel's for main, which comes after them."""
    for rule in tunnel.rules:
        mark = None if rule.mark is None else number(rule.mark)
        yield Rule(
            rule.family, number(rule.table), mark, rule.inverted, suppress=rule.suppress_prefixlength, span=rule.span
        )
        if mark is not None:
            yield Rule(rule.family, MAIN_TABLE, span=rule.span)


def _mark_span(tunnel: Tunnel) -> Place | None:
    if not tunnel.rules:
        return None
    return tunnel.device.fwmark_span if tunnel.device.fwmark_of_config else tunnel.rules[0].span


def _resolver(resolver: model.Resolver | None) -> Resolver | None:
    if resolver is None:
        return None
    servers = tuple(server.address for server in resolver.servers)
    search = tuple(domain.name for domain in resolver.search)
    return Resolver(servers, search, exclusive=True, span=resolver.servers[0].span)


def _route(route: model.Route) -> Route:
    family = Family(route.destination.version)
    named = isinstance(route.table, Open) and route.table.why is Reason.NAMED_TABLE
    table = str(route.table.usual) if isinstance(route.table, Open) and named else number(route.table)
    return Route(route.destination, table, SCOPE[family], ADDED_METRIC[family], span=route.span)


def _each_connected(addresses: tuple[Address, ...]) -> Iterator[Route]:
    seen = set()
    for item in addresses:
        network = item.address.network
        if network in seen:
            continue
        seen.add(network)
        if linux.connected(item.address) is None:
            continue
        source = item.address.ip if isinstance(item.address, IPv4Interface) else None
        family = Family(network.version)
        yield Route(network, MAIN_TABLE, SCOPE[family], CONNECTED_METRIC[family], source, span=item.span)


def _numeric(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
