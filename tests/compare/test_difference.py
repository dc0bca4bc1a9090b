"""Comparisons that a laboratory cannot bring about at will: other hosts, other times, other tools."""

from __future__ import annotations

import re
from dataclasses import replace
from ipaddress import IPv6Interface, IPv6Network, ip_address
from typing import TYPE_CHECKING

import pytest

from tests.compare.states import (
    FULL_TUNNEL,
    KEY,
    PRESHARED_KEY,
    differences,
    live,
    unchecked,
    wanted,
    with_device,
    with_link,
)
from wgtranspile.backends import KeyStorage
from wgtranspile.compare import Area, Difference, Verdict, changes, render
from wgtranspile.model import (
    Address,
    Endpoint,
    ExternalKey,
    Family,
    Key,
    NameServer,
    PolicyRule,
    Resolver,
    Route,
    Unknown,
)
from wgtranspile.model.firewall import guard
from wgtranspile.model.host import Contact
from wgtranspile.pipeline import Options

if TYPE_CHECKING:
    from wgtranspile.model import Tunnel
    from wgtranspile.model.host import Host

BY_NAME = FULL_TUNNEL.replace("198.51.100.7", "vpn.example.net")
SPLIT = "[Interface]\nAddress = 10.8.0.2/24\n"
LINK_LOCAL = IPv6Interface("fe80::5/64")


def items(want: Tunnel, found: Host) -> list[tuple[str, str]]:
    return [(difference.area, difference.item) for difference in differences(want, found)]


def open_items(want: Tunnel, found: Host) -> list[tuple[str, str]]:
    return [(item.area, item.item) for item in unchecked(want, found)]


def with_endpoint(found: Host, host: str, *, handshake: bool, port: int = 51820) -> Host:
    peer = found.tunnel.device.peers[0]
    contacts = {peer.public_key: Contact(handshake, 1500)}
    return with_device(found, peers=(peer._replace(endpoint=Endpoint(host, port)),))._replace(contacts=contacts)


@pytest.mark.parametrize("config", [FULL_TUNNEL, BY_NAME.replace("vpn.example.net", "198.51.100.7"), SPLIT])
def test_what_is_as_wanted_has_no_difference(config: str) -> None:
    assert not differences(wanted(config), live(config))
    assert not unchecked(wanted(config), live(config))


def test_a_link_that_is_missing_is_one_difference() -> None:
    assert [("link", "wg0")] == [(found.area, found.item) for found in differences(wanted(), None)]


def test_differences_come_in_the_order_of_the_areas() -> None:
    nothing = with_link(with_device(live(), peers=()), addresses=(), routes=())
    nothing = nothing._replace(rules=(), rulesets=(), resolver=None)

    areas = [difference.area for difference in differences(wanted(), nothing)]

    assert areas == sorted(areas, key=list(Area).index)
    assert {Area.PEER, Area.ADDRESS, Area.ROUTE, Area.RULE, Area.FIREWALL, Area.DNS} == set(areas)


def test_an_automatic_mark_may_be_any_number_that_all_agree_on() -> None:
    assert not differences(wanted(), live(mark=51999))


def test_an_automatic_mark_is_the_number_that_most_agree_on() -> None:
    for mark in (0, 77, 51820):
        assert [("device", "fwmark")] == items(wanted(), with_device(live(mark=51999), fwmark=mark))


def test_a_mark_of_the_config_may_not() -> None:
    config = FULL_TUNNEL.replace("DNS =", "FwMark = 7\nDNS =")

    assert ("device", "fwmark") in items(wanted(config), live(config, mark=51999))


def test_rules_of_a_mark_that_another_tunnel_shares_are_not_claimed() -> None:
    config = "[Interface]\nFwMark = 51820\nAddress = 10.8.0.2/24\n"
    theirs = PolicyRule(Family.IPV4, 9, 51820, mark=51820, inverted=True)

    assert not differences(wanted(config), live(config)._replace(rules=(theirs,)))


def test_rules_of_a_table_that_this_tunnel_routes_through_are_claimed() -> None:
    config = "[Interface]\nFwMark = 7\nTable = 7\n[Peer]\nPublicKey = " + KEY + "\nAllowedIPs = 10.9.0.0/16\n"
    rule = PolicyRule(Family.IPV4, 9, 7, mark=7, inverted=True)

    assert [("rule", "IPv4 not fwmark 7 lookup 7")] == items(wanted(config), live(config)._replace(rules=(rule,)))


