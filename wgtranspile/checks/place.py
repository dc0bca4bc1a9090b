"""A place in another config than the one that a finding points into."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from wgtranspile.source import Source, Span


class Place(NamedTuple):
    """The path of a config and a line of it; 0 for the config as a whole."""

    path: str
    line: int = 0

    @classmethod
    def of(cls, source: Source, span: Span) -> Place:
        """Return the place of a span."""
        return cls(source.path, source.position(span.start).line)

    def __str__(self) -> str:
        """Return the form that editors read."""
        return f"{self.path}:{self.line}" if self.line else self.path
