"""The live state of a tunnel, taken from the kernel, and how it differs from a plan.

In: an interface name, or a `Plan`. Out: a `State` of either, their differences, and what could not be checked.
"""

from wgtranspile.state.difference import compare, unchecked
from wgtranspile.state.live import SnapshotError, snapshot
from wgtranspile.state.model import Area, Difference, State, Unchecked
from wgtranspile.state.normalisations import NORMALISATIONS, Normalisation
from wgtranspile.state.report import as_json, render, render_normalisations
from wgtranspile.state.wanted import expected, host_names

__all__ = [
    "NORMALISATIONS",
    "Area",
    "Difference",
    "Normalisation",
    "SnapshotError",
    "State",
    "Unchecked",
    "as_json",
    "compare",
    "expected",
    "host_names",
    "render",
    "render_normalisations",
    "snapshot",
    "unchecked",
]
