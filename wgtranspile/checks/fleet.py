"""Where the configs of a fleet disagree: keys, peers, preshared keys, addresses, ports, and peers out of reach.

In: a `Member` for each config, a small record that is made where the config is transpiled, perhaps in another process.
Out: findings by path and place, with the lines of all configs that they are about. No config is read again for that: a
member has its text, compressed and without the private and preshared keys.
"""

from __future__ import annotations

import zlib
from collections import defaultdict
from functools import lru_cache
from hashlib import blake2b
from ipaddress import ip_address, ip_network
from itertools import groupby
from operator import attrgetter
from sys import intern
from typing import TYPE_CHECKING, Any, NamedTuple

from wgtranspile.checks.reach import unreachable
from wgtranspile.config.curve25519 import public_key
from wgtranspile.diagnostics import Collector
from wgtranspile.diagnostics.catalogue import fleet as catalogue
from wgtranspile.model import Key, known
from wgtranspile.redact import without_secret_values
from wgtranspile.source import Place, Source, Span

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
    from typing import TypeAlias

    from wgtranspile.config import Config
    from wgtranspile.config import Peer as PeerSection
    from wgtranspile.diagnostics import Diagnostic, Rule
    from wgtranspile.model import ExternalKey, Peer, Tunnel

    _Listing: TypeAlias = tuple["Member", "Listed"]
    _Owners: TypeAlias = Mapping[str, Sequence["Member"]]

# What most configs have: it takes no room in the compressed text.
_COMMON = (
    b"[Interface]\nPrivateKey = ********************************************\nAddress = 10.0.0.1/24, fd00::1/64\n"
    b"ListenPort = 51820\nDNS = 10.0.0.53\nMTU = 1420\n\n[Peer]\nPublicKey = \nPresharedKey = ****************\n"
    b"Endpoint = .example.com:51820\nAllowedIPs = 0.0.0.0/0, ::/0\nPersistentKeepalive = 25\n"
)
# Where a program on the host itself wraps the packets: such an endpoint is another peer on each host.
_HERE = ("127.", "[::1]", "localhost:")


class Listed(NamedTuple):
    """A peer as a member lists it; addresses are kept as text, which takes least memory.

    `preshared` is a digest, empty where there is no preshared key, None where only the host has it. The places of
    settings that the peer does not have are that of its public key.
    """

    key: str
    span: Span
    preshared: bytes | None
    preshared_span: Span
    endpoint: str
    endpoint_span: Span
    allowed_ips: str
    allowed_ips_span: Span


class Member(NamedTuple):
    """What is kept of a config; `key` is its public key, empty where a hook sets the private one or the host has it.

    `span` is the place of the private key, and `text` what a finding may quote, compressed.
    """

    path: str
    text: bytes
    key: str
    span: Span | None
    addresses: str
    address_spans: tuple[Span, ...]
    listen_port: int
    listen_port_span: Span | None
    peers: tuple[Listed, ...]
    unreachable: tuple[tuple[Span, Span], ...]

    @property
    def identity(self) -> str:
        """What tells it from other members: its key, or its path where that is not known."""
        return self.key or self.path

    def place(self, span: Span) -> Place:
        """Return a place in the config."""
        return Place(_source(self.path, self.text), span)


class _Finding(NamedTuple):
    """A finding at `span` of a member, about another: with `also`, a place in it and a few words about that."""

    member: Member
    span: Span
    rule: Rule
    other: Member
    also: tuple[Span | None, str] = (None, "")
    notes: tuple[str, ...] = ()

    @property
    def path(self) -> str:
        return self.member.path

    def report(self, collector: Collector) -> None:
        span, text = self.also
        place = span and self.other.place(span)
        also = [(place, text)] if place else []
        facts: dict[str, Any] = {}
        if self.other is not self.member:
            facts["other"] = place or self.other.path
        collector.report(self.rule, self.member.place(self.span), also=also, notes=self.notes, **facts)


