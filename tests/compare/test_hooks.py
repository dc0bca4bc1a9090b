"""Which differences a hook may have made, by the programs that it runs."""

from __future__ import annotations

import pytest

from tests.compare.states import FULL_TUNNEL, wanted
from wgtranspile.compare import Area, Difference, suspected

EVERYTHING = [*Area]


def areas(hook: str) -> list[Area]:
    tunnel = wanted(FULL_TUNNEL.replace("DNS =", f"{hook}\nDNS ="))
    differences = tuple(Difference(area, "item", "1", "2") for area in Area)
    return [found.area for each in suspected(tunnel, differences) for found in each.differences]


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("ip route add 10.0.0.0/8 dev %i", [Area.ROUTE]),
        ("ip -6 a add fd00::1/64 dev %i", [Area.ADDRESS, Area.ROUTE]),
        ("/sbin/ip ru add from 10.0.0.0/8 table 7", [Area.RULE]),
        ("ip link set %i mtu 1300", [Area.LINK, Area.ADDRESS, Area.ROUTE]),
        ("wg set %i fwmark 77", [Area.DEVICE, Area.PEER]),
        ("A=1 sudo wg set %i listen-port 7 && resolvectl dns %i 10.0.0.1", [Area.DEVICE, Area.PEER, Area.DNS]),
        ("iptables -A FORWARD -i %i -j ACCEPT; ping -c1 10.0.0.1", []),
        ("nft add rule ip wg-quick-%i preraw drop", [Area.FIREWALL]),
        ("ip netns exec a true", EVERYTHING),
        ("ip", EVERYTHING),
        ("/etc/wireguard/up.sh %i", EVERYTHING),
    ],
)
def test_a_hook_may_have_made_what_its_programs_change(command: str, expected: list[Area]) -> None:
    assert expected == areas(f"PostUp = {command}")


def test_a_hook_that_has_not_run_yet_made_nothing() -> None:
    assert [] == areas("PreDown = ip link set %i mtu 1300\nPostDown = ip route flush dev %i")
