"""What a tunnel is held to when it comes back: how it differed from its config under wg-quick, as by a hook's doing.

In: interfaces, and what is on record of them. Out: what differs, or has changed since.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wgtranspile import inputs, pipeline, state
from wgtranspile.migration.model import About

if TYPE_CHECKING:
    from wgtranspile.migration.model import Migration
    from wgtranspile.state import Difference


def about(migration: Migration) -> About:
    """Give what is to be known later of a migration that has not begun. Raises SnapshotError."""
    return About(migration.target, {tunnel.name: _differences(tunnel.name) or () for tunnel in migration.tunnels})


def changed(about: About) -> str:
    """Tell in words what is not as it was under wg-quick; nothing where all is. Raises SnapshotError."""
    text = ""
    for name, before in about.differences.items():
        now = _differences(name)
        if now is None:
            text += f"{name}: its config can be read no more\n"
        elif changes := state.changes(before, now):
            text += state.render(name, changes)
    return text


def _differences(name: str) -> tuple[Difference, ...] | None:
    """Compare a live tunnel with its config as it is now, of which wg-quick brings it up; nothing is pinned."""
    read = inputs.read(inputs.of_interface(name))
    if isinstance(read, inputs.Unreadable):
        return None
    plan = pipeline.plan_config(read.source, read.name).plan
    return None if plan is None else state.verify(plan).differences
