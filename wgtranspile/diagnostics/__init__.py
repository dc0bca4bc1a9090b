"""What is said about a config.

In: reports of the stages, each a rule of the catalogue at a place. Out: `Diagnostic`s, which `report` shows.
"""

from wgtranspile.diagnostics.model import Collector, Diagnostic, Fidelity, Kind, Label, Rule, Severity, Summary

__all__ = ["Collector", "Diagnostic", "Fidelity", "Kind", "Label", "Rule", "Severity", "Summary"]
