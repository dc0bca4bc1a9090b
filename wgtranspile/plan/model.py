"""What `wg-quick up` would do to a host, in order, and what `wg-quick down` undoes.

A `Plan` is a sequence of steps; each knows its place in the config. Values that wg-quick determines on the host (a free
table, the path MTU) are `None` or marked `automatic`, unless an assumption pins them. Backends `match` on `Step`.
"""

# The annotations are evaluated, and so what they name imported: kept as text, each would be compiled at every start.
import re
from collections.abc import Iterator
from enum import IntEnum
from ipaddress import IPv4Address, IPv4Interface, IPv4Network, IPv6Address, IPv6Interface, IPv6Network
from typing import NamedTuple, TypeAlias

from wgtranspile.config import Endpoint, ExternalKey, Key, Phase
from wgtranspile.redact import KEY_SHAPE
from wgtranspile.source import Source, Span


class Family(IntEnum):
    """An address family, by the number in `ip -4` and `ip -6`."""

    IPV4 = 4
    IPV6 = 6


class Peer(NamedTuple):
    """A peer as the kernel will hold it: sections with one key merged, allowed IPs at their last owner.

    `span` is the place of its public key, `endpoint_span` that of the endpoint that counts.
    """

    public_key: Key
    span: Span
    preshared_key: Key | ExternalKey | None = None
    endpoint: Endpoint | None = None
    endpoint_span: Span | None = None
    persistent_keepalive: int = 0
    allowed_ips: tuple[IPv4Network | IPv6Network, ...] = ()
    comments: tuple[str, ...] = ()


class CreateLink(NamedTuple):
    """`ip link add dev IF type wireguard` (wg-quick's add_if)."""


class RunHook(NamedTuple):
    """A hook, `%i` replaced (execute_hooks)."""

    phase: Phase
    command: str
    span: Span


class ConfigureDevice(NamedTuple):
    """`wg addconf` (set_config): keys, port, mark of the file, peers. `listen_port` 0 and `fwmark` 0 mean none."""

    private_key: Key | ExternalKey | None
    listen_port: int
    fwmark: int
    peers: tuple[Peer, ...]


class AssignAddress(NamedTuple):
    """`ip address add` (add_addr)."""

    address: IPv4Interface | IPv6Interface
    span: Span


class BringUp(NamedTuple):
    """`ip link set mtu N up` (set_mtu_up); `mtu` None: computed on the host from the routes to the endpoints."""

    mtu: int | None
    span: Span | None = None


class SetResolver(NamedTuple):
    """`resolvconf -a IF -m 0 -x` (set_dns): the servers become exclusive, with their search domains.

    `span` is the place of the first server; each server and each domain has its own besides.
    """

    servers: tuple[IPv4Address | IPv6Address, ...]
    search: tuple[str, ...]
    span: Span
    server_spans: tuple[Span, ...]
    search_spans: tuple[Span, ...]


class SetMark(NamedTuple):
    """The mark of a default route, which is also the number of its table (add_default).

    `automatic`: wg-quick would take the first number from `mark` whose table is empty, and `wg set` it; otherwise the
    number is the config's `FwMark`, or pinned by an assumption (`from_config` tells them apart).
    """

    mark: int
    automatic: bool
    from_config: bool
    span: Span | None = None


class AddRules(NamedTuple):
    """The two rules of a default route: all but marked packets look in the mark's table, after main without its /0.

    The kernel gives each new rule the priority before that of the first one: on a fresh host `priority` to the rule of
    the mark, and one less to that of main; two less for each further tunnel.
    """

    family: Family
    mark: int
    priority: int
    span: Span


class AddRoute(NamedTuple):
    """`ip route add` (add_route). `table` None: main; a number or name: `Table`; `default`: the mark's table."""

    destination: IPv4Network | IPv6Network
    table: int | str | None
    span: Span
    default: bool = False


class SkipRoute(NamedTuple):
    """An allowed IP that gets no route, since the connected route of an address covers it (add_route)."""

    destination: IPv4Network | IPv6Network
    covered_by: IPv4Network | IPv6Network
    span: Span


class SetSourceValidMark(NamedTuple):
    """`net.ipv4.conf.all.src_valid_mark=1` (add_default, IPv4 only); never undone."""

    span: Span


class InstallFirewall(NamedTuple):
    """The nft table `wg-quick-IF` of one family (add_default); `addresses` are the link's own of that family."""

    family: Family
    mark: int
    addresses: tuple[IPv4Address | IPv6Address, ...]
    span: Span


class SaveConfig(NamedTuple):
    """`SaveConfig = true`: on the way down the running state is written back to the file (save_config)."""

    span: Span


class TearDown(NamedTuple):
    """Everything but the hooks undone (del_if, unset_dns, remove_firewall)."""


Step: TypeAlias = (
    CreateLink
    | RunHook
    | ConfigureDevice
    | AssignAddress
    | BringUp
    | SetResolver
    | SetMark
    | AddRules
    | AddRoute
    | SkipRoute
    | SetSourceValidMark
    | InstallFirewall
    | SaveConfig
    | TearDown
)


class Plan(NamedTuple):
    """The steps that bring `interface` up and take it down, each in wg-quick's order.

    `table_span` is the place of `Table`, if the config sets it: no step results from it alone.
    """

    interface: str
    source: Source
    up: tuple[Step, ...]
    down: tuple[Step, ...]
    table_span: Span | None = None

    @property
    def device(self) -> ConfigureDevice:
        """What the WireGuard device is told: there is always such a step."""
        return next(step for step in self.up if isinstance(step, ConfigureDevice))

    @property
    def fwmark(self) -> int:
        """The mark that the device has in the end: that of a default route, or the config's own; 0 for none."""
        return next((step.mark for step in self.up if isinstance(step, SetMark)), self.device.fwmark)

    @property
    def hooks(self) -> tuple[RunHook, ...]:
        """All hooks, in the order of the moments at which they run."""
        return tuple(step for step in (*self.up, *self.down) if isinstance(step, RunHook))

    def secrets(self) -> Iterator[str]:
        """Yield what is not for everyone to see: private and preshared keys, and what may be one in a hook."""
        public: set[str] = set()
        for step in (*self.up, *self.down):
            if isinstance(step, ConfigureDevice):
                public |= {peer.public_key for peer in step.peers}
                keys = (step.private_key, *(peer.preshared_key for peer in step.peers))
                yield from (key for key in keys if isinstance(key, Key))
        for step in (*self.up, *self.down):
            if isinstance(step, RunHook):
                yield from (word for word in re.findall(KEY_SHAPE, step.command) if word not in public)