def member(config: Config, tunnel: Tunnel) -> Member:
    """Return what is to be kept of a config."""
    private, port = config.interface.private_key, config.interface.listen_port
    device = tunnel.device
    sections: defaultdict[str, list[PeerSection]] = defaultdict(list)
    for section in config.peers:
        sections[section.public_key].append(section)
    return Member(
        path=config.source.path,
        text=_compressed(without_secret_values(config.source.text)),
        key=str(public_key(device.private_key)) if isinstance(device.private_key, Key) else "",
        span=private and private.span,
        addresses=",".join(str(address.ip) for address, _ in config.interface.addresses),
        address_spans=tuple(span for _, span in config.interface.addresses),
        listen_port=known(device.listen_port) or 0,
        listen_port_span=port and port.span,
        peers=tuple(_listed(peer, sections[peer.public_key]) for peer in device.peers),
        unreachable=tuple(unreachable(config, tunnel)),
    )


def _listed(peer: Peer, sections: Sequence[PeerSection]) -> Listed:
    preshared = [section.preshared_key.span for section in sections if section.preshared_key]
    allowed_ips = [section.allowed_ips[0].span for section in sections if section.allowed_ips]
    return Listed(
        key=str(peer.public_key),
        span=peer.span.span,
        preshared=_digest(peer.preshared_key),
        preshared_span=(peer.span.span, *preshared)[-1],
        endpoint=str(peer.endpoint or ""),
        endpoint_span=(peer.endpoint_span or peer.span).span,
        allowed_ips=",".join(map(str, peer.allowed_ips)),
        allowed_ips_span=(peer.span.span, *allowed_ips)[-1],
    )


def _digest(key: Key | ExternalKey | None) -> bytes | None:
    if key is None:
        return b""
    return blake2b(key.encode(), digest_size=16).digest() if isinstance(key, Key) else None


def _compressed(text: str) -> bytes:
    compressor = zlib.compressobj(zdict=_COMMON)
    return compressor.compress(text.encode("utf-8", "surrogatepass")) + compressor.flush()


@lru_cache(maxsize=32)  # most findings are about a few hubs
def _source(path: str, compressed: bytes) -> Source:
    return Source(path, zlib.decompressobj(zdict=_COMMON).decompress(compressed).decode("utf-8", "surrogatepass"))


class Fleet:
    """The members of a fleet: add them all, in any order, then ask for the findings."""

    def __init__(self) -> None:
        self._members: list[Member] = []

    def add_all(self, members: Iterable[Member]) -> None:
        """Add configs."""
        for member in members:
            self.add(member)

    def add(self, member: Member) -> None:
        """Add a config."""
        # Most keys, endpoints and networks are those of a few hubs.
        peers = tuple(
            peer._replace(key=intern(peer.key), endpoint=intern(peer.endpoint), allowed_ips=intern(peer.allowed_ips))
            for peer in member.peers
        )
        self._members.append(member._replace(key=intern(member.key), peers=peers))

    def findings(self) -> Iterator[list[Diagnostic]]:
        """Yield what the members disagree about, by path and place: for each member with findings a list of these."""
        members = sorted(self._members, key=lambda member: member.path)
        owners = _owners(members)
        lists = _Lists(members, owners)
        found = (
            *_same_keys(members, owners),
            *_out_of_reach(members),
            *_different_preshared_keys(lists),
            *_one_sided_peers(members, owners, lists),
            *_same_addresses(members),
            *_addresses_not_allowed(lists),
            *_other_ports(lists),
        )
        in_order = sorted(found, key=lambda finding: (finding.path, finding.span))
        for path, findings in groupby(in_order, key=attrgetter("path")):
            collector = Collector(path)
            for finding in findings:
                finding.report(collector)
            yield collector.diagnostics


def _owners(members: Iterable[Member]) -> _Owners:
    """Give the configs that others mean by a key, in their order: of several hosts with one key, those of the first."""
    owners: defaultdict[str, list[Member]] = defaultdict(list)
    for member in members:
        if member.key and _folder(member) == _folder((*owners[member.key], member)[0]):
            owners[member.key].append(member)
    return dict(owners)


