"""The hooks as a script of their own, for backends whose programs call them one moment at a time."""

from __future__ import annotations

import re
from enum import Enum
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

from wgtranspile.artefact import Artefact
from wgtranspile.backends.base import place, source_name
from wgtranspile.backends.quoting import comment, shell_word, shell_words
from wgtranspile.plan import Phase, Plan, RunHook
from wgtranspile.templating import Raw, render

if TYPE_CHECKING:
    from collections.abc import Sequence


class Touch(Enum):
    """What a hook changes of its tunnel beside wg-quick's own doing."""

    DEVICE = "device"
    LINK = "link"
    RULES = "rules"
    RESOLVER = "resolver"


# The programs that change it, as words of a command; what a script of its own does, a hook does not tell.
_TOUCHING = {
    Touch.DEVICE: r"wg\s+(?:set|setconf|addconf|syncconf)",
    Touch.LINK: r"ip\s(?:\s*-\S+)*\s*(?:a(?:d(?:d(?:r(?:ess?)?)?)?)?|r(?:o(?:u(?:te?)?)?)?|l(?:i(?:nk?)?)?)\s",
    Touch.RULES: r"ip\s(?:\s*-\S+)*\s*ru(?:le?)?\s",
    Touch.RESOLVER: r"(?:resolvectl|systemd-resolve|resolvconf)\s",
}


def touched(hook: RunHook) -> frozenset[Touch]:
    """Return what a hook changes, as far as its words show it."""
    return frozenset(touch for touch, words in _TOUCHING.items() if re.search(rf"(?<![\w.-]){words}", hook.command))


class _Phase(NamedTuple):
    name: str
    commands: tuple[Raw, ...]


class _View(NamedTuple):
    interface: str
    source: str
    phases: tuple[_Phase, ...]


def path(plan: Plan) -> PurePosixPath:
    """Give the place of the script, which takes the name of a moment as its argument."""
    return PurePosixPath(f"etc/wireguard/{plan.interface}.hooks")


def script(plan: Plan, hooks: Sequence[RunHook]) -> Artefact | None:
    """Give the script with these hooks of a plan, if there are any; it is root's alone, as hooks may hold keys."""
    phases = {phase: tuple(_command(plan, hook) for hook in hooks if hook.phase is phase) for phase in Phase}
    view = _View(plan.interface, source_name(plan), tuple(_Phase(*item) for item in phases.items() if item[1]))
    if not view.phases:
        return None
    text = render("hooks/tunnel.hooks.j2", view, quote=shell_word, filters={"comment": comment})
    return Artefact(path(plan), text, 0o700, secret=True)


def _command(plan: Plan, hook: RunHook) -> Raw:
    command = shell_words(("execute_hook", hook.command))
    return Raw(f"{command} {comment(f'# from {place(plan, hook.span)}')}")
