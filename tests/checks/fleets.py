"""Fleets that are consistent by construction: hubs with their spokes, and a mesh between the hubs.

A fleet is kept as data, of which a test changes one thing before it is written out as configs.
"""

from __future__ import annotations

import random
from base64 import b64encode
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING

from wgtranspile.checks.fleet import Fleet
from wgtranspile.config.curve25519 import public_key
from wgtranspile.model import Key
from wgtranspile.pipeline import Options, transpile_host
from wgtranspile.source import Source

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wgtranspile.backends import KeyStorage
    from wgtranspile.diagnostics import Diagnostic

SPOKES = 20


@dataclass
class Peer:
    """A peer as a host lists it."""

    key: str
    allowed_ips: list[str]
    endpoint: str = ""
    preshared: str = ""


@dataclass
class Host:
    """A host with one config; its peers by their names."""

    name: str
    private: str
    address: str
    endpoint: str = ""
    port: int = 51820
    peers: dict[str, Peer] = field(default_factory=dict)
    interface: str = "wg0"

    @property
    def path(self) -> str:
        return f"{self.name}/{self.interface}.conf"

    @property
    def text(self) -> str:
        lines = ["[Interface]", f"PrivateKey = {self.private}", f"Address = {self.address}/32"]
        lines += [f"ListenPort = {self.port}"] * bool(self.endpoint)
        for name, peer in self.peers.items():
            lines += [
                "",
                f"# {name}",
                "[Peer]",
                f"PublicKey = {peer.key}",
                f"AllowedIPs = {', '.join(peer.allowed_ips)}",
            ]
            lines += [f"Endpoint = {peer.endpoint}"] * bool(peer.endpoint)
            lines += [f"PresharedKey = {peer.preshared}"] * bool(peer.preshared)
        return "\n".join([*lines, ""])

    def line(self, start: str, after: str = "[Interface]") -> int:
        """Give the number of the first line with this start behind another."""
        lines = self.text.splitlines()
        below = lines.index(after)
        return next(number for number, line in enumerate(lines[below:], below + 1) if line.startswith(start))


def fleet(hosts: int, seed: int = 0) -> dict[str, Host]:
    """Give hubs that know one another and their spokes; a hub also knows a phone, whose config is not in the fleet."""
    chance = random.Random(seed)
    made: dict[str, Host] = {}
    for number in range(hosts):
        group, place = divmod(number, SPOKES + 1)
        name = f"spoke{group:02}-{place:02}" if place else f"hub{group:02}"
        endpoint = "" if place else f"{name}.example:51820"
        made[name] = Host(name, key(chance), f"10.{group}.0.{place + 1}", endpoint)
    for name, host in made.items():
        hub = made[f"hub{name.removeprefix('spoke')[:2]}"] if name.startswith("spoke") else host
        if hub is host:
            host.peers["phone"] = Peer(public_key(Key(key(chance))), [f"{host.address.rpartition('.')[0]}.200/32"])
            for other in made.values():
                if other.endpoint and other is not host:
                    connect(host, other, [f"{other.address.removesuffix('.0.1')}.0.0/16"])
        else:
            preshared = key(chance) if chance.random() < 1 / 2 else ""
            connect(
                host, hub, ["0.0.0.0/0"] if chance.random() < 1 / 2 else [f"{hub.address}/32", "10.0.0.0/8"], preshared
            )
            connect(hub, host, [f"{host.address}/32"], preshared)
    return made


def connect(host: Host, other: Host, allowed_ips: list[str], preshared: str = "") -> None:
    host.peers[other.name] = Peer(public_key(Key(other.private)), allowed_ips, other.endpoint, preshared)


def key(chance: random.Random) -> str:
    return b64encode(chance.randbytes(32)).decode()


def check(hosts: Iterable[Host], keys: KeyStorage | None = None) -> list[Diagnostic]:
    """Give what is found across the fleet."""
    checked = Fleet()
    for host in hosts:
        source = Source(host.path, host.text)
        [result] = transpile_host([(source, host.interface)], "json", Options(keys, fleet_checks=True))
        assert result.member
        checked.add(result.member)
    return [*chain.from_iterable(checked.findings())]
