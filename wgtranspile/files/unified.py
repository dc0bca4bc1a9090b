"""The lines in which two texts differ, as hunks of a unified diff, in time that grows with their length.

Lines that each text has once are matched first, as `git diff --patience` does it, and only what is small between them
is compared as difflib does it, whose time grows with the square. What then has no match is replaced as a whole.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from difflib import Match, SequenceMatcher
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_CONTEXT = 3
_SMALL = 64
_DEEPEST = 8


class _Block(NamedTuple):
    """So many equal lines, from these places on."""

    before: int
    after: int
    size: int


class _Range(NamedTuple):
    """What is still to be compared of either text."""

    start: int
    end: int
    after_start: int
    after_end: int
    depth: int = 0


class _Matcher(SequenceMatcher[str]):
    """What makes hunks of the equal lines, which are found otherwise."""

    def __init__(self, before: Sequence[str], after: Sequence[str]) -> None:
        super().__init__(None, before, after)
        self._before = before
        self._after = after

    def get_matching_blocks(self) -> list[Match]:
        """Return the equal lines, and as the last an empty block at the ends."""
        blocks: list[Match] = []
        for block in sorted(_blocks(self._before, self._after)):
            last = blocks[-1] if blocks else None
            if last and (last.a + last.size, last.b + last.size) == block[:2]:
                blocks[-1] = Match(last.a, last.b, last.size + block.size)
            else:
                blocks.append(Match(*block))
        return [*blocks, Match(len(self._before), len(self._after), 0)]


def hunks(before: Sequence[str], after: Sequence[str]) -> Iterator[str]:
    """Yield the hunks of a unified diff, line by line; nothing where the texts are equal."""
    for group in _Matcher(before, after).get_grouped_opcodes(_CONTEXT):
        (_, start, _, start_after, _), (_, _, end, _, end_after) = group[0], group[-1]
        yield f"@@ -{_shown(start, end)} +{_shown(start_after, end_after)} @@"
        for tag, at, last, at_after, last_after in group:
            if tag == "equal":
                yield from (f" {line}" for line in before[at:last])
                continue
            yield from (f"-{line}" for line in before[at:last])
            yield from (f"+{line}" for line in after[at_after:last_after])


def _shown(start: int, end: int) -> str:
    length = end - start
    return f"{start + 1 if length else start}" + ("" if length == 1 else f",{length}")


def _blocks(before: Sequence[str], after: Sequence[str]) -> list[_Block]:
    """Return the equal lines of two texts, in any order."""
    found: list[_Block] = []
    waiting = [_Range(0, len(before), 0, len(after))]
    while waiting:
        start, end, at, last, depth = waiting.pop()
        same = _same(before, after, range(start, end), range(at, last))
        found.append(_Block(start, at, same))
        start, at = start + same, at + same
        same = _same(before, after, range(end - 1, start - 1, -1), range(last - 1, at - 1, -1))
        end, last = end - same, last - same
        found.append(_Block(end, last, same))
        if start == end or at == last or depth == _DEEPEST:
            continue
        if max(end - start, last - at) <= _SMALL:
            matcher = SequenceMatcher(None, before[start:end], after[at:last], autojunk=False)
            found += (_Block(start + i, at + j, size) for i, j, size in matcher.get_matching_blocks())
            continue
        anchors = _anchors(before, after, _Range(start, end, at, last))
        found += (_Block(i, j, 1) for i, j in anchors)
        for i, j in (*anchors, (end, last)) if anchors else ():
            waiting.append(_Range(start, i, at, j, depth + 1))
            start, at = i + 1, j + 1
    return [block for block in found if block.size]


def _same(before: Sequence[str], after: Sequence[str], places: range, places_after: range) -> int:
    """Return how many lines are equal from the beginning of two ranges on."""
    count = 0
    for place, place_after in zip(places, places_after, strict=False):
        if before[place] != after[place_after]:
            break
        count += 1
    return count


def _anchors(before: Sequence[str], after: Sequence[str], where: _Range) -> list[tuple[int, int]]:
    """Return the places of lines that either range has once, as many as stand in the same order in both."""
    once = _once(before, where.start, where.end)
    once_after = _once(after, where.after_start, where.after_end)
    pairs = [(at, once_after[line]) for line, at in once.items() if line in once_after]
    # The longest increasing subsequence of the places in `after`.
    ends: list[int] = []
    last: list[int] = []
    earlier: list[int | None] = []
    for number, (_, at) in enumerate(pairs):
        length = bisect_left(ends, at)
        earlier.append(last[length - 1] if length else None)
        ends[length : length + 1] = [at]
        last[length : length + 1] = [number]
    chosen: list[tuple[int, int]] = []
    number_or_none = last[-1] if last else None
    while number_or_none is not None:
        chosen.append(pairs[number_or_none])
        number_or_none = earlier[number_or_none]
    return chosen[::-1]


def _once(lines: Sequence[str], start: int, end: int) -> dict[str, int]:
    counts = Counter(lines[start:end])
    return {lines[at]: at for at in range(start, end) if counts[lines[at]] == 1}