class _Lists:
    """Which members list which keys, and which configs they mean: a host may have one key for several tunnels."""

    def __init__(self, members: Iterable[Member], owners: _Owners) -> None:
        self._owners = owners
        self._by_keys: defaultdict[tuple[str, str], list[_Listing]] = defaultdict(list)
        for member in members:
            if not member.key or member in owners[member.key]:
                for peer in member.peers:
                    self._by_keys[member.identity, peer.key].append((member, peer))

    def __iter__(self) -> Iterator[_Listing]:
        """Return each peer with the member that lists it."""
        return (listing for listings in self._by_keys.values() for listing in listings)

    def meant(self, member: Member, peer: Listed) -> Sequence[Member]:
        """Return the configs that a peer may stand for: those that answer it, or all that have its key."""
        answers = [other for other, _ in self.answers(member, peer)]
        return answers or _at_port(peer, self._owners.get(peer.key, ()))

    def answers(self, member: Member, peer: Listed) -> Sequence[_Listing]:
        """Return the peers that list a member in return."""
        back = {other.path: (other, listed) for other, listed in self._by_keys.get((peer.key, member.identity), ())}
        likely = _at_port(peer, [other for other, _ in back.values() if not self._is_taken(other, member, peer)])
        return [back[other.path] for other in likely]

    def _is_taken(self, other: Member, member: Member, peer: Listed) -> bool:
        """Whether it is another tunnel of a member's host, with the same key, that reaches `other` at its port."""
        return (
            _has_port(peer)
            and not _is_at_port(peer, other)
            and any(_is_at_port(listed, other) for _, listed in self._by_keys[member.identity, peer.key])
        )


def _at_port(peer: Listed, members: Sequence[Member]) -> Sequence[Member]:
    """Return the members at the port of a peer, or all if there is none."""
    return [member for member in members if _is_at_port(peer, member)] or members


def _has_port(peer: Listed) -> bool:
    return bool(peer.endpoint) and not peer.endpoint.startswith(_HERE)


def _is_at_port(peer: Listed, member: Member) -> bool:
    return peer.endpoint.rpartition(":")[2] == str(member.listen_port)


def _same_keys(members: Iterable[Member], owners: _Owners) -> Iterator[_Finding]:
    for member in members:
        owner = owners.get(member.key, (member,))[0]
        if member.span and _folder(member) != _folder(owner):  # the configs of one host are compared as such
            yield _Finding(member, member.span, catalogue.KEY_OF_ANOTHER_HOST, owner, (owner.span, "first here"))


def _out_of_reach(members: Iterable[Member]) -> Iterator[_Finding]:
    for member in members:
        for span, taker in member.unreachable:
            yield _Finding(member, span, catalogue.UNREACHABLE_PEER, member, (taker, "takes its packets"))


def _different_preshared_keys(lists: _Lists) -> Iterator[_Finding]:
    for member, peer in lists:
        answers = lists.answers(member, peer)
        if answers and all(_differ(peer.preshared, back.preshared) for _, back in answers):
            other, back = answers[0]
            if other.path > member.path:  # it is said there
                continue
            there = (back.preshared_span, "the other end")
            yield _Finding(member, peer.preshared_span, catalogue.PRESHARED_KEYS_DIFFER, other, there)


def _differ(one: bytes | None, other: bytes | None) -> bool:
    """Whether two preshared keys differ for certain: one that only the host has is at least not none."""
    unknown = None in (one, other) and b"" not in (one, other)
    return one != other and not unknown


def _same_addresses(members: Iterable[Member]) -> Iterator[_Finding]:
    """Yield the addresses of hosts that another host of the same network has: a peer of both, or itself their peer."""
    first: dict[tuple[str, str], tuple[Member, Span]] = {}
    for member in members:
        for address, span in zip(filter(None, member.addresses.split(",")), member.address_spans, strict=True):
            others = [
                first.setdefault((key, address), (member, span))
                for key in (member.identity, *(peer.key for peer in member.peers))
            ]
            there = next(((other, place) for other, place in others if _is_another_host(member, other)), None)
            if there:
                other, place = there
                yield _Finding(member, span, catalogue.ADDRESS_OF_ANOTHER_HOST, other, (place, "first here"))


def _is_another_host(member: Member, other: Member) -> bool:
    return other.identity != member.identity and _folder(other) != _folder(member)


def _addresses_not_allowed(lists: _Lists) -> Iterator[_Finding]:
    """Yield the peers whose addresses are not among the AllowedIPs that a config has for them."""
    for member, peer in lists:
        if not peer.allowed_ips or peer.span in {span for span, _ in member.unreachable}:
            continue
        families = {address.version for address in _addresses(member)}
        networks = [ip_network(network) for network in peer.allowed_ips.split(",")]
        left_out = [
            (other, [place for item, place in _located(other) if _is_left_out(item, families, networks)])
            for other, _ in lists.answers(member, peer)
        ]
        if left_out and all(places for _, places in left_out):
            other, (place, *_) = left_out[0]
            also = (place, "not among them")
            yield _Finding(member, peer.allowed_ips_span, catalogue.ADDRESS_NOT_ALLOWED, other, also)


