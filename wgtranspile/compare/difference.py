"""How a live tunnel differs from the wanted one, and what cannot be told.

In: a `Tunnel`, and the `Host` that should have it. Out: differences in the order of `Area`, wanted things in the order
of the config before unexpected ones. Pure: what a host had to be asked lies in the host.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from ipaddress import IPv6Interface, IPv6Network, ip_address
from typing import TYPE_CHECKING, TypeVar

from wgtranspile.compare import words
from wgtranspile.compare.model import Area, Difference, Unchecked
from wgtranspile.compare.normalisations import plain, plain_rules
from wgtranspile.compare.words import ABSENT, ANOTHER, PRESENT, Item
from wgtranspile.config.curve25519 import public_key
from wgtranspile.model import (
    Chain,
    ExternalKey,
    Family,
    Key,
    Open,
    OwnAddress,
    Reason,
    Unknown,
    is_automatic,
    known,
    number,
)
from wgtranspile.model.firewall import guard, table_name
from wgtranspile.model.host import Contact
from wgtranspile.model.kernel import completed, with_mark
from wgtranspile.model.linux import MAIN
from wgtranspile.source import NOWHERE

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator

    from wgtranspile.model import Address, Endpoint, FilterRule, Peer, PolicyRule, Route, Ruleset, Tunnel
    from wgtranspile.model.host import Host
    from wgtranspile.model.linux import IPAddress, IPNetwork
    from wgtranspile.source import Span

T = TypeVar("T")

# wg-quick's set_mtu_up: what WireGuard takes of a packet, and the MTU where no route tells one.
OVERHEAD = 80
USUAL_MTU = 1500

_LINK_LOCAL_ROUTE = IPv6Network("fe80::/64")


def compare(wanted: Tunnel, live: Host | None) -> tuple[Difference, ...]:
    """Return everything in which `live` is not as `wanted`."""
    return tuple(finding for finding in _findings(wanted, live) if isinstance(finding, Difference))


def unchecked(wanted: Tunnel, live: Host | None) -> tuple[Unchecked, ...]:
    """Return everything of which cannot be told whether `live` is as `wanted`."""
    return tuple(finding for finding in _findings(wanted, live) if isinstance(finding, Unchecked))


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


def host_names(wanted: Tunnel) -> frozenset[str]:
    """Return the names among the endpoints' hosts, which a host must resolve before it can be compared."""
    endpoints = (peer.endpoint for peer in wanted.device.peers)
    return frozenset(endpoint.host for endpoint in endpoints if endpoint and _address(endpoint) is None)


def rules_of(tunnel: Tunnel) -> tuple[PolicyRule, ...]:
    """Return the policy rules that a tunnel needs, as a comparison sees them, with the numbers that are usual."""
    return plain_rules(with_mark(completed(tunnel), number(tunnel.device.fwmark)).rules)


def comparable(wanted: Tunnel, live: Host) -> tuple[Tunnel, Host]:
    """Return both as they can be compared: what the host decides as it has, and without what is overlooked."""
    live, wanted = plain(live), completed(wanted)
    # Without a mark in the config it comes with the rules; without rules, nothing is said of its place.
    span = (wanted.device.fwmark_span or wanted.rules[0].span) if wanted.rules else None
    device = wanted.device._replace(fwmark_span=span)
    wanted = _numbered(wanted._replace(device=device, rules=plain_rules(wanted.rules)), live)
    return wanted, _without_link_local(wanted, live)


def differences(wanted: Tunnel, live: Host) -> tuple[Difference, ...]:
    """Return what differs between two that are comparable."""
    return tuple(finding for finding in _compared(wanted, live) if isinstance(finding, Difference))


def _findings(wanted: Tunnel, live: Host | None) -> Iterable[Difference | Unchecked]:
    return _compared(*comparable(wanted, live)) if live else [Difference(Area.LINK, wanted.interface, PRESENT, None)]


