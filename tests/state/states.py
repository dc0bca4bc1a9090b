"""States to compare: the wanted one of a config, and a live one that agrees with it."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Address
from typing import TYPE_CHECKING

from wgtranspile import state
from wgtranspile.pipeline import Options, lower_config
from wgtranspile.source import Source
from wgtranspile.state.model import Host, Path, State

if TYPE_CHECKING:
    from wgtranspile.model import Tunnel

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
UPLINK = Path("up0", 1500)


def planned(config: str = FULL_TUNNEL, options: Options = Options()) -> Tunnel:  # noqa: B008  frozen
    """Give the tunnel of a config."""
    tunnel = lower_config(Source("wg0.conf", config), "wg0", options).tunnel
    assert tunnel is not None
    return tunnel


def wanted(config: str = FULL_TUNNEL, options: Options = Options()) -> State:  # noqa: B008  frozen
    """Give the wanted state of a config."""
    return state.expected(planned(config, options))


def live(config: str = FULL_TUNNEL) -> State:
    """Give a live state that is as wanted, on a host with an ordinary uplink and nothing else."""
    want = wanted(config)
    assert want.device is not None
    return replace(
        want,
        link=replace(want.link, mtu=want.link.mtu or 1420),
        device=replace(want.device, listen_port=want.device.listen_port or 40000),
        peers=tuple(replace(peer, path=UPLINK) if peer.endpoint else peer for peer in want.peers),
        automatic=False,
        host=Host(path=UPLINK, names={"vpn.example.net": frozenset({IPv4Address("198.51.100.7")})}),
    )
