"""The lines in which two texts differ: what is shown can be applied, and large texts take no square of time."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Any

import hypothesis.strategies as st
from hypothesis import given

from wgtranspile.files.unified import hunks

if TYPE_CHECKING:
    from collections.abc import Sequence

LINES = st.lists(st.sampled_from("abcdefgh"), max_size=150)
_HEAD = re.compile(r"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")


def applied(before: Sequence[str], shown: Sequence[str]) -> list[str]:
    """Give what becomes of a text with a diff, as patch(1) reads one."""
    after: list[str] = []
    at = 0
    for line in shown:
        if head := _HEAD.fullmatch(line):
            start = int(head[1]) - (head[2] != "0")
            after += before[at:start]
            at = start
            assert int(head[3]) - (head[4] != "0") == len(after)
        elif line[0] == "+":
            after.append(line[1:])
        else:
            assert before[at] == line[1:]
            after += [line[1:]] * (line[0] == " ")
            at += 1
    return [*after, *before[at:]]


@given(LINES, LINES)
def test_a_diff_makes_one_text_of_the_other(before: list[str], after: list[str]) -> None:
    shown = [*hunks(before, after)]

    assert after == applied(before, shown)
    assert (before == after) == (not shown)


@given(LINES, st.integers(0, 150), st.sampled_from("abcdefgh"))
def test_of_one_line_more_no_other_is_shown_as_changed(before: list[str], at: int, line: str) -> None:
    shown = [*hunks(before, [*before[:at], line, *before[at:]])]

    assert [f"+{line}"] == [text for text in shown if text[0] in "+-"]


def test_few_lines_around_a_change_are_shown() -> None:
    before = [str(number) for number in range(100)]

    shown = [*hunks(before, [*before[:50], "new", *before[51:]])]

    assert ["@@ -48,7 +48,7 @@", " 47", " 48", " 49", "-50", "+new", " 51", " 52", " 53"] == shown


def steps(peers: int) -> int:
    """Give how many lines of code are run for the diff of two configs that share no key."""
    count = 0

    def trace(*_: Any) -> Any:
        nonlocal count
        count += 1
        return trace

    texts = [
        [line for peer in range(peers) for line in ("[Peer]", f"PublicKey = {name}{peer}", "Keepalive = 25", "")]
        for name in "ab"
    ]
    earlier = sys.gettrace()
    sys.settrace(trace)
    try:
        assert any(hunks(*texts))
    finally:
        sys.settrace(earlier)
    return count


def test_four_times_the_lines_take_at_most_six_times_the_work() -> None:
    assert steps(1600) <= 6 * steps(400)
