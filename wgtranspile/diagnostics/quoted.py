"""What findings quote of a config: its lines, and words of them, without anything that may be a secret."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from wgtranspile.redact import AROUND, HIDDEN, conceal, mask_line

if TYPE_CHECKING:
    from wgtranspile.source import Place, Source, Span

#: So much of a word is quoted in a sentence.
LONGEST = 200
_MASKED = re.compile(r"\*(?:[^A-Za-z0-9]*\*)*")


@lru_cache(maxsize=4)  # findings of one line follow one another, and a line may be as long as a file
def masked_line(source: Source, number: int) -> str:
    """Return a line of a config (from 1) with everything that may be a secret replaced by `*`."""
    above = [source.line(at) for at in range(max(1, number - AROUND), number)]
    below = [source.line(at) for at in range(number + 1, min(source.lines, number + AROUND) + 1)]
    return mask_line(source.line(number), above, below)


def quoted(word: str, place: Place | None) -> str:
    """Return a word of a config as a sentence about a place may hold it."""
    shown = conceal(word)
    if shown == word and place:
        shown = _as_in_line(word, *place)
    return shown if len(shown) <= LONGEST else f"{shown[:LONGEST]}…"


def _as_in_line(word: str, source: Source, span: Span) -> str:
    """Return a word with that hidden which is hidden in its line, of which it may be but a part."""
    at = source.text.find(word, span.start, span.end)
    line, column = source.position(at if at >= 0 else span.start)
    masked = masked_line(source, line)[column - 1 : column - 1 + len(word)] if at >= 0 else ""
    return _MASKED.sub(HIDDEN, masked) if "*" in masked and "*" not in word else word
