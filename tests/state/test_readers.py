"""The tools' output as recorded, and what is read from it."""

from __future__ import annotations

from ipaddress import IPv4Interface, IPv4Network, IPv6Network, ip_address
from typing import Any

import pytest

from wgtranspile.model import Endpoint, Family
from wgtranspile.state import firewall, readers
from wgtranspile.state.model import Address, FirewallItem, Path, Resolver, Route, Rule

KEY = "xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg="


def test_an_address_keeps_only_what_matters() -> None:
    facts = {"family": "inet", "local": "10.0.0.2", "prefixlen": 24, "broadcast": "10.0.0.255", "scope": "global"}
    facts |= {"noprefixroute": True, "label": "wg0", "valid_life_time": 4294967295, "deprecated": True}

    assert (Address(IPv4Interface("10.0.0.2/24"), ("deprecated True",)),) == readers.addresses({"addr_info": [facts]})


def test_routes_of_ipv4() -> None:
    listed: list[dict[str, Any]] = [
        {"dst": "default", "table": "51820", "scope": "253", "flags": []},
        {"dst": "10.0.0.0/24", "protocol": "2", "scope": "253", "prefsrc": "10.0.0.2", "flags": ["linkdown"]},
        {"type": "2", "dst": "10.0.0.2", "table": "255", "protocol": "2", "scope": "254", "flags": []},
        {"dst": "10.9.0.9", "gateway": "10.0.0.9", "protocol": "4", "flags": []},
    ]

    assert [
        Route(IPv4Network("0.0.0.0/0"), 51820, 253, 0),
        Route(IPv4Network("10.0.0.0/24"), 254, 253, 0, ip_address("10.0.0.2")),
        Route(IPv4Network("10.9.0.9/32"), 254, 0, 0, other=("gateway 10.0.0.9",)),
    ] == list(readers.routes(Family.IPV4, listed))


def test_routes_of_ipv6() -> None:
    listed: list[dict[str, Any]] = [
        {"dst": "default", "table": "51820", "metric": 1024, "flags": [], "pref": "medium"},
        {"type": "5", "dst": "ff00::/8", "table": "255", "protocol": "2", "metric": 256, "flags": [], "pref": "medium"},
    ]

    assert [Route(IPv6Network("::/0"), 51820, 0, 1024)] == list(readers.routes(Family.IPV6, listed))


def test_rules() -> None:
    listed: list[dict[str, Any]] = [
        {"priority": 9, "src": "192.0.2.0", "srclen": 24, "fwmark": "0x1", "fwmask": "0xff", "table": "7"},
        {"priority": 10, "src": "all", "action": "6"},
        {"priority": 32764, "src": "all", "table": "254", "suppress_prefixlen": 0, "protocol": "static"},
        {"priority": 32765, "not": None, "src": "all", "fwmark": "0xca6c", "table": "51820"},
    ]

    assert [
        Rule(Family.IPV4, 7, mark=1, other=("fwmask 0xff", "src 192.0.2.0", "srclen 24")),
        Rule(Family.IPV4, None, other=("action 6",)),
        Rule(Family.IPV4, 254, suppress=0),
        Rule(Family.IPV4, 51820, mark=51820, inverted=True),
    ] == list(readers.rules(Family.IPV4, listed))


@pytest.mark.parametrize(
    ("route", "path"),
    [
        ({"dst": "198.51.100.1", "gateway": "192.0.2.1", "dev": "up0", "cache": []}, Path("up0", 1500)),
        ({"dst": "198.51.100.1", "dev": "up0", "metrics": [{"mtu": 1400}], "cache": []}, Path("up0", 1400)),
        ({"dst": "198.51.100.1", "dev": "gone0"}, None),
    ],
)
def test_a_path_has_the_mtu_of_the_route_or_else_of_the_device(route: dict[str, Any], path: Path | None) -> None:
    assert path == readers.path(route, {"up0": 1500})


MAIN = Rule(Family.IPV4, 254)
DEFAULT: dict[str, Any] = {"dst": "default", "gateway": "192.0.2.1", "dev": "up0"}


def test_the_way_around_a_tunnel_is_the_longest_route_of_another_device() -> None:
    listed = [{"dst": "0.0.0.0/1", "dev": "wg0"}, DEFAULT, {"dst": "192.0.2.0/24", "dev": "up0", "metric": 100}]
    nearer: dict[str, Any] = {"dst": "192.0.2.0/24", "dev": "up1"}

    assert DEFAULT == readers.way_around({"wg0"}, ip_address("10.0.0.1"), [MAIN], listed)
    assert nearer == readers.way_around({"wg0"}, ip_address("192.0.2.9"), [MAIN], [*listed, nearer])
    assert readers.way_around({"wg0"}, ip_address("10.0.0.1"), [MAIN], listed[:1]) is None


def test_the_way_around_tunnels_follows_the_rules_of_those_that_are_left() -> None:
    rules = [
        Rule(Family.IPV6, 254),
        Rule(Family.IPV4, 7, other=("src 192.0.2.0", "srclen 24")),
        Rule(Family.IPV4, 7, mark=7),
        Rule(Family.IPV4, 254, suppress=0),
        Rule(Family.IPV4, 2, mark=2, inverted=True),
        Rule(Family.IPV4, 1, mark=1, inverted=True),
        MAIN,
    ]
    of_host: dict[str, Any] = {"dst": "default", "dev": "up7", "table": "7"}
    refused: dict[str, Any] = {"type": "7", "dst": "default", "table": "2"}
    first: dict[str, Any] = {"dst": "default", "dev": "wg1", "table": "1"}
    second: dict[str, Any] = {"dst": "default", "dev": "wg2", "table": "2"}
    near: dict[str, Any] = {"dst": "10.0.0.0/24", "dev": "up0"}
    listed = [DEFAULT, of_host, refused, first, second]

    assert second == readers.way_around({"wg0"}, ip_address("10.0.0.1"), rules, listed)
    assert first == readers.way_around({"wg2"}, ip_address("10.0.0.1"), rules, listed)
    assert DEFAULT == readers.way_around({"wg1", "wg2"}, ip_address("10.0.0.1"), rules, listed)
    assert near == readers.way_around({"wg2"}, ip_address("10.0.0.1"), rules, [*listed, near])


