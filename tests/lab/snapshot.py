"""The state of a namespace as plain text, and how two of them differ.

In: what ip(8), wg(8), nft(8) and sysctl(8) print. Out: a `Snapshot`, equal to another when the networks are.
"""

from __future__ import annotations

import difflib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

# The kernel makes the local route of an IPv6 address a moment after the address: all have one, or will never get it.
SETTLE = """\
attempt=0
until [ "$(ip -6 -o address show up | wc -l)" = "$(ip -6 route show table local type local | wc -l)" ] ||
    [ "$attempt" = 100 ]; do attempt=$((attempt + 1)); done
"""
COMMANDS = {
    "links": "ip -j -d addr",
    "routes of IPv4": "ip -j -4 route show table all",
    "routes of IPv6": "ip -j -6 route show table all",
    "rules of IPv4": "ip -j -4 rule",
    "rules of IPv6": "ip -j -6 rule",
    "devices": "wg show all dump",
    "firewall": "if type nft >/dev/null; then nft -j list ruleset; else iptables-save; ip6tables-save; fi",
    "src_valid_mark": "sysctl -n net.ipv4.conf.all.src_valid_mark",
    "resolver": 'cat "$LAB/resolvconf.log"',
}

# What is left out of a snapshot, and why. Everything else must be equal.
LEFT_OUT_OF_LINKS = {
    "address": "drawn at random for the uplink; a tunnel has none",
    "broadcast": "as address",
    "link": "the uplink's other end",
    "operstate": "the kernel finds the uplink's carrier a moment later",
}
LEFT_OUT = {
    "ifindex": "a number in the order of creation",
    "link_index": "as ifindex",
    "handle": "as ifindex, in the firewall",
    "tentative": "duplicate detection ends by itself",
    "valid_life_time": "no address expires, but those of IPv6 print that in two ways",
    "preferred_life_time": "as valid_life_time",
    "metainfo": "the version of nft itself",
}
FLAGS_LEFT_OUT = {
    "LOWER_UP": "as operstate",
    "NO-CARRIER": "as operstate",
    "M-DOWN": "as operstate, of the other end",
    "linkdown": "as operstate, of routes",
}


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Lines of text for each part of the state."""

    parts: dict[str, tuple[str, ...]]

    @classmethod
    def of(cls, outputs: Mapping[str, str]) -> Snapshot:
        """Give the snapshot made of the outputs of `COMMANDS`."""
        return cls({name: tuple(_READERS.get(name, _json)(output)) for name, output in outputs.items()})

    def difference(self, other: Snapshot) -> str:
        """Give what `other` has more and less than this one, part by part; empty when they are equal."""
        return "\n".join(
            line
            for name, mine in self.parts.items()
            for line in difflib.unified_diff(mine, other.parts[name], name, name, lineterm="", n=1)
        )


def _json(output: str) -> Iterator[str]:
    read = json.loads(output or "[]")
    for item in _kept(read["nftables"] if isinstance(read, dict) else read):
        if not item:
            continue
        yield json.dumps(item)


def _links(output: str) -> Iterator[str]:
    for link in _kept(json.loads(output)):
        addresses = link.pop("addr_info")
        yield json.dumps({key: value for key, value in link.items() if key not in LEFT_OUT_OF_LINKS})
        for address in addresses:
            yield f"    {json.dumps(address)}"


def _kept(read: Any) -> Any:
    match read:
        case dict():
            return {key: _kept(value) for key, value in read.items() if key not in LEFT_OUT}
        case list():
            return [_kept(value) for value in read if not (isinstance(value, str) and value in FLAGS_LEFT_OUT)]
        case _:
            return read


def _devices(output: str) -> Iterator[str]:
    """Give the lines of `wg show all dump` in a fixed order: wireguard-go lists peers at random.

    Left out: private keys, since the public one tells; counters and the last handshake, which depend on time.
    Allowed IPs are sorted: they come in the order in which they were set, which means nothing.
    """
    lines = []
    for line in output.splitlines():
        match line.split("\t"):
            case [link, _, public_key, port, mark]:
                lines.append(f"{link} public key {public_key} port {port} mark {mark}")
            case [link, key, preshared, endpoint, allowed, _, _, _, keepalive]:
                networks = ",".join(sorted(allowed.split(",")))
                lines.append(f"{link} peer {key} {preshared} {endpoint} {networks} keepalive {keepalive}")
            case _:
                raise ValueError(line)
    yield from sorted(lines)


def _firewall(output: str) -> Iterator[str]:
    """Give the ruleset of nft, or the rules of iptables without its comments, which tell the time, and counters."""
    if output.startswith("{"):
        yield from _json(output)
    else:
        yield from (line for line in output.splitlines() if line.startswith(("*", "-")))


_READERS: dict[str, Callable[[str], Iterator[str]]] = {
    "links": _links,
    "devices": _devices,
    "firewall": _firewall,
    "src_valid_mark": lambda output: iter(output.splitlines()),
    "resolver": lambda output: iter(output.splitlines()),
}
