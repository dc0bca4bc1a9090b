"""What a migration asks its host before it changes anything. All of it only reads."""

from __future__ import annotations

import json
import os
import re
from fnmatch import fnmatchcase
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from wgtranspile import readers
from wgtranspile.backends.targets import NETWORKD, NETWORKMANAGER
from wgtranspile.formats import sections
from wgtranspile.migration.commands import run, said
from wgtranspile.migration.model import Status, Unit
from wgtranspile.migration.record import Record, find

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from wgtranspile.backends.targets import Target, Version
    from wgtranspile.formats.sections import Document
    from wgtranspile.migration.model import Migration
    from wgtranspile.model import Endpoint, PolicyRule

_NETWORKD = (
    "/etc/systemd/network",
    "/run/systemd/network",
    "/usr/lib/systemd/network",
    "/usr/local/lib/systemd/network",
)
# Folders of profiles, with what is one there; in the last are those that a script of ours fills in with addresses.
_PROFILES = {
    "/etc/NetworkManager/system-connections": "*",
    "/run/NetworkManager/system-connections": "*",
    "/usr/lib/NetworkManager/system-connections": "*",
    "/etc/wireguard": "*.nmconnection",
}
_NUMBER = r"0x[0-9a-fA-F]{1,8}|[1-9][0-9]{0,9}"
_OTHERS = (("/etc/network/interfaces", "/etc/network/interfaces.d/*"), ("/etc/netplan/*.yaml", "/lib/netplan/*.yaml"))


# What sd_booted(3) looks for.
_SYSTEMD = Path("/run/systemd/system")


class Facts(NamedTuple):
    """What is known of the host.

    `configured` has the files by which a manager would configure an interface, by the name of the target, `numbered`
    those by which one would use a number as a mark for WireGuard or as a routing table, `mentioned` those of other
    programs that name an interface, `existing` those that would be replaced. `other_networks` are those that table main
    leads elsewhere, but for a default route, `endpoints` those of the live peers. `dependents` are units that need
    wg-quick's, `stopped_with` those that run now and end with it. `session` is the device by which the administrator
    came. `standings` tell where earlier migrations of the interfaces stand.
    """

    keeps_foreign_rules: bool
    rules_of_networkd: tuple[PolicyRule, ...]
    configured: dict[str, dict[str, tuple[Path, ...]]]
    numbered: dict[int, tuple[Path, ...]]
    mentioned: dict[str, tuple[Path, ...]]
    drop_ins: dict[str, tuple[str, ...]]
    dependents: dict[str, tuple[str, ...]]
    stopped_with: dict[str, tuple[str, ...]]
    existing: frozenset[Path]
    other_networks: tuple[IPv4Network | IPv6Network, ...]
    endpoints: tuple[Endpoint, ...]
    session: str | None
    has_resolved: bool
    has_dispatcher: bool
    standings: dict[str, Status | None]


def gather(migration: Migration, files: Iterable[Path]) -> Facts:
    """Ask the host for all that matters to a migration, and which of its files are there."""
    names = tuple(tunnel.name for tunnel in migration.tunnels)
    units = {name: f"wg-quick@{name}.service" for name in names}
    return Facts(
        keeps_foreign_rules=readers.keeps_foreign_rules(said(*readers.READ_CONFIG)),
        rules_of_networkd=tuple(filter(readers.is_of_networkd, migration.tunnels[0].live.rules))
        if unit(NETWORKD.unit).active
        else (),
        configured={
            name: {NETWORKD.name: tuple(_networkd_files(name)), NETWORKMANAGER.name: tuple(_profiles(name))}
            for name in names
        },
        numbered=numbered(_NETWORKD, _PROFILES),
        mentioned={name: tuple(_mentions(name)) for name in names},
        drop_ins={name: tuple(_properties(service, "DropInPaths")) for name, service in units.items()},
        dependents={name: tuple(_properties(service, "RequiredBy", "BoundBy")) for name, service in units.items()},
        stopped_with={
            name: tuple(
                other
                for other in _properties(service, "RequiredBy", "BoundBy", "ConsistsOf")
                if not other.endswith(".target") and unit(other).active
            )
            for name, service in units.items()
        },
        existing=frozenset(path for path in files if os.path.lexists(path)),
        other_networks=tuple(dict.fromkeys(_networks(names))),
        endpoints=tuple(dict.fromkeys(_endpoints(migration))),
        session=_device_of_session(connection()),
        has_resolved=unit("systemd-resolved.service").active,
        has_dispatcher=unit("NetworkManager-dispatcher.service").is_enabled,
        standings={name: Record(folder).status if (folder := find(name)) else None for name in names},
    )


def is_root() -> bool:
    """Whether this process may change the host."""
    return os.geteuid() == 0


def has_systemd() -> bool:
    """Whether systemd runs the host, and not only lies on its disk."""
    return _SYSTEMD.is_dir()


def unit(name: str) -> Unit:
    """Ask systemd for a unit."""
    return Unit(
        active=run("systemctl", "--quiet", "is-active", name).returncode == 0,
        enabled=run("systemctl", "is-enabled", name).stdout.strip().rpartition("\n")[2],
    )


