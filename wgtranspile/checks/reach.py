"""The peers of one interface to which no packet goes, since other peers have networks that come first.

In: a config and its tunnel. Out: for each such peer its place, and that of a peer that takes its packets.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from ipaddress import IPv4Network, IPv6Network

    from wgtranspile.config import Config
    from wgtranspile.model import Peer, Tunnel
    from wgtranspile.source import Span

    Network: TypeAlias = IPv4Network | IPv6Network


def unreachable(config: Config, tunnel: Tunnel) -> Iterator[tuple[Span, Span]]:
    """Yield the place of each peer that no packet reaches, and of one that takes its packets."""
    peers = tunnel.device.peers
    owners = {network: peer for peer in peers for network in peer.allowed_ips}
    takers = _takers(owners)
    named = {peer.public_key: peer.allowed_ips for peer in config.peers}
    for peer in peers:
        if peer.allowed_ips:
            found = [takers.get(network) for network in peer.allowed_ips]
        else:  # each has moved to another peer, unless the config names none
            found = [owners.get(item.network) for item in named[peer.public_key] if not item.remove]
        others = [taker for taker in found if taker and taker is not peer]
        if others and None not in found:
            yield peer.span.span, others[0].span.span


def _takers(owners: Mapping[Network, Peer]) -> dict[Network, Peer]:
    """Return for each network that more specific ones fill the owner of one of these."""
    filled: dict[Network, Peer] = {}
    for version in (4, 6):
        above: list[tuple[Network, int]] = []  # those that hold the current one, with their ends
        left: dict[Network, int] = {}
        networks = (network for network in owners if network.version == version)
        for network in sorted(networks, key=lambda network: (network.network_address, network.prefixlen)):
            start, size = int(network.network_address), 1 << network.max_prefixlen - network.prefixlen
            while above and above[-1][1] <= start:
                above.pop()
            if above:
                parent = above[-1][0]
                left[parent] -= size
                if not left[parent]:
                    filled[parent] = owners[network]
            above.append((network, start + size))
            left[network] = size
    return filled
