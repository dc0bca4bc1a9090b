"""Documents of sections are read as they were written, by us and by those whose files they are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cases import GOLDEN
from wgtranspile.formats.sections import Document, Remark, Section, Setting, read, write

SUFFIXES = (".netdev", ".network", ".service", ".nmconnection", ".conf")
WRITTEN = [path for path in sorted(GOLDEN.glob("*/*/**/etc/**/*")) if path.suffix in SUFFIXES and path.is_file()]
WORDS = st.text(st.characters(categories=["L", "N", "P"], exclude_characters="\\[]#;="), min_size=1, max_size=8)
VALUES = st.lists(WORDS, max_size=3).map(" ".join)
REMARKS = VALUES.map(Remark)
SETTINGS = st.builds(Setting, WORDS, VALUES)
# A comment that ends a section stands before a setting, or else it is the next section's.
LINES = st.lists(
    st.one_of(SETTINGS, REMARKS.flatmap(lambda remark: SETTINGS.map(lambda line: (remark, line)))), max_size=5
)
SECTIONS = st.builds(
    Section,
    WORDS,
    LINES.map(lambda lines: tuple(each for line in lines for each in ((line,) if isinstance(line, Setting) else line))),
    st.lists(REMARKS, max_size=2).map(tuple),
)
DOCUMENTS = st.builds(Document, st.lists(REMARKS, max_size=2).map(tuple), st.lists(SECTIONS, min_size=1).map(tuple))


@given(DOCUMENTS)
def test_what_is_written_is_read(document: Document) -> None:
    assert document == read(write(document))


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: str(path.relative_to(GOLDEN)))
def test_a_file_that_is_read_is_written_as_it_was(path: object) -> None:
    text = path.read_text(encoding="utf-8", errors="surrogateescape")  # type: ignore[attr-defined]

    assert text == write(read(text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[A]\n Name = wg0 \n", [Setting("Name", "wg0")]),
        ("[A]\nName=wg0 \\\n  wg1\n", [Setting("Name", "wg0    wg1")]),
        ("[A]\nName=wg0 \\\n# between\n; them\n  wg1\n", [Setting("Name", "wg0    wg1")]),
        ("Name=wg0\n[A]\n", []),
        ("[A]\nnothing\n[B\nName=wg0\n", [Setting("Name", "wg0")]),
        ("[A]\n;Name=wg1\n#Name=wg2\n", [Remark("Name=wg1"), Remark("Name=wg2")]),
        ("[A]\r\nName=a=b\r\n", [Setting("Name", "a=b")]),
    ],
)
def test_a_file_of_others_is_read_as_its_programs_read_it(text: str, expected: list[object]) -> None:
    assert [Section("A", tuple(expected))] == [*read(text).sections]  # type: ignore[arg-type]


def test_sections_are_found_by_their_names_and_settings_by_theirs() -> None:
    document = read("[Route]\nTable=1\n[Match]\nName=a\n[Route]\nTable=2\nTable=3\n")

    assert [["1"], ["2", "3"]] == [section.values("Table") for section in document.named("Route")]
