"""The public key of a private key (RFC 7748), in plain Python: no further package, a seventh of a millisecond.

The first one takes some times as long, for tables. Its time depends on the key, and the numbers of Python leave copies
of it in memory: never use it to agree on keys, to sign, in a program that answers others, or wherever someone may ask
for it again and again and measure. wgtranspile computes it once for a config, on the machine that holds the key, only
to recognise a config's own key among its peers and those of other hosts.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from functools import cache, lru_cache
from struct import unpack
from typing import TypeAlias

from wgtranspile.model import Key

# A point of the curve in its Edwards form, as X, Y, Z and T of RFC 8032, section 5.1.4.
_Point: TypeAlias = tuple[int, int, int, int]
# One that is only ever added, with Z = 1: Y - X, Y + X and 2 * d * T.
_Summand: TypeAlias = tuple[int, int, int]

_P = 2**255 - 19
_TWICE_D = -2 * 121665 * pow(121666, -1, _P) % _P
_NEUTRAL: _Point = (0, 1, 1, 0)
_BASE_X = 15112221349535400772501151409588531511454012693041857206046113283949847762202
_BASE_Y = 4 * pow(5, -1, _P) % _P
_BASE: _Point = (_BASE_X, _BASE_Y, 1, _BASE_X * _BASE_Y % _P)


@lru_cache(maxsize=1)  # a comparison and the checks of a fleet ask for the same one
def public_key(private: Key) -> Key:
    """Return the public key that WireGuard shows for `private`."""
    scalar = bytearray(b64decode(private))
    scalar[0] &= 248
    scalar[31] = scalar[31] & 127 | 64
    return Key(b64encode(_times_base_point(unpack("<16H", scalar)).to_bytes(32, "little")).decode())


def _times_base_point(words: tuple[int, ...]) -> int:
    """Return the u coordinate of a scalar times the base point, by one bit of each of its 16 words at a time.

    The words at even places have a table together, and so have those at odd ones.
    """
    tables = _tables()
    bits = [f"{word:016b}" for word in reversed(words)]  # the last word is the first digit of an index
    columns = [[int("".join(column), 2) for column in zip(*bits[1 - odd :: 2], strict=True)] for odd in range(2)]
    point = _NEUTRAL
    for even, odd in zip(*columns, strict=True):
        point = _plus(_plus(_twice(point), tables[0][even]), tables[1][odd])
    _, y, z, _ = point
    return (z + y) * pow(z - y, -1, _P) % _P


@cache
def _tables() -> list[list[_Summand]]:
    """Return for each set of words at even places, as the bits of an index, what a 1 in each stands for; so for odd."""
    tables, unit = [[_NEUTRAL], [_NEUTRAL]], _BASE
    for word in range(16):
        points = tables[word % 2]
        points += [_sum(point, unit) for point in points]
        for _ in range(16):
            unit = _twice(unit)
    return [_summands(points) for points in tables]


def _summands(points: list[_Point]) -> list[_Summand]:
    """Return points in the form in which they are added; one division serves for all."""
    products = [1]
    for _, _, z, _ in points:
        products.append(products[-1] * z % _P)
    inverse = pow(products[-1], -1, _P)
    found: list[_Summand] = []
    for (x, y, z, _), product in zip(reversed(points), reversed(products[:-1]), strict=True):
        one_by_z = inverse * product % _P
        inverse = inverse * z % _P
        affine_x, affine_y = x * one_by_z % _P, y * one_by_z % _P
        product_xy = affine_x * affine_y % _P
        found.append((affine_y - affine_x, affine_y + affine_x, product_xy * _TWICE_D % _P))
    return found[::-1]


def _plus(point: _Point, summand: _Summand) -> _Point:
    """Return the sum of a point and another one."""
    x, y, z, t = point
    y_minus_x, y_plus_x, twice_d_t = summand
    a = (y - x) * y_minus_x % _P
    b = (y + x) * y_plus_x % _P
    c = t * twice_d_t % _P
    d = 2 * z
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _twice(point: _Point) -> _Point:
    """Return the sum of a point and itself."""
    x, y, z, _ = point
    a = x * x % _P
    b = y * y % _P
    c = 2 * (z * z % _P)
    e, g = 2 * x * y % _P, b - a
    f, h = c - g, a + b
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _sum(p: _Point, q: _Point) -> _Point:
    """Return the sum of two points (RFC 8032, section 5.1.4)."""
    x1, y1, z1, t1 = p
    x2, y2, z2, t2 = q
    a = (y1 - x1) * (y2 - x2) % _P
    b = (y1 + x1) * (y2 + x2) % _P
    c = t1 * t2 % _P * _TWICE_D % _P
    d = 2 * z1 * z2 % _P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P
