"""What `wg show` printed, as recorded, and what is read from it."""

from __future__ import annotations

from ipaddress import ip_network

from wgtranspile.model import Endpoint, ExternalKey
from wgtranspile.readers import wireguard

KEY = "xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg="


def test_peers() -> None:
    (peer,) = wireguard.peers(
        allowed_ips=f"{KEY}\t0.0.0.0/0 ::/0\n",
        endpoints=f"{KEY}\t[fe80::1%up0]:51820\n",
        keepalives=f"{KEY}\t25\n",
        preshared_keys=f"{KEY}\t(none)\n",
    )

    assert (ip_network("0.0.0.0/0"), ip_network("::/0")) == peer.allowed_ips
    assert (Endpoint("fe80::1%up0", 51820), 25, None) == (
        peer.endpoint,
        peer.persistent_keepalive,
        peer.preshared_key,
    )


def test_a_handshake_has_a_time() -> None:
    assert {KEY} == wireguard.handshakes(f"{KEY}\t1764000000\n{KEY[::-1]}\t0\n")


def test_a_peer_that_came_or_went_between_two_questions_does_no_harm() -> None:
    (peer,) = wireguard.peers(allowed_ips=f"{KEY}\t(none)\n", endpoints="", keepalives="", preshared_keys="")

    assert ((), None, 0) == (peer.allowed_ips, peer.endpoint, peer.persistent_keepalive)


def test_a_device_without_key_and_mark() -> None:
    device = wireguard.device("(none)\n", "40000\n", "off\n", ())

    assert (None, 40000, 0) == (device.private_key, device.listen_port, device.fwmark)


def test_of_keys_only_a_fingerprint_is_kept() -> None:
    device = wireguard.device(f"{KEY}\n", "40000\n", "0xca6c\n", ())

    assert (ExternalKey(fingerprint=KEY), 51820) == (device.private_key, device.fwmark)
    assert KEY not in repr(device)
