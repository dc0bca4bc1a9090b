"""Packets between a machine and its internet, and what becomes of them on their way.

In: a machine, and the backend that makes its tunnel, or wg-quick itself. Out: what the machine's nft has counted. The
tunnel's peer is the internet, so each address is answered inside the tunnel and outside: only the way there differs.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from itertools import groupby
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.vm.course import succeed
from wgtranspile.artefact import Artefact, Command, Emission
from wgtranspile.pipeline import Options, transpile
from wgtranspile.source import Source

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.vm.machine import Machine


class Maker(NamedTuple):
    """What makes the tunnel: the machine that it works on, and how it starts the tunnel, and itself, anew."""

    machine: str
    restart: str
    restart_itself: str


# The backends, and the reference, for which the same holds.
MAKERS = {
    "wg-quick": Maker("trixie", "wg-quick down wg0 && wg-quick up wg0", "systemctl restart systemd-networkd.service"),
    "networkd": Maker(
        "trixie", "systemctl restart wireguard-wg0.service", "systemctl restart systemd-networkd.service"
    ),
    "networkmanager": Maker(
        "trixie NetworkManager",
        "nmcli connection down wg0 && nmcli connection up wg0",
        "systemctl restart NetworkManager.service && nm-online -q",
    ),
}
TUNNELLED = ("10.8.0.2", "fd08::2")
# Both families by turns; the last two are the endpoint's, too.
OUTSIDE = ("203.0.113.1", "2001:db8:2::1", "198.51.100.1", "2001:db8:1::1")
ENDPOINTS = {"IPv4": "198.51.100.1", "IPv6": "[2001:db8:1::1]"}
OWN_NETWORK = ("100.127.254.1", "2001:db8:ffff::1")
SECRET = "ks17BNLe15k63UwCPQUFJqtf1aybuEpcwxMDVtLlCkk="  # noqa: S105  of this test alone
OTHER_SECRET = "R2q3uXSAKtOnjX3J9IYBjin0EEG+1Iukxhqi21fLce0="  # noqa: S105
PUBLIC = "ClHg0vwa/lTm5Sob1pHcYjzQXdbOjSTKL2cpIuYYNC8="  # of the key below
CONFIG = """\
[Interface]
PrivateKey = WELEsbNJnrsgryqloe/UmJ8FZarcsijnYOFo7hg14XQ=
Address = 10.8.0.2/24, fd08::2/64
[Peer]
PublicKey = pxU5zPwaFkN+cIdkR/nId8qVViY6gg3eZy2OkwIYOT0=
PresharedKey = {secret}
Endpoint = {endpoint}:51820
AllowedIPs = {allowed}
"""
PEER = f"""\
set -e
bash /usr/local/lib/laboratory/peer EGxVHDgp8dJz5dNW1JnCEwrqLNdVPF3boLqKBv9e01Y= 51820 {PUBLIC} 10.8.0.2/32,fd08::2/128
ip netns exec internet wg set peer peer {PUBLIC} preshared-key <(echo {SECRET})
# What binds itself to up1 sends to the tunnel's addresses past the tunnel.
ip -netns internet route add 10.8.0.2 via 100.127.254.2 dev up1 metric 2048
ip -netns internet route add fd08::2 via 2001:db8:ffff::2 dev up1 metric 2048
"""
# `clear`: what leaves on the uplink for the outside, less what is encrypted. `spoofed`: what is let in of that which
# comes on the uplink for the tunnel's addresses. `echoes`: by which device each ping leaves.
WATCH = """\
table inet watch
delete table inet watch
table inet watch {
    counter clear {}
    counter spoofed {}
    set echoes4 { typeof icmp sequence . oifname; size 65535; flags dynamic; }
    set echoes6 { typeof icmpv6 sequence . oifname; size 65535; flags dynamic; }
    chain leaving {
        type filter hook postrouting priority 300;
        icmp type echo-request add @echoes4 { icmp sequence . oifname }
        icmpv6 type echo-request add @echoes6 { icmpv6 sequence . oifname }
        oifname != "up0" accept
        ip daddr { 100.127.254.0/30, 224.0.0.0/24 } accept
        ip6 daddr { 2001:db8:ffff::/64, fe80::/10, ff02::/16 } accept
        ip daddr 198.51.100.1 udp dport 51820 accept
        ip6 daddr 2001:db8:1::1 udp dport 51820 accept
        counter name clear
    }
    chain arriving {
        type filter hook input priority 0;
        iifname "up0" ip daddr 10.8.0.2 counter name spoofed
        iifname "up0" ip6 daddr fd08::2 counter name spoofed
    }
}
"""
# All the time: pings to the outside, and such for the tunnel's addresses that come on the uplink.
SEND = """\
send() { "$@" >/dev/null 2>&1 & echo $! >>/run/senders; }
for target in 203.0.113.1 2001:db8:2::1; do
    send ping -n -i 0.05 $target
