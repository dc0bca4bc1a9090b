"""A tunnel of this host beside what its config makes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wgtranspile import compare
from wgtranspile.compare import Area, Verdict
from wgtranspile.readers import removes_foreign_rules, snapshot

if TYPE_CHECKING:
    from wgtranspile.model import Tunnel


def verified(tunnel: Tunnel) -> Verdict:
    """Compare the live tunnel of an interface with the wanted one. Raises SnapshotError."""
    live = snapshot(tunnel.interface, compare.host_names(tunnel))
    verdict = compare.compare(tunnel, live)
    lacks_rules = any(found.area is Area.RULE and found.found is None for found in verdict.differences)
    causes = compare.explain(tunnel, live, networkd_removes_rules=lacks_rules and removes_foreign_rules())
    return verdict._replace(causes=causes, hooks=compare.suspected(tunnel, verdict.differences))
