"""What ip(8) printed, as recorded, and what is read from it."""

from __future__ import annotations

from ipaddress import IPv4Interface, ip_address, ip_network
from typing import Any

import pytest

from wgtranspile.model import Address, Family, PolicyRule, Route
from wgtranspile.readers import iproute2


def test_an_address_keeps_what_the_model_does_not_have() -> None:
    facts = {"family": "inet", "local": "10.0.0.2", "prefixlen": 24, "broadcast": "10.0.0.255", "scope": "global"}
    facts |= {"label": "wg0", "deprecated": True}

    other = (("broadcast", "10.0.0.255"), ("deprecated", "True"), ("family", "inet"), ("label", "wg0"))
    assert (Address(IPv4Interface("10.0.0.2/24"), other=other),) == iproute2.addresses({"addr_info": [facts]})


def test_routes_of_ipv4() -> None:
    listed: list[dict[str, Any]] = [
        {"dst": "default", "table": "51820", "scope": "253", "flags": []},
        {"dst": "10.0.0.0/24", "protocol": "2", "scope": "253", "prefsrc": "10.0.0.2", "flags": ["linkdown"]},
        {"type": "2", "dst": "10.0.0.2", "table": "255", "protocol": "2", "scope": "254", "flags": []},
        {"dst": "10.9.0.9", "gateway": "10.0.0.9", "protocol": "4", "flags": []},
    ]

    kernel, none = ("protocol", "2"), ("flags", "[]")
    assert [
        Route(ip_network("0.0.0.0/0"), 51820, scope=253, metric=0, other=(none,)),
        Route(
            ip_network("10.0.0.0/24"),
            254,
            scope=253,
            metric=0,
            preferred=ip_address("10.0.0.2"),
            other=(("flags", "['linkdown']"), kernel),
        ),
        Route(ip_network("10.0.0.2/32"), 255, scope=254, metric=0, other=(none, kernel, ("type", "2"))),
        Route(
            ip_network("10.9.0.9/32"),
            254,
            scope=0,
            metric=0,
            other=(none, ("gateway", "10.0.0.9"), ("protocol", "4")),
        ),
    ] == list(iproute2.routes(Family.IPV4, listed))


def test_routes_of_ipv6() -> None:
    listed: list[dict[str, Any]] = [
        {"dst": "default", "table": "51820", "metric": 1024, "pref": "medium"},
    ]

    assert [Route(ip_network("::/0"), 51820, scope=0, metric=1024, other=(("pref", "medium"),))] == list(
        iproute2.routes(Family.IPV6, listed)
    )


def test_rules() -> None:
    listed: list[dict[str, Any]] = [
        {"priority": 9, "src": "192.0.2.0", "srclen": 24, "fwmark": "0x1", "fwmask": "0xff", "table": "7"},
        {"priority": 10, "src": "all", "action": "6"},
        {"priority": 32764, "src": "all", "table": "254", "suppress_prefixlen": 0, "protocol": "static"},
        {"priority": 32765, "not": None, "src": "all", "fwmark": "0xca6c", "table": "51820"},
    ]

    asked = (("fwmask", "0xff"), ("src", "192.0.2.0"), ("srclen", "24"))
    assert [
        PolicyRule(Family.IPV4, 9, 7, mark=1, other=asked),
        PolicyRule(Family.IPV4, 10, 0, other=(("action", "6"),)),
        PolicyRule(Family.IPV4, 32764, 254, suppress_prefixlength=0, other=(("protocol", "static"),)),
        PolicyRule(Family.IPV4, 32765, 51820, mark=51820, inverted=True),
    ] == list(iproute2.rules(Family.IPV4, listed))


@pytest.mark.parametrize(
    ("route", "mtu"),
    [
        ({"dst": "198.51.100.1", "gateway": "192.0.2.1", "dev": "up0", "cache": []}, 1500),
        ({"dst": "198.51.100.1", "dev": "up0", "metrics": [{"mtu": 1400}], "cache": []}, 1400),
        ({"dst": "198.51.100.1", "dev": "gone0"}, None),
    ],
)
def test_a_path_has_the_mtu_of_the_route_or_else_of_the_device(route: dict[str, Any], mtu: int | None) -> None:
    assert mtu == iproute2.path_mtu(route, {"up0": 1500})


MAIN = PolicyRule(Family.IPV4, 32766, 254)
DEFAULT: dict[str, Any] = {"dst": "default", "gateway": "192.0.2.1", "dev": "up0"}


def test_the_way_around_a_tunnel_is_the_longest_route_of_another_device() -> None:
    listed = [{"dst": "0.0.0.0/1", "dev": "wg0"}, DEFAULT, {"dst": "192.0.2.0/24", "dev": "up0", "metric": 100}]
    nearer: dict[str, Any] = {"dst": "192.0.2.0/24", "dev": "up1"}

    assert DEFAULT == iproute2.way_around({"wg0"}, ip_address("10.0.0.1"), [MAIN], listed)
    assert nearer == iproute2.way_around({"wg0"}, ip_address("192.0.2.9"), [MAIN], [*listed, nearer])
    assert iproute2.way_around({"wg0"}, ip_address("10.0.0.1"), [MAIN], listed[:1]) is None


def test_the_way_around_tunnels_follows_the_rules_of_those_that_are_left() -> None:
    rules = [
        PolicyRule(Family.IPV6, 1, 254),
        PolicyRule(Family.IPV4, 2, 7, other=(("src", "192.0.2.0"), ("srclen", "24"))),
        PolicyRule(Family.IPV4, 3, 7, mark=7),
        PolicyRule(Family.IPV4, 4, 254, suppress_prefixlength=0, other=(("protocol", "4"),)),
        PolicyRule(Family.IPV4, 5, 2, mark=2, inverted=True),
        PolicyRule(Family.IPV4, 6, 1, mark=1, inverted=True),
        MAIN,
    ]
    of_host: dict[str, Any] = {"dst": "default", "dev": "up7", "table": "7"}
    refused: dict[str, Any] = {"type": "7", "dst": "default", "table": "2"}
    first: dict[str, Any] = {"dst": "default", "dev": "wg1", "table": "1"}
    second: dict[str, Any] = {"dst": "default", "dev": "wg2", "table": "2"}
    near: dict[str, Any] = {"dst": "10.0.0.0/24", "dev": "up0"}
    listed = [DEFAULT, of_host, refused, first, second]

    assert second == iproute2.way_around({"wg0"}, ip_address("10.0.0.1"), rules, listed)
    assert first == iproute2.way_around({"wg2"}, ip_address("10.0.0.1"), rules, listed)
    assert DEFAULT == iproute2.way_around({"wg1", "wg2"}, ip_address("10.0.0.1"), rules, listed)
    assert near == iproute2.way_around({"wg2"}, ip_address("10.0.0.1"), rules, [*listed, near])


def test_table_names() -> None:
    assert {"main": 254, "vpn": 42} == iproute2.table_names("# reserved\n254\tmain\n0x2a vpn # ours\n\n")
