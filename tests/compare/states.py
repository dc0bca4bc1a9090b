"""What is to be compared: the tunnel of a config, and a host where all is as that says."""

from __future__ import annotations

from ipaddress import IPv4Address
from typing import Any

from wgtranspile.compare import Difference, Unchecked, compare
from wgtranspile.config.curve25519 import public_key
from wgtranspile.model import ExternalKey, Key, Tunnel, known, number
from wgtranspile.model.host import Contact, Host
from wgtranspile.model.kernel import completed, with_mark
from wgtranspile.pipeline import Options, lower_config
from wgtranspile.source import Source

KEY = "pMj38w9caGdqvi3ZMWGts2gsR0LQhYV79bncRRTouhQ="
PRESHARED_KEY = "nbib6xMq7D7YK6pypARXiLg1O7pYfSGuAMKWKSMdvOk="
FULL_TUNNEL = f"""\
[Interface]
PrivateKey = WELEsbNJnrsgryqloe/UmJ8FZarcsijnYOFo7hg14XQ=
Address = 10.8.0.2/24, fd08::2/64
DNS = 10.8.0.1, example.org
[Peer]
PublicKey = {KEY}
PresharedKey = {PRESHARED_KEY}
Endpoint = 198.51.100.7:51820
AllowedIPs = 0.0.0.0/0, ::/0
"""
UPLINK = 1500


def wanted(config: str = FULL_TUNNEL, options: Options = Options()) -> Tunnel:  # noqa: B008  frozen
    """Give the tunnel of a config."""
    tunnel = lower_config(Source("wg0.conf", config), "wg0", options).tunnel
    assert tunnel is not None
    return tunnel


def live(config: str = FULL_TUNNEL, mark: int | None = None) -> Host:
    """Give a host where all is as wanted, with an ordinary uplink and nothing else; an automatic mark is as usual."""
    tunnel = wanted(config)
    tunnel = completed(with_mark(tunnel, mark or number(tunnel.device.fwmark)))
    private, peers = tunnel.device.private_key, tunnel.device.peers
    device = tunnel.device._replace(
        private_key=ExternalKey(fingerprint=public_key(private)) if isinstance(private, Key) else None,
        listen_port=known(tunnel.device.listen_port) or 40000,
        peers=tuple(peer._replace(preshared_key=_told(peer.preshared_key)) for peer in peers),
    )
    return Host(
        Tunnel(
            tunnel.interface,
            Source("this host", ""),
            device,
            known(tunnel.mtu) or UPLINK - 80,
            tunnel.addresses,
            tunnel.routes,
        ),
        tunnel.rules,
        tunnel.rulesets,
        tunnel.sysctls,
        tunnel.resolver,
        {peer.public_key: Contact(path_mtu=UPLINK if peer.endpoint else None) for peer in peers},
        UPLINK,
        {},
        {"vpn.example.net": frozenset({IPv4Address("198.51.100.7")})},
    )


def differences(wanted: Tunnel, host: Host | None) -> tuple[Difference, ...]:
    """Give what differs."""
    return compare(wanted, host).differences


def unchecked(wanted: Tunnel, host: Host) -> tuple[Unchecked, ...]:
    """Give what cannot be told."""
    return compare(wanted, host).unchecked


def with_link(host: Host, **fields: Any) -> Host:
    """Give a host whose link has other `fields`."""
    return host._replace(tunnel=host.tunnel._replace(**fields))


def with_device(host: Host, **fields: Any) -> Host:
    """Give a host whose device has other `fields`."""
    return with_link(host, device=host.tunnel.device._replace(**fields))


def _told(key: Key | ExternalKey | None) -> ExternalKey | None:
    return ExternalKey(fingerprint=key.digest) if isinstance(key, Key) else None
