"""What a comparison overlooks, and why: the one table that the comparison and `verify` share.

A fact of a live host that the model does not have and that is not listed here is compared as it stands.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from wgtranspile.compare.model import Area
from wgtranspile.model.linux import LOCAL

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wgtranspile.model import Facts, PolicyRule
    from wgtranspile.model.host import Host

# The protocol of routes that the kernel has made (rtnetlink(7)).
_KERNEL = ("protocol", "2")


class Normalisation(NamedTuple):
    """A row: what is overlooked in an area, why that is right, and the facts that fall away, by their names."""

    area: Area
    overlooked: str
    reason: str
    facts: tuple[str, ...] = ()


def _row(area: Area, overlooked: str, reason: str, *facts: str) -> Normalisation:
    return Normalisation(area, overlooked, reason, facts)


NORMALISATIONS: tuple[Normalisation, ...] = (
    _row(
        Area.LINK,
        "everything except whether the link is up, and its MTU (index, queues, kind of device)",
        "numbers and buffers are specific to the host; a userspace implementation creates a tun device",
    ),
    _row(
        Area.LINK,
        "sysctls of the link, such as accept_ra",
        "router advertisements do not pass through WireGuard, so these have no effect",
    ),
    _row(
        Area.DEVICE,
        "the port, if the config sets none",
        "the kernel then uses any free port",
    ),
    _row(
        Area.DEVICE,
        "the number of an automatic mark and its table",
        "wg-quick uses the first free one; device, rules, routes and firewall must agree on it",
    ),
    _row(Area.PEER, "the order of peers and of their allowed IPs", "no packet depends on it"),
    _row(Area.PEER, "handshake times and traffic counters", "they depend on traffic, not on settings"),
    _row(
        Area.PEER,
        "the endpoint of a peer that has none in the config, after a handshake",
        "WireGuard learns it from the peer's authenticated packets",
    ),
    _row(
        Area.ADDRESS,
        "IPv6 link-local addresses that the config does not have, their fe80::/64 route and their firewall rules",
        "the kernel adds them to a userspace device; a kernel WireGuard device never gets one",
    ),
    _row(
        Area.ADDRESS,
        "label, lifetimes, broadcast address, protocol, metric, and the marks of address detection",
        "names and histories; WireGuard has no broadcasts or duplicate address detection, and the metric is visible"
        " in the connected route",
        *("family", "label", "valid_life_time", "preferred_life_time", "broadcast", "protocol", "metric"),
        *("dynamic", "noprefixroute", "secondary", "tentative", "nodad", "optimistic", "stable-privacy"),
    ),
    _row(
        Area.ROUTE,
        "protocol",
        "it only names what created the route: boot for `ip route`, static for a network manager, kernel",
        *("protocol", "dev"),
    ),
    _row(
        Area.ROUTE,
        "the flags linkdown and dead, and router preference",
        "the flags repeat the state of the link; the preference applies to routes with gateways",
        *("flags", "pref"),
    ),
    _row(
        Area.ROUTE,
        "the kernel's own routes in the table local",
        "they follow from the addresses, which are compared",
    ),
    _row(Area.RULE, "priority", "only the order matters: suppress rule, mark rule, main"),
    _row(
        Area.RULE,
        "protocol, and `from all`",
        "they only name what created the rule, and the absence of a condition",
        "protocol",
    ),
    _row(
        Area.RULE,
        "rules that do not look up the mark's table",
        "they belong to the host, or suppress the default route for every tunnel",
    ),
    _row(Area.FIREWALL, "handles", "running numbers"),
    _row(Area.FIREWALL, "17 for udp", "`nft` prints the number if the host has no /etc/protocols"),
    _row(Area.FIREWALL, "the order of the rules in a chain", "all verdicts in a chain are the same"),
    _row(Area.FIREWALL, "tables with other names", "they belong to the host"),
    _row(
        Area.SYSCTL,
        "net.ipv4.conf.all.src_valid_mark being 1 if the config does not need it",
        "wg-quick never resets it, and another tunnel may need it",
    ),
    _row(
        Area.DNS,
        "the order of servers of different families, and repeated servers and domains",
        "resolvers keep a list for each family, or drop duplicates",
    ),
    _row(
        Area.DNS,
        "a resolver that does not show its settings, if the config names no server",
        "it does not need any settings",
    ),
)


_OVERLOOKED = {area: {fact for row in NORMALISATIONS if row.area is area for fact in row.facts} for area in Area}


def plain(host: Host) -> Host:
    """Return a live host without what a comparison overlooks."""
    routes = (route for route in host.tunnel.routes if route.table != LOCAL or _KERNEL not in route.other)
    tunnel = host.tunnel._replace(
        addresses=tuple(item._replace(other=_compared(Area.ADDRESS, item.other)) for item in host.tunnel.addresses),
        routes=tuple(item._replace(other=_compared(Area.ROUTE, item.other)) for item in routes),
    )
    return host._replace(tunnel=tunnel, rules=plain_rules(host.rules))


def plain_rules(rules: Iterable[PolicyRule]) -> tuple[PolicyRule, ...]:
    """Return rules without what a comparison overlooks."""
    return tuple(rule._replace(priority=0, other=_compared(Area.RULE, rule.other)) for rule in rules)


def _compared(area: Area, facts: Facts) -> Facts:
    return tuple(fact for fact in facts if fact[0] not in _OVERLOOKED[area])
