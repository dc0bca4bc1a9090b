"""The peers as the kernel holds them after `wg addconf`: one for each public key, each network at its last owner."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from wgtranspile.config import values
from wgtranspile.config.curve25519 import public_key
from wgtranspile.diagnostics.catalogue import plan as catalogue
from wgtranspile.model import ExternalKey, Key, Peer, Phase
from wgtranspile.redact import FEW
from wgtranspile.source import Place

if TYPE_CHECKING:
    from ipaddress import IPv4Network, IPv6Network

    from wgtranspile.config.model import Config, Located
    from wgtranspile.config.model import Peer as PeerSection
    from wgtranspile.diagnostics import Collector
    from wgtranspile.model import Endpoint
    from wgtranspile.source import Source, Span

    Network = IPv4Network | IPv6Network


_SETS_PRIVATE_KEY = r"\bprivate-key\b|\bwg\s+(?:addconf|setconf|syncconf)\b"


class LivePeer:
    """A peer while sections are applied to it, with the place in the source of each allowed IP."""

    __slots__ = ("allowed_ips", "comments", "endpoint", "has_lost", "persistent_keepalive", "preshared_key", "section")

    def __init__(self, section: PeerSection) -> None:
        self.section: Final = section
        self.preshared_key: Key | ExternalKey | None = None
        self.endpoint: Located[Endpoint] | None = None
        self.persistent_keepalive = 0
        self.comments: list[str] = []
        self.allowed_ips: dict[Network, Span] = {}
        self.has_lost = False  # a network, to another peer

    def peer(self, source: Source) -> Peer:
        """Return the peer as it is now; its sections are those of `source`."""
        return Peer(
            public_key=self.section.public_key,
            span=Place(source, self.section.span),
            preshared_key=self.preshared_key,
            endpoint=self.endpoint and self.endpoint.value,
            endpoint_span=self.endpoint and Place(source, self.endpoint.span),
            persistent_keepalive=self.persistent_keepalive,
            allowed_ips=tuple(self.allowed_ips),
            comments=tuple(self.comments),
        )


def private_key(config: Config, *, external_keys: bool = False) -> Key | ExternalKey | None:
    """Return the private key of the device; one that is all zero is none.

    With `external_keys`, the host has the key where the config neither has it nor leaves it to a hook.
    """
    located = config.interface.private_key
    if located is None:
        return ExternalKey() if external_keys and not _is_set_by_hook(config) else None
    return None if values.is_zero(located.value) else located.value


def _is_set_by_hook(config: Config) -> bool:
    return any(
        hook.phase in (Phase.PRE_UP, Phase.POST_UP) and re.search(_SETS_PRIVATE_KEY, hook.command)
        for hook in config.interface.hooks
    )


def live_peers(config: Config, collector: Collector) -> tuple[LivePeer, ...]:
    """Apply the `[Peer]` sections in order, as the kernel does (set_peer, set_allowedip)."""
    private = private_key(config)
    own = public_key(private) if isinstance(private, Key) and config.peers else None
    peers: dict[Key, LivePeer] = {}
    owners: dict[Network, LivePeer] = {}
    for section in config.peers:
        if section.public_key == own:
            collector.report(catalogue.OWN_PUBLIC_KEY, section.span)
            continue
        peer = peers.get(section.public_key)
        if peer is None:
            peer = peers[section.public_key] = LivePeer(section)
        else:
            first = (peer.section.span, "first here")
            collector.report(catalogue.REPEATED_PEER, section.span, also=[first], peer=_short(section.public_key))
        _apply(section, peer, owners, collector)
    for peer in peers.values():
        if peer.has_lost and not peer.allowed_ips:
            key = _short(peer.section.public_key)
            collector.report(catalogue.PEER_WITHOUT_ALLOWED_IPS, peer.section.span, peer=key)
    return tuple(peers.values())


def _apply(section: PeerSection, peer: LivePeer, owners: dict[Network, LivePeer], collector: Collector) -> None:
    if section.preshared_key is not None:
        key = section.preshared_key.value
        peer.preshared_key = None if values.is_zero(key) else key
    if section.endpoint is not None:
        peer.endpoint = section.endpoint
    if section.persistent_keepalive is not None:
        peer.persistent_keepalive = section.persistent_keepalive.value
    peer.comments += section.comments
    if not section.incremental:
        for network in peer.allowed_ips:
            del owners[network]
        peer.allowed_ips.clear()
    for item in section.allowed_ips:
        if item.remove:
            if owners.get(item.network) is peer:
                del owners[item.network], peer.allowed_ips[item.network]
            continue
        owner = owners.setdefault(item.network, peer)
        if owner is not peer:
            owner.has_lost = True
            earlier = (owner.allowed_ips.pop(item.network), "moves away from here")
            collector.report(
                catalogue.MOVED_ALLOWED_IP,
                item.span,
                also=[earlier],
                network=item.network,
                earlier=_short(owner.section.public_key),
            )
            owners[item.network] = peer
        peer.allowed_ips[item.network] = item.span


def _short(key: Key) -> str:
    """Return the beginning of a public key, enough to find it by, and too little of a private one in its place."""
    return f"{key[:FEW]}…"
