"""The laboratory itself: what is equal is found equal, and whatever differs or stays is seen.

The files for networkd are written by hand here: they show what its states look like, whatever a backend makes.
"""

from __future__ import annotations

import os
import shutil
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import pytest

from tests.lab import reference
from tests.vm.course import ours, recorded, reference as by_wg_quick
from tests.vm.machine import boot
from tests.vm.snapshot import tunnel
from wgtranspile.artefact import Artefact, Emission

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.vm.machine import Machine

INTERFACE = """\
[Interface]
PrivateKey = WELEsbNJnrsgryqloe/UmJ8FZarcsijnYOFo7hg14XQ=
Address = 10.8.0.2/24, fd08::2/64
"""
PEER = """\
[Peer]
PublicKey = pMj38w9caGdqvi3ZMWGts2gsR0LQhYV79bncRRTouhQ=
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
PublicKey=pMj38w9caGdqvi3ZMWGts2gsR0LQhYV79bncRRTouhQ=
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
WAIT = "/usr/lib/systemd/systemd-networkd-wait-online --interface=wg0:routable --timeout=30"
# networkd forgets files only when it reads again, and would make the link anew while they are there.
DELETE = ("networkctl delete wg0", "rm /etc/systemd/network/50-wg0.netdev /etc/systemd/network/50-wg0.network", "networkctl reload")


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
    activate=("networkctl reload", WAIT),
    deactivate=DELETE,
)
FULL_FILES = Emission(
    (
        *files("FirewallMark=51820", "0.0.0.0/0, ::/0", FULL_ROUTES),
        artefact("etc/systemd/network/50-wg0.nft", FIREWALLS),
        artefact("etc/systemd/system/wg0-firewall.service", SERVICE),
    ),
    activate=("systemctl daemon-reload", "networkctl reload", WAIT, "systemctl start wg0-firewall.service"),
    deactivate=("systemctl stop wg0-firewall.service", *DELETE),
)


@pytest.fixture(scope="module")
def machine() -> Iterator[Machine]:
    if os.geteuid() or not shutil.which("mmdebstrap") or not shutil.which("qemu-system-x86_64"):
        pytest.skip("THE PROOF IN WHOLE SYSTEMS DID NOT RUN: it needs root, mmdebstrap and qemu-system-x86_64")
    with boot("trixie") as booted:
        yield booted


@pytest.mark.parametrize(("config", "emission"), [(SPLIT, SPLIT_FILES), (FULL, FULL_FILES)], ids=["split", "full"])
def test_networkd_gives_the_state_of_wg_quick(machine: Machine, config: str, emission: Emission) -> None:
    configs = {"wg0": config.encode()}
    theirs, mine = by_wg_quick(machine, configs), ours(machine, configs, (emission,))

    assert not tunnel(theirs.between).difference(tunnel(mine.between))
    assert not theirs.after.difference(mine.after)
    assert () == mine.claims
    assert () == mine.after.parts["journal"]
