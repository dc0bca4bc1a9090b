"""A tunnel of this host beside its plan."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from wgtranspile.state.difference import compare, unchecked
from wgtranspile.state.live import snapshot
from wgtranspile.state.wanted import expected, host_names

if TYPE_CHECKING:
    from wgtranspile.plan import Plan
    from wgtranspile.state.model import Difference, Unchecked


class Verdict(NamedTuple):
    """How a live tunnel differs from its plan, and what of it could not be compared."""

    differences: tuple[Difference, ...]
    unchecked: tuple[Unchecked, ...]


def verify(plan: Plan) -> Verdict:
    """Compare the live tunnel of a plan's interface with it. Raises SnapshotError."""
    wanted = expected(plan)
    live = snapshot(plan.interface, host_names(wanted))
    return Verdict(compare(wanted, live), unchecked(wanted, live))
