"""The catalogue is complete, in order, and shown by what it says."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

import pytest

from wgtranspile.diagnostics import Fidelity, Rule, Severity, catalogue
from wgtranspile.diagnostics.catalogue import config

ROOT = Path(__file__).parent.parent
SHOWN = "\n".join(
    path.read_text(encoding="utf-8")
    for path in [*ROOT.glob("golden/*/**/diagnostics.txt"), *ROOT.glob("tests/**/*.py")]
    if "report" not in path.parts  # tests of the renderers show codes that nothing reported
)
EACH_RULE = pytest.mark.parametrize("rule", catalogue.rules(), ids=lambda rule: rule.code)


def test_codes_and_names_are_unique() -> None:
    assert len(catalogue.rules()) == len({rule.code for rule in catalogue.rules()})
    assert len(catalogue.rules()) == len({rule.name for rule in catalogue.rules()})


def test_each_table_has_the_findings_of_its_stage_in_the_order_of_their_codes() -> None:
    for letter, stage in catalogue.STAGES.items():
        table = vars(import_module(f"{catalogue.__name__}.{stage.table}"))
        written = [row.code for row in table.values() if isinstance(row, Rule)]

        assert sorted(written) == written
        assert {letter} == {code[0] for code in written}


@EACH_RULE
def test_a_code_tells_its_stage(rule: Rule) -> None:
    assert re.fullmatch(r"S1\d\d|C2\d\d|P3\d\d|B4\d\d|K5\d\d|H6\d\d|F7\d\d|M8\d\d|X9\d\d", rule.code)


@EACH_RULE
def test_a_name_reads_well_after_allow(rule: Rule) -> None:
    """It names what is found, in words and hyphens, not what to do about it."""
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+", rule.name)
    assert not rule.name.startswith(("no-", "do-", "use-", "avoid-", "check-", "allow-", "require-"))


@EACH_RULE
def test_a_message_is_a_terse_phrase(rule: Rule) -> None:
    assert not rule.message.endswith(".")
    assert "\n" not in rule.message
    assert not re.match("[A-Z][a-z]", rule.message)


@EACH_RULE
def test_what_is_said_of_a_rule_in_general_has_words_for_the_facts(rule: Rule) -> None:
    assert rule.headline
    assert not set("{}") & set(rule.headline + rule.advice)
    facts = {fact.upper() for fact in re.findall(r"\{(\w+)\}", rule.message)} - {"MTU"}  # which is a word, too
    assert not facts & {*re.findall(r"\w+", rule.headline)}
    assert not re.search(r"\b(this|the|a|an) (this|the|a|an)\b", rule.headline)


def test_advice_that_depends_on_the_config_altogether_is_none_in_general() -> None:
    assert ("move it below `[SECTION]`", "") == (config.MISPLACED_KEY.advice, config.INVALID_KEY.advice)


@EACH_RULE
def test_an_explanation_is_made_of_sentences(rule: Rule) -> None:
    assert rule.explanation.endswith(".")


@EACH_RULE
def test_what_is_refused_is_an_error_and_gaps_are_of_backends(rule: Rule) -> None:
    if rule.fidelity:
        assert rule.code.startswith("B")
    if rule.fidelity is Fidelity.REFUSED:
        assert rule.severity is Severity.ERROR


@EACH_RULE
def test_a_rule_is_shown_by_a_golden_case_or_a_test(rule: Rule) -> None:
    assert re.search(rf"\b{rule.code}\b", SHOWN)


@EACH_RULE
def test_a_rule_is_found_by_its_code_and_by_its_name_in_any_case(rule: Rule) -> None:
    assert rule is catalogue.rule(rule.code.lower())
    assert rule is catalogue.rule(rule.name.upper())
