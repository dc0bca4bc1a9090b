"""What `wg show IF` tells of a device, as records of the model."""

from __future__ import annotations

from ipaddress import ip_network

from wgtranspile.model import Device, Endpoint, ExternalKey, Key, Peer

_NONE = "(none)"


def device(public_key: str, listen_port: str, fwmark: str, peers: tuple[Peer, ...]) -> Device:
    """Read `public-key`, `listen-port` and `fwmark`."""
    key, mark = public_key.strip(), fwmark.strip()
    private = None if key == _NONE else ExternalKey(fingerprint=key)
    return Device(private, int(listen_port), 0 if mark == "off" else int(mark, 0), peers)


def peers(*, allowed_ips: str, endpoints: str, keepalives: str, preshared_keys: str) -> tuple[Peer, ...]:
    """Read `allowed-ips`, `endpoints` and so on; of a preshared key a digest is kept."""
    endpoint, keepalive, preshared = _by_key(endpoints), _by_key(keepalives), _by_key(preshared_keys)
    return tuple(
        Peer(
            Key(key),
            preshared_key=_preshared(preshared.get(key, _NONE)),
            endpoint=_endpoint(endpoint.get(key, _NONE)),
            persistent_keepalive=int(keepalive.get(key, "off").replace("off", "0")),
            allowed_ips=tuple(ip_network(item) for item in value.split() if item != _NONE),
        )
        for key, value in _by_key(allowed_ips).items()
    )


def handshakes(text: str) -> frozenset[str]:
    """Read `latest-handshakes`: the peers that have had one."""
    return frozenset(key for key, time in _by_key(text).items() if time != "0")


def _by_key(text: str) -> dict[str, str]:
    return dict(line.split("\t", 1) for line in text.splitlines())


def _preshared(text: str) -> ExternalKey | None:
    return None if text == _NONE else ExternalKey(fingerprint=Key(text).digest)


def _endpoint(text: str) -> Endpoint | None:
    if text == _NONE:
        return None
    host, _, port = text.rpartition(":")
    return Endpoint(host.strip("[]"), int(port))
