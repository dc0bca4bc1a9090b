"""The door of this stage: what `wg-quick up` and `down` do, step by step, as it follows from a tunnel.

The order is that of wg-quick's functions, which the steps name. What wg-quick only finds out on the host (a free table,
the path MTU) is `None` here or marked `automatic`, unless the user has pinned it.
"""

# The annotations are evaluated, and so what they name imported: kept as text, each would be compiled at every start.
from collections.abc import Iterable, Iterator
from heapq import merge
from typing import NamedTuple, TypeAlias

from wgtranspile.model import (
    CoveredRoute,
    ExternalKey,
    Family,
    Key,
    Mark,
    Open,
    OwnAddress,
    Peer,
    Phase,
    Reason,
    Route,
    Ruleset,
    Tunnel,
    is_automatic,
    known,
    number,
    record,
)
from wgtranspile.model.linux import IPAddress, IPInterface, IPNetwork
from wgtranspile.source import Place


@record
class CreateLink(NamedTuple):
    """`ip link add dev IF type wireguard` (wg-quick's add_if)."""


@record
class RunHook(NamedTuple):
    """A hook, `%i` replaced (execute_hooks)."""

    phase: Phase
    command: str
    span: Place


@record
class ConfigureDevice(NamedTuple):
    """`wg addconf` (set_config): keys, port, mark of the file, peers. `listen_port` 0 and `fwmark` 0 mean none."""

    private_key: Key | ExternalKey | None
    listen_port: int
    fwmark: int
    peers: tuple[Peer, ...]


@record
class AssignAddress(NamedTuple):
    """`ip address add` (add_addr)."""

    address: IPInterface
    span: Place


@record
class BringUp(NamedTuple):
    """`ip link set mtu N up` (set_mtu_up); `mtu` None: computed on the host from the routes to the endpoints."""

    mtu: int | None
    span: Place | None = None


@record
class SetResolver(NamedTuple):
    """`resolvconf -a IF -m 0 -x` (set_dns): the servers become exclusive, with their search domains.

    `span` is the place of the first server; each server and each domain has its own besides.
    """

    servers: tuple[IPAddress, ...]
    search: tuple[str, ...]
    span: Place
    server_spans: tuple[Place, ...]
    search_spans: tuple[Place, ...]


@record
class SetMark(NamedTuple):
    """The mark of a default route, which is also the number of its table (add_default).

    `automatic`: wg-quick would take the first number from `mark` whose table is empty, and `wg set` it; otherwise the
    number is the config's `FwMark`, or pinned by an assumption (`from_config` tells them apart).
    """

    mark: int
    automatic: bool
    from_config: bool
    span: Place | None = None


@record
class AddRules(NamedTuple):
    """The two rules of a default route: all but marked packets look in the mark's table, after main without its /0.

    The kernel gives each new rule the priority before that of the first one: on a fresh host `priority` to the rule of
    the mark, and one less to that of main; two less for each further tunnel.
    """

    family: Family
    mark: int
    priority: int
    span: Place


@record
class AddRoute(NamedTuple):
    """`ip route add` (add_route). `table` None: main; a number or name: `Table`; `default`: the mark's table."""

    destination: IPNetwork
    table: int | str | None
    span: Place
    default: bool = False


@record
class SkipRoute(NamedTuple):
    """An allowed IP that gets no route, since the connected route of an address covers it (add_route)."""

    destination: IPNetwork
    covered_by: IPNetwork
    span: Place


@record
class SetSourceValidMark(NamedTuple):
    """`net.ipv4.conf.all.src_valid_mark=1` (add_default, IPv4 only); never undone."""

    span: Place


@record
class InstallFirewall(NamedTuple):
    """The nft table `wg-quick-IF` of one family (add_default); `addresses` are the link's own of that family."""

    family: Family
    mark: int
    addresses: tuple[IPAddress, ...]
    span: Place


@record
class SaveConfig(NamedTuple):
    """`SaveConfig = true`: on the way down the running state is written back to the file (save_config)."""

    span: Place


@record
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


@record
class Procedure(NamedTuple):
    """What happens on the way up and on the way down, each in wg-quick's order."""

    up: tuple[Step, ...]
    down: tuple[Step, ...]


def procedure(tunnel: Tunnel) -> Procedure:
    """Return the steps by which wg-quick brings a tunnel up and takes it down."""
    return Procedure(tuple(_up(tunnel)), tuple(_down(tunnel)))


