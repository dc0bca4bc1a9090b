from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.report.samples import FORMATS, KEY, SAMPLES, diagnostic
from wgtranspile.diagnostics import Kind, Severity, Summary
from wgtranspile.report.text import render, render_concise, render_statistics, render_summary

if TYPE_CHECKING:
    from syrupy.assertion import SnapshotAssertion

BROKEN = Kind(Severity.ERROR, "C207", "invalid-key")
RISKY = Kind(Severity.WARNING, "K501", "world-readable-input")
ASSUMED = Kind(Severity.NOTE, "B403", "mark-assumed")
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
        (Summary(3, 9, {}, 0.06), "3 configs, 9 artefacts, 0 warnings, 0.1 s\n"),
        (
            Summary(1, 1, {BROKEN: 1, RISKY: 1}, 12.3456),
            "1 config, 1 artefact, 1 error (C207), 1 warning (K501), 12.3 s\n",
        ),
        (
            Summary(20_000, 0, {BROKEN: 2, ASSUMED: 4_000}, 0),
            "20,000 configs, 0 artefacts, 2 errors (C207 \xd72), 0 warnings, 4,000 notes (B403 \xd74,000), 0.0 s\n",
        ),
        (
            Summary(3, 9, {RISKY: 2, RISKY._replace(code="P308", ignored=True): 3}, 1),
            "3 configs, 9 artefacts, 5 warnings (P308 \xd73, K501 \xd72; 3 ignored), 1.0 s\n",
        ),
    ],
)
def test_a_summary_is_a_line_that_counts_by_severity_and_code(summary: Summary, said: str) -> None:
    assert said == render_summary(summary)


@pytest.mark.parametrize(("number", "said"), [(4, "(B400, B401, B402, B403)"), (5, "(B400, B401, B402, …)")])
def test_a_summary_stays_one_line_however_many_codes_there_are(number: int, said: str) -> None:
    notes = {ASSUMED._replace(code=f"B40{at}"): 1 for at in range(number)}

    assert f"0 warnings, {number} notes {said}, 0.0 s\n" in render_summary(Summary(1, 1, notes, 0))


def test_statistics_begin_with_what_is_found_most() -> None:
    found = {BROKEN: 1, ASSUMED: 1_000, RISKY._replace(ignored=True): 1}

    assert render_statistics(found) == (
        "1,000  B403  note     mark-assumed\n"
        "    1  C207  error    invalid-key\n"
        "    1  K501  warning  world-readable-input (ignored)\n"
    )
    assert not render_statistics({})
