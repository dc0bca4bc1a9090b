"""The hooks that may have made differences, by the programs that they run.

In: a tunnel and differences. Out: hooks, each with the differences that it may have made. A program that is not known
here may do anything.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from wgtranspile.compare.model import Area, SuspectedHook
from wgtranspile.model import Phase

if TYPE_CHECKING:
    from wgtranspile.compare.model import Difference
    from wgtranspile.model import Tunnel

_ANYTHING = frozenset(Area)
_NOTHING = frozenset[Area]()
_PROGRAMS = {
    "wg": frozenset((Area.DEVICE, Area.PEER)),
    "nft": frozenset((Area.FIREWALL,)),
    "sysctl": frozenset((Area.SYSCTL, Area.ADDRESS, Area.ROUTE)),
    **dict.fromkeys(("resolvectl", "systemd-resolve", "resolvconf"), frozenset((Area.DNS,))),
    # Of the firewall, only tables are compared that these programs do not touch.
    **dict.fromkeys(("iptables", "ip6tables", "iptables-nft", "ip6tables-nft", "ufw", "firewall-cmd"), _NOTHING),
    **dict.fromkeys((":", "true", "echo", "printf", "sleep", "ping", "ping6", "logger", "modprobe"), _NOTHING),
}
# ip(8) takes any beginning of the name of an object.
_OBJECTS = {
    "address": frozenset((Area.ADDRESS, Area.ROUTE)),
    "link": frozenset((Area.LINK, Area.ADDRESS, Area.ROUTE)),
    "route": frozenset((Area.ROUTE,)),
    "rule": frozenset((Area.RULE,)),
}


def suspected(tunnel: Tunnel, differences: tuple[Difference, ...]) -> tuple[SuspectedHook, ...]:
    """Return the hooks before and after `up` that may have made differences, in the order of the config."""
    # A link that is missing is not what a hook of `up` leaves.
    there = [found for found in differences if found.item != tunnel.interface]
    hooks = ((hook, _areas(hook.command)) for hook in tunnel.hooks if hook.phase in (Phase.PRE_UP, Phase.POST_UP))
    return tuple(
        SuspectedHook(hook.phase, hook.span.path, hook.span.start.line, made)
        for hook, areas in hooks
        if (made := tuple(found for found in there if found.area in areas))
    )


def _areas(hook: str) -> frozenset[Area]:
    """Return what a hook may change, by the first words of its commands."""
    commands = (command.split() for command in re.split(r"[;&|\n]+", hook))
    return _NOTHING.union(*(_of_command(words) for words in commands))


def _of_command(words: list[str]) -> frozenset[Area]:
    while words and (words[0] in ("sudo", "!", "{", "(") or re.match(r"\w+=", words[0])):
        words = words[1:]
    if not words or words[0].startswith("#"):
        return _NOTHING
    program = PurePosixPath(words[0]).name
    if program == "ip":
        object_ = next((word for word in words[1:] if not word.startswith("-")), "")
        return next((areas for name, areas in _OBJECTS.items() if object_ and name.startswith(object_)), _ANYTHING)
    return _PROGRAMS.get(program, _ANYTHING)
