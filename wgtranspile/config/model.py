"""A config as typed values, still in the user's words.

Every value keeps the span it came from; spans are left out of equality, so that tests compare meaning.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from ipaddress import IPv4Address, IPv4Interface, IPv4Network, IPv6Address, IPv6Interface, IPv6Network

    from wgtranspile.source import Source, Span

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Located(Generic[T]):
    """A value and where it stands."""

    value: T
    span: Span = field(compare=False)


class Key(str):
    """A WireGuard key in base64; never shown by accident."""

    __slots__ = ()

    def __repr__(self) -> str:
        """Give a placeholder: keys stay inside."""
        return "Key(…)"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a peer is reached: a host name, IPv4 or IPv6 address (perhaps with a zone), and a UDP port."""

    host: str
    port: int

    def __str__(self) -> str:
        """Give the form that wg(8) takes."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


class Phase(StrEnum):
    """The moments at which hooks run, named as their keys are."""

    PRE_UP = "PreUp"
    POST_UP = "PostUp"
    PRE_DOWN = "PreDown"
    POST_DOWN = "PostDown"


@dataclass(frozen=True, slots=True)
class Hook:
    """A command line for bash(1), before `%i` is replaced."""

    phase: Phase
    command: str
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Interface:
    """What stands in all `[Interface]` sections together."""

    addresses: tuple[Located[IPv4Interface | IPv6Interface], ...] = ()
    dns_servers: tuple[Located[IPv4Address | IPv6Address], ...] = ()
    dns_search: tuple[Located[str], ...] = ()
    mtu: Located[int] | None = None
    table: Located[str] | None = None
    private_key: Located[Key] | None = None
    listen_port: Located[int] | None = None
    fwmark: Located[int] | None = None
    save_config: Located[bool] | None = None
    hooks: tuple[Hook, ...] = ()


@dataclass(frozen=True, slots=True)
class AllowedIP:
    """A network of a peer; `remove` marks the `-` form, which takes it away from an earlier section of that peer."""

    network: IPv4Network | IPv6Network
    span: Span = field(compare=False)
    remove: bool = False


@dataclass(frozen=True, slots=True)
class Peer:
    """One `[Peer]` section; `comments` are the lines that belong to it, without their `#`.

    `incremental` tells that its last `AllowedIPs` line uses the `+` or `-` form, so that an earlier section's list stays.
    """

    public_key: Key
    span: Span = field(compare=False)
    comments: tuple[str, ...] = ()
    preshared_key: Located[Key] | None = None
    endpoint: Located[Endpoint] | None = None
    persistent_keepalive: Located[int] | None = None
    allowed_ips: tuple[AllowedIP, ...] = ()
    incremental: bool = False


@dataclass(frozen=True, slots=True)
class Config:
    """A whole config file: accepted by wg-quick, every value validated."""

    name: str
    source: Source = field(compare=False)
    interface: Interface
    peers: tuple[Peer, ...]
