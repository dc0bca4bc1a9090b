"""What `verify` prints, for people and for programs."""

from __future__ import annotations

from wgtranspile.state import (
    NORMALISATIONS,
    Area,
    Difference,
    Unchecked,
    as_json,
    render,
    render_normalisations,
)

DIFFERENCES = (
    Difference(Area.LINK, "MTU", "1380", "1420", "wg0.conf", 3),
    Difference(Area.ROUTE, "10.1.0.0/16", "scope link", None, "wg0.conf", 7),
    Difference(Area.ADDRESS, "10.0.0.9/24", None, "present"),
)
UNCHECKED = (Unchecked(Area.DNS, "exclusive servers", "`resolvconf` does not tell"),)


def test_a_difference_is_a_line_that_begins_with_its_place() -> None:
    assert render("wg0", DIFFERENCES, UNCHECKED) == (
        "wg0.conf:3: link MTU: wanted 1380, found 1420\n"
        "wg0.conf:7: route 10.1.0.0/16: missing (scope link)\n"
        "wg0: address 10.0.0.9/24: unexpected\n"
        "wg0: DNS exclusive servers: not checked: `resolvconf` does not tell\n"
        "wg0: 3 differences between the plan and the live state\n"
    )


def test_a_cause_stands_beneath_and_is_told_to_programs() -> None:
    shown = render("wg0", DIFFERENCES[:1], (), ("somebody changes it",))

    assert shown.endswith("wg0: 1 difference between the plan and the live state\nwg0: somebody changes it\n")
    assert as_json("wg0", DIFFERENCES[:1], (), ("somebody changes it",))["causes"] == ["somebody changes it"]


def test_agreement_is_said_with_its_limits() -> None:
    assert render("wg0", ()) == "wg0: the live state equals the plan\n"
    assert render("wg0", (), UNCHECKED).endswith("wg0: the live state equals the plan in all that was checked\n")


def test_the_object_for_programs_has_a_schema_and_every_fact() -> None:
    assert as_json("wg0", DIFFERENCES[:1], UNCHECKED) == {
        "schema": 1,
        "interface": "wg0",
        "agrees": False,
        "differences": [
            {"area": "link", "item": "MTU", "wanted": "1380", "found": "1420", "file": "wg0.conf", "line": 3}
        ],
        "unchecked": [{"area": "DNS", "item": "exclusive servers", "reason": "`resolvconf` does not tell"}],
        "causes": [],
    }


def test_every_normalisation_is_shown_with_its_reason() -> None:
    shown = " ".join(render_normalisations().split())

    for row in NORMALISATIONS:
        assert f"{row.area}: {row.overlooked} {row.reason}" in shown
