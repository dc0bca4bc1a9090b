"""A tunnel of this host beside what its config makes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wgtranspile.state.causes import explain
from wgtranspile.state.difference import compare, unchecked
from wgtranspile.state.hooks import suspected
from wgtranspile.state.live import snapshot
from wgtranspile.state.model import Area, Verdict
from wgtranspile.state.networkd import removes_foreign_rules
from wgtranspile.state.wanted import expected, host_names

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wgtranspile.model import Tunnel
    from wgtranspile.state.model import Difference


def verify(tunnel: Tunnel) -> Verdict:
    """Compare the live tunnel of an interface with the wanted one. Raises SnapshotError."""
    wanted = expected(tunnel)
    live = snapshot(tunnel.interface, host_names(wanted))
    differences = compare(wanted, live)
    removed = lacks_rules(differences) and removes_foreign_rules()
    causes = explain(wanted, live, networkd_removes_rules=removed)
    return Verdict(differences, unchecked(wanted, live), causes, suspected(tunnel, differences))


def lacks_rules(differences: Iterable[Difference]) -> bool:
    """Whether a policy rule is missing."""
    return any(difference.area is Area.RULE and difference.found is None for difference in differences)