def test_an_endpoint_that_moved_before_any_handshake_is_a_difference() -> None:
    assert [("peer", f"{KEY} endpoint")] == items(wanted(), with_endpoint(live(), "203.0.113.9", handshake=False))


def test_an_endpoint_that_moved_since_a_handshake_is_not_checked() -> None:
    moved = with_endpoint(live(), "203.0.113.9", handshake=True)

    assert not differences(wanted(), moved)
    assert [("link", "MTU"), ("peer", f"{KEY} endpoint")] == open_items(wanted(), moved)


@pytest.mark.parametrize(("handshake", "expected"), [(True, []), (False, [("peer", f"{KEY} endpoint")])])
def test_an_endpoint_may_be_learnt_from_a_handshake(handshake: bool, expected: list[tuple[str, str]]) -> None:  # noqa: FBT001  a parameter of the test
    config = f"[Interface]\n[Peer]\nPublicKey = {KEY}\n"

    assert expected == items(wanted(config), with_endpoint(live(config), "203.0.113.9", handshake=handshake))


def test_an_endpoint_by_name_is_any_address_of_the_name() -> None:
    there = with_endpoint(live(BY_NAME), "198.51.100.7", handshake=False)
    elsewhere = with_endpoint(live(BY_NAME), "203.0.113.9", handshake=False)

    assert not differences(wanted(BY_NAME), there)
    assert [("peer", f"{KEY} endpoint")] == items(wanted(BY_NAME), elsewhere)


def test_an_endpoint_by_a_name_that_does_not_resolve_is_not_checked_but_for_the_port() -> None:
    host = live(BY_NAME)._replace(names={})
    there = with_endpoint(host, "198.51.100.7", handshake=False)
    other_port = with_endpoint(host, "198.51.100.7", handshake=False, port=1)

    assert [("peer", f"{KEY} endpoint")] == open_items(wanted(BY_NAME), there)
    assert [("peer", f"{KEY} endpoint")] == items(wanted(BY_NAME), other_port)


def test_the_mtu_follows_the_smallest_path_to_an_endpoint() -> None:
    small = live()._replace(contacts={peer.public_key: Contact(path_mtu=1400) for peer in wanted().device.peers})

    assert [("link", "MTU")] == items(wanted(), small)
    assert not differences(wanted(), with_link(small, mtu=1320))


def test_without_endpoints_the_mtu_follows_the_default_route_or_else_is_1420() -> None:
    dsl = with_link(live(SPLIT), mtu=1412)._replace(path_mtu=1492)
    offline = live(SPLIT)._replace(path_mtu=None)

    assert not differences(wanted(SPLIT), dsl)
    assert not differences(wanted(SPLIT), offline)


def test_a_link_local_address_that_the_kernel_made_is_overlooked_with_all_that_follows() -> None:
    before = live()
    made = with_link(
        before,
        addresses=(*before.tunnel.addresses, Address(LINK_LOCAL)),
        routes=(*before.tunnel.routes, Route(IPv6Network("fe80::/64"), 254, scope=0, metric=256)),
    )
    assert not isinstance(made.rulesets, Unknown)
    (of_ipv6,) = (ruleset for ruleset in made.rulesets if ruleset.family is Family.IPV6)
    first, *others = of_ipv6.chains
    guarded = first._replace(rules=(*first.rules, guard("wg0", (LINK_LOCAL.ip,))))
    rulesets = (*made.rulesets, of_ipv6._replace(chains=(guarded, *others)))
    made = made._replace(rulesets=tuple(ruleset for ruleset in rulesets if ruleset is not of_ipv6))

    assert not differences(wanted(), made)


def test_a_link_local_address_of_the_config_is_not_overlooked() -> None:
    config = SPLIT.replace("10.8.0.2/24", "fe80::5/64")
    without = with_link(live(config), addresses=(), routes=())

    assert [("address", "fe80::5/64"), ("route", "fe80::/64")] == items(wanted(config), without)


