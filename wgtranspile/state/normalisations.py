"""What a comparison overlooks, and why: the one table that the snapshot, the comparison and `verify` share.

A field of a tool's output that is neither modelled nor listed here is compared as it stands.
"""

from __future__ import annotations

from typing import NamedTuple

from wgtranspile.state.model import Area


class Normalisation(NamedTuple):
    """A row: what is overlooked in an area, why that is right, and the fields of the tools' JSON that fall away."""

    area: Area
    overlooked: str
    reason: str
    fields: frozenset[str] = frozenset()


def _row(area: Area, overlooked: str, reason: str, *fields: str) -> Normalisation:
    return Normalisation(area, overlooked, reason, frozenset(fields))


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
    _row(Area.RULE, "priority", "only the order matters: suppress rule, mark rule, main", "priority"),
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
    _row(Area.FIREWALL, "handles", "running numbers", "handle"),
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


def overlooked_fields(area: Area) -> frozenset[str]:
    """Return the fields of a tool's JSON that the rows of `area` drop."""
    return frozenset[str]().union(*(row.fields for row in NORMALISATIONS if row.area is area))