def _compared(wanted: Tunnel, live: Host) -> Iterator[Difference | Unchecked]:
    place = _Place(wanted)
    yield from _link(place, wanted, live)
    yield from _device(place, wanted, live.tunnel)
    yield from _peers(place, wanted, live)
    for address in _unpaired(wanted.addresses, live.tunnel.addresses, key=lambda item: item):
        yield place.difference(Area.ADDRESS, words.address, *address)
    for route in _unpaired(wanted.routes, live.tunnel.routes, key=lambda item: (item.destination, item.table)):
        yield place.difference(Area.ROUTE, words.route, *route)
    yield from _rules(place, wanted, live)
    yield from _firewall(place, wanted, live)
    for sysctl in wanted.sysctls:
        found = next((setting.value for setting in live.sysctls if setting.name == sysctl.name), 0)
        yield from place.differing(sysctl.span, Area.SYSCTL, sysctl.name, str(sysctl.value), str(found))
    yield from _resolver(place, wanted, live)


class _Place:
    """Makes differences that know where in the config they come from."""

    __slots__ = ("_source",)

    def __init__(self, wanted: Tunnel) -> None:
        self._source = wanted.source

    def at(self, span: Span | None, area: Area, item: str, wanted: str | None, found: str | None) -> Difference:
        if span is None or span is NOWHERE:
            return Difference(area, item, wanted, found)
        return Difference(area, item, wanted, found, self._source.path, self._source.position(span.start).line)

    def differing(
        self, span: Span | None, area: Area, item: str, wanted: str | None, found: str | None
    ) -> Iterator[Difference]:
        """Yield the difference of two particulars, if there is one."""
        if wanted != found:
            yield self.at(span, area, item, wanted, found)

    def difference(
        self,
        area: Area,
        tell: Callable[[T], tuple[str, str]],
        wanted: T | None,
        found: T | None,
    ) -> Difference:
        """Return the difference of a pair, which `tell` turns into the name of the item and its particulars."""
        want = tell(wanted) if wanted is not None else None
        have = tell(found) if found is not None else None
        name, _ = want or have or ("", "")
        return self.at(getattr(wanted, "span", None), area, name, want and want[1], have and have[1])


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


def _numbered(wanted: Tunnel, live: Host) -> Tunnel:
    """Return the wanted tunnel with what only the host knows: the number of an automatic mark, of named tables."""
    if isinstance(wanted.device.fwmark, Open):
        wanted = min(_with_marks(wanted, live), key=lambda tunnel: _disagreement(tunnel, live))
    return wanted._replace(routes=tuple(_in_numbered_table(route, live) for route in wanted.routes))


def _with_marks(wanted: Tunnel, live: Host) -> Iterator[Tunnel]:
    """Yield the wanted tunnel with each mark that wg-quick may have chosen: that of the device first."""
    if is_automatic(wanted.device.fwmark) and live.tunnel.is_wireguard:
        of_rules = (rule.mark for rule in live.rules if rule.inverted and rule.mark == rule.table)
        for mark in dict.fromkeys((live.tunnel.device.fwmark, *of_rules)):
            if isinstance(mark, int) and mark:
                yield with_mark(wanted, mark)
    yield with_mark(wanted, number(wanted.device.fwmark))


def _disagreement(wanted: Tunnel, live: Host) -> int:
    """Count what depends on the mark and is missing: most of it is as wg-quick left it, whatever has changed since."""
    there = {*live.tunnel.routes, *live.rules, *_items(live.rulesets)}
    items = (*wanted.routes, *wanted.rules, *_items(wanted.rulesets))
    return sum(item not in there for item in items) + (wanted.device.fwmark != live.tunnel.device.fwmark)


def _in_numbered_table(route: Route, live: Host) -> Route:
    table = route.table
    if isinstance(table, Open) and table.why is Reason.NAMED_TABLE:
        return route._replace(table=live.tables.get(str(table.usual), table))
    return route


