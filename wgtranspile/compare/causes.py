"""Why a live state differs from the wanted one: a few causes, and the differences that follow from each.

In: a tunnel and a host. Out: causes. Each suspect assumes that the wanted tunnel were another in one respect, such as
one that is down. If differences go with that assumption and none come, it is a cause, and what has gone follows from
it. Pure: what a host had to be asked is given.
"""

from __future__ import annotations

from collections import Counter
from ipaddress import IPv4Interface
from typing import TYPE_CHECKING, NamedTuple

from wgtranspile.compare.difference import comparable, compared
from wgtranspile.compare.model import Area, Cause
from wgtranspile.compare.words import Item, table_of
from wgtranspile.model import Family, Sysctl, Unknown, number
from wgtranspile.model.kernel import connected_routes, with_mark
from wgtranspile.model.linux import disable_ipv6

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wgtranspile.compare.model import Difference
    from wgtranspile.model import Address, Device, Key, Route, Tunnel
    from wgtranspile.model.host import Host
    from wgtranspile.model.linux import IPNetwork

NETWORKD_REMOVES_RULES = (
    "networkd manages foreign policy rules on this host and removes the rules of wg-quick; see docs/networkd.md"
)


class _Assumption(NamedTuple):
    """What may be the cause, and the tunnel that would be wanted then.

    The differences for which `shows` holds are the cause itself. With `alone`, it is worth saying even if nothing
    follows from it.
    """

    text: str
    tunnel: Tunnel
    shows: Callable[[Difference], bool] = lambda _: False
    alone: bool = False


def explain(wanted: Tunnel, live: Host | None, *, networkd_removes_rules: bool = False) -> tuple[Cause, ...]:
    """Return the causes of the differences of a live tunnel, as far as they can be told."""
    if live is None:
        return ()
    wanted, live = comparable(wanted, live)
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
    unexplained = Counter(compared(wanted, live).differences)
    causes = []
    for suspect in suspects:
        for text, assumed, shows, alone in suspect(wanted, live):
            left = Counter(compared(assumed, live).differences)
            explained = tuple((unexplained - left).elements())
            following = tuple(difference for difference in explained if not shows(difference))
            if explained and not left - unexplained and (following or alone):
                shown = tuple(difference for difference in explained if shows(difference))
                causes.append(Cause(text, shown, following))
                wanted, unexplained = assumed, left
                break
    return tuple(causes)


# --- the link ---


def _other_kind(wanted: Tunnel, live: Host) -> Iterator[_Assumption]:
    found = live.tunnel
    if found.is_wireguard or not wanted.is_wireguard:
        return
    tunnel = wanted._replace(
        is_wireguard=False,
        is_up=found.is_up,
        mtu=found.mtu,
        device=wanted.device._replace(peers=()),
        addresses=found.addresses,
        routes=found.routes,
    )
    text = "the link is not a WireGuard device: something else has taken its name"
    yield _Assumption(text, tunnel, _is(Area.DEVICE, Item.KIND))


def _link_down(wanted: Tunnel, live: Host) -> Iterator[_Assumption]:
    if not wanted.is_up or live.tunnel.is_up:
        return
    left = tuple(route for route in wanted.routes if route in live.tunnel.routes)
    text = "the link is down, so the kernel has removed its routes and IPv6 addresses"
    tunnel = _without(wanted, live, Family.IPV6)._replace(is_up=False, routes=left)
    yield _Assumption(text, tunnel, _is(Area.LINK, Item.STATE))


def _ipv6_disabled(wanted: Tunnel, live: Host) -> Iterator[_Assumption]:
    setting = Sysctl(disable_ipv6(wanted.interface), 1)
    if setting in live.sysctls:
        text = f"IPv6 is disabled on the link: {setting.name} is {setting.value}"
        yield _Assumption(text, _without(wanted, live, Family.IPV6))


