"""Where the configs of a fleet disagree: keys, peers that only one side knows, preshared keys, peers out of reach.

In: a `Member` for each config, a small record that is made where the config is transpiled, perhaps in another process.
Out: findings by path and place. Nothing else is kept of a config, and no private or preshared key.
"""

from __future__ import annotations

from collections import defaultdict
from hashlib import blake2b
from ipaddress import ip_address, ip_network
from sys import intern
from typing import TYPE_CHECKING, NamedTuple

from wgtranspile.checks.place import Place
from wgtranspile.checks.reach import unreachable
from wgtranspile.config.curve25519 import public_key
from wgtranspile.diagnostics import Label, catalogue

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from ipaddress import IPv4Network, IPv6Network
    from typing import TypeAlias

    from wgtranspile.config import Config, Key
    from wgtranspile.diagnostics import Collector, Rule
    from wgtranspile.plan import Plan
    from wgtranspile.source import Span

    _Lists: TypeAlias = Mapping[tuple[str, str], tuple["Member", "Listed"]]

# Where a program on the host itself wraps the packets: such an endpoint is another peer on each host.
_HERE = ("127.", "[::1]", "localhost:")


class Listed(NamedTuple):
    """A peer as a member lists it. `preshared` is a digest; addresses are kept as text, which takes least memory."""

    key: str
    span: Span
    line: int
    preshared: bytes
    endpoint: str
    allowed_ips: str


class Member(NamedTuple):
    """What is kept of a config; `key` is its public key, empty where a hook sets the private one."""

    path: str
    key: str
    span: Span | None
    line: int
    addresses: str
    peers: tuple[Listed, ...]
    unreachable: tuple[tuple[Span, Span], ...]


class Finding(NamedTuple):
    """A finding at `span` of the config at `path`, to be reported to a collector of that config."""

    path: str
    span: Span
    rule: Rule
    other: Place | None = None
    also: tuple[Label, ...] = ()
    notes: tuple[str, ...] = ()

    def report(self, collector: Collector) -> None:
        """Report it."""
        collector.report(self.rule, self.span, also=self.also, notes=self.notes, other=self.other)


def member(config: Config, plan: Plan) -> Member:
    """Give what is to be kept of a config."""
    private = config.interface.private_key
    device = plan.device
    return Member(
        path=config.source.path,
        key=str(public_key(device.private_key)) if device.private_key else "",
        span=private and private.span,
        line=config.source.position(private.span.start).line if private else 0,
        addresses=",".join(str(address.ip) for address, _ in config.interface.addresses),
        peers=tuple(
            Listed(
                key=str(peer.public_key),
                span=peer.span,
                line=config.source.position(peer.span.start).line,
                preshared=_digest(peer.preshared_key),
                endpoint=str(peer.endpoint or ""),
                allowed_ips=",".join(map(str, peer.allowed_ips)),
            )
            for peer in device.peers
        ),
        unreachable=tuple(unreachable(config, plan)),
    )


def _digest(key: Key | None) -> bytes:
    return blake2b(key.encode(), digest_size=16).digest() if key else b""


class Fleet:
    """The members of a fleet: add them all, in any order, then ask for the findings."""

    def __init__(self) -> None:
        self._members: list[Member] = []

    def add(self, member: Member) -> None:
        """Add a config."""
        # Most keys and endpoints are those of a few hubs.
        peers = tuple(peer._replace(key=intern(peer.key), endpoint=intern(peer.endpoint)) for peer in member.peers)
        self._members.append(member._replace(key=intern(member.key), peers=peers))

    def findings(self) -> list[Finding]:
        """Give what the members disagree about, by path and place."""
        members = sorted(self._members, key=lambda member: member.path)
        owners = {member.key: member for member in reversed(members) if member.key}
        # Of configs with one key only the first can be meant by what others list.
        distinct = (member for member in members if owners.get(member.key, member) is member)
        lists = {(member.key, peer.key): (member, peer) for member in distinct for peer in member.peers}
        found = (
            *_same_keys(members, owners),
            *_out_of_reach(members),
            *_different_preshared_keys(lists),
            *_one_sided_peers(members, owners, lists),
        )
        return sorted(found, key=lambda finding: (finding.path, finding.span))


