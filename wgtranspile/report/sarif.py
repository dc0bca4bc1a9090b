"""Diagnostics for code-scanning views: a log in SARIF 2.1.0, with all that GitHub asks of one.

In: diagnostics. Out: one JSON object. It quotes no line of a config, and hashes one only after its keys are masked.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import quote

from wgtranspile import __version__
from wgtranspile.channels import visible
from wgtranspile.diagnostics.catalogue import STAGES
from wgtranspile.diagnostics.quoted import masked_line
from wgtranspile.report.address import address
from wgtranspile.report.base import OneObject
from wgtranspile.report.text import sayings
from wgtranspile.source import Position

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wgtranspile.diagnostics.model import Diagnostic, Label, Rule
    from wgtranspile.report.base import Run
    from wgtranspile.source import Source

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

_DIGITS = 16

_Object = dict[str, object]


class Sarif(OneObject):
    """One log."""

    def end(self, run: Run) -> str:  # noqa: ARG002  a log has findings only
        """Return the log."""
        return render(self.kept)


def render(diagnostics: Iterable[Diagnostic]) -> str:
    """Return the log of a run as text that ends in a newline; the rules in it are those that were found to apply."""
    found = list(diagnostics)
    rules = sorted({each.rule for each in found}, key=lambda rule: rule.code)
    indices = {rule: index for index, rule in enumerate(rules)}
    driver = {"name": "wgtranspile", "version": __version__, "rules": [_rule(rule) for rule in rules]}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [
            _result(each, indices[each.rule], fingerprint)
            for each, fingerprint in zip(found, _fingerprints(found), strict=True)
        ],
    }
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _rule(rule: Rule) -> _Object:
    help_ = f"{rule.explanation}\n\nWhat to do: {rule.advice}." if rule.advice else rule.explanation
    page = address(rule)
    return {
        "id": rule.code,
        "name": rule.name,
        "shortDescription": {"text": rule.headline},
        "fullDescription": {"text": rule.explanation},
        "help": {"text": help_, "markdown": help_},
        **({"helpUri": page} if page else {}),
        "defaultConfiguration": {"level": str(rule.severity)},
        "properties": {"tags": ["wireguard", STAGES[rule.code[0]].title.lower()]},
    }


def _result(found: Diagnostic, index: int, fingerprint: str) -> _Object:
    primary, *others = found.labels or (None,)
    result: _Object = {
        "ruleId": found.rule.code,
        "ruleIndex": index,
        "level": str(found.severity),
        "message": _message("\n".join(sayings(found))),
        "locations": [_location(found, primary)],
        "partialFingerprints": {"primaryLocationLineHash": fingerprint},
    }
    if found.ignored:
        result["suppressions"] = [{"kind": "external"}]  # by an option of the run, not by words in the config
    if others:
        result["relatedLocations"] = [_location(found, label) | {"id": at} for at, label in enumerate(others, 1)]
    return result


def _location(found: Diagnostic, label: Label | None) -> _Object:
    path = label.place.path if label else found.path
    location: _Object = {"physicalLocation": {"artifactLocation": {"uri": _uri(path)}, "region": _region(label)}}
    if label and label.text:
        location["message"] = _message(visible(label.text))
    return location


def _region(label: Label | None) -> _Object:
    """Return the place of a label; GitHub wants one from a diagnostic about the whole file, too."""
    start, end = (label.place.start, label.place.end) if label else (Position(1, 1), Position(1, 1))
    return {"startLine": start.line, "startColumn": start.column, "endLine": end.line, "endColumn": end.column}


def _message(text: str) -> _Object:
    """Return a text without the links that a viewer would make of `[words](target)` in it."""
    return {"text": text.replace("](", "] (")}


def _uri(path: str) -> str:
    encoded = quote(path.encode("utf-8", "surrogateescape"))
    return f"file://{encoded}" if path.startswith("/") else encoded


def _fingerprints(found: Iterable[Diagnostic]) -> Iterator[str]:
    """Yield what identifies a finding even if lines move: a digest of rule, file and line, and the occurrence."""
    seen: Counter[str] = Counter()
    for each in found:
        digest = _digest(f"{each.rule.code}\0{each.path}\0{_place(each)}")
        seen[digest] += 1
        yield f"{digest}:{seen[digest]}"


def _place(found: Diagnostic) -> str:
    """Return what stands in the line of a finding, and what it marks there."""
    if not found.place:
        return ""
    source, (start, end) = found.place
    number, column = source.position(start)
    marked = masked_line(source, number)[column - 1 : column - 1 + end - start]
    return f"{_line(source, number)}\0{marked}"


@lru_cache(maxsize=4)  # as of masked_line
def _line(source: Source, number: int) -> str:
    return _digest("".join(masked_line(source, number).split()))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]
