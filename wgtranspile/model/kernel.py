"""What the kernel makes of a tunnel by itself: routes for its addresses, and the place of a new rule among others."""

from __future__ import annotations

from ipaddress import IPv4Interface
from typing import TYPE_CHECKING

from wgtranspile.model.firewall import Mark
from wgtranspile.model.linux import ADDED_METRIC, CONNECTED_METRIC, KERNEL_RULES, MAIN, SCOPE, Family, connected
from wgtranspile.model.tunnel import PolicyRule, Route

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wgtranspile.model.firewall import Chain, FilterRule
    from wgtranspile.model.linux import IPNetwork
    from wgtranspile.model.tunnel import Address, Tunnel


def own_rules(family: Family) -> Iterator[PolicyRule]:
    """Yield the rules that the kernel has made itself."""
    return (PolicyRule(family, priority, table) for priority, table in KERNEL_RULES.items())


def completed(tunnel: Tunnel) -> Tunnel:
    """Return a tunnel as the kernel shows it: with connected routes, and its own rule for main after the tunnel's."""
    return tunnel._replace(
        routes=(*connected_routes(tunnel.addresses), *map(_added, tunnel.routes)),
        rules=tuple(_with_main(tunnel.rules)),
    )


def _added(route: Route) -> Route:
    family = Family(route.destination.version)
    return route._replace(
        scope=SCOPE[family] if route.scope is None else route.scope,
        metric=ADDED_METRIC[family] if route.metric is None else route.metric,
    )


def connected_routes(addresses: Iterable[Address]) -> tuple[Route, ...]:
    """Return the routes that the kernel makes for the networks of addresses, one for each network."""
    first: dict[IPNetwork, Address] = {}
    for item in addresses:
        first.setdefault(item.address.network, item)
    return tuple(
        Route(
            network,
            MAIN,
            item.span,
            SCOPE[Family(network.version)],
            CONNECTED_METRIC[Family(network.version)],
            item.address.ip if isinstance(item.address, IPv4Interface) else None,
        )
        for network, item in first.items()
        if connected(item.address) is not None
    )


def with_mark(tunnel: Tunnel, mark: int) -> Tunnel:
    """Return a tunnel with another mark; what follows the one of its device follows this one."""
    old = tunnel.device.fwmark

    def of_chain(chain: Chain) -> Chain:
        return chain._replace(rules=tuple(map(of_filter, chain.rules)))

    def of_filter(rule: FilterRule) -> FilterRule:
        return rule._replace(matches=tuple(Mark(mark) if match == Mark(old) else match for match in rule.matches))

    return tunnel._replace(
        device=tunnel.device._replace(fwmark=mark),
        routes=tuple(route._replace(table=mark) if route.table == old else route for route in tunnel.routes),
        rules=tuple(
            rule._replace(mark=mark, table=mark if rule.table == old else rule.table) if rule.mark == old else rule
            for rule in tunnel.rules
        ),
        rulesets=tuple(ruleset._replace(chains=tuple(map(of_chain, ruleset.chains))) for ruleset in tunnel.rulesets),
    )


def _with_main(rules: Iterable[PolicyRule]) -> Iterator[PolicyRule]:
    main = next(priority for priority, table in KERNEL_RULES.items() if table == MAIN)
    for rule in rules:
        yield rule
        if rule.mark is not None:
            yield PolicyRule(rule.family, main, MAIN, rule.span)
