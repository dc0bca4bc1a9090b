"""The live state of a tunnel, taken from the kernel, and how it differs from a plan.

In: an interface name, or a `Plan`. Out: a `State` of either, their differences, and what could not be checked.
"""

from wgtranspile.state.difference import changes, compare, unchecked
from wgtranspile.state.live import SnapshotError, rules_of_networkd, snapshot
from wgtranspile.state.model import Area, Difference, State, Unchecked
from wgtranspile.state.networkd import READ_CONFIG, keeps_foreign_rules
from wgtranspile.state.normalisations import NORMALISATIONS, Normalisation
from wgtranspile.state.report import as_json, render, render_normalisations
from wgtranspile.state.verdict import Verdict, causes, verify
from wgtranspile.state.wanted import KERNEL_RULES, expected, host_names
from wgtranspile.state.wording import rule as describe_rule

__all__ = [
    "KERNEL_RULES",
    "NORMALISATIONS",
    "READ_CONFIG",
    "Area",
    "Difference",
    "Normalisation",
    "SnapshotError",
    "State",
    "Unchecked",
    "Verdict",
    "as_json",
    "causes",
    "changes",
    "compare",
    "describe_rule",
    "expected",
    "host_names",
    "keeps_foreign_rules",
    "render",
    "render_normalisations",
    "rules_of_networkd",
    "snapshot",
    "unchecked",
    "verify",
]
