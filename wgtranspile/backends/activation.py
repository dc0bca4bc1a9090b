"""The commands that activate, update and deactivate a tunnel, as a script, for backends whose programs need several.

In: what a backend has the script do. Out: the script, and the commands that run it.
"""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

from wgtranspile.artefact import Artefact, Command
from wgtranspile.backends.base import source_name
from wgtranspile.backends.quoting import comment, shell_word, unit_name
from wgtranspile.templating import Raw, render, text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from wgtranspile.model import Tunnel

_SHARED = ("shell/parts/tools.sh", "tunnel/wg_quick.sh")


class Verb(NamedTuple):
    """What the script does when it is called with this word."""

    name: str
    commands: tuple[Raw, ...]


class _View(NamedTuple):
    interface: str
    source: str
    manager: str
    updates: bool
    settings: tuple[Raw, ...]
    parts: tuple[Raw, ...]
    verbs: tuple[Verb, ...]
    usage: Raw


def path(tunnel: Tunnel) -> PurePosixPath:
    """Return the place of the script, which takes a verb as its argument."""
    return PurePosixPath(f"etc/wireguard/{tunnel.interface}.tunnel")


def wg_quick_unit(tunnel: Tunnel) -> str:
    """Return wg-quick's own unit of the tunnel, with which a unit of ours conflicts."""
    return f"wg-quick@{unit_name(tunnel.interface)}.service"


def command(tunnel: Tunnel, verb: str) -> Command:
    """Return the command that has the script do what the verb says."""
    return Command((f"/{path(tunnel)}", verb))


def script(
    tunnel: Tunnel, manager: str, settings: Mapping[str, object], parts: Sequence[str], verbs: Sequence[Verb]
) -> Artefact:
    """Return the script.

    `settings` are shell variables; `parts` are files below templates/ with functions, among them `is_ours`, which tells
    the link of these files from that of wg-quick. With hooks it is root's alone: it may hold a digest of them, by which
    a password in a hook could be guessed.
    """
    mode, secret = (0o700, True) if tunnel.hooks else (0o755, False)
    view = _View(
        tunnel.interface,
        source_name(tunnel),
        manager,
        updates=any(verb.name == "update" for verb in verbs),
        settings=tuple(Raw(f"{name}={shell_word(value)}") for name, value in settings.items()),
        parts=tuple(Raw(text(part)) for part in (*_SHARED, *parts)),
        verbs=tuple(verbs),
        usage=Raw("|".join(verb.name for verb in verbs)),
    )
    content = render("tunnel/tunnel.j2", view, quote=shell_word, filters={"comment": comment})
    return Artefact(path(tunnel), content, mode, secret=secret)
