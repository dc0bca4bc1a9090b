"""What is known of a tunnel on a host: one model for the wanted and for the live state.

Where a thing came from (`span`) is left out of equality, so that a wanted and a live item can be equal.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Interface, IPv4Network, IPv6Address, IPv6Interface, IPv6Network
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wgtranspile.model import Endpoint, Family, Key, Phase
    from wgtranspile.source import Place

IPAddress: TypeAlias = IPv4Address | IPv6Address
IPInterface: TypeAlias = IPv4Interface | IPv6Interface
IPNetwork: TypeAlias = IPv4Network | IPv6Network


class Area(StrEnum):
    """The parts of a state, in the order in which they are compared and shown."""

    LINK = "link"
    DEVICE = "device"
    PEER = "peer"
    ADDRESS = "address"
    ROUTE = "route"
    RULE = "rule"
    FIREWALL = "firewall"
    SYSCTL = "sysctl"
    DNS = "DNS"


@dataclass(frozen=True, slots=True)
class Link:
    """The link as such; `mtu` None in a wanted state: the path MTU of the endpoints less 80."""

    up: bool
    mtu: int | None
    span: Place | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Device:
    """What `wg show` tells of the interface; `listen_port` 0 in a wanted state: any, `fwmark` 0: none.

    In a wanted state, `public_key` is unknown where the config does not have the private one.
    """

    public_key: Key | Unknown | None
    listen_port: int
    fwmark: int


@dataclass(frozen=True, slots=True)
class Path:
    """The way packets to an address take: the device, and the MTU of the route or else of the device."""

    device: str
    mtu: int


@dataclass(frozen=True, slots=True)
class Peer:
    """A peer. `handshake` and `path` are known of a live peer only.

    `preshared` is a digest of its preshared key, unknown in a wanted state where the config does not have that.
    """

    public_key: Key
    allowed_ips: frozenset[IPNetwork] = frozenset()
    endpoint: Endpoint | None = None
    persistent_keepalive: int = 0
    preshared: str | Unknown | None = field(default=None, repr=False)
    handshake: bool = field(default=False, compare=False)
    path: Path | None = field(default=None, compare=False)
    span: Place | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Address:
    """An address of the link; `other` holds attributes that no config asks for, as `key value`."""

    address: IPInterface
    other: tuple[str, ...] = ()
    span: Place | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Route:
    """A route over the link; `scope` is the kernel's number. A wanted table that only a host can number is a name."""

    destination: IPNetwork
    table: int | str
    scope: int
    metric: int
    source: IPAddress | None = None
    other: tuple[str, ...] = ()
    span: Place | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Rule:
    """A policy rule; the rules of a family stand in the order in which the kernel asks them."""

    family: Family
    table: int | None
    mark: int | None = None
    inverted: bool = False
    suppress: int | None = None
    other: tuple[str, ...] = ()
    span: Place | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class FirewallItem:
    """An item of the link's nft table: the table itself (`chain` None), the definition of a chain, or a rule in it."""

    family: Family
    chain: str | None
    text: str
    rule: bool = False
    span: Place | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Resolver:
    """The DNS settings of the link; `exclusive` None: whoever knows the servers does not tell."""

    servers: tuple[IPAddress | str, ...]
    search: tuple[str, ...]
    exclusive: bool | None
    span: Place | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Unknown:
    """Something a host does not tell, and why."""

    reason: str


@dataclass(frozen=True, slots=True)
class Host:
    """What a comparison needs to know of the host beside the tunnel.

    `tables` gives the numbers of named routing tables, `names` the addresses of host names, `path` the default route's.
    `ipv6_disabled` tells it of the tunnel's link.
    """

    tables: Mapping[str, int] = field(default_factory=dict)
    names: Mapping[str, frozenset[IPAddress]] = field(default_factory=dict)
    path: Path | None = None
    ipv6_disabled: bool = False


@dataclass(frozen=True, slots=True)
class State:
    """A tunnel, wanted or live.

    `automatic` (wanted only): the mark is the first free number of the host, `device.fwmark` its first candidate.
    `device` None: the link is no WireGuard device. `firewall` and `resolver` may be unknown in a live state.
    """

    interface: str
    link: Link
    device: Device | None
    peers: tuple[Peer, ...] = ()
    addresses: tuple[Address, ...] = ()
    routes: tuple[Route, ...] = ()
    rules: tuple[Rule, ...] = ()
    firewall: tuple[FirewallItem, ...] | Unknown = ()
    src_valid_mark: bool = False
    resolver: Resolver | Unknown | None = None
    automatic: bool = False
    mark_span: Place | None = field(default=None, compare=False)
    sysctl_span: Place | None = field(default=None, compare=False)
    host: Host = field(default_factory=Host, compare=False)


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not as wanted: `wanted` None is unexpected, `found` None is missing.

    `path` and `line` tell where the wanted thing is written, if anywhere.
    """

    area: Area
    item: str
    wanted: str | None
    found: str | None
    path: str | None = None
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Cause:
    """Why there are differences: `shown` are those that are the cause itself, and `following` come of it."""

    text: str
    shown: tuple[Difference, ...]
    following: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class SuspectedHook:
    """A hook that may have made differences, and where it is written."""

    phase: Phase
    path: str
    line: int
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class Unchecked:
    """One thing that could not be compared, and why."""

    area: Area
    item: str
    reason: str


class Verdict(NamedTuple):
    """How a live tunnel differs from the wanted one, what of it could not be compared, and why it may differ."""

    differences: tuple[Difference, ...]
    unchecked: tuple[Unchecked, ...] = ()
    causes: tuple[Cause, ...] = ()
    hooks: tuple[SuspectedHook, ...] = ()
