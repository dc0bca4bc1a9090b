"""The laboratory itself: what is equal is found equal, and whatever differs or stays is seen.

The files for networkd are written by hand here: they show what its states look like, whatever a backend makes.
"""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import pytest

from tests.vm.course import booted, ours, recorded, reference, succeed
from wgtranspile.artefact import Artefact, Command, Emission

if TYPE_CHECKING:
    from tests.vm.machine import Machine

OURS = "WELEsbNJnrsgryqloe/UmJ8FZarcsijnYOFo7hg14XQ="
PEERS = "EGxVHDgp8dJz5dNW1JnCEwrqLNdVPF3boLqKBv9e01Y="  # the private key of the peer below
INTERFACE = """\
[Interface]
PrivateKey = WELEsbNJnrsgryqloe/UmJ8FZarcsijnYOFo7hg14XQ=
Address = 10.8.0.2/24, fd08::2/64
"""
PEER = """\
[Peer]
PublicKey = pxU5zPwaFkN+cIdkR/nId8qVViY6gg3eZy2OkwIYOT0=
Endpoint = vpn.example.net:51820
"""
SPLIT = f"{INTERFACE}{PEER}AllowedIPs = 10.9.0.0/16, fd09::/48\n"
FULL = f"{INTERFACE}DNS = 10.8.0.1, corp.example\n{PEER}AllowedIPs = 0.0.0.0/0, ::/0\n"

NETDEV = """\
[NetDev]
Name=wg0
Kind=wireguard

[WireGuard]
PrivateKey=WELEsbNJnrsgryqloe/UmJ8FZarcsijnYOFo7hg14XQ=
{mark}
[WireGuardPeer]
PublicKey=pxU5zPwaFkN+cIdkR/nId8qVViY6gg3eZy2OkwIYOT0=
Endpoint=vpn.example.net:51820
AllowedIPs={allowed}
"""
NETWORK = """\
[Match]
Name=wg0

[Link]
RequiredForOnline=no

[Network]
Address=10.8.0.2/24
Address=fd08::2/64
"""
SPLIT_ROUTES = """\

[Route]
Destination=10.9.0.0/16

[Route]
Destination=fd09::/48
"""
FULL_ROUTES = """\
DNS=10.8.0.1
Domains=corp.example ~.

[Route]
Destination=0.0.0.0/0
Table=51820

[Route]
Destination=::/0
Table=51820

[RoutingPolicyRule]
Family=both
Priority=32764
Table=main
SuppressPrefixLength=0

[RoutingPolicyRule]
Family=both
Priority=32765
FirewallMark=51820
InvertRule=yes
Table=51820
"""
FIREWALL = """\
table ip wg-quick-wg0
delete table ip wg-quick-wg0
table ip wg-quick-wg0 {
    chain preraw {
        type filter hook prerouting priority raw; policy accept;
        iifname != "wg0" ip daddr 10.8.0.2 fib saddr type != local drop
    }
    chain premangle {
        type filter hook prerouting priority mangle; policy accept;
        meta l4proto udp meta mark set ct mark
    }
    chain postmangle {
        type filter hook postrouting priority mangle; policy accept;
        meta l4proto udp meta mark 51820 ct mark set meta mark
    }
}
"""
FIREWALLS = FIREWALL + FIREWALL.replace("table ip ", "table ip6 ").replace("ip daddr 10.8.0.2", "ip6 daddr fd08::2")
SERVICE = """\
[Unit]
BindsTo=sys-subsystem-net-devices-wg0.device
After=sys-subsystem-net-devices-wg0.device

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/sbin/nft -f /etc/systemd/network/50-wg0.nft
ExecStart=/usr/sbin/sysctl -q net.ipv4.conf.all.src_valid_mark=1
ExecStop=/usr/sbin/nft delete table ip wg-quick-wg0
ExecStop=/usr/sbin/nft delete table ip6 wg-quick-wg0
"""
READ = Command(("systemctl", "daemon-reload"))
RELOAD = Command(("networkctl", "reload"))
WAIT = Command(("/usr/lib/systemd/systemd-networkd-wait-online", "--interface=wg0:routable", "--timeout=30"))
# networkd forgets files only when it reads again, and would make the link anew while they are there.
DELETE = (
    Command(("networkctl", "delete", "wg0")),
    Command(("rm", "/etc/systemd/network/50-wg0.netdev", "/etc/systemd/network/50-wg0.network")),
    RELOAD,
)


def artefact(path: str, content: str, mode: int = 0o644, group: str = "root") -> Artefact:
    return Artefact(PurePosixPath(path), content, mode, "root", group)


def files(mark: str, allowed: str, routes: str) -> tuple[Artefact, Artefact]:
    netdev = NETDEV.format(mark=mark, allowed=allowed)
    return (
        artefact("etc/systemd/network/50-wg0.netdev", netdev, 0o640, "systemd-network"),
        artefact("etc/systemd/network/50-wg0.network", NETWORK + routes),
    )


