"""What many configs have in common is shown once, and memory does not grow with them."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, Any

import pytest

from tests.report.samples import ERROR, NOTE, SAMPLES, WARNING, diagnostic
from wgtranspile.diagnostics.quoted import masked_line
from wgtranspile.report.gathered import DIFFERENT, PLACES, Gathered
from wgtranspile.report.text import render
from wgtranspile.source import Source

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wgtranspile.diagnostics import Diagnostic, Rule

CONFIG = "[Interface]\nDNS = 10.0.0.1\n"
HINT = "to see each finding and its place, use `--message-format concise`\n"


def found(number: int, rule: Rule = NOTE, **parts: Any) -> Diagnostic:
    return diagnostic(CONFIG, "10.0.0.1", **{"rule": rule, "path": f"fleet/h{number}/wg0.conf", **parts})


def rendered(diagnostics: Iterable[Diagnostic]) -> str:
    gathered = Gathered(color=False)
    for each in diagnostics:
        gathered.add([each])
    return gathered.render()


def test_nothing_found_is_no_text() -> None:
    assert not rendered([])


def test_equal_findings_are_shown_once_with_a_few_places_and_how_many_there_are() -> None:
    assert rendered(found(number, help="set it up") for number in range(300)) == (
        "note[P301]: unknown key\n"
        "  --> fleet/h0/wg0.conf:2:7\n"
        "   |\n"
        " 2 | DNS = 10.0.0.1\n"
        "   |       ^^^^^^^^\n"
        "   |\n"
        "   = help: set it up\n"
        "   = also at: fleet/h1/wg0.conf:2:7\n"
        "              fleet/h2/wg0.conf:2:7\n"
        "              fleet/h3/wg0.conf:2:7\n"
        f"              and 296 more: 300 places in 300 configs\n\n{HINT}"
    )


@pytest.mark.parametrize("sample", SAMPLES)
def test_the_places_stand_below_what_is_said_of_the_first(sample: str) -> None:
    first = SAMPLES[sample]
    block = render([first], color=False)

    shown = rendered([first] * (1 + PLACES))

    assert shown.startswith(block)
    assert 1 + PLACES == shown.count(block.splitlines()[1].partition("--> ")[2])
    assert HINT not in shown


def test_a_config_that_says_it_several_times_counts_once() -> None:
    each = [found(number) for number in range(4) for _ in range(2)]

    assert "and 4 more: 8 places in 4 configs\n" in rendered(each)


@pytest.mark.parametrize(
    "other",
    [
        found(1, message="unknown `x`"),
        found(1, help="do it"),
        found(1, WARNING),
        found(1, notes=("because",)),
        found(1, words=("here",)),
    ],
    ids=["message", "help", "severity", "note", "label"],
)
def test_findings_that_say_different_things_are_all_shown(other: Diagnostic) -> None:
    assert render([found(0), other], color=False) in rendered([found(0), other])


def test_the_name_of_its_own_config_makes_no_finding_different() -> None:
    each = [found(n, message=f"`fleet/h{n}/wg0.conf` is world-readable") for n in range(3)]

    assert 1 == rendered(each).count("note[P301]")


def test_errors_come_last_in_the_order_of_the_configs_and_notes_first() -> None:
    other = ERROR._replace(code="C207")
    each = [found(0, other), found(0, ERROR), found(0), found(1, WARNING), found(1, other, message="wrong"), found(2)]

    titles = [line.partition("]")[0] for line in rendered(each).splitlines() if "[" in line[:8]]

    assert ["note[P301", "warning[B401", "error[C207", "error[C201", "error[C207"] == titles


def test_of_warnings_and_notes_of_a_rule_a_few_are_shown_and_the_others_counted() -> None:
    each = [found(number // 2, WARNING, message=f"address {number}") for number in range(300)]

    shown = rendered(each)

    assert render(each[:DIFFERENT], color=False) in shown
    assert f"\nwarning[B401]: {300 - DIFFERENT} more like these, in 149 configs\n\n{HINT}" in shown
    assert 9 * DIFFERENT > len(shown.splitlines())


def test_every_error_is_shown() -> None:
    each = [found(number, ERROR, message=f"address {number}") for number in range(300)]

    assert f"{render(each, color=False)}\n" == rendered(each)


def test_no_config_is_kept() -> None:
    gathered = Gathered(color=False)

    gathered.add(found(n, rule, path=f"lost/{n}", help=f"{n % 4}") for rule in (ERROR, NOTE) for n in range(10))

    masked_line.cache_clear()
    assert [] == [each.path for each in gc.get_objects() if isinstance(each, Source) and "lost" in each.path]
