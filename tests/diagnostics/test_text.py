from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.diagnostics.samples import FORMATS, KEY, SAMPLES, diagnostic
from wgtranspile.diagnostics import Summary
from wgtranspile.diagnostics.text import render, render_concise, render_summary

if TYPE_CHECKING:
    from syrupy.assertion import SnapshotAssertion

EACH_SAMPLE = pytest.mark.parametrize("sample", SAMPLES)


@EACH_SAMPLE
def test_text_form(sample: str, snapshot: SnapshotAssertion) -> None:
    assert render([SAMPLES[sample]], color=False) == snapshot


def test_text_form_in_color(snapshot: SnapshotAssertion) -> None:
    assert render(SAMPLES.values(), color=True) == snapshot


def test_concise_form(snapshot: SnapshotAssertion) -> None:
    assert render_concise(SAMPLES.values()) == snapshot


def test_a_blank_line_stands_between_two() -> None:
    one = SAMPLES["plain"]

    assert f"{render([one], color=False)}\n{render([one], color=False)}" == render([one, one], color=False)


def test_nothing_to_say_is_no_text() -> None:
    assert not render([], color=False)
    assert not render_concise([])


@pytest.mark.parametrize(
    ("text", "marked", "column"),
    [
        ("\t\tx\n", "x", 8),
        ("\u9375=x\n", "x", 3),
        ("e\u0301=x\n", "x", 2),
        ("a\x1b=x\n", "x", 6),
        ("a=x\r\n", "x", 2),
        ("a=x", "x", 2),
        (f"PrivateKey={KEY}x", "x", len("PrivateKey=") + len(KEY)),
        (f"{'a' * 10_000}x{'a' * 10_000}", "x", 41),
    ],
)
def test_the_caret_stands_below_what_it_marks(text: str, marked: str, column: int) -> None:
    shown = render([diagnostic(text, marked)], color=False).splitlines()

    assert f"   | {' ' * column}^" == shown[-1]


@EACH_SAMPLE
@pytest.mark.parametrize("name", FORMATS)
def test_no_format_shows_a_key_or_drives_a_terminal(sample: str, name: str) -> None:
    shown = FORMATS[name]([SAMPLES[sample]])

    assert KEY not in shown
    assert shown.replace("\n", "").isprintable()


@pytest.mark.parametrize(
    ("summary", "said"),
    [
        (Summary(3, 9, 0, 2, 7, 0.06), "3 configs, 9 artefacts, 2 warnings, 0.1 s\n"),
        (Summary(1, 1, 1, 1, 1, 12.3456), "1 config, 1 artefact, 1 error, 1 warning, 12.3 s\n"),
        (Summary(20_000, 0, 2, 0, 0, 0), "20,000 configs, 0 artefacts, 2 errors, 0 warnings, 0.0 s\n"),
    ],
)
def test_a_summary_is_a_line_that_has_errors_where_there_are_any(summary: Summary, said: str) -> None:
    assert said == render_summary(summary)
