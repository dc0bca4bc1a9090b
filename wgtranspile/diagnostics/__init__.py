"""What is said about a config, and how it is shown.

In: reports of the stages, each a rule of the catalogue at a place. Out: `Diagnostic`s, which `text`, `json`,
`github` and `sarif` render.
"""

from wgtranspile.diagnostics.model import Collector, Diagnostic, Fidelity, Label, Rule, Severity, Summary

__all__ = ["Collector", "Diagnostic", "Fidelity", "Label", "Rule", "Severity", "Summary"]
