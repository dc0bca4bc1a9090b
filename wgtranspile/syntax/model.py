"""The lossless form of a config: joining the text of all lines gives the source again."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from wgtranspile.source import Span

if TYPE_CHECKING:
    from wgtranspile.source import Source

# What bash's [[:space:]] and wg's char_is_space mean in the C locale. Python's own idea of white space is wider.
BLANKS = " \t\r\n\f\v"


class Entry(NamedTuple):
    """A line with an `=` before any `#`: the key up to it, the value with any comment; both untrimmed."""

    key: str
    value: str
    start: int

    @property
    def text(self) -> str:
        """Return the line as written, its newline included."""
        return f"{self.key}={self.value}"

    @property
    def key_span(self) -> Span:
        """Return where the key stands, without the blanks around it."""
        return trimmed(self.key, self.start)

    @property
    def value_start(self) -> int:
        """Return the offset of the first character behind the `=`."""
        return self.start + len(self.key) + 1


class _Text(NamedTuple):
    text: str
    start: int

    @property
    def span(self) -> Span:
        """Return where the line stands, without the blanks around it."""
        return trimmed(self.text, self.start)


class Bare(_Text):
    """A line with no `=` before its first `#`."""

    __slots__ = ()


class Comment(_Text):
    """A line that is only a `#` comment."""

    __slots__ = ()


class Blank(_Text):
    """A line of nothing but blanks."""

    __slots__ = ()


Line: TypeAlias = Entry | Bare | Comment | Blank


class Header(_Text):
    """A line that begins with `[`, whatever follows."""

    __slots__ = ()


class Section(NamedTuple):
    """A header and the lines below it; the lines above the first header form a section without one."""

    header: Header | None
    lines: tuple[Line, ...]


class Document(NamedTuple):
    """A whole config. `sections` is never empty; only its first may lack a header."""

    source: Source
    sections: tuple[Section, ...]

    @property
    def text(self) -> str:
        """Return the text that was parsed; a missing final newline is the only thing added."""
        return "".join(
            part.text for section in self.sections for part in (section.header, *section.lines) if part is not None
        )


def trimmed(text: str, start: int) -> Span:
    """Return the span of `text`, which stands at offset `start`, without the blanks at both ends."""
    bare = text.strip(BLANKS)
    begin = start + text.index(bare)
    return Span(begin, begin + len(bare))