def _link_was_down(wanted: Tunnel, live: Host) -> Iterator[_Assumption]:
    """Assume what is left of a link that was down: the kernel restores only the networks of its IPv4 addresses."""
    there = live.tunnel.routes
    restored = [route for route in connected_routes(wanted.addresses) if _family(route) is Family.IPV4]
    lost = [route for route in wanted.routes if route not in restored]
    if not live.tunnel.is_up or any(route not in there for route in restored) or any(route in there for route in lost):
        return
    tunnel = _without(wanted, live, Family.IPV6)
    if len(lost) + len(wanted.addresses) - len(tunnel.addresses) > 1:
        name = wanted.interface
        text = f"only IPv4 addresses and their networks are left, as after `ip link set {name} down` and `up`"
        yield _Assumption(text, tunnel._replace(routes=tuple(restored)))


# --- the device and its peers ---


def _mark(wanted: Tunnel, live: Host) -> Iterator[_Assumption]:
    """Assume that only the device has another mark, or that all have followed it."""
    mark = number(live.tunnel.device.fwmark)
    if not live.tunnel.is_wireguard or wanted.device.fwmark == mark:
        return
    shows = _is(Area.DEVICE, Item.FWMARK)
    if wanted.rules:
        text = "the device's mark is not the one that the policy rules exempt, so encrypted packets enter the tunnel"
        yield _Assumption(text, wanted._replace(device=wanted.device._replace(fwmark=mark)), shows, alone=True)
    yield _Assumption("the whole tunnel uses a different mark than the config", with_mark(wanted, mark), shows)


def _other_peers(wanted: Tunnel, live: Host) -> Iterator[_Assumption]:
    """Assume the peers that the tunnel has, and of their routes those that it has."""
    if not live.tunnel.is_wireguard:
        return
    known, there = ({peer.public_key for peer in tunnel.device.peers} for tunnel in (wanted, live.tunnel))
    new = tuple(peer for peer in live.tunnel.device.peers if peer.public_key not in known)
    gone = [peer for peer in wanted.device.peers if peer.public_key not in there]
    if not new and not gone:
        return
    networks = {network for peer in (*new, *gone) for network in peer.allowed_ips}
    routes = (
        *(route for route in wanted.routes if route in live.tunnel.routes or route.destination not in networks),
        *(route for route in live.tunnel.routes if route not in wanted.routes and route.destination in networks),
    )
    moved = _with_moved_networks(wanted, live)
    kept = tuple(peer for peer in moved.peers if peer.public_key in there)
    names = {str(peer.public_key) for peer in (*new, *gone)}
    text = "the tunnel and the config have different peers, as if the config had been edited while the tunnel was up"
    tunnel = wanted._replace(device=moved._replace(peers=(*kept, *new)), routes=routes)
    yield _Assumption(text, tunnel, lambda found: found.area is Area.PEER and found.item in names)


def _moved_networks(wanted: Tunnel, live: Host) -> Iterator[_Assumption]:
    if live.tunnel.is_wireguard:
        text = "a network can belong to only one peer, and another peer has it now"
        tunnel = wanted._replace(device=_with_moved_networks(wanted, live))
        yield _Assumption(text, tunnel, lambda found: found.area is Area.PEER and found.wanted is None)


def _with_moved_networks(wanted: Tunnel, live: Host) -> Device:
    """Return the wanted device, each network with the peer that has it now."""
    peers = wanted.device.peers
    owners = {network: peer.public_key for peer in peers for network in peer.allowed_ips}
    now = {network: peer.public_key for peer in live.tunnel.device.peers for network in peer.allowed_ips}
    owners |= {network: key for network, key in now.items() if network in owners}
    networks: dict[Key, list[IPNetwork]] = {peer.public_key: [] for peer in peers}
    for network, key in owners.items():
        networks.setdefault(key, []).append(network)
    moved = (peer._replace(allowed_ips=tuple(networks[peer.public_key])) for peer in peers)
    return wanted.device._replace(peers=tuple(moved))


# --- addresses, rules, firewall, DNS ---