SPLIT_FILES = Emission(
    files("", "10.9.0.0/16, fd09::/48", SPLIT_ROUTES),
    activate=(RELOAD, WAIT),
    deactivate=DELETE,
)
FULL_FILES = Emission(
    (
        *files("FirewallMark=51820", "0.0.0.0/0, ::/0", FULL_ROUTES),
        artefact("etc/systemd/network/50-wg0.nft", FIREWALLS),
        artefact("etc/systemd/system/wg0-firewall.service", SERVICE),
    ),
    activate=(READ, RELOAD, WAIT, Command(("systemctl", "start", "wg0-firewall.service"))),
    deactivate=(Command(("systemctl", "stop", "wg0-firewall.service")), *DELETE),
)


@pytest.mark.parametrize(("config", "emission"), [(SPLIT, SPLIT_FILES), (FULL, FULL_FILES)], ids=["split", "full"])
def test_networkd_gives_the_state_of_wg_quick(machine: Machine, config: str, emission: Emission) -> None:
    configs = {"wg0": config.encode()}
    theirs, mine = reference(machine, configs), ours(machine, configs, (emission,), verify=True)

    assert not theirs.tunnel.difference(mine.tunnel)
    assert () == mine.verdicts
    assert not mine.left
    assert () == mine.remembered
    assert () == mine.warnings


def test_a_boot_gives_the_state_of_an_activation(machine: Machine) -> None:
    configs = {"wg0": SPLIT.encode()}

    activated = ours(machine, configs, (SPLIT_FILES,)).tunnel

    assert not activated.difference(booted(machine, configs, (SPLIT_FILES,)))


@pytest.mark.parametrize(
    ("part", "change"),
    [
        ("links", "ip link add other type dummy"),
        ("routes of IPv4", "ip route add 192.0.2.0/24 dev up0"),
        ("rules of IPv6", "ip -6 rule add fwmark 1 table 1"),
        ("devices", "ip link add other type wireguard"),
        ("firewall", "nft add table ip other"),
        ("sysctl", "sysctl --quiet net.ipv4.ip_forward=1"),
        ("resolver", "resolvectl dns up0 192.0.2.1"),
        ("units", "systemd-run --quiet --unit other sleep 1000"),
        ("files", "touch /etc/systemd/network/other.network"),
        ("journal", "echo [Match]x >/etc/systemd/network/other.network; networkctl reload"),
    ],
)
def test_what_is_left_is_seen(machine: Machine, part: str, change: str) -> None:
    machine.reset()
    assert machine.run(change).status == 0

    assert f"--- {part}" in machine.clean.difference(machine.snapshot())


def test_what_comes_and_goes_by_itself_is_not(machine: Machine) -> None:
    machine.reset()
    assert machine.run("systemd-run --quiet --no-block --unit session-other -p Type=oneshot sleep 1000").status == 0

    assert machine.run("systemctl is-active session-other").out == "activating\n"
    assert "--- units" not in machine.clean.difference(machine.snapshot())


def test_a_reset_brings_everything_back(machine: Machine) -> None:
    machine.run("ip link add other type dummy; touch /etc/other; echo b >/run/other")
    machine.reset()

    assert not machine.clean.difference(machine.snapshot())
    assert machine.run("cat /etc/other /run/other").status == 1


def test_what_networkd_remembers_is_seen(machine: Machine) -> None:
    forgetful = SPLIT_FILES._replace(deactivate=DELETE[:1])

    assert "wg0" in " ".join(ours(machine, {"wg0": SPLIT.encode()}, (forgetful,)).remembered)


def test_scripts_come_and_go_as_they_are(machine: Machine) -> None:
    done = machine.run("cat; printf 'a\\nb' >&2; exit 3", b"x\x00\xff\n")

    assert done == (3, "x\0\\xff\n", "a\nb")


@pytest.mark.parametrize("target", ["203.0.113.1", "2001:db8:2::1"])
def test_packets_pass_through_a_tunnel(machine: Machine, target: str) -> None:
    machine.reset()
    machine.run("cat >/root/wg0.conf", FULL.replace("vpn.example.net", "198.51.100.1").encode())
    keys = f"{PEERS} 51820 {machine.run(f'echo {OURS} | wg pubkey').out.strip()}"
    peer = f"bash /usr/local/lib/laboratory/peer {keys} 10.8.0.2/32,fd08::2/128"
    succeed(machine, (peer, "wg-quick up /root/wg0.conf"))

    assert machine.run(f"ping -c 1 -W 10 {target}").status == 0
    assert int(machine.run("wg show wg0 latest-handshakes").out.split()[1]) > 0


def test_hooks_are_recorded(machine: Machine) -> None:
    config = SPLIT.replace("[Peer]", "PostUp = echo up; false\nPreDown=sleep 'x'\n[Peer]").encode()

    hooks = reference(machine, {"wg0": recorded(config)}).hooks

    assert [line for line in hooks if not line.startswith(" ")] == ["PostUp 4 wg0", "PreDown 5 wg0"]
    assert "  10.9.0.0/16 scope link " in hooks
