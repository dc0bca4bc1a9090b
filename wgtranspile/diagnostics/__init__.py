"""What is said about a config, and how it is shown.

In: reports of the stages, each a rule of the catalogue at a place. Out: `Diagnostic`s, which `text`, `json`,
`github` and `sarif` render, and which `gathered` shows once where many configs have them.
"""

from wgtranspile.diagnostics.model import Collector, Diagnostic, Fidelity, Kind, Label, Rule, Severity, Summary

__all__ = ["Collector", "Diagnostic", "Fidelity", "Kind", "Label", "Rule", "Severity", "Summary"]
