"""A config as typed values, still in the user's words.

Every value keeps the span it came from. All records are named tuples: as immutable and as typed as frozen dataclasses,
of which the forty of this package would take a fifth of the time of a small run to be made.
"""

# The annotations are evaluated, and so what they name imported: kept as text, each would be compiled at every start.
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Interface, IPv4Network, IPv6Address, IPv6Interface, IPv6Network
from typing import Generic, NamedTuple, TypeVar

from wgtranspile.source import Source, Span

T = TypeVar("T")


class Located(NamedTuple, Generic[T]):
    """A value and where it stands."""

    value: T
    span: Span


class Key(str):
    """A WireGuard key in base64; never shown by accident."""

    __slots__ = ()

    def __repr__(self) -> str:
        """Return a placeholder: keys stay inside."""
        return "Key(…)"


class ExternalKey(NamedTuple):
    """A key that the host gets in another way; `placeholder` is the name that stands for it in the config, if any."""

    placeholder: str | None = None


class Endpoint(NamedTuple):
    """Where a peer is reached: a host name, IPv4 or IPv6 address (perhaps with a zone), and a UDP port."""

    host: str
    port: int

    @property
    def is_numeric(self) -> bool:
        """Whether the host is an address rather than a name."""
        return ":" in self.host or self.host.rpartition(".")[2].isdigit()

    def __str__(self) -> str:
        """Return the form that wg(8) takes."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


class Phase(StrEnum):
    """The moments at which hooks run, named as their keys are."""

    PRE_UP = "PreUp"
    POST_UP = "PostUp"
    PRE_DOWN = "PreDown"
    POST_DOWN = "PostDown"


class Hook(NamedTuple):
    """A command line for bash(1), before `%i` is replaced."""

    phase: Phase
    command: str
    span: Span


class Interface(NamedTuple):
    """What stands in all `[Interface]` sections together."""

    addresses: tuple[Located[IPv4Interface | IPv6Interface], ...] = ()
    dns_servers: tuple[Located[IPv4Address | IPv6Address], ...] = ()
    dns_search: tuple[Located[str], ...] = ()
    mtu: Located[int] | None = None
    table: Located[str] | None = None
    private_key: Located[Key | ExternalKey] | None = None
    listen_port: Located[int] | None = None
    fwmark: Located[int] | None = None
    save_config: Located[bool] | None = None
    hooks: tuple[Hook, ...] = ()


class AllowedIP(NamedTuple):
    """A network of a peer; `remove` marks the `-` form, which takes it away from an earlier section of that peer."""

    network: IPv4Network | IPv6Network
    span: Span
    remove: bool = False


class Peer(NamedTuple):
    """One `[Peer]` section; `comments` are the lines that belong to it, without their `#`.

    `incremental` tells that its last `AllowedIPs` line uses the `+` or `-` form, so that an earlier section's list
    stays.
    """

    public_key: Key
    span: Span
    comments: tuple[str, ...] = ()
    preshared_key: Located[Key | ExternalKey] | None = None
    endpoint: Located[Endpoint] | None = None
    persistent_keepalive: Located[int] | None = None
    allowed_ips: tuple[AllowedIP, ...] = ()
    incremental: bool = False


class Config(NamedTuple):
    """A whole config file: accepted by wg-quick, every value validated."""

    name: str
    source: Source
    interface: Interface
    peers: tuple[Peer, ...]
