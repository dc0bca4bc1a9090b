"""A tunnel of this host beside its plan."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from wgtranspile.state.difference import compare, unchecked
from wgtranspile.state.live import snapshot
from wgtranspile.state.model import Area
from wgtranspile.state.networkd import removes_foreign_rules
from wgtranspile.state.wanted import expected, host_names

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wgtranspile.plan import Plan
    from wgtranspile.state.model import Difference, Unchecked


NETWORKD_REMOVES_RULES = (
    "networkd manages foreign policy rules on this host and removes those of wg-quick; see docs/networkd.md"
)


class Verdict(NamedTuple):
    """How a live tunnel differs from its plan, what of it could not be compared, and why it may differ."""

    differences: tuple[Difference, ...]
    unchecked: tuple[Unchecked, ...]
    causes: tuple[str, ...] = ()


def verify(plan: Plan) -> Verdict:
    """Compare the live tunnel of a plan's interface with it. Raises SnapshotError."""
    wanted = expected(plan)
    live = snapshot(plan.interface, host_names(wanted))
    differences = compare(wanted, live)
    return Verdict(differences, unchecked(wanted, live), tuple(causes(differences)))


def causes(differences: Iterable[Difference]) -> Iterator[str]:
    """Give what on this host makes tunnels differ so."""
    lacks_rules = any(difference.area is Area.RULE and difference.found is None for difference in differences)
    if lacks_rules and removes_foreign_rules():
        yield NETWORKD_REMOVES_RULES
