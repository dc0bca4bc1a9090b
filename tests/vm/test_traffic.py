"""Packets, not only tables: what leaves by which device, and what is let in, with wg-quick and with what we write."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import pytest

from tests.vm.course import succeed, verified
from tests.vm.traffic import (
    ENDPOINTS,
    MAKERS,
    OTHER_SECRET,
    OUTSIDE,
    OWN_NETWORK,
    TUNNELLED,
    connects,
    made,
    prepare,
    spoofs,
    traffic,
    watch,
    watched,
    way,
)
from wgtranspile.compare import NETWORKD_REMOVES_RULES

if TYPE_CHECKING:
    from tests.vm.machine import Machine

FULL = "0.0.0.0/0, ::/0"
# The allowed IPs, and which addresses of the outside are among them.
TUNNELS = {
    "split": ("203.0.113.0/24, 2001:db8:2::/64", OUTSIDE[:2]),
    "full": (FULL, OUTSIDE),
    "full-ipv4": ("0.0.0.0/0", OUTSIDE[::2]),
    "full-ipv6": ("::/0", OUTSIDE[1::2]),
}

PART = {
    *(("networkd", tunnel, "IPv4") for tunnel in TUNNELS),
    ("networkd", "full", "IPv6"),
    ("networkmanager", "full", "IPv4"),
}
# Each with each; the part has each at least once.
COMBINATIONS = [
    pytest.param(
        MAKERS[maker].machine,
        maker,
        tunnel,
        endpoint,
        marks=() if (maker, tunnel, endpoint) in PART else pytest.mark.thorough,
        id=f"{tunnel}-{endpoint}-{maker}",
    )
    for maker, tunnel, endpoint in product(MAKERS, TUNNELS, ENDPOINTS)
]
by_each = pytest.mark.parametrize(
    ("machine", "maker"),
    [
        pytest.param(made.machine, name, id=name, marks=() if name == "networkd" else pytest.mark.thorough)
        for name, made in MAKERS.items()
    ],
    indirect=["machine"],
)


@pytest.mark.parametrize(("machine", "maker", "tunnel", "endpoint"), COMBINATIONS, indirect=["machine"])
def test_what_is_for_the_tunnel_leaves_encrypted(machine: Machine, maker: str, tunnel: str, endpoint: str) -> None:
    allowed, inside = TUNNELS[tunnel]
    emission = made(maker, allowed, ENDPOINTS[endpoint])
    prepare(machine, emission)

    succeed(machine, emission.activate)

    assert {target: way(machine, target) for target in inside} == dict.fromkeys(inside, "wg0")
    assert all(connects(machine, target) for target in inside)
    assert watched(machine).clear == 0
    assert all(way(machine, target) == "up0" for target in OUTSIDE if target not in inside)


@pytest.mark.parametrize("target", OUTSIDE)
def test_without_a_tunnel_the_same_is_seen_to_leave_in_clear(machine: Machine, target: str) -> None:
    prepare(machine)

    assert way(machine, target) == "up0"
    assert watched(machine).clear == 1
    assert connects(machine, target)
    assert watched(machine).clear == 2


@by_each
def test_the_own_network_is_reached_past_a_full_tunnel(machine: Machine, maker: str) -> None:
    emission = made(maker, FULL)
    prepare(machine, emission)

    succeed(machine, emission.activate)

    assert {target: way(machine, target) for target in OWN_NETWORK} == dict.fromkeys(OWN_NETWORK, "up0")


@by_each
def test_a_strict_reverse_path_filter_lets_answers_in_by_their_mark(machine: Machine, maker: str) -> None:
    emission = made(maker, FULL)
    prepare(machine, emission)
    machine.run("sysctl net.ipv4.conf.all.rp_filter=1 net.ipv4.conf.up0.rp_filter=1")

    succeed(machine, emission.activate)

    assert way(machine, OUTSIDE[0]) == "wg0"
    machine.run("sysctl net.ipv4.conf.all.src_valid_mark=0")
    assert way(machine, OUTSIDE[0]) == ""


@by_each
def test_only_the_firewall_keeps_out_what_does_not_come_through_the_tunnel(machine: Machine, maker: str) -> None:
    emission = made(maker, FULL)
    prepare(machine, emission)

    succeed(machine, emission.activate)

    assert not any(spoofs(machine, address) for address in TUNNELLED)
    assert watched(machine).spoofed == 0
    machine.run("nft flush ruleset")
    watch(machine)
    assert all(spoofs(machine, address) for address in TUNNELLED)
    assert watched(machine).spoofed == 2


@by_each
def test_only_those_who_share_the_secret_shake_hands(machine: Machine, maker: str) -> None:
    emission = made(maker, FULL, secret=OTHER_SECRET)
    prepare(machine, emission)

    succeed(machine, emission.activate)

    assert way(machine, OUTSIDE[0]) == ""
    assert machine.run("wg show wg0 latest-handshakes").out.split()[1] == "0"
    # The peer has answered: all but the secret is right.
    assert machine.run("ip netns exec internet wg show peer transfer").out.split()[2] != "0"


# --- with packets sent all the time ---


@by_each
def test_once_a_packet_is_in_the_tunnel_none_leaves_in_clear(machine: Machine, maker: str) -> None:
    emission = made(maker, FULL)
    prepare(machine, emission)

    with traffic(machine):
        succeed(machine, emission.activate)

    seen = watched(machine)
    assert seen.ways == (("up0", "wg0"), ("up0", "wg0"))
    # wg-quick and NetworkManager give the device its addresses before its firewall is there.
    assert (seen.spoofed == 0) == (maker == "networkd")


@by_each
def test_a_tunnel_started_anew_leaks_no_more_than_wg_quick(machine: Machine, maker: str) -> None:
    emission = made(maker, FULL)
    prepare(machine, emission)
    succeed(machine, emission.activate)

    with traffic(machine):
        succeed(machine, [MAKERS[maker].restart])

    seen = watched(machine)
    assert seen.ways == (("wg0", "up0", "wg0"), ("wg0", "up0", "wg0"))
    assert (seen.spoofed == 0) == (maker == "networkd")


@by_each
def test_a_restart_of_the_manager_changes_nothing(machine: Machine, maker: str) -> None:
    emission = made(maker, FULL, keep_foreign_rules=True)
    prepare(machine, emission)
    succeed(machine, emission.activate)

    with traffic(machine):
        succeed(machine, [MAKERS[maker].restart_itself])

    assert watched(machine) == (0, 0, (("wg0",), ("wg0",)))
    succeed(machine, emission.deactivate)
    assert "lookup 51820" not in machine.run("ip rule; ip -6 rule").out


def test_a_restart_of_networkd_takes_the_rules_of_wg_quick(machine: Machine) -> None:
    emission = made("wg-quick", FULL)
    prepare(machine, emission)
    succeed(machine, emission.activate)

    with traffic(machine):
        succeed(machine, ["systemctl restart systemd-networkd.service"])

    assert watched(machine).ways == (("wg0", "up0"), ("wg0", "up0"))


# What `netplan apply` does on a host whose uplink it has rendered for networkd.
NETPLAN_APPLY = "networkctl reload; networkctl reconfigure up0"


def test_every_link_configured_anew_takes_the_rules_of_wg_quick_and_verify_names_the_cause(machine: Machine) -> None:
    emission = made("wg-quick", FULL)
    prepare(machine, emission)
    succeed(machine, emission.activate)

    with traffic(machine):
        succeed(machine, [NETPLAN_APPLY])

    seen = watched(machine)
    assert seen.ways == (("wg0", "up0"), ("wg0", "up0"))
    told = verified(machine, "wg0").out.splitlines()
    assert [line for line in told if ": rule " in line and line.endswith("missing")] != []
    assert f"wg0: cause: {NETWORKD_REMOVES_RULES}" == told[0]


def test_every_link_configured_anew_changes_nothing_for_networkd(machine: Machine) -> None:
    emission = made("networkd", FULL)
    prepare(machine, emission)
    succeed(machine, emission.activate)

    with traffic(machine):
        succeed(machine, [f"{NETPLAN_APPLY} wg0"] * 3)

    assert watched(machine) == (0, 0, (("wg0",), ("wg0",)))
