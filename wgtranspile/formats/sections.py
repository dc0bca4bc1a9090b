"""Documents of sections with settings: files of systemd and keyfiles of NetworkManager, written and read.

A setting holds its value as it stands in the file: the functions that make settings know how a language quotes values.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator


class Setting(NamedTuple):
    """A line `name=value`."""

    name: str
    value: str

    def __str__(self) -> str:
        """Return the line."""
        return f"{self.name}={self.value}"


class Remark(NamedTuple):
    """A line of a comment, without its sign."""

    text: str

    def __str__(self) -> str:
        """Return the line."""
        return f"# {self.text}"


Line: TypeAlias = Setting | Remark


class Section(NamedTuple):
    """A section: its name, its lines, and the comment above it."""

    name: str
    lines: tuple[Line, ...] = ()
    above: tuple[Remark, ...] = ()

    @property
    def settings(self) -> list[Setting]:
        """The lines that are settings."""
        return [line for line in self.lines if isinstance(line, Setting)]

    def values(self, name: str) -> list[str]:
        """Return the values of all settings of a name."""
        return [setting.value for setting in self.settings if setting.name == name]


class Document(NamedTuple):
    """A file: the comment at its top, and its sections in order; several may have one name."""

    top: tuple[Remark, ...] = ()
    sections: tuple[Section, ...] = ()

    def named(self, *names: str) -> Iterator[Section]:
        """Yield the sections of these names."""
        return (section for section in self.sections if section.name in names)


def write(document: Document) -> str:
    """Return the text of a document, with an empty line before each section."""
    blocks = ["\n".join(map(str, document.top))] if document.top else []
    blocks += [
        "\n".join(map(str, (*section.above, f"[{section.name}]", *section.lines))) for section in document.sections
    ]
    return "\n\n".join(blocks) + "\n"


def read(text: str) -> Document:
    """Return the document of a text. A line that is no setting, header or comment is passed over, as its readers do.

    A backslash at the end of a line joins it to the next one (systemd.syntax(7)).
    """
    reader = _Reader()
    # Comments between joined lines do not end them.
    joined = re.sub(r"\\\n(?:[ \t]*[#;][^\n]*\n)*", " ", text)
    for line in joined.split("\n"):
        reader.take(line.strip())
    return reader.document()


class _Reader:
    """A document while it is read. A comment belongs to the header or setting that follows without an empty line."""

    def __init__(self) -> None:
        self._top: list[Remark] = []
        self._sections: list[tuple[str, list[Line], list[Remark]]] = []
        self._pending: list[Remark] = []

    def take(self, line: str) -> None:
        header = re.fullmatch(r"\[([^\]]*)\]", line)
        name, equals, value = line.partition("=")
        if line.startswith(("#", ";")):
            self._pending.append(Remark(line[1:].removeprefix(" ")))
        elif header:
            self._sections.append((header[1], [], self._pending))
            self._pending = []
        else:
            self._end_comment()
            if equals and self._sections:
                self._sections[-1][1].append(Setting(name.rstrip(), value.lstrip()))

    def document(self) -> Document:
        self._end_comment()
        return Document(
            tuple(self._top), tuple(Section(name, tuple(lines), tuple(above)) for name, lines, above in self._sections)
        )

    def _end_comment(self) -> None:
        if self._sections:
            self._sections[-1][1].extend(self._pending)
        else:
            self._top += self._pending
        self._pending = []
