"""Text with a name: what a diagnostic points into.

In: the bytes of a config. Out: a `Source`, whose offsets are code points and whose lines and columns are 1-based.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import Final, NamedTuple


class Span(NamedTuple):
    """A range of a source: offsets in code points, with `end` exclusive."""

    start: int
    end: int


class Position(NamedTuple):
    """A place as people count it: line and column start at 1."""

    line: int
    column: int


class Source:
    """A config as it was read: the path that messages show, and its text.

    Bytes that are not valid UTF-8 are kept as lone surrogates, so that they survive until they are written again.
    """

    __slots__ = ("_line_starts", "path", "text")

    def __init__(self, path: str, text: str) -> None:
        self.path: Final = path
        self.text: Final = text
        self._line_starts: list[int] = []

    def __eq__(self, other: object) -> bool:
        """Whether it is the same text at the same path: a place may have come from another process."""
        return isinstance(other, Source) and (self.path, self.text) == (other.path, other.text)

    def __hash__(self) -> int:
        """Return the hash of the path."""
        return hash(self.path)

    @classmethod
    def from_bytes(cls, path: str, content: bytes) -> Source:
        """Return the source whose text is `content`, decoded as UTF-8 without ever failing."""
        return cls(path, content.decode("utf-8", "surrogateescape"))

    def position(self, offset: int) -> Position:
        """Return the line and column of an offset."""
        starts = self._starts()
        line = bisect_right(starts, offset)
        return Position(line, offset - starts[line - 1] + 1)

    def line(self, number: int) -> str:
        """Return the text of a line (from 1), without its line end."""
        starts = self._starts()
        end = starts[number] if number < len(starts) else len(self.text)
        return self.text[starts[number - 1] : end].rstrip("\r\n")

    @property
    def lines(self) -> int:
        """The number of lines, including a last one without a line end."""
        return len(self._starts()) - self.text.endswith("\n")

    def _starts(self) -> list[int]:
        if not self._line_starts:
            self._line_starts.append(0)
            at = self.text.find("\n")
            while at >= 0:
                self._line_starts.append(at + 1)
                at = self.text.find("\n", at + 1)
        return self._line_starts


class Place(NamedTuple):
    """Where something stands: a source, and a span of it."""

    source: Source
    span: Span

    @property
    def path(self) -> str:
        """The path of the source."""
        return self.source.path

    @property
    def start(self) -> Position:
        """The line and column of its first character."""
        return self.source.position(self.span.start)

    @property
    def end(self) -> Position:
        """The line and column behind its last character."""
        return self.source.position(self.span.end)

    def __str__(self) -> str:
        """Return the form that editors read, without the column."""
        return f"{self.path}:{self.start.line}"


#: The place of what no source says, but a live host.
NOWHERE = Place(Source("", ""), Span(0, 0))
