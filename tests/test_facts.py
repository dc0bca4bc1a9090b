"""Each report of a finding gives the facts that its message and help ask for, and no others.

The calls are read, not run, so that those are checked, too, that no test reaches.
"""

from __future__ import annotations

import ast
import re
from importlib import import_module
from pathlib import Path
from string import Formatter
from typing import TYPE_CHECKING, NamedTuple

import pytest

from wgtranspile.diagnostics import Rule, catalogue

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = Path(__file__).parent.parent / "wgtranspile"
# What Collector.report takes besides facts; it knows the backend itself.
_PARTS = {"label", "also", "notes", "help", "backend"}
# What makes a report, by the last word of its name.
_REPORTS = ("report", "Gap", "Refused")
# What the reader of a config adds to the facts of each value that it refuses.
_OF_A_VALUE = {"key", "text"}
# Where the rule comes from elsewhere: the gaps of backends, refused values, what configs of a host or a fleet share.
_PASSED_ON = {
    "pipeline.py": {"gap.rule"},
    "config/reader.py": {"refused.rule", "rule"},
    "checks/host.py": {"rule"},
    "checks/fleet.py": {"collector", "self.rule"},
}
# The facts that these rules get where they are passed on.
_FACTS_OF = {"H": {"thing", "other"}, "F": {"other"}}
RULES = {
    name: row
    for stage in catalogue.STAGES.values()
    for name, row in vars(import_module(f"{catalogue.__name__}.{stage.table}")).items()
    if isinstance(row, Rule)
}


class Report(NamedTuple):
    """A call that reports: its place, the rules it may be about, the facts it gives, and whether it has its own help.

    `offered` are facts that a rule may use, but need not.
    """

    place: str
    rules: list[Rule]
    facts: set[str]
    has_help: bool
    offered: set[str]


def reports(module: Path) -> Iterator[Report]:
    tree = ast.parse(module.read_bytes())
    name = str(module.relative_to(PACKAGE))
    for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)):
        for call in (node for node in ast.walk(function) if isinstance(node, ast.Call) and node.args):
            kind = ast.unparse(call.func).rpartition(".")[2]
            about = ast.unparse(call.args[0])
            if kind not in _REPORTS or about in _PASSED_ON.get(name, ()):
                continue
            given = {word.arg for word in call.keywords if word.arg}
            if kind == "Gap" and call.args[2:]:
                assert isinstance(call.args[2], ast.Dict)
                given = {str(ast.literal_eval(key)) for key in call.args[2].keys if key}
            yield Report(
                f"{name}:{call.lineno}",
                [*_rules(call.args[0], function)],
                given - _PARTS,
                "help" in given,
                _OF_A_VALUE if kind == "Refused" else set(),
            )


def _rules(expression: ast.expr, function: ast.FunctionDef) -> Iterator[Rule]:
    """Yield what an expression may stand for: a row, one of two, or what a variable of the function is set to."""
    name = ast.unparse(expression).rpartition(".")[2]
    if isinstance(expression, ast.IfExp):
        yield from (*_rules(expression.body, function), *_rules(expression.orelse, function))
    elif name in RULES:
        yield RULES[name]
    else:
        for node in ast.walk(function):
            if isinstance(node, ast.Assign) and [name] == [ast.unparse(target) for target in node.targets]:
                yield from _rules(node.value, function)


def facts(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name} - {"backend"}


REPORTS = [report for module in sorted(PACKAGE.rglob("*.py")) for report in reports(module)]


@pytest.mark.parametrize("report", REPORTS, ids=lambda report: report.place)
def test_a_report_gives_the_facts_of_its_message_and_no_others(report: Report) -> None:
    assert report.rules
    needed = [facts(rule.message) | (set() if report.has_help else facts(rule.help)) for rule in report.rules]

    assert [set()] * len(needed) == [each - report.facts - report.offered for each in needed]
    assert set() == report.facts - {fact for rule in report.rules for fact in facts(rule.message) | facts(rule.help)}


@pytest.mark.parametrize(
    "rule", [rule for rule in RULES.values() if rule.code[0] in _FACTS_OF], ids=lambda rule: rule.code
)
def test_what_is_passed_on_has_the_facts_of_its_message(rule: Rule) -> None:
    assert _FACTS_OF[rule.code[0]] >= facts(rule.message) | facts(rule.help)


def test_every_rule_is_used() -> None:
    modules = [path for path in PACKAGE.rglob("*.py") if "catalogue" not in path.parts]
    words = {word for path in modules for word in re.findall(r"\b[A-Z][A-Z0-9_]+\b", path.read_text(encoding="utf-8"))}

    assert set() == RULES.keys() - words
