"""A tunnel on a host: link, device, addresses, routes, policy rules, rulesets, sysctls, resolver, and hooks.

It is what wg-quick leaves in a kernel, and knows of no program that makes it so. What only the host decides is `Open`.
Each item has the place that it comes from as its `span`: a source and a span of it.
"""

# The annotations are evaluated, and so what they name imported: kept as text, each would be compiled at every start.
import re
from collections.abc import Iterator
from typing import NamedTuple

from wgtranspile.model.firewall import Ruleset
from wgtranspile.model.linux import Family, IPAddress, IPInterface, IPNetwork
from wgtranspile.model.open import Open, Unknown
from wgtranspile.model.record import Facts, record
from wgtranspile.model.words import Endpoint, ExternalKey, Key, Phase
from wgtranspile.redact import KEY_SHAPE
from wgtranspile.source import NOWHERE, Place, Source


@record
class Peer(NamedTuple):
    """A peer as the kernel holds it: sections with one key merged, allowed IPs at their last owner.

    `span` is the place of its public key, `endpoint_span` that of the endpoint that counts.
    """

    public_key: Key
    span: Place = NOWHERE
    preshared_key: Key | ExternalKey | None = None
    endpoint: Endpoint | None = None
    endpoint_span: Place | None = None
    persistent_keepalive: int = 0
    allowed_ips: tuple[IPNetwork, ...] = ()
    comments: tuple[str, ...] = ()


@record
class Device(NamedTuple):
    """The WireGuard device, with the mark of a default route, or the config's own; 0 for none.

    `fwmark_span` is the place of `FwMark`.
    """

    private_key: Key | ExternalKey | None
    listen_port: int | Open
    fwmark: int | Open
    peers: tuple[Peer, ...]
    fwmark_span: Place | None = None

    @property
    def fwmark_of_config(self) -> int:
        """The mark that the config gives: one that wg-quick or the user chooses comes with the routes."""
        return self.fwmark if isinstance(self.fwmark, int) else 0


@record
class Address(NamedTuple):
    """An address of the link."""

    address: IPInterface
    span: Place = NOWHERE
    other: Facts = ()


@record
class Route(NamedTuple):
    """A route over the link; those that the kernel makes for addresses are not in a tunnel that a config gives.

    `scope` and `metric` None are those that the kernel gives (see kernel.py), `preferred` is the source address that
    packets get.
    """

    destination: IPNetwork
    table: int | Open
    span: Place = NOWHERE
    scope: int | None = None
    metric: int | None = None
    preferred: IPAddress | None = None
    other: Facts = ()


@record
class CoveredRoute(NamedTuple):
    """An allowed IP that gets no route, since the connected route of an address covers it (add_route)."""

    destination: IPNetwork
    covered_by: IPNetwork
    span: Place


@record
class PolicyRule(NamedTuple):
    """A rule of the routing policy database: which packets look up a table.

    With `mark`, those that have it, or with `inverted` all others. `suppress_prefixlength` leaves out routes of a
    table whose prefixes are not longer. Table 0 is none: such a rule does something else.
    """

    family: Family
    priority: int
    table: int | Open
    span: Place = NOWHERE
    mark: int | Open | None = None
    inverted: bool = False
    suppress_prefixlength: int | None = None
    other: Facts = ()


#: What the rules of a default route mean, by whether they ask for no mark.
MEANING = {
    True: "Look up the main table first, ignoring its default route.",
    False: "Then send everything except encrypted packets through the tunnel.",
}


@record
class Sysctl(NamedTuple):
    """A setting of the kernel."""

    name: str
    value: int
    span: Place = NOWHERE


@record
class NameServer(NamedTuple):
    """A DNS server."""

    address: IPAddress
    span: Place = NOWHERE


@record
class SearchDomain(NamedTuple):
    """A domain in which the resolver looks for short names."""

    name: str
    span: Place = NOWHERE


@record
class Resolver(NamedTuple):
    """The DNS settings of the link; if they are `exclusive`, its servers are asked for everything.

    `other` are servers that are more than an address, which no config has.
    """

    servers: tuple[NameServer, ...]
    search: tuple[SearchDomain, ...] = ()
    exclusive: bool | Unknown = True
    other: tuple[str, ...] = ()


@record
class Hook(NamedTuple):
    """A command line for bash(1) with the interface in place of `%i`, and when it runs (execute_hooks)."""

    phase: Phase
    command: str
    span: Place


@record
class Tunnel(NamedTuple):
    """What a config gives a host. Of a live one there is what belongs to the link; `Host` has the rest.

    Routes, and covered ones, stand in the order of wg-quick: by falling prefix length, then by falling text. `table` is
    the one that the config names for all of them; None where it leaves that to wg-quick. With `saves_config`, the
    running state is written back to the config on the way down. A live link may be down, or no WireGuard device at
    all. `mtu_span`, `save_span` and `table_span` are the places of `MTU`, `SaveConfig` and `Table`.
    """

    interface: str
    source: Source
    device: Device
    mtu: int | Open
    addresses: tuple[Address, ...] = ()
    routes: tuple[Route, ...] = ()
    covered: tuple[CoveredRoute, ...] = ()
    rules: tuple[PolicyRule, ...] = ()
    rulesets: tuple[Ruleset, ...] = ()
    sysctls: tuple[Sysctl, ...] = ()
    resolver: Resolver | None = None
    hooks: tuple[Hook, ...] = ()
    table: int | Open | None = None
    saves_config: bool = False
    mtu_span: Place | None = None
    save_span: Place | None = None
    table_span: Place | None = None
    is_up: bool = True
    is_wireguard: bool = True

    @property
    def mark_rules(self) -> tuple[PolicyRule, ...]:
        """The rules, one a family at most, by which all but marked packets look up the table of a default route."""
        return tuple(rule for rule in self.rules if rule.mark is not None)

    @property
    def has_ipv6(self) -> bool:
        """Whether it has addresses of IPv6, or routes for it."""
        versions = (*(item.address.version for item in self.addresses), *(r.destination.version for r in self.routes))
        return Family.IPV6 in versions

    def secrets(self) -> Iterator[str]:
        """Yield what is not for everyone to see: private and preshared keys, and what may be one in a hook."""
        device = self.device
        keys = (device.private_key, *(peer.preshared_key for peer in device.peers))
        yield from (key for key in keys if isinstance(key, Key))
        public = {peer.public_key for peer in device.peers}
        for hook in self.hooks:
            yield from (word for word in re.findall(KEY_SHAPE, hook.command) if word not in public)


def number(value: int | Open) -> int:
    """Return a number, for one that the host decides what the user has pinned, or what is usual.

    Raises ValueError where neither is known: of a path MTU, any port, or a named table.
    """
    found = known(value)
    if found is None and isinstance(value, Open):
        message = f"only the host knows {value.why.value}"
        raise ValueError(message)
    return found or 0


def known(value: int | Open) -> int | None:
    """Return a number as far as it is known before the tunnel comes up: None where nothing is pinned or usual."""
    if isinstance(value, int):
        return value
    return value.usual if value.pinned is None and isinstance(value.usual, int) else value.pinned


def is_automatic(value: int | Open | None) -> bool:
    """Whether the host decides, and nobody has pinned what."""
    return isinstance(value, Open) and value.pinned is None