def _is_left_out(
    address: IPv4Address | IPv6Address, families: Collection[int], networks: Iterable[IPv4Network | IPv6Network]
) -> bool:
    return address.version in families and not any(address in network for network in networks)


def _located(member: Member) -> Iterator[tuple[IPv4Address | IPv6Address, Span]]:
    """Yield the addresses of a member with their places."""
    return zip(_addresses(member), member.address_spans, strict=True)


def _addresses(member: Member) -> Iterator[IPv4Address | IPv6Address]:
    return map(ip_address, filter(None, member.addresses.split(",")))


def _other_ports(lists: _Lists) -> Iterator[_Finding]:
    """Yield the endpoints whose port is not that on which their host listens."""
    for member, peer in lists:
        other = next(iter(lists.meant(member, peer)), None)
        if other and _has_port(peer) and not _is_at_port(peer, other):
            there = (other.listen_port_span, "its port")
            notes = () if other.listen_port else ("there is no `ListenPort`",)
            yield _Finding(member, peer.endpoint_span, catalogue.PORT_OF_NOBODY, other, there, notes)


def _one_sided_peers(members: Iterable[Member], owners: _Owners, lists: _Lists) -> Iterator[_Finding]:
    """Yield the peers that do not list a config that lists them, or list it by a key that is not its own."""
    keys_at: defaultdict[str, set[str]] = defaultdict(set)
    unanswered: defaultdict[str, dict[str, list[_Listing]]] = defaultdict(dict)
    for member, peer in lists:
        if peer.key in owners:
            keys_at[peer.endpoint].add(peer.key)
            if member.key and not lists.answers(member, peer):
                for other in lists.meant(member, peer):
                    unanswered[other.path].setdefault(member.key, []).append((member, peer))
    said: set[tuple[str, Span]] = set()
    one_sided: list[_Finding] = []
    for member in members:
        waiting = unanswered.get(member.path, {})
        unknown = [peer for peer in member.peers if peer.key not in owners]
        for peer, key in _recognised(unknown, waiting, keys_at):
            said |= {(lister.path, listed.span) for lister, listed in waiting.get(key, ())}
            owner = owners[key][0]
            notes = (f"the public key of {owner.path} is {key}",)
            yield _Finding(member, peer.span, catalogue.STALE_PEER_KEY, owner, (owner.span, "its key"), notes)
        for lister, peer in (listing for listings in waiting.values() for listing in listings):
            notes = (f"the public key of this config is {lister.key}",)
            also = (member.span, "the key of the peer")
            one_sided.append(_Finding(lister, peer.span, catalogue.ONE_SIDED_PEER, member, also, notes))
    for finding in one_sided:
        if (finding.path, finding.span) not in said:
            said.add((finding.path, finding.span))
            yield finding


def _recognised(
    unknown: Iterable[Listed], waiting: Mapping[str, Sequence[_Listing]], keys_at: Mapping[str, set[str]]
) -> Iterator[tuple[Listed, str]]:
    """Yield the peers with an unknown key that seem to be members, with the keys of these.

    Such a peer has the endpoint of a member, or the address of one that waits for being listed.
    """
    networks: dict[IPv4Network | IPv6Network, Listed] = {}
    found: set[str] = set()
    for peer in unknown:
        keys = keys_at.get(peer.endpoint, set())
        if len(keys) == 1 and _has_port(peer):
            found |= keys
            yield peer, next(iter(keys))
        else:
            networks |= {ip_network(network): peer for network in peer.allowed_ips.split(",") if network}
    longest_first = sorted({network.prefixlen for network in networks}, reverse=True)
    taken: set[str] = set()
    for key, listings in waiting.items():
        if key in found:
            continue
        holding = (
            networks.get(ip_network((address, length), strict=False))
            for member, _ in listings
            for address in _addresses(member)
            for length in longest_first
            if length <= address.max_prefixlen
        )
        holder = next((peer for peer in holding if peer and peer.key not in taken), None)
        if holder:
            taken.add(holder.key)
            yield holder, key


def _folder(member: Member) -> str:
    return member.path.rpartition("/")[0]