def _missing_addresses(wanted: Tunnel, live: Host) -> Iterator[_Assumption]:
    """Assume only the addresses that are there; without any of IPv4 the kernel removes all routes of that family."""
    kept = tuple(item for item in wanted.addresses if item in live.tunnel.addresses)
    if len(kept) == len(wanted.addresses):
        return
    tunnel = _with_addresses(wanted, kept)
    if not any(isinstance(item.address, IPv4Interface) for item in kept):
        left = (route for route in tunnel.routes if _family(route) is Family.IPV6 or route in live.tunnel.routes)
        tunnel = tunnel._replace(routes=tuple(left))
    text = "addresses are missing, so the kernel has removed the routes that depend on them"
    yield _Assumption(text, tunnel, _in(Area.ADDRESS))


def _unexpected_addresses(wanted: Tunnel, live: Host) -> Iterator[_Assumption]:
    extra = tuple(item for item in live.tunnel.addresses if item not in wanted.addresses)
    if extra:
        text = (
            "the link has addresses that are not in the config, and the kernel has added the routes to their networks"
        )
        yield _Assumption(text, _with_addresses(wanted, (*wanted.addresses, *extra)), _in(Area.ADDRESS))


def _with_addresses(wanted: Tunnel, addresses: tuple[Address, ...]) -> Tunnel:
    """Return a wanted tunnel with other addresses, and the routes that the kernel makes for these."""
    own = connected_routes(wanted.addresses)
    others = (route for route in wanted.routes if route not in own)
    return wanted._replace(addresses=addresses, routes=(*connected_routes(addresses), *others))


def _rules_removed_by_networkd(wanted: Tunnel, live: Host) -> Iterator[_Assumption]:
    yield _Assumption(NETWORKD_REMOVES_RULES, _with_rules_left(wanted, live))


def _rules_flushed(wanted: Tunnel, live: Host) -> Iterator[_Assumption]:
    own = wanted.mark_rules
    if own and not any(rule in live.rules for rule in own):
        text = "no policy rule of the tunnel is left, as after `ip rule flush`, so its routing table is not used"
        yield _Assumption(text, _with_rules_left(wanted, live))


def _with_rules_left(wanted: Tunnel, live: Host) -> Tunnel:
    return wanted._replace(rules=tuple(rule for rule in wanted.rules if rule in live.rules))


def _firewall_flushed(wanted: Tunnel, live: Host) -> Iterator[_Assumption]:
    if isinstance(live.rulesets, Unknown):
        return
    gone = {ruleset.family for ruleset in wanted.rulesets} - {ruleset.family for ruleset in live.rulesets}
    if not gone:
        return
    tunnel = wanted._replace(rulesets=tuple(ruleset for ruleset in wanted.rulesets if ruleset.family not in gone))
    which = f"IPv{min(gone)} firewall" if len(gone) == 1 else "firewall"
    text = f"the {which} of the tunnel is missing, as after `nft flush ruleset` or a restart of the host's firewall"
    tables = set(map(table_of, gone))
    yield _Assumption(text, tunnel, lambda found: found.area is Area.FIREWALL and found.item in tables)


def _resolver_changed(wanted: Tunnel, live: Host) -> Iterator[_Assumption]:
    if isinstance(live.resolver, Unknown):
        return
    if live.resolver is None:
        text = "the resolver has no settings for the link, as after a restart or `resolvconf -d`"
    else:
        text = "something else has changed the DNS settings of the link"
    yield _Assumption(text, wanted._replace(resolver=live.resolver), _is(Area.DNS, Item.SERVERS))


def _without(wanted: Tunnel, live: Host, family: Family) -> Tunnel:
    """Return a wanted tunnel without the addresses and routes of a family that are not there."""
    found = live.tunnel
    return wanted._replace(
        addresses=tuple(item for item in wanted.addresses if item in found.addresses or item.address.version != family),
        routes=tuple(route for route in wanted.routes if route in found.routes or _family(route) is not family),
    )


def _family(route: Route) -> Family:
    return Family(route.destination.version)


def _in(area: Area) -> Callable[[Difference], bool]:
    return lambda found: found.area is area


def _is(area: Area, item: str) -> Callable[[Difference], bool]:
    return lambda found: (found.area, found.item) == (area, item)