def _up(tunnel: Tunnel) -> Iterator[Step]:
    yield CreateLink()
    yield from _execute_hooks(tunnel, Phase.PRE_UP)
    device = tunnel.device
    yield ConfigureDevice(device.private_key, known(device.listen_port) or 0, device.fwmark_of_config, device.peers)
    yield from (AssignAddress(item.address, item.span) for item in tunnel.addresses)
    yield BringUp(known(tunnel.mtu), tunnel.mtu_span)
    if tunnel.resolver:
        servers, search = tunnel.resolver.servers, tunnel.resolver.search
        yield SetResolver(
            tuple(server.address for server in servers),
            tuple(domain.name for domain in search),
            servers[0].span,
            tuple(server.span for server in servers),
            tuple(domain.span for domain in search),
        )
    yield from _add_routes(tunnel)
    yield from _execute_hooks(tunnel, Phase.POST_UP)


def _down(tunnel: Tunnel) -> Iterator[Step]:
    yield from _execute_hooks(tunnel, Phase.PRE_DOWN)
    if tunnel.saves_config and tunnel.save_span:
        yield SaveConfig(tunnel.save_span)
    yield TearDown()
    yield from _execute_hooks(tunnel, Phase.POST_DOWN)


def _execute_hooks(tunnel: Tunnel, phase: Phase) -> Iterator[RunHook]:
    return (RunHook(*hook) for hook in tunnel.hooks if hook.phase is phase)


def _add_routes(tunnel: Tunnel) -> Iterator[Step]:
    rules = {rule.family: rule for rule in tunnel.mark_rules}
    rulesets = {ruleset.family: ruleset for ruleset in tunnel.rulesets}
    marked = False
    for route in _in_order(tunnel):
        if isinstance(route, CoveredRoute):
            yield SkipRoute(*route)
        elif is_default(tunnel, route):
            if not marked:
                yield _set_mark(tunnel, route)
                marked = True
            rule = rules[Family(route.destination.version)]
            yield AddRules(rule.family, number(rule.table), rule.priority, rule.span)
            yield AddRoute(route.destination, number(route.table), route.span, default=True)
            yield from (SetSourceValidMark(sysctl.span) for sysctl in tunnel.sysctls if rule.family is Family.IPV4)
            yield _install_firewall(rulesets[rule.family])
        else:
            yield AddRoute(route.destination, table_word(tunnel, route), route.span)


def _in_order(tunnel: Tunnel) -> Iterable[Route | CoveredRoute]:
    """Return all routes, and those that are left out, in the order in which wg-quick comes to them."""
    if not tunnel.covered:
        return tunnel.routes
    both: tuple[Iterable[Route | CoveredRoute], ...] = (tunnel.routes, tunnel.covered)
    return merge(*both, key=_order, reverse=True)


def _order(route: Route | CoveredRoute) -> tuple[int, str]:
    """Return what wg-quick sorts by (`sort -nr -k 2 -t /`): falling prefix lengths, then falling text."""
    return route.destination.prefixlen, str(route.destination)


def is_default(tunnel: Tunnel, route: Route) -> bool:
    """Whether a route is one by which everything goes into the tunnel, with rules, mark and firewall (add_default)."""
    return bool(tunnel.rules) and route.destination.prefixlen == 0


def table_word(tunnel: Tunnel, route: Route) -> int | str | None:
    """Return the table of a route as wg-quick gives it to ip(8): none for main, unless the config names a table."""
    if isinstance(route.table, Open) and route.table.why is Reason.NAMED_TABLE:
        return str(route.table.usual)
    return None if tunnel.table is None and not is_default(tunnel, route) else number(route.table)


def _set_mark(tunnel: Tunnel, route: Route) -> SetMark:
    mark = tunnel.device.fwmark
    from_config = isinstance(mark, int)
    return SetMark(
        number(mark), is_automatic(mark), from_config, tunnel.device.fwmark_span if from_config else route.span
    )


def _install_firewall(ruleset: Ruleset) -> InstallFirewall:
    matches = [match for chain in ruleset.chains for rule in chain.rules for match in rule.matches]
    mark = next(number(match.mark) for match in matches if isinstance(match, Mark))
    addresses = next(match.addresses for match in matches if isinstance(match, OwnAddress))
    return InstallFirewall(ruleset.family, mark, addresses, ruleset.span)