def _without_link_local(wanted: Tunnel, live: Host) -> Host:
    """Return the live host without link-local addresses that the config does not have, and what follows from them."""
    tunnel, own = live.tunnel, {item.address for item in wanted.addresses}
    made = {item for item in tunnel.addresses if _is_link_local(item) and item.address not in own}
    if not made:
        return live
    wanted_routes = set(wanted.routes)
    guards = {guard(wanted.interface, (item.address.ip,)) for item in made}
    return live._replace(
        tunnel=tunnel._replace(
            addresses=tuple(item for item in tunnel.addresses if item not in made),
            routes=tuple(
                route
                for route in tunnel.routes
                if route in wanted_routes or (route.destination, route.table) != (_LINK_LOCAL_ROUTE, MAIN)
            ),
        ),
        rulesets=live.rulesets
        if isinstance(live.rulesets, Unknown)
        else tuple(_without(ruleset, guards) for ruleset in live.rulesets),
    )


def _without(ruleset: Ruleset, rules: set[FilterRule]) -> Ruleset:
    chains = (
        chain._replace(rules=tuple(rule for rule in chain.rules if rule not in rules)) for chain in ruleset.chains
    )
    return ruleset._replace(chains=tuple(chains))


def _is_link_local(item: Address) -> bool:
    return isinstance(item.address, IPv6Interface) and item.address.is_link_local


def _link(place: _Place, wanted: Tunnel, live: Host) -> Iterator[Difference | Unchecked]:
    have = live.tunnel
    states = (words.STATE[tunnel.is_up] for tunnel in (wanted, have))
    yield from place.differing(wanted.mtu_span, Area.LINK, Item.STATE, *states)
    mtu = known(wanted.mtu)
    if mtu is None:
        mtu = _path_mtu(wanted, live)
    if mtu is None:
        yield Unchecked(Area.LINK, Item.MTU, words.CHANGED_PATH.format(have.mtu))
    else:
        yield from place.differing(wanted.mtu_span, Area.LINK, Item.MTU, str(mtu), str(have.mtu))


def _path_mtu(wanted: Tunnel, live: Host) -> int | None:
    """Return the MTU that wg-quick computes, None where the way to an endpoint is no more what it was (set_mtu_up)."""
    found = {peer.public_key: peer.endpoint for peer in live.tunnel.device.peers}
    paths: list[int | None] = []
    for peer in wanted.device.peers:
        now = found.get(peer.public_key)
        if peer.endpoint is None or now is None:
            continue
        contact = live.contacts.get(peer.public_key, Contact())
        if contact.handshake and _reaches(peer.endpoint, now, live) is False:
            return None
        paths.append(contact.path_mtu)
    known = [mtu for mtu in paths if mtu] or [mtu for mtu in (live.path_mtu,) if mtu]
    return min(known, default=USUAL_MTU) - OVERHEAD


def _device(place: _Place, wanted: Tunnel, live: Tunnel) -> Iterator[Difference | Unchecked]:
    kinds = (words.KIND[tunnel.is_wireguard] for tunnel in (wanted, live))
    yield from place.differing(None, Area.DEVICE, Item.KIND, *kinds)
    if not wanted.is_wireguard or not live.is_wireguard:
        return
    want, have = wanted.device, live.device
    yield from _public_key(place, want.private_key, _fingerprint(have.private_key))
    if not isinstance(want.listen_port, Open):
        ports = str(want.listen_port), str(have.listen_port)
        yield from place.differing(None, Area.DEVICE, Item.LISTEN_PORT, *ports)
    marks = (words.or_off(device.fwmark) for device in (want, have))
    yield from place.differing(want.fwmark_span, Area.DEVICE, Item.FWMARK, *marks)


def _public_key(place: _Place, wanted: Key | ExternalKey | None, found: str | None) -> Iterator[Difference | Unchecked]:
    """Yield what is said of the public key; of a private key in a hook, or elsewhere, only that it is there."""
    placeholder = isinstance(wanted, ExternalKey) and wanted.placeholder
    if isinstance(wanted, Key):
        yield from place.differing(None, Area.DEVICE, Item.PUBLIC_KEY, public_key(wanted), found or ABSENT)
    elif found is not None:
        reason = words.PLACEHOLDER if placeholder else words.KEY_OF_HOOK
        yield Unchecked(Area.DEVICE, Item.PUBLIC_KEY, f"it is {found}; {reason}")
    elif placeholder:
        yield place.at(None, Area.DEVICE, Item.PUBLIC_KEY, PRESENT, ABSENT)