def test_peers() -> None:
    (peer,) = readers.peers(
        allowed_ips=f"{KEY}\t0.0.0.0/0 ::/0\n",
        endpoints=f"{KEY}\t[fe80::1%up0]:51820\n",
        keepalives=f"{KEY}\t25\n",
        preshared_keys=f"{KEY}\t(none)\n",
        handshakes=f"{KEY}\t1764000000\n",
    )

    assert {IPv4Network("0.0.0.0/0"), IPv6Network("::/0")} == peer.allowed_ips
    assert (Endpoint("fe80::1%up0", 51820), 25, None, True) == (
        peer.endpoint,
        peer.persistent_keepalive,
        peer.preshared,
        peer.handshake,
    )


def test_a_peer_that_came_or_went_between_two_questions_does_no_harm() -> None:
    (peer,) = readers.peers(
        allowed_ips=f"{KEY}\t(none)\n", endpoints="", keepalives="", preshared_keys="", handshakes=""
    )

    assert (frozenset(), None, 0, False) == (
        peer.allowed_ips,
        peer.endpoint,
        peer.persistent_keepalive,
        peer.handshake,
    )


def test_a_device_without_key_and_mark() -> None:
    device = readers.device("(none)\n", "40000\n", "off\n")

    assert (None, 40000, 0) == (device.public_key, device.listen_port, device.fwmark)


def test_resolved() -> None:
    servers, domains = "Link 4 (wg0): 10.0.0.1 fd00::1\n", "Link 4 (wg0): corp.example ~.\n"

    assert Resolver((ip_address("10.0.0.1"), ip_address("fd00::1")), ("corp.example",), exclusive=True) == (
        readers.resolved(servers, domains)
    )
    assert readers.resolved("Link 4 (wg0):\n", "Link 4 (wg0):\n") is None


def test_resolvconf() -> None:
    listed = "# resolv.conf from wg0\nnameserver 10.0.0.1\nsearch corp.example lab.example\n\n"

    assert Resolver((ip_address("10.0.0.1"),), ("corp.example", "lab.example"), exclusive=True) == (
        readers.resolvconf(listed, exclusive=True)
    )


def test_table_names() -> None:
    assert {"main": 254, "vpn": 42} == readers.table_names("# reserved\n254\tmain\n0x2a vpn # ours\n\n")


@pytest.mark.parametrize("flags", [["saddr"], "saddr"])
def test_a_firewall_rule_reads_like_nft_whichever_way_a_single_flag_is_written(flags: object) -> None:
    expressions: list[object] = [
        {"match": {"op": "!=", "left": {"meta": {"key": "iifname"}}, "right": "wg0"}},
        {"match": {"op": "==", "left": {"payload": {"protocol": "ip", "field": "daddr"}}, "right": "10.0.0.2"}},
        {"match": {"op": "!=", "left": {"fib": {"result": "type", "flags": flags}}, "right": "local"}},
        {"drop": None},
    ]

    (item,) = firewall.read(_ruleset("rule", chain="preraw", handle=4, expr=expressions))

    text = "meta iifname != wg0 ip daddr 10.0.0.2 fib saddr type != local drop"
    assert FirewallItem(Family.IPV4, "preraw", text, rule=True) == item


@pytest.mark.parametrize("protocol", ["udp", 17])
def test_udp_may_be_a_number_in_the_firewall(protocol: object) -> None:
    expression = {"match": {"op": "==", "left": {"meta": {"key": "l4proto"}}, "right": protocol}}

    (item,) = firewall.read(_ruleset("rule", chain="premangle", handle=4, expr=[expression]))

    assert item.text == "meta l4proto udp"


@pytest.mark.parametrize(
    "expression",
    [
        {"match": {"op": "==", "left": {"ct": {"key": "mark", "dir": "original"}}, "right": 1}},
        {"mangle": {"key": {"meta": {"key": "mark"}}, "value": {"|": [{"ct": {"key": "mark"}}, 1]}}},
        {"counter": {"packets": 0, "bytes": 0}},
    ],
)
def test_what_a_tunnel_never_has_in_its_firewall_stays_visible(expression: dict[str, object]) -> None:
    (item,) = firewall.read(_ruleset("rule", chain="preraw", handle=4, expr=[expression]))

    assert "{" in item.text


def test_a_dormant_table_and_a_set_are_not_overlooked() -> None:
    (table,) = firewall.read(_ruleset("table", handle=1, flags="dormant"))
    (other,) = firewall.read(_ruleset("set", handle=2, type="ipv4_addr"))

    assert table.text == "flags dormant"
    assert (other.chain, other.text) == ("set", 'wg-quick-wg0 {"type": "ipv4_addr"}')


def _ruleset(kind: str, **facts: object) -> dict[str, Any]:
    place = {"family": "ip", "table": "wg-quick-wg0", "name": "wg-quick-wg0"}
    return {"nftables": [{"metainfo": {"json_schema_version": 1}}, {kind: place | facts}]}
