"""What the kernel makes of a tunnel by itself: routes for its addresses, and the place of a new rule among others."""

from __future__ import annotations

from ipaddress import IPv4Interface
from typing import TYPE_CHECKING

from wgtranspile.model import linux
from wgtranspile.model.firewall import Mark, with_rules
from wgtranspile.model.linux import MAIN, Family
from wgtranspile.model.tunnel import PolicyRule, Route

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from wgtranspile.model.firewall import FilterRule
    from wgtranspile.model.linux import IPNetwork
    from wgtranspile.model.tunnel import Address, Tunnel


#: The rules that the kernel has made itself.
OWN_RULES = tuple(PolicyRule(family, *rule) for family in Family for rule in linux.KERNEL_RULES.items())


def completed(tunnel: Tunnel) -> Tunnel:
    """Return a tunnel as the kernel shows it: with connected routes, and its own rule for main after the tunnel's."""
    added = (_shown(route, linux.ADDED_METRIC) for route in tunnel.routes)
    return tunnel._replace(routes=(*connected_routes(tunnel.addresses), *added), rules=tuple(_with_main(tunnel.rules)))


def connected_routes(addresses: Iterable[Address]) -> tuple[Route, ...]:
    """Return the routes that the kernel makes for the networks of addresses, one for each network."""
    first: dict[IPNetwork, Route] = {}
    for item in addresses:
        network, source = item.address.network, item.address.ip if isinstance(item.address, IPv4Interface) else None
        if linux.connected(item.address) is not None:
            first.setdefault(network, _shown(Route(network, MAIN, item.span, preferred=source), linux.CONNECTED_METRIC))
    return tuple(first.values())


def with_mark(tunnel: Tunnel, mark: int) -> Tunnel:
    """Return a tunnel with another mark; what follows the one of its device follows this one."""
    old = tunnel.device.fwmark

    def marked(rule: FilterRule) -> FilterRule:
        return rule._replace(matches=tuple(Mark(mark) if match == Mark(old) else match for match in rule.matches))

    return tunnel._replace(
        device=tunnel.device._replace(fwmark=mark),
        routes=tuple(route._replace(table=mark) if route.table == old else route for route in tunnel.routes),
        rules=tuple(
            rule._replace(mark=mark, table=mark if rule.table == old else rule.table) if rule.mark == old else rule
            for rule in tunnel.rules
        ),
        rulesets=tuple(with_rules(ruleset, marked) for ruleset in tunnel.rulesets),
    )


def _shown(route: Route, metrics: Mapping[Family, int]) -> Route:
    family = Family(route.destination.version)
    scope = linux.SCOPE[family] if route.scope is None else route.scope
    return route._replace(scope=scope, metric=metrics[family] if route.metric is None else route.metric)


def _with_main(rules: Iterable[PolicyRule]) -> Iterator[PolicyRule]:
    for rule in rules:
        yield rule
        if rule.mark is not None:
            yield PolicyRule(rule.family, linux.MAIN_PRIORITY, MAIN, rule.span)
