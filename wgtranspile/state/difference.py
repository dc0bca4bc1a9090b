"""How a live state differs from the wanted one, and what cannot be told.

In: two states. Out: differences in the order of `Area`, wanted things in the order of the config before unexpected
ones. Pure: what a host had to be asked lies in the live state.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from ipaddress import IPv6Network, ip_address
from typing import TYPE_CHECKING, TypeVar

from wgtranspile.model import Family
from wgtranspile.model.linux import TABLES
from wgtranspile.state import firewall, wording
from wgtranspile.state.model import Area, Difference, Unchecked, Unknown
from wgtranspile.state.wanted import follow_mark
from wgtranspile.state.wording import PRESENT

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator

    from wgtranspile.model import Endpoint
    from wgtranspile.source import Place
    from wgtranspile.state.model import Address, Device, FirewallItem, IPNetwork, Path, Peer, Resolver, Route, State

T = TypeVar("T")

# wg-quick's set_mtu_up: what WireGuard takes of a packet, and the MTU where no route tells one.
OVERHEAD = 80
USUAL_MTU = 1500

_LINK_LOCAL_ROUTE = IPv6Network("fe80::/64")
_MOVED = "the peer has sent packets since, and WireGuard uses the address that they came from"


def compare(wanted: State, live: State | None) -> tuple[Difference, ...]:
    """Return everything in which `live` is not as `wanted`."""
    return tuple(finding for finding in _findings(wanted, live) if isinstance(finding, Difference))


def changes(before: Iterable[Difference], now: Iterable[Difference]) -> tuple[Difference, ...]:
    """Return what has changed between two comparisons with one config; wanted is then what was found before.

    So a live state can be held to an earlier one that was not all as planned, as hooks may have changed it.
    """
    gone, come = Counter(before), Counter(now)
    gone, come = gone - come, come - gone
    earlier: dict[tuple[Area, str], list[Difference]] = {}
    for was in gone.elements():
        earlier.setdefault((was.area, was.item), []).append(was)
    changed = []
    for difference in come.elements():
        same = earlier.get((difference.area, difference.item))
        changed.append(replace(difference, wanted=same.pop(0).found) if same else difference)
    changed += (replace(was, wanted=was.found, found=was.wanted) for rest in earlier.values() for was in rest)
    return tuple(changed)


def unchecked(wanted: State, live: State | None) -> tuple[Unchecked, ...]:
    """Return everything of which cannot be told whether `live` is as `wanted`."""
    return tuple(finding for finding in _findings(wanted, live) if isinstance(finding, Unchecked))


def _findings(wanted: State, live: State | None) -> Iterator[Difference | Unchecked]:
    if live is None:
        yield Difference(Area.LINK, wanted.interface, PRESENT, None)
        return
    wanted = on_host(wanted, live)
    live = _without_link_local(wanted, live)
    yield from _link(wanted, live)
    yield from _device(wanted, live)
    yield from _peers(wanted, live)
    for address in _unpaired(wanted.addresses, live.addresses, key=lambda item: item):
        yield _difference(Area.ADDRESS, wording.address, *address)
    for route in _unpaired(wanted.routes, live.routes, key=lambda item: (item.destination, item.table)):
        yield _difference(Area.ROUTE, wording.route, *route)
    yield from _rules(wanted, live)
    yield from _firewall(wanted, live)
    if wanted.src_valid_mark and not live.src_valid_mark:
        yield _at(wanted.sysctl_span, Area.SYSCTL, "net.ipv4.conf.all.src_valid_mark", "1", "0")
    yield from _resolver(wanted, live)


def _at(span: Place | None, area: Area, item: str, wanted: str | None, found: str | None) -> Difference:
    """Return a difference that knows where in a config it comes from."""
    return Difference(area, item, wanted, found, *((span.path, span.start.line) if span else ()))


def _difference(area: Area, tell: Callable[[T], tuple[str, str]], wanted: T | None, found: T | None) -> Difference:
    """Return the difference of a pair, which `tell` turns into the name of the item and its particulars."""
    want = tell(wanted) if wanted is not None else None
    have = tell(found) if found is not None else None
    name, _ = want or have or ("", "")
    return _at(getattr(wanted, "span", None), area, name, want and want[1], have and have[1])


def _unpaired(
    wanted: Iterable[T], found: Iterable[T], key: Callable[[T], Hashable]
) -> Iterator[tuple[T | None, T | None]]:
    """Yield what is not in both, paired where the keys agree: wanted ones first, then the unexpected rest."""
    extra = Counter(found)
    missing = []
    for item in wanted:
        if extra[item]:
            extra[item] -= 1
        else:
            missing.append(item)
    rest: dict[Hashable, list[T]] = {}
    for item in extra.elements():
        rest.setdefault(key(item), []).append(item)
    for item in missing:
        same = rest.get(key(item))
        yield item, same.pop(0) if same else None
    for items in rest.values():
        for item in items:
            yield None, item


def on_host(wanted: State, live: State) -> State:
    """Return the wanted state with what only the host knows: the number of an automatic mark, of named tables."""
    if wanted.automatic and live.device:
        candidates = _with_marks_of(wanted, live, live.device)
        wanted = min(candidates, key=lambda state: _disagreement(state, live))
    tables = live.host.tables
    routes = tuple(_numbered(route, tables.get(str(route.table))) for route in wanted.routes)
    return replace(wanted, routes=routes, automatic=False)


def _with_marks_of(wanted: State, live: State, device: Device) -> Iterator[State]:
    """Yield the wanted state with each mark that wg-quick may have chosen: that of the device first."""
    of_rules = (rule.mark for rule in live.rules if rule.inverted and rule.mark == rule.table)
    for mark in filter(None, dict.fromkeys((device.fwmark, *of_rules))):
        yield follow_mark(wanted, mark)
    yield wanted


def _disagreement(wanted: State, live: State) -> int:
    """Count what depends on the mark and is missing: most of it is as wg-quick left it, whatever has changed since."""
    there = {*live.routes, *live.rules, *firewall.known(live.firewall)}
    items = (*wanted.routes, *wanted.rules, *firewall.known(wanted.firewall))
    marks = [state.device and state.device.fwmark for state in (wanted, live)]
    return sum(item not in there for item in items) + (marks[0] != marks[1])


def _numbered(route: Route, number: int | None) -> Route:
    return replace(route, table=number) if isinstance(route.table, str) and number is not None else route


def _without_link_local(wanted: State, live: State) -> State:
    """Return the live state without link-local addresses that the config does not have, and what follows from them."""
    own = {item.address for item in wanted.addresses}
    made = {item for item in live.addresses if _is_link_local(item) and item.address not in own}
    if not made:
        return live
    wanted_routes = set(wanted.routes)
    guards = {firewall.guard(wanted.interface, item.address.ip) for item in made}
    return replace(
        live,
        addresses=tuple(item for item in live.addresses if item not in made),
        routes=tuple(
            route
            for route in live.routes
            if route in wanted_routes or (route.destination, route.table) != (_LINK_LOCAL_ROUTE, TABLES["main"])
        ),
        firewall=live.firewall
        if isinstance(live.firewall, Unknown)
        else tuple(item for item in live.firewall if item.text not in guards),
    )


def _is_link_local(item: Address) -> bool:
    return Family(item.address.version) is Family.IPV6 and item.address.is_link_local


def _link(wanted: State, live: State) -> Iterator[Difference | Unchecked]:
    span = wanted.link.span
    if wanted.link.up and not live.link.up:
        yield _at(span, Area.LINK, "state", "up", "down")
    mtu = wanted.link.mtu
    if mtu is None:
        mtu = _path_mtu(wanted, live)
    if mtu == live.link.mtu:
        return
    if mtu is None:
        reason = f"it is {live.link.mtu}; the route to an endpoint has changed since the tunnel came up"
        yield Unchecked(Area.LINK, "MTU", reason)
    else:
        yield _at(span, Area.LINK, "MTU", str(mtu), str(live.link.mtu))


def _path_mtu(wanted: State, live: State) -> int | None:
    """Return the MTU that wg-quick computes, None where the way to an endpoint is no more what it was (set_mtu_up)."""
    found = {peer.public_key: peer for peer in live.peers}
    paths: list[Path | None] = []
    for peer in wanted.peers:
        now = found.get(peer.public_key)
        if peer.endpoint is None or now is None or now.endpoint is None:
            continue
        if now.handshake and _reaches(peer.endpoint, now.endpoint, live) is False:
            return None
        paths.append(now.path)
    known = [path for path in paths if path] or [path for path in (live.host.path,) if path]
    return min((path.mtu for path in known), default=USUAL_MTU) - OVERHEAD


def _device(wanted: State, live: State) -> Iterator[Difference | Unchecked]:
    if wanted.device is None or wanted.device == live.device:
        return
    if live.device is None:
        yield _at(None, Area.DEVICE, "kind", "a WireGuard device", "another kind of link")
        return
    want, have = wanted.device, live.device
    if isinstance(want.public_key, Unknown) and have.public_key is not None:
        yield Unchecked(Area.DEVICE, "public key", f"it is {have.public_key}; {want.public_key.reason}")
    elif isinstance(want.public_key, Unknown):
        yield _at(None, Area.DEVICE, "public key", PRESENT, "none")
    elif want.public_key is None and have.public_key is not None:
        reason = f"it is {have.public_key}; the config has no `PrivateKey`, so a hook is expected to set one"
        yield Unchecked(Area.DEVICE, "public key", reason)
    elif want.public_key != have.public_key:
        yield _at(None, Area.DEVICE, "public key", str(want.public_key), str(have.public_key or "none"))
    if want.listen_port not in {0, have.listen_port}:
        yield _at(None, Area.DEVICE, "listen port", str(want.listen_port), str(have.listen_port))
    if want.fwmark != have.fwmark:
        yield _at(wanted.mark_span, Area.DEVICE, "fwmark", wording.mark(want.fwmark), wording.mark(have.fwmark))


def _peers(wanted: State, live: State) -> Iterator[Difference | Unchecked]:
    if live.device is None:
        return
    found = {peer.public_key: peer for peer in live.peers}
    for peer in wanted.peers:
        now = found.get(peer.public_key)
        if now is None:
            yield _at(peer.span, Area.PEER, str(peer.public_key), PRESENT, None)
        elif peer != now:
            yield from _peer(live, peer, now)
    for key in sorted(found.keys() - {peer.public_key for peer in wanted.peers}):
        yield _at(None, Area.PEER, str(key), None, PRESENT)


def _peer(live: State, wanted: Peer, found: Peer) -> Iterator[Difference | Unchecked]:
    name = str(wanted.public_key)
    if isinstance(wanted.preshared, Unknown) and found.preshared is not None:
        yield Unchecked(Area.PEER, f"{name} preshared key", wanted.preshared.reason)
    elif wanted.preshared != found.preshared:
        have = wording.presence(found.preshared) if not (wanted.preshared and found.preshared) else "another one"
        yield _at(wanted.span, Area.PEER, f"{name} preshared key", wording.presence(wanted.preshared), have)
    yield from _endpoint(live, wanted, found)
    want, now = wanted.persistent_keepalive, found.persistent_keepalive
    if want != now:
        yield _at(wanted.span, Area.PEER, f"{name} persistent keepalive", str(want or "off"), str(now or "off"))
    for network in _sorted(wanted.allowed_ips - found.allowed_ips):
        yield _at(wanted.span, Area.PEER, f"{name} allowed IP {network}", PRESENT, None)
    for network in _sorted(found.allowed_ips - wanted.allowed_ips):
        yield _at(None, Area.PEER, f"{name} allowed IP {network}", None, PRESENT)


def _endpoint(live: State, wanted: Peer, found: Peer) -> Iterator[Difference | Unchecked]:
    name = f"{wanted.public_key} endpoint"
    want, have = wanted.endpoint, found.endpoint
    if want is None or have is None:
        if want is not None or (have is not None and not found.handshake):
            told = [str(endpoint) if endpoint else None for endpoint in (want, have)]
            yield _at(wanted.span, Area.PEER, name, *told)
        return
    same = _reaches(want, have, live)
    if same is None:
        yield Unchecked(Area.PEER, name, f"`{want.host}` does not resolve on this host")
        return
    if same:
        return
    if found.handshake:
        yield Unchecked(Area.PEER, name, f"wanted {want}, found {have}; {_MOVED}")
    else:
        yield _at(wanted.span, Area.PEER, name, str(want), str(have))


def _rules(wanted: State, live: State) -> Iterator[Difference]:
    mark = wanted.device.fwmark if wanted.device else 0
    # A mark may be shared with another tunnel whose table it is: only who routes through the table owns its rules.
    owned = mark and (wanted.rules or any(route.table == mark for route in live.routes))
    for family in Family:
        want = [rule for rule in wanted.rules if rule.family is family]
        have = [rule for rule in live.rules if rule.family is family]
        missing = [rule for rule in want if rule not in have]
        for rule in missing:
            yield _difference(Area.RULE, wording.rule, rule, None)
        order = [rule for rule in dict.fromkeys(have) if rule in want]
        if not missing and order != want:
            told = [" < ".join(wording.rule(rule)[0] for rule in rules) for rules in (want, order)]
            yield _at(want[0].span, Area.RULE, f"order of IPv{family}", *told)
        extra = Counter(rule for rule in have if owned and rule.table == mark) - Counter(want)
        for rule in extra.elements():
            yield _difference(Area.RULE, wording.rule, None, rule)


def _firewall(wanted: State, live: State) -> Iterator[Difference | Unchecked]:
    want = firewall.known(wanted.firewall)
    if not isinstance(live.firewall, Unknown):
        for one, other in _unpaired(want, live.firewall, key=_definition):
            yield _difference(Area.FIREWALL, wording.firewall, one, other)
    elif want:
        yield _at(want[0].span, Area.FIREWALL, firewall.table_name(wanted.interface), PRESENT, None)
    else:
        yield Unchecked(Area.FIREWALL, firewall.table_name(wanted.interface), live.firewall.reason)


def _resolver(wanted: State, live: State) -> Iterator[Difference | Unchecked]:
    want, have = wanted.resolver, live.resolver
    if isinstance(want, Unknown):
        return
    if isinstance(have, Unknown):
        if want:
            yield Unchecked(Area.DNS, "servers and search domains", have.reason)
        return
    span = want.span if want else None
    for item, names in (("servers", _servers), ("search domains", _search)):
        ours, theirs = names(want), names(have)
        if ours != theirs:
            yield _at(span, Area.DNS, item, ours or None, theirs or None)
    if want and have and have.exclusive is None:
        yield Unchecked(Area.DNS, "exclusive servers", "`resolvconf` does not show this")
    elif want and have and have.exclusive != want.exclusive:
        yield _at(span, Area.DNS, "exclusive servers", wording.answer(want.exclusive), wording.answer(have.exclusive))


def _servers(resolver: Resolver | None) -> str:
    servers = resolver.servers if resolver else ()
    return " ".join(dict.fromkeys(map(str, sorted(servers, key=lambda server: ":" in str(server)))))


def _search(resolver: Resolver | None) -> str:
    return " ".join(dict.fromkeys(resolver.search if resolver else ()))


def _reaches(wanted: Endpoint, found: Endpoint, live: State) -> bool | None:
    """Tell whether a live endpoint is the wanted one, None where that is a name which the host does not resolve."""
    if wanted.port != found.port:
        return False
    try:
        return ip_address(wanted.host) == ip_address(found.host)
    except ValueError:
        addresses = live.host.names.get(wanted.host)
        return ip_address(found.host) in addresses if addresses else None


def _definition(item: FirewallItem) -> Hashable:
    return item if item.rule else (item.family, item.chain)


def _sorted(networks: Iterable[IPNetwork]) -> list[IPNetwork]:
    return sorted(networks, key=lambda network: (network.version, network))
