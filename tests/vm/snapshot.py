"""The state of a machine: the laboratory's snapshot of a network, and what else a running system can be left with.

In: what `guest/usr/local/lib/laboratory/state` prints. Out: a `Snapshot`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.lab.snapshot import Snapshot

if TYPE_CHECKING:
    from collections.abc import Iterable

KERNEL = ("links", "routes of IPv4", "routes of IPv6", "rules of IPv4", "rules of IPv6", "devices", "firewall")
SYSTEM = ("sysctl", "resolver", "units", "files", "journal")
# A tunnel is the same when these are; the other parts tell what else came with it, and may not stay.
TUNNEL = (*KERNEL, "sysctl", "resolver")

_TUNNEL = r"/proc/sys/net/ipv{}/conf/(?!(?:all|default|lo|up0)/)[^/]*/"
# What is left out beside what the laboratory leaves out, and why: (parts, what is dropped from their lines).
LEFT_OUT: tuple[tuple[str, str], ...] = (
    # Only the name of who made a route or a rule.
    ("routes of", r'"protocol": "(boot|static)", '),
    ("rules of", r', "protocol": "static"'),
    # NetworkManager adds the connected route of an address itself, and its broadcast, which WireGuard does not carry.
    ("links", r'"noprefixroute": true, |, "noprefixroute": true|"broadcast": "[0-9.]+", '),
    # Any port would do, where the config gives none: the kernel draws it, on these machines from this range.
    ("devices", r"port 40\d{3}\b"),
    # networkd sets these on its links: the first two are about router advertisements, which do not pass through
    # WireGuard; the third about what becomes of the other addresses of a network when its first is removed.
    ("sysctl", rf"^{_TUNNEL.format(6)}(accept_ra|use_tempaddr):.*|^{_TUNNEL.format(4)}promote_secondaries:.*"),
    # Drawn at random at each boot, or reckoned from the memory that is free then.
    ("sysctl", r"^/proc/sys/net/ipv4/(tcp_fastopen_key|(tcp|udp)_[rw]?mem|inet_peer_threshold):.*"),
    # Numbers of the day; and the width of the column, which the words that stand there change.
    ("resolver", r"^Link \d+|^ +|Current DNS Server: .*"),
    # Reached once, by the first who waits for it, and never left.
    ("units", r"^(network-online\.target|systemd-networkd-wait-online\.service).*"),
    # The machine's kernel has no audit, and bookworm's script for ifupdown fails without ifupdown.
    ("journal", r".*audit: failed to open auditd socket.*|.*dispatcher\.d/01-ifupdown.*"),
    # NetworkManager tells systemd-resolved of links that have just gone, and does not wait long for it at a slow boot.
    ("journal", r".*dns-sd-resolved.*NoSuchLink.*|.*update-pending changed: DNS plugin did not become ready.*"),
    # Started when asked or by the clock, gone when idle; and the widths of columns, which their states change, too.
    ("units", r"^(session|user|systemd-(hostnamed|tmpfiles-clean)|NetworkManager-dispatcher)[-@.].*| +(?= )"),
    ("units", r"^(dpkg-db-backup|fstrim)\..*"),
)


def read(output: str) -> Snapshot:
    """Give the snapshot of what the state of a machine was printed as, whole or up to the parts of tunnels."""
    *parts, _ = output.split("\0")
    kernel, system = parts[: len(KERNEL)], parts[len(KERNEL) :]
    state = Snapshot.of(dict(zip(KERNEL, kernel, strict=True))).parts
    names = SYSTEM if len(parts) > len(TUNNEL) else TUNNEL[len(KERNEL) :]
    state |= {name: tuple(text.splitlines()) for name, text in zip(names, system, strict=True)}
    return Snapshot({name: tuple(_kept(name, lines)) for name, lines in state.items()})


def tunnel(snapshot: Snapshot) -> Snapshot:
    """Give the parts of a snapshot that are the tunnel."""
    return Snapshot({name: snapshot.parts[name] for name in TUNNEL})


def left_over(before: Snapshot, after: Snapshot) -> str:
    """Give what is left of a tunnel that is gone. src_valid_mark may be: wg-quick never resets it."""
    return _without_src_valid_mark(before).difference(_without_src_valid_mark(after))


def _without_src_valid_mark(snapshot: Snapshot) -> Snapshot:
    parts = {name: lines for name, lines in snapshot.parts.items() if name != "journal"}
    parts["sysctl"] = tuple(line for line in parts["sysctl"] if "/conf/all/src_valid_mark:" not in line)
    return Snapshot(parts)


def _kept(name: str, lines: Iterable[str]) -> Iterable[str]:
    patterns = "|".join(pattern for parts, pattern in LEFT_OUT if name.startswith(parts))
    kept = filter(None, (re.sub(patterns, "", line) if patterns else line for line in lines))
    # The kernel lists routes and tables, and the others theirs, in the order in which they were made, or in none.
    if name.startswith(("routes", "files", "sysctl", "units")):
        return sorted(kept)
    if name == "firewall":
        return sorted(kept, key=lambda line: "ip6" in line.partition("name")[0])
    return kept
