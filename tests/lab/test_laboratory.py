"""The laboratory itself: what is equal is found equal, and whatever differs is seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.lab.namespace import EPHEMERAL_PORT, Host, Namespace, host_names

if TYPE_CHECKING:
    from tests.lab.snapshot import Snapshot

pytestmark = pytest.mark.usefixtures("laboratory")

FULL_TUNNEL = """\
[Interface]
PrivateKey = WELEsbNJnrsgryqloe/UmJ8FZarcsijnYOFo7hg14XQ=
Address = 10.8.0.2/24, fd08::2/64
DNS = 10.8.0.1, example.org

[Peer]
PublicKey = pMj38w9caGdqvi3ZMWGts2gsR0LQhYV79bncRRTouhQ=
Endpoint = vpn.example.net:51820
AllowedIPs = 0.0.0.0/0, ::/0

[Peer]
PublicKey = nbib6xMq7D7YK6pypARXiLg1O7pYfSGuAMKWKSMdvOk=
AllowedIPs = 10.9.0.0/16, 10.10.0.0/16
"""
NAMES = ("vpn.example.net",)


def up(host: Host, *changes: str) -> Snapshot:
    with Namespace(host) as namespace:
        done = namespace.run("wg-quick", "up", namespace.write("wg0.conf", FULL_TUNNEL))
        assert done.returncode == 0, done.stderr
        for change in changes:
            changed = namespace.run("sh", "-ec", change)
            assert changed.returncode == 0, changed.stderr
        return namespace.snapshot()


def test_the_reference_equals_itself() -> None:
    assert not up(Host(names=NAMES)).difference(up(Host(names=NAMES)))


@pytest.mark.parametrize(
    ("part", "change"),
    [
        ("links", "ip link set wg0 mtu 1419"),
        ("links", "ip link set wg0 down; ip link set wg0 alias other"),
        ("links", "ip address add 10.8.0.3/24 dev wg0"),
        ("links", "ip link add wg1 type veth peer name wg2"),
        ("routes of IPv4", "ip route add 10.11.0.0/16 dev wg0"),
        ("routes of IPv4", "ip route del default table 51820; ip route add default dev wg0 table 51820 metric 5"),
        ("routes of IPv6", "ip route add fd09::/64 dev wg0"),
        ("rules of IPv4", "ip -4 rule del table main suppress_prefixlength 0"),
        ("rules of IPv6", "ip -6 rule add fwmark 1 table 1"),
        ("devices", "wg set wg0 fwmark 51821"),
        ("devices", "wg set wg0 listen-port 40001"),
        ("devices", "wg set wg0 peer nbib6xMq7D7YK6pypARXiLg1O7pYfSGuAMKWKSMdvOk= persistent-keepalive 25"),
        ("devices", "wg set wg0 peer nbib6xMq7D7YK6pypARXiLg1O7pYfSGuAMKWKSMdvOk= allowed-ips 10.10.0.0/16"),
        ("devices", "wg set wg0 peer nbib6xMq7D7YK6pypARXiLg1O7pYfSGuAMKWKSMdvOk= remove"),
        ("devices", "wg genkey >key; wg set wg0 private-key ./key"),
        ("firewall", "nft add rule ip wg-quick-wg0 preraw drop"),
        ("firewall", "nft delete table ip6 wg-quick-wg0"),
        ("src_valid_mark", "sysctl -qw net.ipv4.conf.all.src_valid_mark=0"),
        ("resolver", "resolvconf -d wg0 -f"),
    ],
)
def test_a_change_is_seen(part: str, change: str) -> None:
    difference = up(Host(names=NAMES)).difference(up(Host(names=NAMES), change))

    assert f"--- {part}" in difference


def test_down_leaves_what_the_man_page_says() -> None:
    with Namespace(Host(names=NAMES)) as namespace:
        config = namespace.write("wg0.conf", FULL_TUNNEL)
        before = namespace.snapshot()
        namespace.run("wg-quick", "up", config)
        namespace.run("wg-quick", "down", config)
        after = namespace.snapshot()

    changed = {name for name, lines in before.parts.items() if lines != after.parts[name]}
    assert changed == {"resolver", "src_valid_mark"}


def test_a_link_without_a_port_gets_the_same_one_everywhere() -> None:
    assert any(f"port {EPHEMERAL_PORT} " in line for line in up(Host(names=NAMES)).parts["devices"])


def test_the_uplink_decides_the_mtu() -> None:
    assert any('"wg0", ' in line and '"mtu": 1320,' in line for line in up(Host(mtu=1400, names=NAMES)).parts["links"])


def test_a_taken_table_is_passed_over() -> None:
    rules = up(Host(taken=(51820, 51821), names=NAMES)).parts["rules of IPv4"]

    assert any('"table": "51822"' in rule for rule in rules)


def test_a_link_local_address_is_the_same_in_every_namespace() -> None:
    host = Host(link_local=True, names=NAMES)
    first, second = up(host), up(host)

    assert not first.difference(second)
    assert sum('"fe80::' in line for line in first.parts["links"]) == 1
    assert any('"fe80::' in line for line in first.parts["firewall"])


def test_a_host_without_nft_uses_iptables() -> None:
    firewall = up(Host(nft=False, names=NAMES)).parts["firewall"]

    assert "*raw" in firewall
    assert any("wg-quick(8) rule for wg0" in line for line in firewall)


def test_the_machine_is_out_of_reach() -> None:
    with Namespace() as namespace:
        touched = namespace.run("touch", "/etc/hostname")
        killed = namespace.run("sh", "-c", "kill -0 2")

    assert "Read-only file system" in touched.stderr
    assert killed.returncode != 0


@pytest.mark.parametrize(
    ("endpoint", "names"),
    [
        ("Endpoint = vpn.example.net:51820", ("vpn.example.net",)),
        ("endpoint=[vpn.example.net]:51820 # main", ("vpn.example.net",)),
        ("Endpoint = vpn.exam ple.net : 51820", ("vpn.example.net",)),
        ("Endpoint = 192.0.2.9:51820", ()),
        ("Endpoint = [2001:db8::9]:51820", ()),
        ("Endpoint = 2001:db8::9:51820", ()),
        ("# Endpoint = vpn.example.net:51820", ()),
    ],
)
def test_host_names_are_found(endpoint: str, names: tuple[str, ...]) -> None:
    assert host_names(endpoint) == names
