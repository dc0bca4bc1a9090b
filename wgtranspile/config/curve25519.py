"""The public key of a private key (RFC 7748), in plain Python: no further package, a quarter of a millisecond.

The first one takes some times as long, for a table. Not safe against an observer of timings: wgtranspile computes it
only to recognise keys of its own among the peers.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from functools import cache, lru_cache
from struct import unpack
from typing import TypeAlias

from wgtranspile.config.model import Key

# A point of the curve in its Edwards form, as X, Y, Z and T of RFC 8032, section 5.1.4.
_Point: TypeAlias = tuple[int, int, int, int]

_P = 2**255 - 19
_TWICE_D = -2 * 121665 * pow(121666, -1, _P) % _P
_NEUTRAL: _Point = (0, 1, 1, 0)
_BASE_X = 15112221349535400772501151409588531511454012693041857206046113283949847762202
_BASE_Y = 4 * pow(5, -1, _P) % _P
_BASE: _Point = (_BASE_X, _BASE_Y, 1, _BASE_X * _BASE_Y % _P)


@lru_cache(maxsize=1)  # the plan and the checks of a fleet ask for the same one
def public_key(private: Key) -> Key:
    """Give the public key that WireGuard shows for `private`."""
    scalar = bytearray(b64decode(private))
    scalar[0] &= 248
    scalar[31] = scalar[31] & 127 | 64
    return Key(b64encode(_times_base_point(unpack("<8I", scalar)).to_bytes(32, "little")).decode())


def _times_base_point(words: tuple[int, ...]) -> int:
    """Give the u coordinate of a scalar times the base point, by one bit of each of its words at a time."""
    points, point = _combs(), _NEUTRAL
    for bit in range(31, -1, -1):
        comb = sum((word >> bit & 1) << number for number, word in enumerate(words))
        point = _sum(_sum(point, point), points[comb])
    _, y, z, _ = point
    return (z + y) * pow(z - y, -1, _P) % _P


@cache
def _combs() -> list[_Point]:
    """Give for each set of words, as the bits of an index, what a 1 in each of them stands for."""
    points, unit = [_NEUTRAL], _BASE
    for _ in range(8):
        points += [_sum(point, unit) for point in points]
        for _ in range(32):
            unit = _sum(unit, unit)
    return points


def _sum(p: _Point, q: _Point) -> _Point:
    """Give the sum of two points, which may be the same one (RFC 8032, section 5.1.4)."""
    x1, y1, z1, t1 = p
    x2, y2, z2, t2 = q
    a = (y1 - x1) * (y2 - x2) % _P
    b = (y1 + x1) * (y2 + x2) % _P
    c = t1 * t2 % _P * _TWICE_D % _P
    d = 2 * z1 * z2 % _P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P
