"""The live state of a tunnel, taken from the kernel, and how it differs from the wanted one.

In: an interface name, or a `Tunnel`. Out: a `State` of either, their differences, and what could not be checked.
"""

from wgtranspile.state.causes import explain
from wgtranspile.state.difference import changes, compare, unchecked
from wgtranspile.state.live import SnapshotError, rules_of_networkd, snapshot
from wgtranspile.state.model import Area, Cause, Difference, State, SuspectedHook, Unchecked, Verdict
from wgtranspile.state.networkd import READ_CONFIG, keeps_foreign_rules
from wgtranspile.state.normalisations import NORMALISATIONS, Normalisation
from wgtranspile.state.report import as_json, render, render_normalisations
from wgtranspile.state.verdict import lacks_rules, verify
from wgtranspile.state.wanted import KERNEL_RULES, expected, host_names
from wgtranspile.state.wording import rule as describe_rule

__all__ = [
    "KERNEL_RULES",
    "NORMALISATIONS",
    "READ_CONFIG",
    "Area",
    "Cause",
    "Difference",
    "Normalisation",
    "SnapshotError",
    "State",
    "SuspectedHook",
    "Unchecked",
    "Verdict",
    "as_json",
    "changes",
    "compare",
    "describe_rule",
    "expected",
    "explain",
    "host_names",
    "keeps_foreign_rules",
    "lacks_rules",
    "render",
    "render_normalisations",
    "rules_of_networkd",
    "snapshot",
    "unchecked",
    "verify",
]
