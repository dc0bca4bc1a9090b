"""What `nft -j` printed, as recorded, and what is read from it."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Any

import pytest

from wgtranspile.model import Chain, Drop, Family, FilterRule, Foreign, Protocol, RestoreMark, Ruleset
from wgtranspile.model.firewall import guard
from wgtranspile.readers import nft

NAME = "wg-quick-wg0"
L4PROTO = {"meta": {"key": "l4proto"}}
RESTORE: dict[str, object] = {"mangle": {"key": {"meta": {"key": "mark"}}, "value": {"ct": {"key": "mark"}}}}


@pytest.mark.parametrize("flags", [["saddr"], "saddr"])
def test_a_rule_is_read_whichever_way_a_single_flag_is_written(flags: object) -> None:
    rule = read_rule(
        {"match": {"op": "!=", "left": {"meta": {"key": "iifname"}}, "right": "wg0"}},
        {"match": {"op": "==", "left": {"payload": {"protocol": "ip", "field": "daddr"}}, "right": "10.0.0.2"}},
        {"match": {"op": "!=", "left": {"fib": {"result": "type", "flags": flags}}, "right": "local"}},
        {"drop": None},
    )

    assert guard("wg0", (ip_address("10.0.0.2"),)) == rule


@pytest.mark.parametrize("protocol", ["udp", 17])
def test_udp_may_be_a_number(protocol: object) -> None:
    rule = read_rule({"match": {"op": "==", "left": L4PROTO, "right": protocol}}, RESTORE)

    assert FilterRule((Protocol("udp"),), RestoreMark()) == rule


@pytest.mark.parametrize(
    "expression",
    [
        {"match": {"op": "==", "left": {"ct": {"key": "mark", "dir": "original"}}, "right": 1}},
        {"mangle": {"key": {"meta": {"key": "mark"}}, "value": {"|": [{"ct": {"key": "mark"}}, 1]}}},
        {"match": {"op": "==", "left": {"payload": {"protocol": "ip", "field": "daddr"}}, "right": "a name"}},
        {"counter": {"packets": 0, "bytes": 0}},
    ],
)
def test_what_a_tunnel_never_has_stays_visible(expression: dict[str, object]) -> None:
    rule = read_rule(expression, expression, {"drop": None})

    assert all(isinstance(match, Foreign) for match in rule.matches)
    assert Drop() == rule.action
    assert isinstance(read_rule(expression).action, Foreign)


def test_what_comes_after_a_verdict_stays_in_its_order() -> None:
    assert FilterRule((Foreign("drop"),), Foreign("meta l4proto udp")) == read_rule(
        {"drop": None}, {"match": {"op": "==", "left": L4PROTO, "right": "udp"}}
    )


def test_a_comment_is_kept() -> None:
    (ruleset,) = read(("chain", {"name": "preraw"}), ("rule", {"chain": "preraw", "comment": "x", "expr": [RESTORE]}))

    assert (("comment", "x"),) == ruleset.chains[0].rules[0].other


def test_a_chain_has_its_place_in_netfilter_or_none() -> None:
    base = {"type": "filter", "hook": "prerouting", "prio": -300, "policy": "drop", "flags": ["x"]}

    (ruleset,) = read(("chain", {"name": "preraw", **base}), ("chain", {"name": "more"}))

    preraw = Chain("preraw", "prerouting", -300, policy="drop", other=(("flags", "x"),))
    assert (preraw, Chain("more")) == ruleset.chains


def test_a_dormant_table_and_a_set_are_not_overlooked() -> None:
    (ruleset,) = read(("set", {"name": "guests", "type": "ipv4_addr"}), flags="dormant")

    objects = (("set", 'guests {"type": "ipv4_addr"}'),)
    assert Ruleset(Family.IPV4, NAME, (), objects=objects, other=(("flags", "dormant"),)) == ruleset


def read(*entries: tuple[str, dict[str, object]], **table: object) -> list[Ruleset]:
    """Read a table with these things in it."""
    place = {"family": "ip", "table": NAME, "handle": 7}
    things = [{kind: place | facts} for kind, facts in entries]
    itself = {"family": "ip", "name": NAME, "handle": 1} | table
    return list(nft.rulesets({"nftables": [{"metainfo": {"json_schema_version": 1}}, {"table": itself}, *things]}))


def read_rule(*expressions: dict[str, Any]) -> FilterRule:
    """Read a rule."""
    (ruleset,) = read(("chain", {"name": "preraw"}), ("rule", {"chain": "preraw", "expr": list(expressions)}))
    return ruleset.chains[0].rules[0]
