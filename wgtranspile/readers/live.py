"""A tunnel on this host.

In: an interface name. Out: a `Host`, read through `ip`, `wg`, `nft` and the resolver's tools. The private key is never
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
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wgtranspile.formats.firewall import NFT_FAMILY
from wgtranspile.model import Device, Family, Sysctl, Tunnel, Unknown, number
from wgtranspile.model.firewall import table_name
from wgtranspile.model.host import Contact, Host
from wgtranspile.model.linux import SRC_VALID_MARK, disable_ipv6
from wgtranspile.readers import iproute2, nft, resolver, wireguard
from wgtranspile.source import Source

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wgtranspile.model import Key, PolicyRule, Resolver, Ruleset
    from wgtranspile.model.linux import IPAddress

OPENRESOLV = Path("/run/resolvconf")
TABLE_NAMES = ("/usr/lib/iproute2", "/usr/share/iproute2", "/etc/iproute2")

# capabilities(7): what reading WireGuard, and nft, needs.
_STATUS = Path("/proc/self/status")
_CAP_NET_ADMIN = 12
_SETTINGS = Path("/proc/sys/net")
_DENIED = ("not permitted", "Permission denied", "must be root")


class SnapshotError(Exception):
    """The live state cannot be read."""

    def __init__(self, message: str, help: str) -> None:  # noqa: A002  the word of a diagnostic
        """Say what went wrong, and what to do about it."""
        super().__init__(message)
        self.message = message
        self.help = help


def snapshot(interface: str, names: Iterable[str] = ()) -> Host | None:
    """Return this host with the tunnel of an interface, None if there is no such link; `names` are resolved on the way.

    Raises SnapshotError, for a lack of rights before anything is read.
    """
    if not _may_read():
        raise SnapshotError("reading the state of WireGuard needs root (CAP_NET_ADMIN)", "run it as root")
    links = _json("ip", "-j", "address", "show")
    link = next((link for link in links if link.get("ifname") == interface), None)
    if link is None:
        return None
    device = _device(interface)
    mtus = {link["ifname"]: link["mtu"] for link in links if link}
    rules = tuple(rule for family in Family for rule in iproute2.rules(family, _ip(family, "rule", "show")))
    without = _not_there_before(link, links)
    return Host(
        Tunnel(
            interface,
            Source("this host", ""),
            device or Device(None, 0, 0, ()),
            link["mtu"],
            iproute2.addresses(link),
            tuple(
                route
                for family in Family
                for route in iproute2.routes(family, _ip(family, "route", "show", "table", "all", "dev", interface))
            ),
            is_up="UP" in link["flags"],
            is_wireguard=device is not None,
        ),
        rules,
        _rulesets(interface),
        tuple(_sysctls(interface)),
        _resolver(interface, str(link["ifindex"])),
        dict(_contacts(interface, device, mtus, without, rules)) if device else {},
        _default_path_mtu(mtus, without),
        _tables(),
        _resolve(names),
    )


def _may_read() -> bool:
    """Whether the kernel tells this process of WireGuard; where /proc does not say so, root may."""
    try:
        found = re.search(r"(?m)^CapEff:\s*([0-9a-f]+)$", _STATUS.read_text("ascii", "replace"))
    except OSError:
        found = None
    return bool(int(found[1], 16) >> _CAP_NET_ADMIN & 1) if found else os.geteuid() == 0


def _ip(family: Family, *command: str) -> Any:
    return _json("ip", "-j", "-N", f"-{family}", *command)


def _device(interface: str) -> Device | None:
    if _run("wg", "show", interface, "fwmark").returncode != 0:
        return None
    peers = wireguard.peers(
        allowed_ips=_wg(interface, "allowed-ips"),
        endpoints=_wg(interface, "endpoints"),
        keepalives=_wg(interface, "persistent-keepalive"),
        preshared_keys=_wg(interface, "preshared-keys"),
    )
    return wireguard.device(
        _wg(interface, "public-key"), _wg(interface, "listen-port"), _wg(interface, "fwmark"), peers
    )


def _wg(interface: str, what: str) -> str:
    return _output("wg", "show", interface, what)


def _not_there_before(link: dict[str, Any], links: Iterable[dict[str, Any]]) -> frozenset[str]:
    """Return the link and the tunnels that came up later: what wg-quick could not see when it computed the MTU."""
    tunnels = _output("wg", "show", "interfaces").split()
    later = (other for other in links if other and other["ifindex"] > link["ifindex"])
    return frozenset((link["ifname"], *(other["ifname"] for other in later if other["ifname"] in tunnels)))


def _contacts(
    interface: str, device: Device, mtus: dict[str, int], without: frozenset[str], rules: tuple[PolicyRule, ...]
) -> Iterator[tuple[Key, Contact]]:
    heard = wireguard.handshakes(_wg(interface, "latest-handshakes"))
    endpoints = {peer.public_key: peer.endpoint.host for peer in device.peers if peer.endpoint}
    # No way to those with a zone, as wg-quick takes none (set_mtu_up).
    ways = _ways({host for host in endpoints.values() if "%" not in host}, number(device.fwmark))
    # Routes of this tunnel and of later ones hide the way of before.
    hidden = [address for address, way in ways.items() if way and way.get("dev") in without]
    versions = {address.version for address in hidden}
    listed = {version: _ip(Family(version), "route", "show", "table", "all") for version in versions}
    ways |= {address: iproute2.way_around(without, address, rules, listed[address.version]) for address in hidden}
    for peer in device.peers:
        host = endpoints.get(peer.public_key)
        way = ways.get(ip_address(host)) if host else None
        yield peer.public_key, Contact(peer.public_key in heard, iproute2.path_mtu(way, mtus) if way else None)


def _ways(hosts: Iterable[str], fwmark: int) -> dict[IPAddress, dict[str, Any] | None]:
    mark = f" mark {fwmark}" if fwmark else ""
    queries = "".join(f"route get {host}{mark}\n" for host in sorted(hosts))
    # A host without a route fails its line only: `-force`, and the exit status tells nothing.
    answers = _run("ip", "-j", "-force", "-batch", "-", given=queries).stdout
    return {ip_address(route["dst"]): route for answer in answers.splitlines() for route in json.loads(answer)}


def _default_path_mtu(mtus: dict[str, int], without: frozenset[str]) -> int | None:
    routes = [route for route in _json("ip", "-j", "route", "show", "default") if route.get("dev") not in without]
    return iproute2.path_mtu(routes[0], mtus) if routes else None


def _rulesets(interface: str) -> tuple[Ruleset, ...] | Unknown:
    if shutil.which("nft") is None:
        return Unknown("`nft` is not installed")
    name = table_name(interface)
    listed = [entry["table"] for entry in _json("nft", "-j", "list", "tables")["nftables"] if "table" in entry]
    there = {table["family"] for table in listed if table["name"] == name}
    return tuple(
        ruleset
        for word in NFT_FAMILY.values()
        if word in there
        for ruleset in nft.rulesets(_json("nft", "-j", "list", "table", word, name))
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
            if found := resolver.resolved(servers.stdout, domains.stdout):
                return found
    if shutil.which("resolvconf"):
        listed = _run("resolvconf", "-l", interface)
        if listed.returncode == 0:
            return resolver.resolvconf(listed.stdout, exclusive=_exclusive(interface))
        answered |= "No resolv.conf for interface" in listed.stderr
    return None if answered else Unknown("neither systemd-resolved nor `resolvconf -l` shows the settings of the link")


def _exclusive(interface: str) -> bool | Unknown:
    """Tell whether openresolv has an interface marked exclusive, unknown where it keeps its state elsewhere."""
    if not (OPENRESOLV / "interfaces" / interface).exists():
        return Unknown("`resolvconf` does not show this")
    return any((OPENRESOLV / "exclusive").glob(f"* {interface}"))


def _sysctls(interface: str) -> Iterator[Sysctl]:
    """Yield the settings that matter to a tunnel; a kernel without IPv6 has none for it."""
    paths = {
        SRC_VALID_MARK: "ipv4/conf/all/src_valid_mark",
        disable_ipv6(interface): f"ipv6/conf/{interface}/disable_ipv6",
    }
    for name, path in paths.items():
        if (setting := _SETTINGS / path).exists():
            yield Sysctl(name, int(setting.read_text("ascii")))


def _tables() -> dict[str, int]:
    tables: dict[str, int] = {}
    for folder in map(Path, TABLE_NAMES):
        for file in (folder / "rt_tables", *sorted((folder / "rt_tables.d").glob("*.conf"))):
            if file.is_file():
                tables |= iproute2.table_names(file.read_text("utf-8", "replace"))
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
