"""The hooks as a script of their own, for backends whose programs call them one moment at a time."""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

from wgtranspile.artefact import Artefact
from wgtranspile.backends.base import place, source_name
from wgtranspile.backends.quoting import comment, shell_word, shell_words
from wgtranspile.model import Hook, Phase, Tunnel
from wgtranspile.templating import Raw, render

if TYPE_CHECKING:
    from collections.abc import Sequence


class Kind(StrEnum):
    """What a hook touches, as far as its words tell: a daemon may undo it."""

    DEVICE = "device"
    LINK = "link"
    RULES = "rules"
    REMOVAL = "removal"
    RESOLVER = "resolver"


# Within one command; ip(8) takes any beginning of the name of an object.
_IP = r"(?<![\w.-])ip(?:\s+-\S+)*\s+"
_ADDRESS, _ROUTE, _RULE = "a|ad|addr?|addre|addres|address", "r|ro|rou|rout|route", "ru|rul|rule"
_TOUCHES = {
    Kind.DEVICE: r"(?<![\w.-])wg\s+(?:set|addconf|setconf|syncconf)\b",
    Kind.LINK: _IP + rf"(?:{_ADDRESS}|{_ROUTE}|l|li|lin|link)(?=\s)",  # with the interface behind it
    Kind.RULES: _IP + rf"(?:{_RULE})\b",
    Kind.REMOVAL: _IP + rf"(?:(?P<rule>{_RULE})|{_ADDRESS}|{_ROUTE})\s+(?:d|de|del\w*|f|fl\w*)\b",
    Kind.RESOLVER: r"(?<![\w.-])(?:resolvectl|systemd-resolve|resolvconf)\b",
}


class _Phase(NamedTuple):
    name: str
    commands: tuple[Raw, ...]


class _View(NamedTuple):
    interface: str
    source: str
    phases: tuple[_Phase, ...]


def kinds(tunnel: Tunnel, hook: Hook) -> frozenset[Kind]:
    """Return what a hook touches of the tunnel by its words; what a script does that it calls is not seen."""
    commands = re.split(r"[;&|\n]+", hook.command)
    named = re.compile(rf"(?<![\w.+=-]){re.escape(tunnel.interface)}(?![\w.+=-])")
    return frozenset(kind for kind in Kind if any(_touches(kind, command, named) for command in commands))


def _touches(kind: Kind, command: str, named: re.Pattern[str]) -> bool:
    found = re.search(_TOUCHES[kind], command)
    if found is None:
        return False
    # A rule has no link; an address or a route may be another link's.
    of_link = kind in (Kind.LINK, Kind.REMOVAL) and not found.groupdict().get("rule")
    return not of_link or named.search(command, found.end()) is not None


def path(tunnel: Tunnel) -> PurePosixPath:
    """Return the place of the script, which takes the name of a moment as its argument."""
    return PurePosixPath(f"etc/wireguard/{tunnel.interface}.hooks")


def script(tunnel: Tunnel, hooks: Sequence[Hook]) -> Artefact | None:
    """Return the script with these hooks of a tunnel, if there are any; it is root's alone, as hooks may hold keys."""
    phases = {phase: tuple(_command(hook) for hook in hooks if hook.phase is phase) for phase in Phase}
    view = _View(tunnel.interface, source_name(tunnel), tuple(_Phase(*item) for item in phases.items() if item[1]))
    if not view.phases:
        return None
    text = render("hooks/tunnel.hooks.j2", view, quote=shell_word, filters={"comment": comment})
    return Artefact(path(tunnel), text, 0o700, secret=True)


def _command(hook: Hook) -> Raw:
    command = shell_words(("execute_hook", hook.command))
    return Raw(f"{command} {comment(f'# from {place(hook.span)}')}")
