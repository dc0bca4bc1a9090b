"""The tunnels that are taken through moments: configs of one host, and what is at their other end.

Keys of golden configs are replaced by such whose other half the far end has. The others are of the kinds that people
have: an endpoint by name, and hooks that touch the device, the link, its routes, rules and DNS.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tests import cases

if TYPE_CHECKING:
    from collections.abc import Mapping

KEY = "WELEsbNJnrsgryqloe/UmJ8FZarcsijnYOFo7hg14XQ="
PUBLIC_KEY = "ClHg0vwa/lTm5Sob1pHcYjzQXdbOjSTKL2cpIuYYNC8="
PEER = "pxU5zPwaFkN+cIdkR/nId8qVViY6gg3eZy2OkwIYOT0="
OTHER_PEERS = ("kd63dDS+OsnPq3KQb28fAQy6Db17uczR4Qek7UQYgVA=", "dPJS+n72tOArEQN2zOeEeP0MqIq/VMILxJGprazExU8=")
NEW_PEER = "R2q3uXSAKtOnjX3J9IYBjin0EEG+1Iukxhqi21fLce0="
PRESHARED_KEY = "tT8wz8jrceSptTgE6Rz6K/OJM5Gyl2C0wF7C0yv+3Q0="
OUTSIDE = ("203.0.113.1", "2001:db8:2::1")
NAME = "vpn.example.net"
# As hosts keep secrets for hooks: root may read them, and networkd, where a backend has it read them.
SECRETS = f"""\
install -d -m 755 /etc/secrets
install -g systemd-network -m 640 /dev/stdin /etc/secrets/key <<<{KEY}
install -g systemd-network -m 640 /dev/stdin /etc/secrets/psk <<<{PRESHARED_KEY}
"""
FAR_PSK = f"ip netns exec internet wg set peer peer {PUBLIC_KEY} preshared-key <(echo {PRESHARED_KEY})"


class Subject(NamedTuple):
    """A tunnel.

    `addresses` are its own, `inside` those to which pings go through it all the time, `behind` all that the far end
    needs to have beside what the internet has. `far` is a script for the far end, `needs` one for the host, `greeting`
    one that has the peer speak first. `names` tells whether an endpoint is a name, `resolves` whether the config sets
    DNS, `versions` have changed configs by what has changed.
    """

    config: str
    addresses: tuple[str, ...]
    inside: tuple[str, ...] = OUTSIDE
    behind: tuple[str, ...] = ()
    far: str = ""
    needs: str = ":"
    greeting: str = ":"
    names: bool = False
    resolves: bool = False
    versions: Mapping[str, str] = {}
    public_key: str = PUBLIC_KEY

    @property
    def full(self) -> bool:
        """Whether everything goes through the tunnel."""
        return self.inside == OUTSIDE


def _golden(name: str) -> str:
    (path,) = cases.CASES[name].configs
    text = path.read_text("utf-8")
    for theirs, known in {
        "6Cpf9qnrgRu/JPk+VjhEanLsm/WExfhI0FkKVji+Qp0=": KEY,
        "Teuz88las2OQnmPE4Q8mjtzYmxCIVx4nAeB7ji42L2M=": PEER,
    }.items():
        text = text.replace(theirs, known)
    return text


def _config(address: str, *interface: str, peer: str) -> str:
    key = () if any("private-key" in line for line in interface) else (f"PrivateKey = {KEY}",)
    return "\n".join(("[Interface]", *key, f"Address = {address}", *interface, "[Peer]", peer, ""))


def _peer(allowed: str, endpoint: str = "198.51.100.1", key: str = PEER) -> str:
    return f"PublicKey = {key}\nAllowedIPs = {allowed}\nEndpoint = {endpoint}:51820"


ALL = "0.0.0.0/0, ::/0"
_GOLDEN_ADDRESSES = ("10.10.0.2/32", "fd00:10::2/128")
_FULL = _golden("full-tunnel")
_SPLIT = _golden("split-tunnel")
_HUB = _golden("hub")
_HOOK_ADDRESS = "10.100.0.7/32"

SUBJECTS = {
    "full": Subject(
        _FULL,
        _GOLDEN_ADDRESSES,
        behind=("10.10.0.1/32", "fd00:10::1/128"),
        resolves=True,
        versions={"endpoint": _FULL.replace("198.51.100.1", "203.0.113.1")},
    ),
    "split": Subject(
        _SPLIT,
        _GOLDEN_ADDRESSES,
        inside=("10.20.0.1", "fd00:20::1"),
        behind=("10.20.0.1/32", "fd00:20::1/128"),
        versions={"endpoint": _SPLIT.replace("198.51.100.1", "203.0.113.1")},
    ),
    "hub": Subject(
        _HUB,
        ("10.10.0.1/32", "fd00:10::1/128"),
        inside=("10.10.0.2", "fd00:10::2"),
        behind=("10.10.0.2/32", "fd00:10::2/128"),
        far=f"ip netns exec internet wg set peer peer {PUBLIC_KEY} endpoint 100.127.254.2:51820",
        greeting="ip netns exec internet ping -c 1 -W 10 -I 10.10.0.2 10.10.0.1",
        versions={
            "peer": f"{_HUB}\n[Peer]\n# carol\nPublicKey = {NEW_PEER}\nAllowedIPs = 10.10.0.5/32\n",
            "key": _HUB.replace(OTHER_PEERS[0], NEW_PEER),
        },
    ),
    "named": Subject(
        _config("10.8.0.2/24, fd08::2/64", "DNS = 10.8.0.1", peer=_peer(ALL, NAME)),
        ("10.8.0.2/32", "fd08::2/128"),
        behind=("10.8.0.1/32",),
        names=True,
        resolves=True,
    ),
    # --- hooks ---
    "hook-peer": Subject(
        _config(
            _HOOK_ADDRESS,
            f"PostUp = wg set %i peer {PEER} preshared-key /etc/secrets/psk",
            f"PostUp = wg set %i peer {NEW_PEER} allowed-ips 10.101.0.9/32 endpoint 203.0.113.9:51820",
            "PostUp = ip route add 10.101.0.9/32 dev %i",
            peer=_peer("10.100.0.0/24, 10.69.0.0/16", NAME),
        ),
        (_HOOK_ADDRESS,),
        inside=("10.69.0.1",),
        behind=("10.69.0.1/32",),
        far=FAR_PSK,
        needs=SECRETS,
        names=True,
    ),
    "hook-keys": Subject(
        _config(
            _HOOK_ADDRESS,
            "PostUp = wg set %i private-key /etc/secrets/key",
            f"PostUp = wg set %i peer {PEER} preshared-key /etc/secrets/psk",
            "PostUp = resolvectl dns %i 10.69.0.49; resolvectl domain %i ~mesh",
            peer=_peer("10.100.0.0/24, 10.69.0.0/16"),
        ),
        (_HOOK_ADDRESS,),
        inside=("10.69.0.49",),
        behind=("10.69.0.49/32",),
        far=FAR_PSK,
        needs=SECRETS,
        resolves=True,
    ),
    "hook-resolver": Subject(
        _config(
            _HOOK_ADDRESS,
            "PostUp = resolvectl dns %i 10.69.0.49; resolvectl domain %i ~mesh",
            peer=_peer("10.100.0.0/24, 10.69.0.0/16"),
        ),
        (_HOOK_ADDRESS,),
        inside=("10.69.0.49",),
        behind=("10.69.0.49/32",),
        resolves=True,
    ),
    "hook-route": Subject(
        _config(
            "10.0.1.1/32",
            "ListenPort = 51820",
            "PostUp = ip route add 10.96.0.0/16 dev %i src 10.0.1.1",
            "PreDown = ip route del 10.96.0.0/16 dev %i src 10.0.1.1",
            peer=f"{_peer('10.0.1.2/32')}\n[Peer]\n{_peer('10.0.1.3/32', '203.0.113.3', OTHER_PEERS[0])}",
        ),
        ("10.0.1.1/32",),
        inside=("10.0.1.2",),
        behind=("10.0.1.2/32",),
    ),
    "hook-address": Subject(
        _config(
            "172.20.0.97/32",
            "ListenPort = 52601",
            "Table = off",
            "PostUp = ip addr del dev %i 172.20.0.97/32 && ip addr add dev %i 172.20.0.97/32 peer 172.20.0.185/32",
            "PostUp = ip addr add dev %i fe80::97/128 peer fe80::185/64",
            peer=_peer("172.16.0.0/12, 10.0.0.0/8, fd00::/8, fe80::/10"),
        ),
        ("172.20.0.97/32", "fe80::97/128"),
        inside=("172.20.0.185",),
        behind=("172.20.0.185/32",),
    ),
    "hook-rule": Subject(
        _config(
            "10.13.0.5/32, fd00:13::5/128",
            "Table = 51413",
            "PostUp = ip -4 rule add from 10.13.0.5 table 51413",
            "PostUp = ip -6 rule add from fd00:13::5 table 51413",
            "PostUp = nft add table inet vpn; nft 'add chain inet vpn out { type filter hook output priority 0; }'",
            "PostUp = nft add rule inet vpn out ip saddr 10.13.0.5 oifname != %i drop",
            "PostDown = ip -4 rule del from 10.13.0.5 table 51413",
            "PostDown = ip -6 rule del from fd00:13::5 table 51413",
            "PostDown = nft delete table inet vpn",
            peer=_peer(ALL),
        ),
        ("10.13.0.5/32", "fd00:13::5/128"),
        inside=(),
    ),
    "hook-mark": Subject(
        _config(
            "10.5.0.2/32",
            "PostUp = ip rule del not from all fwmark 0xca6c lookup 51820",
            "PostUp = ip rule add from all fwmark 0x1 lookup 51820",
            peer=_peer("0.0.0.0/0"),
        ),
        ("10.5.0.2/32",),
        inside=(),
    ),
}