def _fingerprint(key: Key | ExternalKey | None) -> str | None:
    return key.digest if isinstance(key, Key) else key and key.fingerprint


def _peers(place: _Place, wanted: Tunnel, live: Host) -> Iterator[Difference | Unchecked]:
    if not wanted.is_wireguard or not live.tunnel.is_wireguard:
        return
    found = {peer.public_key: peer for peer in live.tunnel.device.peers}
    for peer in wanted.device.peers:
        now = found.get(peer.public_key)
        if now is None:
            yield place.at(peer.span, Area.PEER, str(peer.public_key), PRESENT, None)
        else:
            yield from _peer(place, live, peer, now)
    for key in sorted(found.keys() - {peer.public_key for peer in wanted.device.peers}):
        yield place.at(None, Area.PEER, str(key), None, PRESENT)


def _peer(place: _Place, live: Host, wanted: Peer, found: Peer) -> Iterator[Difference | Unchecked]:
    name = wanted.public_key
    yield from _preshared_key(place, wanted, _fingerprint(found.preshared_key))
    yield from _endpoint(place, live, wanted, found)
    intervals = (words.or_off(peer.persistent_keepalive) for peer in (wanted, found))
    yield from place.differing(wanted.span, Area.PEER, f"{name} {Item.KEEPALIVE}", *intervals)
    want, have = set(wanted.allowed_ips), set(found.allowed_ips)
    for network in _sorted(want - have):
        yield place.at(wanted.span, Area.PEER, f"{name} {Item.ALLOWED_IP} {network}", PRESENT, None)
    for network in _sorted(have - want):
        yield place.at(None, Area.PEER, f"{name} {Item.ALLOWED_IP} {network}", None, PRESENT)


def _preshared_key(place: _Place, wanted: Peer, found: str | None) -> Iterator[Difference | Unchecked]:
    name, want = f"{wanted.public_key} {Item.PRESHARED_KEY}", _fingerprint(wanted.preshared_key)
    if wanted.preshared_key and not want and found:
        yield Unchecked(Area.PEER, name, words.PLACEHOLDER)
    elif not wanted.preshared_key or not found:
        presences = (PRESENT if key else ABSENT for key in (wanted.preshared_key, found))
        yield from place.differing(wanted.span, Area.PEER, name, *presences)
    elif want != found:
        yield place.at(wanted.span, Area.PEER, name, PRESENT, ANOTHER)


def _endpoint(place: _Place, live: Host, wanted: Peer, found: Peer) -> Iterator[Difference | Unchecked]:
    name = f"{wanted.public_key} {Item.ENDPOINT}"
    want, have = wanted.endpoint, found.endpoint
    handshake = live.contacts.get(wanted.public_key, Contact()).handshake
    if want is None or have is None:
        if want is not None or (have is not None and not handshake):
            told = [str(endpoint) if endpoint else None for endpoint in (want, have)]
            yield place.at(wanted.span, Area.PEER, name, *told)
        return
    same = _reaches(want, have, live)
    if same is None:
        yield Unchecked(Area.PEER, name, words.UNRESOLVED.format(want.host))
    elif not same and handshake:
        yield Unchecked(Area.PEER, name, words.MOVED.format(want, have))
    elif not same:
        yield place.at(wanted.span, Area.PEER, name, str(want), str(have))


def _rules(place: _Place, wanted: Tunnel, live: Host) -> Iterator[Difference]:
    mark = wanted.device.fwmark
    # A mark may be shared with another tunnel whose table it is: only who routes through the table owns its rules.
    owned = mark and (wanted.rules or any(route.table == mark for route in live.tunnel.routes))
    for family in Family:
        want = [rule for rule in wanted.rules if rule.family is family]
        have = [rule for rule in live.rules if rule.family is family]
        missing = [rule for rule in want if rule not in have]
        for rule in missing:
            yield place.difference(Area.RULE, words.rule, rule, None)
        order = [rule for rule in dict.fromkeys(have) if rule in want]
        if not missing and order != want:
            yield place.at(want[0].span, Area.RULE, f"{Item.ORDER}{family}", words.order(want), words.order(order))
        extra = Counter(rule for rule in have if owned and rule.table == mark) - Counter(want)
        for rule in extra.elements():
            yield place.difference(Area.RULE, words.rule, None, rule)


