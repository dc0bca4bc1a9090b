"""What a tunnel is held to when it comes back: how it differed from its config under wg-quick, as by a hook's doing.

In: interfaces, and what is on record of them. Out: what differs, or has changed since.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from wgtranspile import compare, pipeline
from wgtranspile.files import inputs
from wgtranspile.migration.model import About
from wgtranspile.readers import SnapshotError
from wgtranspile.verify import verified

if TYPE_CHECKING:
    from collections.abc import Callable

    from wgtranspile.compare import Difference, Verdict
    from wgtranspile.migration.model import Migration
    from wgtranspile.model import Tunnel

#: So long a manager may take until all is as it should be: seconds.
SETTLE = 20
_PAUSE = 0.25


def verify(wanted: Tunnel) -> Verdict:
    """Compare a live tunnel with the wanted one. Raises SnapshotError.

    An endpoint that the config does not have is no difference: a new device is told where the peer was heard last,
    and it may be gone.
    """
    verdict = verified(wanted)
    return verdict._replace(differences=tuple(filter(_matters, verdict.differences)))


def about(migration: Migration) -> About:
    """Return what is to be known later of a migration that has not begun. Raises SnapshotError."""
    return About(migration.target.name, {tunnel.name: _differences(tunnel.name) or () for tunnel in migration.tunnels})


def changed(about: About) -> str:
    """Tell in words what is not as it was under wg-quick; nothing where all is. Raises SnapshotError."""
    text = ""
    for name, earlier in about.differences.items():
        now = _differences(name)
        if now is None:
            text += f"{name}: its config can no longer be read\n"
        elif changes := compare.changes(earlier, now):
            text += compare.render(name, compare.Verdict(changes))
    return text


def settled(changed: Callable[[], str]) -> str:
    """Wait until nothing is told of what has changed; give what still is when the time is over."""
    deadline = time.monotonic() + SETTLE
    while text := _told(changed):
        if time.monotonic() > deadline:
            return text
        time.sleep(_PAUSE)
    return ""


def can_come_back(about: About) -> bool:
    """Tell whether the configs are there of which wg-quick would bring the tunnels up."""
    return all(_plan(name) for name in about.differences)


def _told(changed: Callable[[], str]) -> str:
    try:
        return changed()
    except SnapshotError as error:  # as of a link that comes or goes
        return error.message


def _matters(difference: Difference) -> bool:
    is_endpoint = difference.area is compare.Area.PEER and difference.item.endswith(compare.Item.ENDPOINT)
    return not (is_endpoint and difference.wanted is None)


def _plan(name: str) -> Tunnel | None:
    """Return the tunnel of a config as it is now, of which wg-quick brings it up; nothing is pinned."""
    read = inputs.read(inputs.of_interface(name))
    return None if isinstance(read, inputs.Unreadable) else pipeline.lower_config(read.source, read.name).tunnel


def _differences(name: str) -> tuple[Difference, ...] | None:
    """Compare a live tunnel with its config; the lines of that may be others later."""
    wanted = _plan(name)
    return wanted and tuple(replace(found, path=None, line=None) for found in verify(wanted).differences)
