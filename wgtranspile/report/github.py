"""Diagnostics as annotations of a GitHub workflow: beside the lines that a pull request changes.

In: diagnostics. Out: workflow commands, one line each. A runner takes any line that begins with `::` for a command, so
nothing that a config or a path says may begin a line, or a property, of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wgtranspile.channels import visible
from wgtranspile.diagnostics.model import Severity
from wgtranspile.report.base import Report
from wgtranspile.report.text import sayings

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from wgtranspile.diagnostics.model import Diagnostic

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}
_ESCAPED_IN_TEXT = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_IN_TEXT = str.maketrans(_ESCAPED_IN_TEXT)
_IN_PROPERTY = str.maketrans(_ESCAPED_IN_TEXT | {":": "%3A", ",": "%2C"})


class Github(Report):
    """An annotation for each finding, which cannot say that it is ignored."""

    def shows(self, found: Diagnostic) -> bool:
        """Whether a finding is shown."""
        return not found.ignored

    def add(self, diagnostics: Sequence[Diagnostic]) -> str:
        """Return the annotations of findings."""
        return render(diagnostics)


def render(diagnostics: Iterable[Diagnostic]) -> str:
    """Return one command per diagnostic; those of several calls may follow one another."""
    return "".join(map(_command, diagnostics))


def _command(found: Diagnostic) -> str:
    properties = {"file": visible(found.path), **_place(found), "title": f"{found.rule.code} {found.rule.name}"}
    place = ",".join(f"{name}={str(value).translate(_IN_PROPERTY)}" for name, value in properties.items())
    message = "\n".join(sayings(found)).translate(_IN_TEXT)
    return f"::{_COMMANDS[found.severity]} {place}::{message}\n"


def _place(found: Diagnostic) -> dict[str, int]:
    if not found.place:
        return {}
    start, end = found.place.start, found.place.end
    if start.line != end.line:  # GitHub takes columns only within one line
        return {"line": start.line, "endLine": end.line}
    return {"line": start.line, "endLine": end.line, "col": start.column, "endColumn": end.column}