def _same_keys(members: Iterable[Member], owners: Mapping[str, Member]) -> Iterator[Finding]:
    for member in members:
        owner = owners.get(member.key, member)
        if member.span and _folder(member) != _folder(owner):  # the configs of one host are compared as such
            yield Finding(member.path, member.span, catalogue.KEY_OF_ANOTHER_HOST, Place(owner.path, owner.line))


def _out_of_reach(members: Iterable[Member]) -> Iterator[Finding]:
    for member in members:
        for span, taker in member.unreachable:
            yield Finding(member.path, span, catalogue.UNREACHABLE_PEER, also=(Label(taker, "takes its packets"),))


def _different_preshared_keys(lists: _Lists) -> Iterator[Finding]:
    for (own, key), (member, peer) in lists.items():
        other, back = lists.get((key, own), (member, peer))
        if other.path < member.path and back.preshared != peer.preshared:
            yield Finding(member.path, peer.span, catalogue.PRESHARED_KEYS_DIFFER, Place(other.path, back.line))


def _one_sided_peers(members: Iterable[Member], owners: Mapping[str, Member], lists: _Lists) -> Iterator[Finding]:
    """Give the peers that do not list a config that lists them, or list it by a key that is not its own."""
    keys_at: defaultdict[str, set[str]] = defaultdict(set)
    unanswered: defaultdict[str, dict[str, tuple[Member, Listed]]] = defaultdict(dict)
    for (own, key), (member, peer) in lists.items():
        if key in owners:
            keys_at[peer.endpoint].add(key)
            if own and (key, own) not in lists:
                unanswered[key][own] = member, peer
    for member in members:
        waiting = unanswered.pop(member.key, {})
        unknown = [peer for peer in member.peers if peer.key not in owners]
        for peer, key in _recognised(unknown, waiting, keys_at):
            waiting.pop(key, None)
            place = Place(owners[key].path, owners[key].line)
            notes = (f"the public key of {place.path} is {key}",)
            yield Finding(member.path, peer.span, catalogue.STALE_PEER_KEY, place, notes=notes)
        for lister, peer in waiting.values():
            notes = (f"the public key of this config is {lister.key}",)
            yield Finding(lister.path, peer.span, catalogue.ONE_SIDED_PEER, Place(member.path), notes=notes)


def _recognised(
    unknown: Iterable[Listed], waiting: Mapping[str, tuple[Member, Listed]], keys_at: Mapping[str, set[str]]
) -> Iterator[tuple[Listed, str]]:
    """Give the peers with an unknown key that seem to be members, with the keys of these.

    Such a peer has the endpoint of a member, or the address of one that waits for being listed.
    """
    networks: dict[IPv4Network | IPv6Network, Listed] = {}
    for peer in unknown:
        keys = keys_at.get(peer.endpoint, set())
        if len(keys) == 1 and peer.endpoint and not peer.endpoint.startswith(_HERE):
            yield peer, next(iter(keys))
        else:
            networks |= {ip_network(network): peer for network in peer.allowed_ips.split(",") if network}
    longest_first = sorted({network.prefixlen for network in networks}, reverse=True)
    taken: set[str] = set()
    for key, (member, _) in tuple(waiting.items()):
        holding = (
            networks.get(ip_network((address, length), strict=False))
            for address in map(ip_address, filter(None, member.addresses.split(",")))
            for length in longest_first
            if length <= address.max_prefixlen
        )
        holder = next((peer for peer in holding if peer and peer.key not in taken), None)
        if holder:
            taken.add(holder.key)
            yield holder, key


def _folder(member: Member) -> str:
    return member.path.rpartition("/")[0]
