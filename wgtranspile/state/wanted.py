"""The state that a plan leads to.

In: a `Plan`. Out: a `State` as the kernel would show it after `up`; what only a host can decide stays open in it.
"""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Interface, IPv4Network, ip_address
from typing import TYPE_CHECKING, assert_never

from wgtranspile.config.curve25519 import public_key
from wgtranspile.config.values import TABLES
from wgtranspile.plan import (
    AddRoute,
    AddRules,
    AssignAddress,
    BringUp,
    ConfigureDevice,
    CreateLink,
    ExternalKey,
    Family,
    InstallFirewall,
    Key,
    RunHook,
    SaveConfig,
    SetMark,
    SetResolver,
    SetSourceValidMark,
    SkipRoute,
    TearDown,
)
from wgtranspile.state import firewall
from wgtranspile.state.model import Address, Device, Link, Peer, Resolver, Route, Rule, State, Unknown
from wgtranspile.state.secrets import digest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wgtranspile import plan
    from wgtranspile.plan import Plan, Step

MAIN_TABLE = TABLES["main"]
SCOPE_UNIVERSE = 0
SCOPE_LINK = 253
ADDED_METRIC = {Family.IPV4: 0, Family.IPV6: 1024}
CONNECTED_METRIC = {Family.IPV4: 0, Family.IPV6: 256}
SCOPE = {Family.IPV4: SCOPE_LINK, Family.IPV6: SCOPE_UNIVERSE}

#: Of the policy rules, those of the kernel's own (ip-rule(8)); IPv6 has none for the table default.
KERNEL_RULES = tuple(Rule(family, TABLES[name]) for family in Family for name in ("local", "main", "default"))

_PLACEHOLDER = "the config has a placeholder instead of a key"

# A network of which the kernel makes no connected route (fib_add_ifaddr).
ZERONET = IPv4Network("0.0.0.0/8")


def expected(plan: Plan) -> State:
    """Return the state in which `plan` leaves a host."""
    state = State(plan.interface, link=Link(up=False, mtu=None), device=None, source=plan.source)
    for step in plan.up:
        state = _after(state, step)
    added = (_route(step) for step in plan.up if isinstance(step, AddRoute))
    return replace(state, routes=(*connected(state.addresses), *added))


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


def _after(state: State, step: Step) -> State:  # noqa: PLR0911  one case for each step
    match step:
        case CreateLink() | RunHook() | AddRoute() | SkipRoute() | SaveConfig() | TearDown():
            return state
        case ConfigureDevice():
            configured = Device(_public_key(step.private_key), step.listen_port, step.fwmark)
            return replace(state, device=configured, peers=tuple(_peer(peer) for peer in step.peers))
        case AssignAddress():
            return replace(state, addresses=(*state.addresses, Address(step.address, span=step.span)))
        case BringUp():
            return replace(state, link=Link(up=True, mtu=step.mtu, span=step.span))
        case SetResolver():
            resolver = Resolver(step.servers, step.search, exclusive=True, span=step.span)
            return replace(state, resolver=resolver)
        case SetMark():
            device = replace(state.device, fwmark=step.mark) if state.device else None
            return replace(state, device=device, automatic=step.automatic, mark_span=step.span)
        case AddRules():
            return replace(state, rules=(*state.rules, *_rules(step)))
        case SetSourceValidMark():
            return replace(state, src_valid_mark=True, sysctl_span=step.span)
        case InstallFirewall():
            items = firewall.wanted(state.interface, step)
            return replace(state, firewall=(*firewall.known(state.firewall), *items))
    assert_never(step)


def _public_key(key: Key | ExternalKey | None) -> Key | Unknown | None:
    if isinstance(key, ExternalKey):
        return Unknown(_PLACEHOLDER) if key.placeholder else None
    return public_key(key) if key else None


def _preshared(key: Key | ExternalKey | None) -> str | Unknown | None:
    if isinstance(key, ExternalKey):
        return Unknown(_PLACEHOLDER)
    return digest(key) if key else None


def _peer(peer: plan.Peer) -> Peer:
    return Peer(
        public_key=peer.public_key,
        allowed_ips=frozenset(peer.allowed_ips),
        endpoint=peer.endpoint,
        persistent_keepalive=peer.persistent_keepalive,
        preshared=_preshared(peer.preshared_key),
        span=peer.span,
    )


def _rules(step: AddRules) -> Iterator[Rule]:
    yield Rule(step.family, MAIN_TABLE, suppress=0, span=step.span)
    yield Rule(step.family, step.mark, mark=step.mark, inverted=True, span=step.span)
    yield Rule(step.family, MAIN_TABLE, span=step.span)


def _route(step: AddRoute) -> Route:
    family = Family(step.destination.version)
    table = MAIN_TABLE if step.table is None else step.table
    return Route(step.destination, table, SCOPE[family], ADDED_METRIC[family], span=step.span)


def _each_connected(addresses: tuple[Address, ...]) -> Iterator[Route]:
    seen = set()
    for item in addresses:
        network = item.address.network
        if network in seen:
            continue
        seen.add(network)
        if isinstance(item.address, IPv4Interface):
            if network.prefixlen == network.max_prefixlen or network.network_address in ZERONET:
                continue
            source = item.address.ip
        else:
            source = None
        family = Family(network.version)
        yield Route(network, MAIN_TABLE, SCOPE[family], CONNECTED_METRIC[family], source, span=item.span)


def _numeric(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
