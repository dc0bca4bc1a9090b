"""Every text has a document, and the document gives the text again."""

from __future__ import annotations

import subprocess
import sys
from itertools import chain
from typing import TYPE_CHECKING

import hypothesis.strategies as st
import pytest
from hypothesis import example, given

from tests.lab.cases import ROOT, corpus, golden
from wgtranspile.diagnostics import Collector
from wgtranspile.source import Source
from wgtranspile.syntax import Bare, Blank, Comment, Document, Entry, _tables, parse, parser

if TYPE_CHECKING:
    import lark

    from tests.lab.cases import Case

CASES = golden() + corpus("valid") + corpus("valid-extended") + corpus("invalid")
BOM = "\ufeff".encode()
# Pieces that the lines of a config are made of, and any text besides.
TEXTS = st.lists(
    st.sampled_from(["[Interface]", "[", "Address", " ", "=", "#", "\t", "\r", "\n", "\f", "\v", "x", "\x85", "\u2028"])
    | st.text(st.characters(codec="utf-8", exclude_characters="\0\ufeff"), max_size=3)
).map("".join)


def parsed(text: str) -> Document:
    return parse(Source("wg0.conf", text), Collector("wg0.conf"))


@given(TEXTS)
@example("")
@example("\n")
@example("\r")
def test_a_document_gives_the_text_again_with_a_final_newline(text: str) -> None:
    assert text + "\n" * (not text.endswith("\n")) == parsed(text).text


@given(TEXTS)
def test_every_part_knows_where_it_stands(text: str) -> None:
    for section in parsed(text).sections:
        for part in chain([section.header] if section.header else [], section.lines):
            assert part.text.rstrip("\n") == text[part.start : part.start + len(part.text.rstrip("\n"))]


@pytest.mark.parametrize("case", CASES)
def test_a_real_file_comes_back_byte_for_byte(case: Case) -> None:
    content = case.content  # in which what is refused is a blank in its place
    content = content.removeprefix(BOM).rjust(len(content) - 2 * content.startswith(BOM))

    text = parsed(case.text).text.encode("utf-8", "surrogateescape")

    assert (b"" if b"\0" in content else content + b"\n" * (not content.endswith(b"\n"))) == text


def test_lines_are_what_they_look_like() -> None:
    [above, section] = parsed(
        "a\n#b\n [x]y = z # [c]\n  \t\nkey = v = w # x\n # = c\nno # equals = here\n\r\n=\n"
    ).sections

    assert [Bare("a\n", 0), Comment("#b\n", 2)] == [*above.lines]
    assert section.header
    assert section.header.text == " [x]y = z # [c]\n"
    assert [Blank, Entry, Comment, Bare, Blank, Entry] == [type(line) for line in section.lines]
    assert Entry("key ", " v = w # x\n", 25) == section.lines[1]


def test_a_span_leaves_out_the_blanks_around() -> None:
    [section] = parsed(" \tMTU  = 1420\n").sections
    [entry] = section.lines

    assert isinstance(entry, Entry)
    assert (2, 5) == entry.key_span
    assert 8 == entry.value_start


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [("\ufeff[Interface]\n", "S101", (0, 1)), ("[Interface]\nMTU = 1\x00\n", "S102", (19, 20))],
)
def test_a_character_that_no_config_may_hold_is_reported_in_its_place(
    text: str, code: str, place: tuple[int, int]
) -> None:
    source = Source("wg0.conf", text)
    collector = Collector("wg0.conf", source)

    document = parse(source, collector)

    assert [(code, place)] == [(found.rule.code, found.labels[0].place.span) for found in collector.diagnostics]
    assert document.text in ("", text.replace("\ufeff", " "))


@pytest.fixture(scope="module")
def parsers() -> tuple[lark.Lark, lark.Lark]:
    """Give the parser from the tables and that from the grammar, as where another lark is installed than made them."""
    from_tables = parser._parser()  # noqa: SLF001  the two roads to a parser are behind it
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_tables, "LARK_VERSION", "another")
        parser._parser.cache_clear()  # noqa: SLF001  it is kept for the life of a process
        from_grammar = parser._parser()  # noqa: SLF001
        parser._parser.cache_clear()  # noqa: SLF001
    return from_tables, from_grammar


@given(text=TEXTS)
def test_the_parser_from_the_tables_gives_what_the_grammar_says(
    parsers: tuple[lark.Lark, lark.Lark], text: str
) -> None:
    from_tables, from_grammar = parsers

    assert repr(from_grammar.parse(f"{text}\n")) == repr(from_tables.parse(f"{text}\n"))


@pytest.mark.parametrize("case", CASES)
def test_both_parsers_give_the_same_for_a_real_file(parsers: tuple[lark.Lark, lark.Lark], case: Case) -> None:
    from_tables, from_grammar = parsers

    assert from_tables is not from_grammar
    assert repr(from_grammar.parse(f"{case.text}\n")) == repr(from_tables.parse(f"{case.text}\n"))


def test_the_tables_are_those_of_the_grammar() -> None:
    subprocess.run([sys.executable, "tools/tables.py", "--check"], cwd=ROOT, check=True)
