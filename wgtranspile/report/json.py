"""Diagnostics, and what was made, for programs.

In: diagnostics, artefacts and commands. Out: one JSON object, or one a line while a run goes on. Keys of the objects
may be added, never changed or removed, without a new number in `schema`. The contents of artefacts are not in it: they
go to files or stdout, so that the report holds no secret and may be kept in a log.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING

from wgtranspile.diagnostics.model import Severity
from wgtranspile.report.address import address
from wgtranspile.report.base import OneObject, Report, Written

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from wgtranspile.artefact import KeyFile
    from wgtranspile.diagnostics.model import Diagnostic, Label, Summary
    from wgtranspile.report.base import Run

SCHEMA = 1


class Json(OneObject):
    """One object, with all that was written."""

    names_artefacts = True

    def end(self, run: Run) -> str:
        """Return the object."""
        return render(self.kept, run.written)


class JsonLines(Report):
    """One object a line, of which the last is the summary."""

    def add(self, diagnostics: Sequence[Diagnostic]) -> str:
        """Return the lines of findings."""
        return render_lines(diagnostics)

    def end(self, run: Run) -> str:
        """Return the last line."""
        return render_summary(run.summary)


def render(diagnostics: Iterable[Diagnostic], written: Written = Written()) -> str:  # noqa: B008  frozen
    """Return the report of a run as text that ends in a newline."""
    report = {
        "schema": SCHEMA,
        "target": written.target,
        "diagnostics": [as_dict(found) for found in diagnostics],
        "artefacts": [
            {
                "path": _text(str(artefact.path)),
                "mode": f"{artefact.mode:04o}",
                "owner": artefact.owner,
                "group": artefact.group,
                "secret": artefact.secret,
                "link_to": artefact.link_to and _text(artefact.link_to),
            }
            for artefact in written.artefacts
        ],
        "activate": [_text(command) for command in written.activate],
        "deactivate": [_text(command) for command in written.deactivate],
        "update": [_text(command) for command in written.update],
        "keys": [_key(interface, config, file) for interface, config, file in written.keys],
    }
    return json.dumps(report, indent=2) + "\n"


def _key(interface: str, config: str, file: KeyFile) -> dict[str, object]:
    return {
        "path": _text(str(file.path)),
        "mode": f"{file.mode:04o}",
        "owner": file.owner,
        "group": file.group,
        "interface": interface,
        "setting": file.setting,
        "peer": file.peer,
        "file": _text(config),
        "line": file.line,
        "placeholder": file.placeholder,
    }


def render_lines(diagnostics: Iterable[Diagnostic]) -> str:
    """Return one line per diagnostic; those of several calls may follow one another, and a summary ends them."""
    return "".join(json.dumps({"kind": "finding", **as_dict(found)}) + "\n" for found in diagnostics)


def render_summary(summary: Summary) -> str:
    """Return the last of the lines; its seconds are all that differs between two runs over the same."""
    codes = Counter[str]()
    for kind, number in summary.found.items():
        codes[kind.code] += number
    line = {
        "kind": "summary",
        "schema": SCHEMA,
        "configs": summary.configs,
        "artefacts": summary.artefacts,
        **{f"{severity}s": summary.number(severity) for severity in Severity},
        "ignored": sum(number for kind, number in summary.found.items() if kind.ignored),
        "codes": dict(sorted(codes.items())),
        "seconds": summary.seconds,
    }
    return json.dumps(line) + "\n"


def as_dict(found: Diagnostic) -> dict[str, object]:
    """Return a diagnostic in plain types; `labels[0]` is the primary place, which `start` and `end` repeat."""
    labels = [_label(label) for label in found.labels]
    rule = found.rule
    return {
        "code": rule.code,
        "name": rule.name,
        "severity": str(found.severity),
        "message": _text(found.message),
        "file": _text(found.path),
        "start": labels[0]["start"] if labels else None,
        "end": labels[0]["end"] if labels else None,
        "labels": labels,
        "notes": [_text(note) for note in found.notes],
        "help": _text(found.help) or None,
        "url": address(rule),
        "backend": found.backend,
        "fidelity": None if rule.fidelity is None else str(rule.fidelity),
        "ignored": found.ignored,
    }


def _label(label: Label) -> dict[str, object]:
    return {
        "file": _text(label.place.path),
        "start": label.place.start._asdict(),
        "end": label.place.end._asdict(),
        "text": _text(label.text),
    }


def _text(text: str) -> str:
    """Return text that every JSON reader takes: what was no UTF-8 in the config becomes U+FFFD."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
