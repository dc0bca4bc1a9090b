"""Keys hidden from people: in the lines that diagnostics quote, and in what goes to a terminal."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

#: What stands for a key wherever people look, as in wg-show(8).
HIDDEN = "(hidden)"
KEY_SHAPE = r"[A-Za-z0-9+/]{43}="

_PUBLIC = re.compile(r"\s*public\s*key\s*=[^#]*", re.IGNORECASE)
# Settings whose values are shown, and words that a mistyped name of a secret setting still holds.
_HARMLESS = re.compile(
    r"\s*(?:address|mtu|dns|table|saveconfig|listenport|fwmark|endpoint|allowedips|persistentkeepalive|(?:pre|post)(?:up|down))"
    r"\s*=",
    re.IGNORECASE,
)
_SECRET_SETTING = re.compile(
    r"(?P<name>\s*[^#=\[]*(?:key|priv|psk|share|secret|pass)[^#=]*=\s*)(?P<value>.*?)(?P<rest>\s*)",
    re.IGNORECASE | re.DOTALL,
)
_KEY_LIKE = re.compile(r"(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{40,48}(?:={1,2}|(?![A-Za-z0-9+/]))")
_MAYBE_KEY = re.compile(r"[A-Za-z0-9+/]{20,}={0,2}")


def mask_line(line: str) -> str:
    """Give a line of a config with everything that may be a secret replaced by `*`, character for character."""
    public = _PUBLIC.match(line)
    if public:
        return public[0] + _KEY_LIKE.sub(_stars, line[public.end() :])
    if _HARMLESS.match(line):
        return _KEY_LIKE.sub(_stars, line)
    setting = _SECRET_SETTING.fullmatch(line)
    if setting:
        return _MAYBE_KEY.sub(_stars, setting["name"]) + "*" * len(setting["value"]) + setting["rest"]
    return _MAYBE_KEY.sub(_stars, line)


def hide(text: str, keys: Iterable[str]) -> str:
    """Give a text with every one of these keys hidden, as wg-show(8) hides them."""
    wanted = frozenset(keys)
    return re.sub(KEY_SHAPE, lambda found: HIDDEN if found[0] in wanted else found[0], text)


def holds(text: str, keys: Iterable[str]) -> bool:
    """Tell whether any of these keys is in a text."""
    return not frozenset(keys).isdisjoint(re.findall(KEY_SHAPE, text))


def hide_key_like(text: str) -> str:
    """Give a text with everything that has the shape of a key hidden."""
    return _KEY_LIKE.sub(HIDDEN, text)


def _stars(found: re.Match[str]) -> str:
    return "*" * len(found[0])