def _firewall(place: _Place, wanted: Tunnel, live: Host) -> Iterator[Difference | Unchecked]:
    if not isinstance(live.rulesets, Unknown):
        for pair in _unpaired(_items(wanted.rulesets), _items(live.rulesets), key=_definition):
            yield place.difference(Area.FIREWALL, words.firewall, *pair)
    elif wanted.rulesets:
        yield place.at(wanted.rulesets[0].span, Area.FIREWALL, table_name(wanted.interface), PRESENT, None)
    else:
        yield Unchecked(Area.FIREWALL, table_name(wanted.interface), live.rulesets.reason)


def _items(rulesets: tuple[Ruleset, ...] | Unknown) -> Iterator[Ruleset]:
    """Yield rulesets in which there is one thing each: a table, an object, the definition of a chain, or a rule in it.

    A rule about addresses of the link comes once for each.
    """
    for ruleset in () if isinstance(rulesets, Unknown) else rulesets:
        table = ruleset._replace(chains=(), objects=())
        bare = table._replace(other=())
        yield table
        yield from (bare._replace(objects=(item,)) for item in ruleset.objects)
        yield from (bare._replace(chains=(chain._replace(rules=()),)) for chain in ruleset.chains)
        for chain in ruleset.chains:
            for rule in chain.rules:
                yield from (bare._replace(chains=(Chain(chain.name, rules=(one,)),)) for one in _for_each_address(rule))


def _for_each_address(rule: FilterRule) -> Iterator[FilterRule]:
    own = next((match for match in rule.matches if isinstance(match, OwnAddress)), None)
    for one in map(OwnAddress, zip(own.addresses)) if own else (own,):
        yield rule._replace(matches=tuple(one if match is own and one else match for match in rule.matches))


def _definition(item: Ruleset) -> Hashable:
    """Return what pairs two items: of a table its family, of a chain its name, of the rest all of it."""
    if item.objects or any(chain.rules for chain in item.chains):
        return item
    return item.family, *(chain.name for chain in item.chains)


def _resolver(place: _Place, wanted: Tunnel, live: Host) -> Iterator[Difference | Unchecked]:
    want, have = wanted.resolver, live.resolver
    if isinstance(have, Unknown):
        if want:
            yield Unchecked(Area.DNS, Item.DNS, have.reason)
        return
    span = want.servers[0].span if want and want.servers else None
    for item, names in ((Item.SERVERS, words.servers), (Item.SEARCH, words.search)):
        yield from place.differing(span, Area.DNS, item, names(want) or None, names(have) or None)
    if want and have and isinstance(have.exclusive, Unknown):
        yield Unchecked(Area.DNS, Item.EXCLUSIVE, have.exclusive.reason)
    elif want and have:
        answers = (words.ANSWER[bool(resolver.exclusive)] for resolver in (want, have))
        yield from place.differing(span, Area.DNS, Item.EXCLUSIVE, *answers)


def _reaches(wanted: Endpoint, found: Endpoint, live: Host) -> bool | None:
    """Tell whether a live endpoint is the wanted one, None where that is a name which the host does not resolve."""
    if wanted.port != found.port:
        return False
    address = _address(wanted)
    addresses = live.names.get(wanted.host) if address is None else (address,)
    return _address(found) in addresses if addresses else None


def _address(endpoint: Endpoint) -> IPAddress | None:
    try:
        return ip_address(endpoint.host)
    except ValueError:
        return None


def _sorted(networks: Iterable[IPNetwork]) -> list[IPNetwork]:
    return sorted(networks, key=lambda network: (network.version, network))
