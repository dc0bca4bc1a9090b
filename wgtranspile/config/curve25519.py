"""The public key of a private key (RFC 7748), in plain Python: about two milliseconds, and no further package.

Not safe against an observer of timings; wgtranspile computes it only to recognise a host's own key among the peers.
"""

from __future__ import annotations

from base64 import b64decode, b64encode

from wgtranspile.config.model import Key

_P = 2**255 - 19
_A24 = 121665


def public_key(private: Key) -> Key:
    """Give the public key that WireGuard shows for `private`."""
    scalar = bytearray(b64decode(private))
    scalar[0] &= 248
    scalar[31] = scalar[31] & 127 | 64
    return Key(b64encode(_times_base_point(int.from_bytes(scalar, "little")).to_bytes(32, "little")).decode())


def _times_base_point(scalar: int) -> int:
    """Give the u coordinate of `scalar` times the base point 9, by the Montgomery ladder of RFC 7748, section 5."""
    x1 = 9
    x2, z2, x3, z3 = 1, 0, x1, 1
    swapped = 0
    for bit in range(254, -1, -1):
        wanted = scalar >> bit & 1
        if swapped != wanted:
            x2, x3, z2, z3 = x3, x2, z3, z2
        swapped = wanted
        a, b = x2 + z2, x2 - z2
        aa, bb = a * a % _P, b * b % _P
        e = aa - bb
        da, cb = (x3 - z3) * a % _P, (x3 + z3) * b % _P
        x3, z3 = (da + cb) ** 2 % _P, x1 * (da - cb) ** 2 % _P
        x2, z2 = aa * bb % _P, e * (aa + _A24 * e) % _P
    if swapped:
        x2, z2 = x3, z3
    return x2 * pow(z2, -1, _P) % _P
