"""How a live tunnel differs from the wanted one, why it may, and what could not be checked.

In: a `Tunnel`, and a `Host` or None. Out: differences as data, their causes, and both in words or for programs.
"""

from wgtranspile.compare.causes import NETWORKD_REMOVES_RULES, explain
from wgtranspile.compare.difference import changes, compare, host_names, rules_of
from wgtranspile.compare.hooks import suspected
from wgtranspile.compare.model import Area, Cause, Difference, SuspectedHook, Unchecked, Verdict
from wgtranspile.compare.normalisations import NORMALISATIONS, plain_rules
from wgtranspile.compare.report import as_json, render, render_normalisations
from wgtranspile.compare.words import Item
from wgtranspile.compare.words import rule as describe_rule

__all__ = [
    "NETWORKD_REMOVES_RULES",
    "NORMALISATIONS",
    "Area",
    "Cause",
    "Difference",
    "Item",
    "SuspectedHook",
    "Unchecked",
    "Verdict",
    "as_json",
    "changes",
    "compare",
    "describe_rule",
    "explain",
    "host_names",
    "plain_rules",
    "render",
    "render_normalisations",
    "rules_of",
    "suspected",
]
