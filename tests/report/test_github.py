"""Workflow commands, read as a runner of GitHub reads them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import hypothesis.strategies as st
import pytest
from hypothesis import given

from tests.report.samples import SAMPLES
from wgtranspile.channels import visible
from wgtranspile.diagnostics import Diagnostic, Label, Rule, Severity
from wgtranspile.pipeline import transpile
from wgtranspile.report.github import render
from wgtranspile.report.text import sayings
from wgtranspile.source import Place, Source, Span

if TYPE_CHECKING:
    from syrupy.assertion import SnapshotAssertion

RULE = Rule("C203", "unknown-key", Severity.ERROR, "", "")
#: What is special to a runner or to a reader of lines, in every mixture.
HOSTILE = st.lists(
    st.sampled_from(
        ["\r", "\n", "::", "\n::error::x", ",", "=", "%", "%0A", "%25", "%3A", "##[error]", "\x85", "\u2028"]
    )
    | st.characters()
).map("".join)


def read(line: str) -> tuple[str, dict[str, str], str]:
    """Give the command, the properties and the message of a line, all escapes undone."""
    found = re.fullmatch(r"::(\w+) ((?:(?!::).)*)::(.*)", line)
    assert found, line
    properties = dict(pair.split("=", 1) for pair in found[2].split(","))
    return found[1], {name: _unescaped(value) for name, value in properties.items()}, _unescaped(found[3])


def _unescaped(text: str) -> str:
    for token, escape in (("\r", "%0D"), ("\n", "%0A"), (":", "%3A"), (",", "%2C"), ("%", "%25")):
        text = text.replace(escape, token)
    return text


def test_github_form(snapshot: SnapshotAssertion) -> None:
    assert render(SAMPLES.values()) == snapshot


@pytest.mark.parametrize("sample", SAMPLES)
def test_a_command_says_place_and_code_and_all_that_is_to_say(sample: str) -> None:
    found = SAMPLES[sample]

    command, properties, message = read(render([found]).removesuffix("\n"))

    assert {"error": "error", "warning": "warning", "note": "notice"}[found.severity] == command
    assert (visible(found.path), f"{found.rule.code} {found.rule.name}") == (properties["file"], properties["title"])
    assert "\n".join(sayings(found)) == message


def test_the_other_places_are_named_by_their_lines() -> None:
    _, _, message = read(render([SAMPLES["two places, the primary one below"]]).removesuffix("\n"))

    assert "`MTU` is given twice\nline 10: not this one" == message


def test_columns_are_given_only_within_a_line() -> None:
    _, within, _ = read(render([SAMPLES["tabs"]]).removesuffix("\n"))
    _, beyond, _ = read(render([SAMPLES["more than a line"]]).removesuffix("\n"))

    assert ("2", "2", "14", "25") == (within["line"], within["endLine"], within["col"], within["endColumn"])
    assert ("1", "3") == (beyond["line"], beyond["endLine"])
    assert {"col", "endColumn"}.isdisjoint(beyond)


def test_commands_of_several_calls_follow_one_another() -> None:
    one, two, *_ = SAMPLES.values()

    assert render([one, two]) == render([one]) + render([two])
    assert not render([])


@given(HOSTILE, HOSTILE, HOSTILE, HOSTILE)
def test_no_text_begins_a_command_or_a_property_of_its_own(path: str, message: str, label: str, remark: str) -> None:
    source = Source(path, "a\nb\n")
    labels = (Label(Place(source, Span(0, 1))), Label(Place(source, Span(2, 3)), label))
    found = Diagnostic(RULE, Severity.ERROR, message, path, labels, notes=(remark,), help=remark)

    [line] = render([found]).splitlines()

    command, properties, said = read(line)
    assert ("error", visible(path)) == (command, properties["file"])
    assert ["file", "line", "endLine", "col", "endColumn", "title"] == list(properties)
    assert "\n".join(sayings(found)) == said


@given(HOSTILE, st.lists(HOSTILE, min_size=1))
def test_no_config_begins_a_command_of_its_own(path: str, lines: list[str]) -> None:
    hostile = [f"{line}\n::add-mask::x\n##[add-mask]x\nAddress = ::stop-commands::x" for line in lines]
    source = Source(path, "\n".join(["[Interface]", *hostile, ""]))

    found = transpile(source, "wg0", "networkd").diagnostics

    assert found
    assert [each.rule.code for each in found] == [
        read(line)[1]["title"].split()[0] for line in render(found).splitlines()
    ]
