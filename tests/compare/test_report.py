"""What `verify` prints, for people and for programs."""

from __future__ import annotations

import re

from wgtranspile.compare import (
    NORMALISATIONS,
    Area,
    Cause,
    Difference,
    SuspectedHook,
    Unchecked,
    Verdict,
    as_json,
    render,
    render_normalisations,
)
from wgtranspile.model import Phase

DIFFERENCES = (
    Difference(Area.LINK, "MTU", "1380", "1420", "wg0.conf", 3),
    Difference(Area.ROUTE, "10.1.0.0/16", "scope link", None, "wg0.conf", 7),
    Difference(Area.ADDRESS, "10.0.0.9/24", None, "present"),
)
CAUSES = (Cause("somebody changes it", DIFFERENCES[:1], DIFFERENCES[1:2]),)
HOOKS = (SuspectedHook(Phase.POST_UP, "wg0.conf", 4, DIFFERENCES[2:]),)
UNCHECKED = (Unchecked(Area.DNS, "exclusive servers", "`resolvconf` does not show this"),)


def test_a_difference_is_a_line_that_begins_with_its_place() -> None:
    assert render("wg0", Verdict(DIFFERENCES, UNCHECKED)) == (
        "wg0.conf:3: link MTU: wanted 1380, found 1420\n"
        "wg0.conf:7: route 10.1.0.0/16: missing (scope link)\n"
        "wg0: address 10.0.0.9/24: unexpected\n"
        "wg0: DNS exclusive servers: not checked: `resolvconf` does not show this\n"
        "wg0: 3 differences between the plan and the live state\n"
    )


def test_a_cause_stands_above_what_follows_from_it_and_the_rest_below() -> None:
    assert render("wg0", Verdict(DIFFERENCES, UNCHECKED, CAUSES, HOOKS)) == (
        "wg0: cause: somebody changes it\n"
        "  wg0.conf:3: link MTU: wanted 1380, found 1420\n"
        "  consequences:\n"
        "    wg0.conf:7: route 10.1.0.0/16: missing (scope link)\n"
        "wg0: address 10.0.0.9/24: unexpected\n"
        "wg0: DNS exclusive servers: not checked: `resolvconf` does not show this\n"
        "wg0.conf:4: note: this PostUp hook may have caused 1 difference: address 10.0.0.9/24\n"
        "wg0: 3 differences between the plan and the live state\n"
    )


def test_a_hook_with_many_differences_only_counts_them() -> None:
    hook = SuspectedHook(Phase.PRE_UP, "wg0.conf", 4, DIFFERENCES * 2)

    shown = render("wg0", Verdict(DIFFERENCES, hooks=(hook,)))

    assert "wg0.conf:4: note: this PreUp hook may have caused 6 differences\n" in shown


def test_colours_add_nothing_but_colours() -> None:
    verdict = Verdict(DIFFERENCES, UNCHECKED, CAUSES, HOOKS)

    colored = render("wg0", verdict, color=True)

    assert "\x1b[1;31mcause: somebody changes it\x1b[0m" in colored
    assert render("wg0", verdict) == re.sub(r"\x1b\[[0-9;]*m", "", colored)


def test_programs_are_told_which_differences_follow_from_a_cause() -> None:
    told = as_json("wg0", Verdict(DIFFERENCES, UNCHECKED, CAUSES, HOOKS))

    assert ["somebody changes it"] == told["causes"]
    assert [None, "somebody changes it", None] == [item["cause"] for item in told["differences"]]
    assert [{"phase": "PostUp", "file": "wg0.conf", "line": 4, "items": ["address 10.0.0.9/24"]}] == told["hooks"]


def test_agreement_is_said_with_its_limits() -> None:
    assert render("wg0", Verdict(())) == "wg0: the live state equals the plan\n"
    assert render("wg0", Verdict((), UNCHECKED)).endswith(
        "wg0: the live state equals the plan in all that was checked\n"
    )


def test_the_object_for_programs_has_a_schema_and_every_fact() -> None:
    assert as_json("wg0", Verdict(DIFFERENCES[:1], UNCHECKED)) == {
        "schema": 1,
        "interface": "wg0",
        "agrees": False,
        "differences": [
            {
                "area": "link",
                "item": "MTU",
                "wanted": "1380",
                "found": "1420",
                "file": "wg0.conf",
                "line": 3,
                "cause": None,
            }
        ],
        "unchecked": [{"area": "DNS", "item": "exclusive servers", "reason": "`resolvconf` does not show this"}],
        "causes": [],
        "hooks": [],
    }


def test_every_normalisation_is_shown_with_its_reason() -> None:
    shown = " ".join(render_normalisations().split())

    for row in NORMALISATIONS:
        assert f"{row.area}: {row.overlooked} {row.reason}" in shown
