"""A config as typed values, still in the user's words.

Every value keeps the span it came from. All records are named tuples: as immutable and as typed as frozen dataclasses,
of which the forty of this package would take a fifth of the time of a small run to be made.
"""

# The annotations are evaluated, and so what they name imported: kept as text, each would be compiled at every start.
from ipaddress import IPv4Address, IPv4Interface, IPv4Network, IPv6Address, IPv6Interface, IPv6Network
from typing import Any, Generic, NamedTuple, TypeVar

from wgtranspile.model import Endpoint, ExternalKey, Key, Phase
from wgtranspile.source import Place, Source, Span

T = TypeVar("T")


class Located(NamedTuple, Generic[T]):
    """A value and where it stands."""

    value: T
    span: Span


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

    def place(self, located: Located[Any] | Hook) -> Place:
        """Return the place of a value."""
        return Place(self.source, located.span)
