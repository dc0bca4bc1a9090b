"""What a hook touches, by its words."""

from __future__ import annotations

import pytest

from wgtranspile.backends.hooks import Kind, kinds
from wgtranspile.pipeline import lower_config
from wgtranspile.source import Source


@pytest.mark.parametrize(
    ("hook", "expected"),
    [
        ("wg set %i peer x preshared-key /etc/psk", {Kind.DEVICE}),
        ("wg syncconf %i <(wg-quick strip %i)", {Kind.DEVICE}),
        ("wg show %i", set()),
        ("ip route add 10.0.0.0/8 dev %i", {Kind.LINK}),
        ("ip -6 a add fe80::97/128 peer fe80::185/64 dev %i", {Kind.LINK}),
        ("ip link set %i multicast on", {Kind.LINK}),
        ("ip addr del dev %i 172.20.0.97/32", {Kind.LINK, Kind.REMOVAL}),
        ("ip -6 r flush dev %i", {Kind.LINK, Kind.REMOVAL}),
        ("ip ru d not fwmark 7 table 7", {Kind.RULES, Kind.REMOVAL}),
        ("ip route delete 10.0.0.0/8 dev eth0", set()),
        ("ip route add 10.0.0.0/8 dev eth0; ping -I %i 10.0.0.1", set()),
        ("ip route add 10.0.0.0/8 dev %i.5", set()),
        ("ip -4 rule add from 10.0.0.1 table 7 && ip ro add default dev %i table 7", {Kind.RULES, Kind.LINK}),
        ("resolvectl dns %i 10.0.0.53", {Kind.RESOLVER}),
        ("resolvconf -d %i", {Kind.RESOLVER}),
        ("iptables -A FORWARD -i %i -j ACCEPT", set()),
    ],
)
def test_a_hook_tells_what_it_touches(hook: str, expected: set[Kind]) -> None:
    tunnel = lower_config(Source("wg0.conf", f"[Interface]\nPostUp = {hook}\n"), "wg0").tunnel
    assert tunnel

    assert expected == kinds(tunnel, tunnel.hooks[0])