done
for target in 10.8.0.2 fd08::2; do
    send ip netns exec internet ping -n -i 0.01 -I up1 $target
done
"""
# Only after some more pings of each family.
STOP = """\
for echoes in echoes4 echoes6; do
    count() { nft --json list set inet watch $echoes | grep -o 'up0\\|wg0' | wc -l; }
    enough=$(($(count) + 25))
    until (($(count) >= enough)); do :; done
done
kill $(</run/senders)
rm /run/senders
"""


class Watched(NamedTuple):
    """What the machine has counted since it is watched; `ways` are the devices by which the pings of a family left.

    A device stands there once for all pings in a row.
    """

    clear: int
    spoofed: int
    ways: tuple[tuple[str, ...], tuple[str, ...]]


def made(
    maker: str,
    allowed: str,
    endpoint: str = ENDPOINTS["IPv4"],
    secret: str = SECRET,
    *,
    keep_foreign_rules: bool = False,
) -> Emission:
    """Give the tunnel wg0 as a backend makes it, or as a config for wg-quick; and what networkd is told of rules."""
    config = CONFIG.format(allowed=allowed, endpoint=endpoint, secret=secret)
    options = Options(keep_foreign_rules=keep_foreign_rules)
    backend = "networkd" if maker == "wg-quick" else maker
    emission = transpile(Source.from_bytes("wg0.conf", config.encode()), "wg0", backend, options).emission
    assert emission
    if maker != "wg-quick":
        return emission
    file = Artefact(PurePosixPath("etc/wireguard/wg0.conf"), config, 0o600)
    told = (artefact for artefact in emission.artefacts if artefact.path.parent.name == "networkd.conf.d")
    up, down = (Command(("wg-quick", verb, "wg0")) for verb in ("up", "down"))
    return Emission((file, *told), activate=(up,), deactivate=(down,))


def prepare(machine: Machine, emission: Emission = Emission(())) -> None:  # noqa: B008  frozen
    """Bring back the machine as it was after its boot, with a peer in its internet and files; watch it."""
    machine.reset()
    machine.put(emission.artefacts)
    succeed(machine, [PEER])
    watch(machine)


def watch(machine: Machine) -> None:
    """Begin to count."""
    assert machine.run("nft --file -", WATCH.encode()).status == 0


def watched(machine: Machine) -> Watched:
    """Give what was counted."""
    listed = _listed(machine)
    counts = {item["counter"]["name"]: item["counter"]["packets"] for item in listed if "counter" in item}
    ipv4, ipv6 = (tuple(device for device, _ in groupby(pings)) for pings in _devices(listed))
    return Watched(counts["clear"], counts["spoofed"], (ipv4, ipv6))


def devices(machine: Machine) -> tuple[list[str], list[str]]:
    """Give for each ping of IPv4 and of IPv6 the device by which it left, in the order of their numbers."""
    ipv4, ipv6 = _devices(_listed(machine))
    return ipv4, ipv6


def _listed(machine: Machine) -> list[Any]:
    listed: list[Any] = json.loads(machine.run("nft --json list table inet watch").out)["nftables"]
    return listed


def _devices(listed: list[Any]) -> Iterator[list[str]]:
    for item in listed:
        if "set" in item:
            yield [device for _, device in sorted(echo["concat"] for echo in item["set"].get("elem", []))]


def way(machine: Machine, target: str) -> str:
    """Give the device by which a ping leaves that is answered, and nothing if it is not."""
    machine.run("nft flush set inet watch echoes4; nft flush set inet watch echoes6")
    answered = machine.run(f"ping -c 1 -W 6 {target}").status == 0  # longer than until another try of a handshake
    ipv4, ipv6 = watched(machine).ways
    return " ".join(ipv4 + ipv6) if answered else ""


def connects(machine: Machine, target: str) -> bool:
    """Whether a TCP connection is answered: by a refusal, as nobody listens."""
    return "Connection refused" in machine.run(f": </dev/tcp/{target}/80").err


def spoofs(machine: Machine, address: str) -> bool:
    """Whether a ping that comes on the uplink for an address of the tunnel is answered."""
    return machine.run(f"ip netns exec internet ping -c 1 -W 2 -I up1 {address}").status == 0


@contextmanager
def traffic(machine: Machine) -> Iterator[None]:
    """Have packets sent all the time, and some more at the end."""
    succeed(machine, [SEND])
    yield
    succeed(machine, [STOP])