def connection() -> str:
    """Return what sshd(8) says about this login's connection. sudo and su drop it, but their parents still have it."""
    process = os.getpid()
    while process > 1:
        try:
            variables = Path(f"/proc/{process}/environ").read_bytes().split(b"\0")
            process = int(Path(f"/proc/{process}/stat").read_text("ascii", "replace").rpartition(")")[2].split()[1])
        except OSError:
            break
        for variable in variables:
            if variable.startswith(b"SSH_CONNECTION="):
                return variable.partition(b"=")[2].decode("ascii", "replace")
    return ""


def version(target: Target) -> Version:
    """Return the version of a target on this host; empty if it is not there."""
    found = re.search(r"\d+(?:\.\d+)*", said(*target.tells_version))
    return tuple(map(int, found[0].split("."))) if found else ()


def _properties(service: str, *names: str) -> list[str]:
    """Return the words of properties of a unit, each once."""
    shown = said("systemctl", "show", "--property", ",".join(names), "--value", service)
    return list(dict.fromkeys(shown.split()))


def _files(folders: Iterable[str], *patterns: str) -> Iterator[tuple[Path, str]]:
    for folder in map(Path, folders):
        for pattern in patterns:
            for path in sorted(folder.glob(pattern)):
                if path.is_file():
                    yield path, path.read_text("utf-8", "replace")


def _networkd_files(interface: str) -> Iterator[Path]:
    """Yield the files by which networkd makes or configures an interface; what says nothing of names is left to it."""
    for path, text in _files(_NETWORKD, "*.netdev", "*.network"):
        for section in sections.read(text).named("NetDev" if path.suffix == ".netdev" else "Match"):
            patterns = " ".join((*section.values("Name"), *section.values("OriginalName"))).split()
            kinds = " ".join((*section.values("Kind"), *section.values("Type"))).split()
            of_kind = "wireguard" in kinds and path.suffix == ".network"
            if any(fnmatchcase(interface, pattern) for pattern in patterns) or (of_kind and not patterns):
                yield path


def _kept_profiles(folders: Mapping[str, str]) -> Iterator[tuple[Path, str]]:
    """Return the profiles; one that NetworkManager has made of a link that is up is none."""
    files = (file for folder, pattern in folders.items() for file in _files((folder,), pattern))
    return ((path, text) for path, text in files if "nm-generated=true" not in text)


def _profiles(interface: str) -> Iterator[Path]:
    """Yield the profiles for an interface."""
    for path, text in _kept_profiles(_PROFILES):
        if any(interface in section.values("interface-name") for section in sections.read(text).sections):
            yield path


def numbered(networkd: Iterable[str], profiles: Mapping[str, str]) -> dict[int, tuple[Path, ...]]:
    """Return the files in these folders that have a mark for WireGuard or fill a routing table, by its number.

    `profiles` has the pattern of profiles by their folder.
    A policy rule uses neither: it only tells who looks there.
    """
    found: dict[int, dict[Path, None]] = {}
    for path, text in _files(networkd, "*.netdev", "*.network", "*.d/*.conf"):
        for number in _numbers_of_networkd(sections.read(text)):
            found.setdefault(number, {})[path] = None
    for path, text in _kept_profiles(profiles):
        for number in _numbers_of_profile(sections.read(text)):
            found.setdefault(number, {})[path] = None
    return {number: tuple(paths) for number, paths in found.items()}


def _numbers_of_networkd(document: Document) -> Iterator[int]:
    for section in document.sections:
        if section.name != "RoutingPolicyRule":
            values = [section.values(name) for name in ("FirewallMark", "Table", "RouteTable")]
            yield from (int(value, 0) for value in chain(*values) if re.fullmatch(_NUMBER, value))


def _numbers_of_profile(document: Document) -> Iterator[int]:
    for section in document.sections:
        options = (line.value.split(",") for line in section.settings if re.fullmatch(r"route\d+_options", line.name))
        tables = (option.partition("=")[2] for option in chain(*options) if option.strip().startswith("table="))
        values = (value.strip() for value in (*section.values("fwmark"), *section.values("route-table"), *tables))
        yield from (int(value, 0) for value in values if re.fullmatch(_NUMBER, value))


def _mentions(interface: str) -> Iterator[Path]:
    word = rf"(?<![\w.+=-]){re.escape(interface)}(?![\w.+=-])"
    for patterns in _OTHERS:
        for path, text in _files("/", *(pattern.removeprefix("/") for pattern in patterns)):
            if re.search(word, re.sub(r"(?m)#.*$", "", text)):
                yield path


def _endpoints(migration: Migration) -> Iterator[Endpoint]:
    peers = (peer for tunnel in migration.tunnels for peer in tunnel.live.tunnel.device.peers)
    return (peer.endpoint for peer in peers if peer.endpoint)


def _networks(interfaces: tuple[str, ...]) -> Iterator[IPv4Network | IPv6Network]:
    for family in ("-4", "-6"):
        for route in json.loads(said("ip", "-j", "-N", family, "route", "show", "table", "main") or "[]"):
            if route["dst"] != "default" and route.get("dev") not in interfaces:
                yield ip_network(route["dst"])


def _device_of_session(connection: str) -> str | None:
    """Return the device by which packets go to the address from which the administrator came (sshd(8))."""
    try:
        address = ip_address(connection.partition(" ")[0].partition("%")[0])
    except ValueError:
        return None
    routes = json.loads(said("ip", "-j", "route", "get", str(address)) or "[]")
    return routes[0].get("dev") if routes else None
