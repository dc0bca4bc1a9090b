"""How a live tunnel differs from the wanted one, and what cannot be told.

In: a `Tunnel`, and the `Host` that should have it. Out: differences in the order of `Area`, wanted things in the order
of the config before unexpected ones. Pure: what a host had to be asked lies in the host.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from ipaddress import IPv6Interface, IPv6Network, ip_address
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from wgtranspile.compare import words
from wgtranspile.compare.model import Area, Difference, Unchecked, Verdict
from wgtranspile.compare.normalisations import plain, plain_rules
from wgtranspile.compare.words import ABSENT, ANOTHER, PRESENT, Item
from wgtranspile.config.curve25519 import public_key
from wgtranspile.formats.firewall import each_address
from wgtranspile.model import (
    Chain,
    ExternalKey,
    Family,
    Key,
    Open,
    Unknown,
    is_automatic,
    known,
    number,
)
from wgtranspile.model.firewall import guard, table_name, with_rules
from wgtranspile.model.host import Contact
from wgtranspile.model.kernel import completed, with_mark
from wgtranspile.model.linux import MAIN
from wgtranspile.source import NOWHERE

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator

    from wgtranspile.model import Address, Endpoint, Peer, PolicyRule, Ruleset, Tunnel
    from wgtranspile.model.host import Host
    from wgtranspile.model.linux import IPAddress, IPNetwork
    from wgtranspile.source import Place

T = TypeVar("T")

# wg-quick's set_mtu_up: what WireGuard takes of a packet, and the MTU where no route tells one.
OVERHEAD = 80
USUAL_MTU = 1500

_LINK_LOCAL_ROUTE = IPv6Network("fe80::/64")


def compare(wanted: Tunnel, live: Host | None) -> Verdict:
    """Return everything in which `live` is not as `wanted`, and of which that cannot be told."""
    if live is None:
        return Verdict((Difference(Area.LINK, wanted.interface, PRESENT, None),))
    return compared(*comparable(wanted, live))


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
    wanted = wanted._replace(device=device, rules=plain_rules(wanted.rules))
    live = _without_link_local(wanted, live)
    return _numbered(wanted, live), live


def compared(wanted: Tunnel, live: Host) -> Verdict:
    """Return what differs between two that are comparable, and what cannot be told."""
    differences, unchecked = [], []
    for finding in _pairs(wanted, live):
        if isinstance(finding, Unchecked):
            unchecked.append(finding)
        elif finding.wanted != finding.found:
            area, item, span, want, have = finding
            place = () if span in (None, NOWHERE) else (span.path, span.start.line)
            differences.append(Difference(area, item, want, have, *place))
    return Verdict(tuple(differences), tuple(unchecked))


def _pairs(wanted: Tunnel, live: Host) -> Iterator[_Pair | Unchecked]:
    yield from _link(wanted, live)
    yield from _device(wanted, live.tunnel)
    yield from _peers(wanted, live)
    for address in _unpaired(wanted.addresses, live.tunnel.addresses, key=lambda item: item):
        yield _told(Area.ADDRESS, words.address, *address)
    for route in _unpaired(wanted.routes, live.tunnel.routes, key=lambda item: (item.destination, item.table)):
        yield _told(Area.ROUTE, words.route, *route)
    yield from _rules(wanted, live)
    yield from _firewall(wanted, live)
    for sysctl in wanted.sysctls:
        found = next((setting.value for setting in live.sysctls if setting.name == sysctl.name), 0)
        yield _Pair(Area.SYSCTL, sysctl.name, sysctl.span, str(sysctl.value), str(found))
    yield from _resolver(wanted, live)


class _Pair(NamedTuple):
    """The particulars of one thing, wanted and found, which are often the same; and where it is written."""

    area: Area
    item: str
    span: Place | None
    wanted: str | None
    found: str | None


def _told(area: Area, tell: Callable[[T], tuple[str, str]], wanted: T | None, found: T | None) -> _Pair:
    """Return a pair of things, each of which `tell` turns into its name and its particulars."""
    want = tell(wanted) if wanted is not None else None
    have = tell(found) if found is not None else None
    name, _ = want or have or ("", "")
    return _Pair(area, name, getattr(wanted, "span", None), want and want[1], have and have[1])


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
    """Return the wanted tunnel with what only the host knows: the number of an automatic mark, of a named table."""
    named = wanted.table if isinstance(wanted.table, Open) else None
    table = live.tables.get(str(named.usual)) if named else None
    if table is not None:
        routes = (route._replace(table=table) if route.table == named else route for route in wanted.routes)
        wanted = wanted._replace(routes=tuple(routes))
    if isinstance(wanted.device.fwmark, int):
        return wanted
    # Most is as wg-quick left it, whatever has changed since: so it is the mark with which least differs.
    return min(_with_marks(wanted, live), key=lambda marked: len(compared(marked, live).differences))


def _with_marks(wanted: Tunnel, live: Host) -> Iterator[Tunnel]:
    """Yield the wanted tunnel with each mark that wg-quick may have chosen: that of the device first."""
    if is_automatic(wanted.device.fwmark) and live.tunnel.is_wireguard:
        of_rules = (rule.mark for rule in live.rules if rule.inverted and rule.mark == rule.table)
        for mark in dict.fromkeys((live.tunnel.device.fwmark, *of_rules)):
            if isinstance(mark, int) and mark:
                yield with_mark(wanted, mark)
    yield with_mark(wanted, number(wanted.device.fwmark))


def _without_link_local(wanted: Tunnel, live: Host) -> Host:
    """Return the live host without link-local addresses that the config does not have, and what follows from them."""
    tunnel, own = live.tunnel, {item.address for item in wanted.addresses}
    made = {item for item in tunnel.addresses if _is_link_local(item) and item.address not in own}
    if not made:
        return live
    guards = {guard(wanted.interface, (item.address.ip,)) for item in made}
    routes = (
        route
        for route in tunnel.routes
        if (route.destination, route.table) != (_LINK_LOCAL_ROUTE, MAIN) or route in wanted.routes
    )
    addresses = (item for item in tunnel.addresses if item not in made)
    live = live._replace(tunnel=tunnel._replace(addresses=tuple(addresses), routes=tuple(routes)))
    if not isinstance(live.rulesets, Unknown):
        rulesets = (with_rules(each, lambda rule: None if rule in guards else rule) for each in live.rulesets)
        live = live._replace(rulesets=tuple(rulesets))
    return live


def _is_link_local(item: Address) -> bool:
    return isinstance(item.address, IPv6Interface) and item.address.is_link_local


def _link(wanted: Tunnel, live: Host) -> Iterator[_Pair | Unchecked]:
    have, span = live.tunnel, wanted.mtu_span
    yield _Pair(Area.LINK, Item.STATE, span, words.STATE[wanted.is_up], words.STATE[have.is_up])
    mtu = known(wanted.mtu) or _path_mtu(wanted, live)
    if mtu is None:
        yield Unchecked(Area.LINK, Item.MTU, words.CHANGED_PATH.format(have.mtu))
    else:
        yield _Pair(Area.LINK, Item.MTU, span, str(mtu), str(have.mtu))


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
    return min(filter(None, paths), default=live.path_mtu or USUAL_MTU) - OVERHEAD


def _device(wanted: Tunnel, live: Tunnel) -> Iterator[_Pair | Unchecked]:
    yield _Pair(Area.DEVICE, Item.KIND, None, words.KIND[wanted.is_wireguard], words.KIND[live.is_wireguard])
    if not wanted.is_wireguard or not live.is_wireguard:
        return
    want, have = wanted.device, live.device
    yield from _public_key(want.private_key, _fingerprint(have.private_key))
    if not isinstance(want.listen_port, Open):
        yield _Pair(Area.DEVICE, Item.LISTEN_PORT, None, str(want.listen_port), str(have.listen_port))
    yield _Pair(Area.DEVICE, Item.FWMARK, want.fwmark_span, words.or_off(want.fwmark), words.or_off(have.fwmark))


def _public_key(wanted: Key | ExternalKey | None, found: str | None) -> Iterator[_Pair | Unchecked]:
    """Yield what is said of the public key; of a private key in a hook, or elsewhere, only that it is there."""
    placeholder = isinstance(wanted, ExternalKey) and wanted.placeholder
    if isinstance(wanted, Key):
        yield _Pair(Area.DEVICE, Item.PUBLIC_KEY, None, public_key(wanted), found or ABSENT)
    elif found is not None:
        reason = words.PLACEHOLDER if placeholder else words.KEY_OF_HOOK
        yield Unchecked(Area.DEVICE, Item.PUBLIC_KEY, f"it is {found}; {reason}")
    elif placeholder:
        yield _Pair(Area.DEVICE, Item.PUBLIC_KEY, None, PRESENT, ABSENT)


def _fingerprint(key: Key | ExternalKey | None) -> str | None:
    return key.digest if isinstance(key, Key) else key and key.fingerprint


def _peers(wanted: Tunnel, live: Host) -> Iterator[_Pair | Unchecked]:
    if not wanted.is_wireguard or not live.tunnel.is_wireguard:
        return
    found = {peer.public_key: peer for peer in live.tunnel.device.peers}
    for peer in wanted.device.peers:
        now = found.pop(peer.public_key, None)
        yield _Pair(Area.PEER, peer.public_key, peer.span, PRESENT, now and PRESENT)
        if now is not None:
            yield from _peer(live, peer, now)
    yield from (_Pair(Area.PEER, key, None, None, PRESENT) for key in sorted(found))


def _peer(live: Host, wanted: Peer, found: Peer) -> Iterator[_Pair | Unchecked]:
    name, span = wanted.public_key, wanted.span
    yield from _preshared_key(wanted, _fingerprint(found.preshared_key))
    yield from _endpoint(live, wanted, found)
    intervals = (words.or_off(peer.persistent_keepalive) for peer in (wanted, found))
    yield _Pair(Area.PEER, f"{name} {Item.KEEPALIVE}", span, *intervals)
    want, have = set(wanted.allowed_ips), set(found.allowed_ips)
    for network in _sorted(want - have):
        yield _Pair(Area.PEER, f"{name} {Item.ALLOWED_IP} {network}", span, PRESENT, None)
    for network in _sorted(have - want):
        yield _Pair(Area.PEER, f"{name} {Item.ALLOWED_IP} {network}", None, None, PRESENT)


def _preshared_key(wanted: Peer, found: str | None) -> Iterator[_Pair | Unchecked]:
    name, want = f"{wanted.public_key} {Item.PRESHARED_KEY}", _fingerprint(wanted.preshared_key)
    if wanted.preshared_key and not want and found:
        yield Unchecked(Area.PEER, name, words.PLACEHOLDER)
    elif wanted.preshared_key and found:
        yield _Pair(Area.PEER, name, wanted.span, PRESENT, PRESENT if want == found else ANOTHER)
    else:
        presences = (PRESENT if key else ABSENT for key in (wanted.preshared_key, found))
        yield _Pair(Area.PEER, name, wanted.span, *presences)


def _endpoint(live: Host, wanted: Peer, found: Peer) -> Iterator[_Pair | Unchecked]:
    name, want, have = f"{wanted.public_key} {Item.ENDPOINT}", wanted.endpoint, found.endpoint
    handshake = live.contacts.get(wanted.public_key, Contact()).handshake
    if want is None or have is None:
        if want is not None or not handshake:
            told = (str(endpoint) if endpoint else None for endpoint in (want, have))
            yield _Pair(Area.PEER, name, wanted.span, *told)
        return
    same = _reaches(want, have, live)
    if same is None:
        yield Unchecked(Area.PEER, name, words.UNRESOLVED.format(want.host))
    elif not same and handshake:
        yield Unchecked(Area.PEER, name, words.MOVED.format(want, have))
    elif not same:
        yield _Pair(Area.PEER, name, wanted.span, str(want), str(have))


def _rules(wanted: Tunnel, live: Host) -> Iterator[_Pair]:
    mark = wanted.device.fwmark
    # A mark may be shared with another tunnel whose table it is: only who routes through the table owns its rules.
    owned = mark and (wanted.rules or any(route.table == mark for route in live.tunnel.routes))
    for family in Family:
        want = [rule for rule in wanted.rules if rule.family is family]
        have = [rule for rule in live.rules if rule.family is family]
        missing = [rule for rule in want if rule not in have]
        yield from (_told(Area.RULE, words.rule, rule, None) for rule in missing)
        order = [rule for rule in dict.fromkeys(have) if rule in want]
        if want and not missing:
            yield _Pair(Area.RULE, f"{Item.ORDER}{family}", want[0].span, words.order(want), words.order(order))
        extra = Counter(rule for rule in have if owned and rule.table == mark) - Counter(want)
        yield from (_told(Area.RULE, words.rule, None, rule) for rule in extra.elements())


def _firewall(wanted: Tunnel, live: Host) -> Iterator[_Pair | Unchecked]:
    if not isinstance(live.rulesets, Unknown):
        for pair in _unpaired(_items(wanted.rulesets), _items(live.rulesets), key=_definition):
            yield _told(Area.FIREWALL, words.firewall, *pair)
    elif wanted.rulesets:
        yield _Pair(Area.FIREWALL, table_name(wanted.interface), wanted.rulesets[0].span, PRESENT, None)
    else:
        yield Unchecked(Area.FIREWALL, table_name(wanted.interface), live.rulesets.reason)


def _items(rulesets: Iterable[Ruleset]) -> Iterator[Ruleset]:
    """Yield rulesets in which there is one thing each: a table, an object, the definition of a chain, or a rule in it.

    A rule about addresses of the link comes once for each.
    """
    for ruleset in rulesets:
        table = ruleset._replace(chains=(), objects=())
        bare = table._replace(other=())
        yield table
        yield from (bare._replace(objects=(item,)) for item in ruleset.objects)
        yield from (bare._replace(chains=(chain._replace(rules=()),)) for chain in ruleset.chains)
        for chain in ruleset.chains:
            for rule in chain.rules:
                yield from (bare._replace(chains=(Chain(chain.name, rules=(one,)),)) for one in each_address(rule))


def _definition(item: Ruleset) -> Hashable:
    """Return what pairs two items: of a table its family, of a chain its name, of the rest all of it."""
    if item.objects or any(chain.rules for chain in item.chains):
        return item
    return item.family, *(chain.name for chain in item.chains)


def _resolver(wanted: Tunnel, live: Host) -> Iterator[_Pair | Unchecked]:
    want, have = wanted.resolver, live.resolver
    if isinstance(have, Unknown):
        if want:
            yield Unchecked(Area.DNS, Item.DNS, have.reason)
        return
    span = want.servers[0].span if want and want.servers else None
    yield _Pair(Area.DNS, Item.SERVERS, span, words.servers(want), words.servers(have))
    yield _Pair(Area.DNS, Item.SEARCH, span, words.search(want), words.search(have))
    if want and have and isinstance(have.exclusive, Unknown):
        yield Unchecked(Area.DNS, Item.EXCLUSIVE, have.exclusive.reason)
    elif want and have:
        answers = (words.ANSWER[bool(resolver.exclusive)] for resolver in (want, have))
        yield _Pair(Area.DNS, Item.EXCLUSIVE, span, *answers)


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
