"""What ip(8) prints, and its files of names, as records of the model: pure functions over JSON or text.

A field that the model does not have ends in `other`, so that nothing is lost in silence.
"""

from __future__ import annotations

from ipaddress import ip_address, ip_interface, ip_network
from typing import TYPE_CHECKING, Any, TypeAlias

from wgtranspile.model import Address, Family, PolicyRule, Route
from wgtranspile.model.linux import MAIN

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator

    from wgtranspile.model import Facts
    from wgtranspile.model.linux import IPAddress, IPNetwork

Json: TypeAlias = dict[str, Any]

_PROTOCOL = "protocol"
# Its number for `static`, as in /etc/iproute2/rt_protos.
_STATIC = (_PROTOCOL, "4")
_ANY = {Family.IPV4: "0.0.0.0/0", Family.IPV6: "::/0"}
_ADDRESS = frozenset({"local", "prefixlen", "scope"})
_ROUTE = frozenset({"dst", "table", "scope", "metric", "prefsrc"})
_RULE = frozenset({"priority", "table", "fwmark", "not", "suppress_prefixlen"})


def addresses(link: Json) -> tuple[Address, ...]:
    """Read a link of `ip -j address show`."""
    return tuple(
        Address(ip_interface(f"{facts['local']}/{facts['prefixlen']}"), other=_other(facts, _ADDRESS))
        for facts in link.get("addr_info", ())
        if "local" in facts
    )


def routes(family: Family, listed: Iterable[Json]) -> Iterator[Route]:
    """Read `ip -j -N -4|-6 route show table all dev IF`."""
    for facts in listed:
        yield Route(
            _network(family, facts["dst"]),
            int(facts.get("table", MAIN)),
            scope=int(facts.get("scope", 0)),
            metric=facts.get("metric", 0),
            preferred=ip_address(facts["prefsrc"]) if "prefsrc" in facts else None,
            other=_other(facts, _ROUTE),
        )


def rules(family: Family, listed: Iterable[Json]) -> Iterator[PolicyRule]:
    """Read `ip -j -N -4|-6 rule show`."""
    for facts in listed:
        known = _RULE | {"src"} if facts.get("src") == "all" else _RULE
        yield PolicyRule(
            family,
            facts["priority"],
            int(facts.get("table", 0)),
            mark=int(facts["fwmark"], 0) if "fwmark" in facts else None,
            inverted="not" in facts,
            suppress_prefixlength=facts.get("suppress_prefixlen"),
            other=_other(facts, known),
        )


def is_of_networkd(rule: PolicyRule) -> bool:
    """Whether a rule bears the protocol of those that networkd sets."""
    return _STATIC in rule.other


def path_mtu(route: Json, mtus: dict[str, int]) -> int | None:
    """Read a route of `ip -j route get` or `show`: its own MTU, else that of its device."""
    for metrics in (*route.get("metrics", ()), *(item for item in route.get("cache", ()) if isinstance(item, dict))):
        if "mtu" in metrics:
            return int(metrics["mtu"])
    return mtus.get(route.get("dev", ""))


def way_around(
    without: Container[str], address: IPAddress, rules: Iterable[PolicyRule], listed: Iterable[Json]
) -> Json | None:
    """Read `ip -j -N route show table all`: the way of a packet without mark, were there none of the links `without`.

    The rules are those of both families; one that asks for more than a mark is not for such a packet.
    """
    family = Family(address.version)
    there = [facts for facts in listed if facts.get("dev") not in without and "type" not in facts]
    for rule in rules:
        asks_more = any(name != _PROTOCOL for name, _ in rule.other)
        if rule.family is not family or asks_more or rule.inverted != (rule.mark is not None):
            continue
        least = -1 if rule.suppress_prefixlength is None else rule.suppress_prefixlength
        matching = [
            (network.prefixlen, -facts.get("metric", 0), facts)
            for facts in there
            if int(facts.get("table", MAIN)) == rule.table
            and address in (network := _network(family, facts["dst"]))
            and network.prefixlen > least
        ]
        if matching:
            return max(matching, key=lambda match: match[:2])[2]
    return None


def table_names(text: str) -> dict[str, int]:
    """Read a file rt_tables: a number and a name on each line."""
    lines = (line.partition("#")[0].split() for line in text.splitlines())
    return {words[1]: int(words[0], 0) for words in lines if len(words) > 1}


def _network(family: Family, text: str) -> IPNetwork:
    return ip_network(_ANY[family] if text == "default" else text)


def _other(facts: Json, known: frozenset[str]) -> Facts:
    return tuple((key, str(value)) for key, value in sorted(facts.items()) if key not in known)
