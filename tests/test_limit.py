from __future__ import annotations

import pytest

from wgtranspile.diagnostics import Collector, Diagnostic, Severity
from wgtranspile.diagnostics.catalogue.config import HOST_BITS_SET, INVALID_MTU, UNKNOWN_TABLE
from wgtranspile.diagnostics.limit import LARGEST_NUMBER, limited
from wgtranspile.source import Source, Span


def found(notes: int, warnings: int = 0, errors: int = 0, path: str = "wg0.conf") -> list[Diagnostic]:
    collector = Collector(path, Source(path, "MTU = x\n"))
    for _ in range(notes):
        collector.report(HOST_BITS_SET, Span(0, 3), text="10.0.0.1/8", network="10.0.0.0/8")
    for _ in range(warnings):
        collector.report(UNKNOWN_TABLE, Span(0, 3), text="vpn")
    for _ in range(errors):
        collector.report(INVALID_MTU, Span(0, 3), text="x")
    return collector.diagnostics


def test_as_many_as_may_be_shown_are_shown() -> None:
    as_many = found(LARGEST_NUMBER)

    assert as_many == limited(as_many)


def test_the_gravest_are_shown_in_their_order_and_one_stands_for_the_others() -> None:
    too_many = found(LARGEST_NUMBER, 20, 7)

    *shown, last = limited(too_many)

    assert LARGEST_NUMBER == len(shown)
    assert [*too_many[: LARGEST_NUMBER - 27], *too_many[LARGEST_NUMBER:]] == shown
    assert ("X990", "wg0.conf", "27 more findings are not shown: 27 notes") == (
        last.rule.code,
        last.path,
        last.message,
    )


@pytest.mark.parametrize(
    ("numbers", "severity", "said"),
    [
        (
            (1, 2, LARGEST_NUMBER + 1),
            Severity.ERROR,
            "4 more findings are not shown: 1 error, 2 warnings, 1 note",
        ),
        ((0, LARGEST_NUMBER, 1), Severity.WARNING, "1 more findings are not shown: 1 warning"),
        ((2000, 0, 0), Severity.NOTE, "1,500 more findings are not shown: 1,500 notes"),
    ],
)
def test_what_stands_for_others_weighs_what_the_gravest_does(
    numbers: tuple[int, int, int], severity: Severity, said: str
) -> None:
    last = limited(found(*numbers))[-1]

    assert (severity, said) == (last.severity, last.message)


def test_each_file_has_a_limit_of_its_own() -> None:
    shown = limited([*found(LARGEST_NUMBER, path="a.conf"), *found(LARGEST_NUMBER + 5, path="b.conf")])

    assert [LARGEST_NUMBER, LARGEST_NUMBER + 1] == [
        sum(each.path == path for each in shown) for path in ("a.conf", "b.conf")
    ]
