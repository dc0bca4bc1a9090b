"""The state of a tunnel on this host.

In: an interface name. Out: a `State`, read through `ip`, `wg`, `nft` and the resolver's tools. The private key is never
read: `wg` is asked for the public one.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Any

from wgtranspile.model import Family
from wgtranspile.state import firewall, readers
from wgtranspile.state.model import Host, Link, State, Unknown

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wgtranspile.state.model import Device, FirewallItem, IPAddress, Path, Peer, Resolver, Rule

SRC_VALID_MARK = FilePath("/proc/sys/net/ipv4/conf/all/src_valid_mark")
IPV6_SETTINGS = FilePath("/proc/sys/net/ipv6/conf")
OPENRESOLV = FilePath("/run/resolvconf")
TABLE_NAMES = ("/usr/lib/iproute2", "/usr/share/iproute2", "/etc/iproute2")

# capabilities(7): what reading WireGuard, and nft, needs.
_STATUS = FilePath("/proc/self/status")
_CAP_NET_ADMIN = 12
_DENIED = ("not permitted", "Permission denied", "must be root")
_FAMILIES = (Family.IPV4, Family.IPV6)
# The number of the protocol `static`, as in /etc/iproute2/rt_protos.
_STATIC = "4"


class SnapshotError(Exception):
    """The live state cannot be read."""

    def __init__(self, message: str, help: str) -> None:  # noqa: A002  the word of a diagnostic
        """Say what went wrong, and what to do about it."""
        super().__init__(message)
        self.message = message
        self.help = help


def snapshot(interface: str, names: Iterable[str] = ()) -> State | None:
    """Return the live state of an interface, None if there is no such link; `names` are resolved on the way.

    Raises SnapshotError, for a lack of rights before anything is read.
    """
    if not _may_read():
        raise SnapshotError("reading the state of WireGuard needs root (CAP_NET_ADMIN)", "run it as root")
    links = _json("ip", "-j", "address", "show")
    mtus = {link["ifname"]: link["mtu"] for link in links if link}
    found = [link for link in links if link.get("ifname") == interface]
    if not found:
        return None
    link = found[0]
    device, peers = _wireguard(interface)
    rules = tuple(rule for family in _FAMILIES for rule in readers.rules(family, _rules(family)))
    without = _not_there_before(link, links)
    return State(
        interface=interface,
        link=Link(up="UP" in link["flags"], mtu=link["mtu"]),
        device=device,
        peers=_with_paths(peers, device, mtus, without, rules),
        addresses=readers.addresses(link),
        routes=tuple(
            route
            for family in _FAMILIES
            for route in readers.routes(
                family, _json("ip", "-j", "-N", f"-{family}", "route", "show", "table", "all", "dev", interface)
            )
        ),
        rules=rules,
        firewall=_firewall(interface),
        src_valid_mark=SRC_VALID_MARK.read_text("ascii").strip() == "1",
        resolver=_resolver(interface, str(link["ifindex"])),
        host=Host(_tables(), _resolve(names), _default_path(mtus, without), _ipv6_disabled(interface)),
    )


def _may_read() -> bool:
    """Whether the kernel tells this process of WireGuard; where /proc does not say so, root may."""
    try:
        found = re.search(r"(?m)^CapEff:\s*([0-9a-f]+)$", _STATUS.read_text("ascii", "replace"))
    except OSError:
        found = None
    return bool(int(found[1], 16) >> _CAP_NET_ADMIN & 1) if found else os.geteuid() == 0


def rules_of_networkd() -> tuple[Rule, ...]:
    """Return the policy rules that networkd has set, which bear its protocol. Raises SnapshotError."""
    return tuple(
        rule
        for family in _FAMILIES
        for rule in readers.rules(family, (item for item in _rules(family) if item.get("protocol") == _STATIC))
    )


def _rules(family: Family) -> Any:
    return _json("ip", "-j", "-N", f"-{family}", "rule", "show")


def _wireguard(interface: str) -> tuple[Device | None, tuple[Peer, ...]]:
    def show(what: str) -> str:
        return _output("wg", "show", interface, what)

    if _run("wg", "show", interface, "fwmark").returncode != 0:
        return None, ()
    device = readers.device(show("public-key"), show("listen-port"), show("fwmark"))
    peers = readers.peers(
        allowed_ips=show("allowed-ips"),
        endpoints=show("endpoints"),
        keepalives=show("persistent-keepalive"),
        preshared_keys=show("preshared-keys"),
        handshakes=show("latest-handshakes"),
    )
    return device, peers


def _not_there_before(link: dict[str, Any], links: Iterable[dict[str, Any]]) -> frozenset[str]:
    """Return the link and the tunnels that came up later: what wg-quick could not see when it computed the MTU."""
    tunnels = _output("wg", "show", "interfaces").split()
    later = (other for other in links if other and other["ifindex"] > link["ifindex"])
    return frozenset((link["ifname"], *(other["ifname"] for other in later if other["ifname"] in tunnels)))


def _with_paths(
    peers: tuple[Peer, ...],
    device: Device | None,
    mtus: dict[str, int],
    without: frozenset[str],
    rules: tuple[Rule, ...],
) -> tuple[Peer, ...]:
    """Return the peers with the paths to their endpoints, but for those with a zone, as wg-quick does (set_mtu_up)."""
    hosts = {peer.endpoint.host for peer in peers if peer.endpoint and "%" not in peer.endpoint.host}
    if not hosts or device is None:
        return peers
    ways = _ways(hosts, device.fwmark)
    # Routes of this tunnel and of later ones hide the way of before.
    hidden = [address for address, way in ways.items() if way and way.get("dev") in without]
    versions = {address.version for address in hidden}
    listed = {version: _json("ip", "-j", "-N", f"-{version}", "route", "show", "table", "all") for version in versions}
    ways |= {address: readers.way_around(without, address, rules, listed[address.version]) for address in hidden}
    paths = {address: readers.path(way, mtus) for address, way in ways.items() if way}
    return tuple(
        replace(peer, path=paths.get(ip_address(peer.endpoint.host))) if peer.endpoint else peer for peer in peers
    )


def _ways(hosts: Iterable[str], fwmark: int) -> dict[IPAddress, dict[str, Any] | None]:
    mark = f" mark {fwmark}" if fwmark else ""
    queries = "".join(f"route get {host}{mark}\n" for host in sorted(hosts))
    # A host without a route fails its line only: `-force`, and the exit status tells nothing.
    answers = _run("ip", "-j", "-force", "-batch", "-", given=queries).stdout
    return {ip_address(route["dst"]): route for answer in answers.splitlines() for route in json.loads(answer)}


def _default_path(mtus: dict[str, int], without: frozenset[str]) -> Path | None:
    routes = [route for route in _json("ip", "-j", "route", "show", "default") if route.get("dev") not in without]
    return readers.path(routes[0], mtus) if routes else None


def _firewall(interface: str) -> tuple[FirewallItem, ...] | Unknown:
    if shutil.which("nft") is None:
        return Unknown("`nft` is not installed")
    name = firewall.table_name(interface)
    tables = [entry["table"] for entry in _json("nft", "-j", "list", "tables")["nftables"] if "table" in entry]
    return tuple(
        item
        for family in firewall.NFT_FAMILIES
        if any(table["name"] == name and table["family"] == family for table in tables)
        for item in firewall.read(_json("nft", "-j", "list", "table", family, name))
    )


def _resolver(interface: str, index: str) -> Resolver | Unknown | None:
    """Ask systemd-resolved, then resolvconf; the first that knows servers of the link is believed.

    resolvectl takes a name that is a number for an index: so it is given the index.
    """
    answered = False
    if shutil.which("resolvectl"):
        servers, domains = _run("resolvectl", "dns", index), _run("resolvectl", "domain", index)
        if servers.returncode == 0 and domains.returncode == 0:
            answered = True
            if found := readers.resolved(servers.stdout, domains.stdout):
                return found
    if shutil.which("resolvconf"):
        listed = _run("resolvconf", "-l", interface)
        if listed.returncode == 0:
            return readers.resolvconf(listed.stdout, exclusive=_exclusive(interface))
        answered |= "No resolv.conf for interface" in listed.stderr
    return None if answered else Unknown("neither systemd-resolved nor `resolvconf -l` shows the settings of the link")


def _exclusive(interface: str) -> bool | None:
    """Tell whether openresolv has an interface marked exclusive, None where it keeps its state elsewhere."""
    if not (OPENRESOLV / "interfaces" / interface).exists():
        return None
    return any((OPENRESOLV / "exclusive").glob(f"* {interface}"))


def _ipv6_disabled(interface: str) -> bool:
    """Whether the link may have no IPv6 addresses; a kernel without IPv6 has no such setting."""
    setting = IPV6_SETTINGS / interface / "disable_ipv6"
    return setting.exists() and setting.read_text("ascii").strip() == "1"


def _tables() -> dict[str, int]:
    tables: dict[str, int] = {}
    for folder in map(FilePath, TABLE_NAMES):
        for file in (folder / "rt_tables", *sorted((folder / "rt_tables.d").glob("*.conf"))):
            if file.is_file():
                tables |= readers.table_names(file.read_text("utf-8", "replace"))
    return tables


def _resolve(names: Iterable[str]) -> dict[str, frozenset[IPAddress]]:
    wanted = sorted(set(names))
    with ThreadPoolExecutor(max_workers=16) as pool:
        return dict(zip(wanted, pool.map(_lookup, wanted), strict=True))


def _lookup(name: str) -> frozenset[IPAddress]:
    try:
        found = socket.getaddrinfo(name, None, type=socket.SOCK_DGRAM)
    except (OSError, UnicodeError):
        return frozenset()
    return frozenset(ip_address(address[0]) for *_, address in found)


def _json(*command: str) -> Any:  # whatever the tool says
    output = _output(*command)
    try:
        return json.loads(output or "[]")
    except ValueError as error:
        message = f"`{' '.join(command)}` does not print JSON"
        raise SnapshotError(message, f"install a version of `{command[0]}` that can") from error


def _output(*command: str) -> str:
    done = _run(*command)
    if done.returncode != 0:
        message = f"`{' '.join(command)}` failed: {done.stderr.strip()}"
        raise SnapshotError(message, f"check that `{command[0]}` is intact, and recent enough to support these options")
    return done.stdout


def _run(*command: str, given: str | None = None) -> subprocess.CompletedProcess[str]:
    try:
        done = subprocess.run(  # noqa: S603  fixed commands; the name is that of a link
            command,
            check=False,
            capture_output=True,
            encoding="utf-8",
            errors="surrogateescape",
            input=given or "",
            env={**os.environ, "LC_ALL": "C"},
        )
    except FileNotFoundError as error:
        message = f"`{command[0]}` is not installed"
        raise SnapshotError(message, "wgtranspile reads the live state with `ip` (iproute2) and `wg`") from error
    except PermissionError as error:  # as of a folder in PATH that is root's alone
        message = f"`{command[0]}` cannot be run"
        raise SnapshotError(message, "run it as root") from error
    if done.returncode != 0 and any(words in done.stderr for words in _DENIED):
        message = f"`{' '.join(command)}` is not permitted"
        raise SnapshotError(message, "run it as root")
    return done