def test_a_table_by_name_has_the_number_that_the_host_gives_it() -> None:
    config = f"[Interface]\nTable = vpn\n[Peer]\nPublicKey = {KEY}\nAllowedIPs = 10.9.0.0/16\n"
    routes = tuple(route._replace(table=77) for route in live(config).tunnel.routes)
    numbered = with_link(live(config), routes=routes)._replace(tables={"vpn": 77})

    assert not differences(wanted(config), numbered)
    assert ("route", "10.9.0.0/16 table vpn") in items(wanted(config), numbered._replace(tables={}))


def test_without_nft_a_wanted_firewall_is_missing_and_no_other_is_sure() -> None:
    absent = Unknown("`nft` is not installed")

    assert [("firewall", "wg-quick-wg0")] == items(wanted(), live()._replace(rulesets=absent))
    assert [("firewall", "wg-quick-wg0")] == open_items(wanted(SPLIT), live(SPLIT)._replace(rulesets=absent))


def test_a_resolver_that_does_not_tell_is_never_taken_for_agreement() -> None:
    silent = live()._replace(resolver=Unknown("nothing tells"))

    assert [("DNS", "servers and search domains")] == open_items(wanted(), silent)
    assert not unchecked(wanted(SPLIT), live(SPLIT)._replace(resolver=Unknown("nothing tells")))


def test_servers_that_are_not_exclusive_are_a_difference() -> None:
    before = live()
    assert isinstance(before.resolver, Resolver)
    shared = before._replace(resolver=before.resolver._replace(exclusive=False))

    assert [("DNS", "exclusive servers")] == items(wanted(), shared)


def test_servers_that_no_config_names_are_a_difference() -> None:
    found = live(SPLIT)._replace(resolver=Resolver((NameServer(ip_address("10.8.0.1")),)))

    assert [("DNS", "servers")] == items(wanted(SPLIT), found)


def test_a_key_that_the_config_leaves_to_a_hook_is_not_checked() -> None:
    key = ExternalKey(fingerprint=KEY)
    with_key = with_device(live(SPLIT), private_key=key)

    assert [] == items(wanted(SPLIT), with_key)
    assert [("device", "public key")] == open_items(wanted(SPLIT), with_key)
    assert [("device", "public key")] == items(wanted(), with_device(live(), private_key=key))


def test_what_placeholders_stand_for_is_not_checked_but_must_be_there() -> None:
    text = re.sub(r"(PrivateKey|PresharedKey) = .*", r"\1 = {{ vault_key }}", FULL_TUNNEL)
    want = wanted(text, Options(KeyStorage.EXTERNAL))
    bare = live(re.sub(r"(?m)^(PrivateKey|PresharedKey) = .*\n", "", FULL_TUNNEL))

    assert [] == items(want, live())
    assert [("device", "public key"), ("peer", f"{KEY} preshared key")] == open_items(want, live())
    assert [("device", "public key"), ("peer", f"{KEY} preshared key")] == items(want, bare)


def test_a_preshared_key_is_never_shown() -> None:
    other = live(FULL_TUNNEL.replace(f"PresharedKey = {PRESHARED_KEY}", f"PresharedKey = {KEY}"))

    shown = render("wg0", Verdict(differences(wanted(), other))) + repr(other) + repr(wanted())

    assert "preshared key: wanted present, found another one" in shown
    assert PRESHARED_KEY not in shown
    assert Key(PRESHARED_KEY).digest not in shown


def test_what_differed_before_in_the_same_way_is_no_change() -> None:
    own = Difference(Area.ROUTE, "198.18.0.0/15", None, "scope link")

    assert not changes([own, own], [own, own])
    assert (own,) == changes([own], [own, own])


def test_a_change_is_told_from_what_was_found_before() -> None:
    was = Difference(Area.ROUTE, "198.18.0.0/15", None, "scope link")
    gone = Difference(Area.ADDRESS, "10.8.0.2/24", "present", None)

    assert (Difference(Area.ROUTE, "198.18.0.0/15", "scope link", "metric 5"),) == changes(
        [was], [replace(was, found="metric 5")]
    )
    assert (Difference(Area.ROUTE, "198.18.0.0/15", "scope link", None),) == changes([was], [])
    assert (Difference(Area.ADDRESS, "10.8.0.2/24", None, "present"),) == changes([gone], [])
    assert (gone,) == changes([], [gone])
