"""Why a live state differs from the wanted one: a few causes, and the differences that follow from each.

In: two states. Out: causes. Each suspect assumes that the wanted state were another in one respect, such as a link that
is down. If differences go with that assumption and none come, it is a cause, and what has gone follows from it. Pure:
what a host had to be asked is given.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from wgtranspile.model import Family
from wgtranspile.state import firewall
from wgtranspile.state.difference import compare, on_host
from wgtranspile.state.model import Area, Cause, Unknown
from wgtranspile.state.wanted import connected, follow_mark

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wgtranspile.state.model import Difference, Peer, Route, State

NETWORKD_REMOVES_RULES = (
    "networkd manages foreign policy rules on this host and removes the rules of wg-quick; see docs/networkd.md"
)


class _Assumption(NamedTuple):
    """What may be the cause, and the wanted state if it were wanted so.

    The differences for which `shows` holds are the cause itself. With `alone`, it is worth saying even if nothing
    follows from it.
    """

    text: str
    state: State
    shows: Callable[[Difference], bool] = lambda _: False
    alone: bool = False


def explain(wanted: State, live: State | None, *, networkd_removes_rules: bool = False) -> tuple[Cause, ...]:
    """Return the causes of the differences between two states, as far as they can be told."""
    if live is None:
        return ()
    wanted = on_host(wanted, live)
    suspects = (
        _other_kind,
        _link_down,
        _ipv6_disabled,
        _link_was_down,
        _mark,
        _other_peers,
        _moved_networks,
        _missing_addresses,
        _unexpected_addresses,
        _rules_removed_by_networkd if networkd_removes_rules else _rules_flushed,
        _firewall_flushed,
        _resolver_changed,
    )
    differences = Counter(compare(wanted, live))
    causes = []
    for suspect in suspects:
        for text, assumed, shows, alone in suspect(wanted, live):
            left = Counter(compare(assumed, live))
            explained = tuple((differences - left).elements())
            following = tuple(difference for difference in explained if not shows(difference))
            if explained and not left - differences and (following or alone):
                shown = tuple(difference for difference in explained if shows(difference))
                causes.append(Cause(text, shown, following))
                wanted, differences = assumed, left
                break
    return tuple(causes)


# --- the link ---


def _other_kind(wanted: State, live: State) -> Iterator[_Assumption]:
    if wanted.device is None or live.device is not None:
        return
    state = replace(
        wanted, link=live.link, device=None, peers=(), addresses=live.addresses, routes=live.routes, rules=wanted.rules
    )
    yield _Assumption(
        "the link is not a WireGuard device: something else has taken its name", state, _is(Area.DEVICE, "kind")
    )


def _link_down(wanted: State, live: State) -> Iterator[_Assumption]:
    if not wanted.link.up or live.link.up:
        return
    state = replace(
        _without(wanted, live, Family.IPV6),
        link=replace(wanted.link, up=False),
        routes=tuple(route for route in wanted.routes if route in live.routes),
    )
    text = "the link is down, so the kernel has removed its routes and IPv6 addresses"
    yield _Assumption(text, state, _is(Area.LINK, "state"))


def _ipv6_disabled(wanted: State, live: State) -> Iterator[_Assumption]:
    if live.host.ipv6_disabled:
        text = f"IPv6 is disabled on the link: net.ipv6.conf.{wanted.interface}.disable_ipv6 is 1"
        yield _Assumption(text, _without(wanted, live, Family.IPV6))


def _link_was_down(wanted: State, live: State) -> Iterator[_Assumption]:
    """Assume what is left of a link that was down: the kernel restores only the networks of its IPv4 addresses."""
    restored = [route for route in connected(wanted.addresses) if _family(route) is Family.IPV4]
    lost = [route for route in wanted.routes if route not in restored]
    if (
        not live.link.up
        or any(route not in live.routes for route in restored)
        or any(item in live.routes for item in lost)
    ):
        return
    state = _without(wanted, live, Family.IPV6)
    if len(lost) + len(wanted.addresses) - len(state.addresses) > 1:
        name = wanted.interface
        text = f"only IPv4 addresses and their networks are left, as after `ip link set {name} down` and `up`"
        yield _Assumption(text, replace(state, routes=tuple(restored)))


# --- the device and its peers ---


def _mark(wanted: State, live: State) -> Iterator[_Assumption]:
    """Assume that only the device has another mark, or that all have followed it."""
    if wanted.device is None or live.device is None or wanted.device.fwmark == live.device.fwmark:
        return
    mark = live.device.fwmark
    shows = _is(Area.DEVICE, "fwmark")
    if wanted.rules:
        text = "the device's mark is not the one that the policy rules exempt, so encrypted packets enter the tunnel"
        yield _Assumption(text, replace(wanted, device=replace(wanted.device, fwmark=mark)), shows, alone=True)
    yield _Assumption("the whole tunnel uses a different mark than the config", follow_mark(wanted, mark), shows)


def _other_peers(wanted: State, live: State) -> Iterator[_Assumption]:
    """Assume the peers that the tunnel has, and of their routes those that it has."""
    if live.device is None:
        return
    known = {peer.public_key for peer in wanted.peers}
    there = {peer.public_key for peer in live.peers}
    new = tuple(peer for peer in live.peers if peer.public_key not in known)
    gone = [peer for peer in wanted.peers if peer.public_key not in there]
    if not new and not gone:
        return
    networks = {network for peer in (*new, *gone) for network in peer.allowed_ips}
    routes = (
        *(route for route in wanted.routes if route in live.routes or route.destination not in networks),
        *(route for route in live.routes if route not in wanted.routes and route.destination in networks),
    )
    kept = tuple(peer for peer in _with_moved_networks(wanted, live) if peer.public_key in there)
    names = {str(peer.public_key) for peer in (*new, *gone)}
    text = "the tunnel and the config have different peers, as if the config had been edited while the tunnel was up"
    state = replace(wanted, peers=(*kept, *new), routes=routes)
    yield _Assumption(text, state, lambda found: found.area is Area.PEER and found.item in names)


def _moved_networks(wanted: State, live: State) -> Iterator[_Assumption]:
    if live.device is not None:
        text = "a network can belong to only one peer, and another peer has it now"
        state = replace(wanted, peers=_with_moved_networks(wanted, live))
        yield _Assumption(text, state, lambda found: found.area is Area.PEER and found.wanted is None)


def _with_moved_networks(wanted: State, live: State) -> tuple[Peer, ...]:
    """Return the wanted peers, each network with the peer that has it now."""
    owners = {network: peer.public_key for peer in wanted.peers for network in peer.allowed_ips}
    owners |= {network: peer.public_key for peer in live.peers for network in peer.allowed_ips if network in owners}
    return tuple(
        replace(peer, allowed_ips=frozenset(network for network, key in owners.items() if key == peer.public_key))
        for peer in wanted.peers
    )


# --- addresses, rules, firewall, DNS ---


def _missing_addresses(wanted: State, live: State) -> Iterator[_Assumption]:
    """Assume only the addresses that are there; without any of IPv4 the kernel removes all routes of that family."""
    kept = tuple(item for item in wanted.addresses if item in live.addresses)
    if len(kept) == len(wanted.addresses):
        return
    own, left = connected(wanted.addresses), connected(kept)
    routes = [*left, *(route for route in wanted.routes if route not in own)]
    if not any(Family(item.address.version) is Family.IPV4 for item in kept):
        routes = [route for route in routes if _family(route) is Family.IPV6 or route in live.routes]
    text = "addresses are missing, so the kernel has removed the routes that depend on them"
    yield _Assumption(text, replace(wanted, addresses=kept, routes=tuple(routes)), _in(Area.ADDRESS))


def _unexpected_addresses(wanted: State, live: State) -> Iterator[_Assumption]:
    extra = tuple(item for item in live.addresses if item not in wanted.addresses)
    if extra:
        addresses = (*wanted.addresses, *extra)
        own = connected(wanted.addresses)
        routes = (*connected(addresses), *(route for route in wanted.routes if route not in own))
        text = (
            "the link has addresses that are not in the config, and the kernel has added the routes to their networks"
        )
        yield _Assumption(text, replace(wanted, addresses=addresses, routes=routes), _in(Area.ADDRESS))


def _rules_removed_by_networkd(wanted: State, live: State) -> Iterator[_Assumption]:
    state = replace(wanted, rules=tuple(rule for rule in wanted.rules if rule in live.rules))
    yield _Assumption(NETWORKD_REMOVES_RULES, state)


def _rules_flushed(wanted: State, live: State) -> Iterator[_Assumption]:
    own = [rule for rule in wanted.rules if rule.mark is not None]
    if own and not any(rule in live.rules for rule in own):
        state = replace(wanted, rules=tuple(rule for rule in wanted.rules if rule in live.rules))
        text = "no policy rule of the tunnel is left, as after `ip rule flush`, so its routing table is not used"
        yield _Assumption(text, state)


def _firewall_flushed(wanted: State, live: State) -> Iterator[_Assumption]:
    if isinstance(live.firewall, Unknown):
        return
    items = firewall.known(wanted.firewall)
    gone = {item.family for item in items} - {item.family for item in live.firewall}
    if not gone:
        return
    state = replace(wanted, firewall=tuple(item for item in items if item.family not in gone))
    which = f"IPv{min(gone)} firewall" if len(gone) == 1 else "firewall"
    text = f"the {which} of the tunnel is missing, as after `nft flush ruleset` or a restart of the host's firewall"
    yield _Assumption(text, state, lambda found: found.area is Area.FIREWALL and found.item.endswith(" table"))


def _resolver_changed(wanted: State, live: State) -> Iterator[_Assumption]:
    if live.resolver is None:
        text = "the resolver has no settings for the link, as after a restart or `resolvconf -d`"
    else:
        text = "something else has changed the DNS settings of the link"
    yield _Assumption(text, replace(wanted, resolver=live.resolver), _is(Area.DNS, "servers"))


def _without(wanted: State, live: State, family: Family) -> State:
    """Return a wanted state without the addresses and routes of a family that are not there."""
    return replace(
        wanted,
        addresses=tuple(
            item for item in wanted.addresses if item in live.addresses or Family(item.address.version) is not family
        ),
        routes=tuple(route for route in wanted.routes if route in live.routes or _family(route) is not family),
    )


def _family(route: Route) -> Family:
    return Family(route.destination.version)


def _in(area: Area) -> Callable[[Difference], bool]:
    return lambda found: found.area is area


def _is(area: Area, item: str) -> Callable[[Difference], bool]:
    return lambda found: (found.area, found.item) == (area, item)
