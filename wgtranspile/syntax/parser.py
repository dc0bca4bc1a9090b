"""The door of this stage: the Lark parser made from `grammars/wgquick.lark`, and what it calls for each rule."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

import lark

from wgtranspile._resources import read
from wgtranspile.diagnostics.catalogue.syntax import BYTE_ORDER_MARK, NUL_CHARACTER
from wgtranspile.source import Span
from wgtranspile.syntax import _tables
from wgtranspile.syntax.model import Bare, Blank, Comment, Document, Entry, Header, Line, Section

if TYPE_CHECKING:
    from collections.abc import Callable

    from wgtranspile.diagnostics import Collector
    from wgtranspile.source import Source

# Its byte order mark, read as bytes that are no UTF-8; or two characters of ASCII.
_UTF_16 = "\udcff\udcfe|\udcfe\udcff|(?:[^\0]\0){2}|(?:\0[^\0]){2}"
_CONVERT = "the file is UTF-16: convert it with `iconv -f UTF-16 -t UTF-8`"


def parse(source: Source, collector: Collector) -> Document:
    """Return the document of a source.

    Every text has one. Only characters that no config may hold are reported here: a byte order mark and NUL. A text
    with NUL was not written by a person: its document is empty, so that nothing else is said about it.
    """
    text = source.text
    at = text.find("\0")
    if at >= 0:
        advice = _CONVERT if re.match(_UTF_16, text) else None
        collector.report(NUL_CHARACTER, Span(at, at + 1), help=advice)
        return Document(source, (Section(None, ()),))
    if text.startswith("\ufeff"):
        collector.report(BYTE_ORDER_MARK, Span(0, 1))
    # A blank in its place, so that it does not lead to more findings than the one that counts.
    text = text.removeprefix("\ufeff").rjust(len(text))
    sections: Any = _parser().parse(text if text.endswith("\n") else f"{text}\n")  # what _Builder.document gives
    return Document(source, tuple(sections))


class _Builder:
    """What the parser calls when a rule is complete, with the tokens and results below it."""

    @staticmethod
    def section(parts: list[Any]) -> Section:
        header: lark.Token = parts[0]
        return Section(Header(str(header), header.start_pos or 0), _lines(parts[1:]))

    @staticmethod
    def document(parts: list[Any]) -> list[Section]:
        first = next((at for at, part in enumerate(parts) if isinstance(part, Section)), len(parts))
        return [Section(None, _lines(parts[:first])), *parts[first:]]


def _entry(text: str, start: int) -> Entry:
    key, _, value = text.partition("=")
    return Entry(key, value, start)


_LINES: dict[str, Callable[[str, int], Line]] = {"ENTRY": _entry, "BARE": Bare, "COMMENT": Comment, "BLANK": Blank}


def _lines(tokens: list[lark.Token]) -> tuple[Line, ...]:
    return tuple(_LINES[token.type](str(token), token.start_pos or 0) for token in tokens)


@cache
def _parser() -> lark.Lark:
    """Return the parser, from the tables in `_tables.py` where the installed lark is the one that made them.

    Making it from the grammar gives the same parser, but takes longer than transpiling a small config.
    """
    if lark.__version__ == _tables.LARK_VERSION:
        load: Any = lark.Lark._load_from_dict  # noqa: SLF001  what lark's own standalone parsers call
        made: lark.Lark = load(_tables.DATA, _tables.MEMO, transformer=_Builder)
        return made
    return lark.Lark(
        read("grammars/wgquick.lark"),
        start="document",
        parser="lalr",
        lexer="basic",
        transformer=_Builder,
        maybe_placeholders=False,
    )
