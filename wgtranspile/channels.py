"""How a text is written where people see it, so that it stays one text and drives nothing.

In: any text, also one that a stranger has written. Out: what a line of a message, a terminal or the head of a diff
shows. What goes to a pipe or a file is never changed by these.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import TextIO

_TAB = "    "
_BETWEEN_LINES = "\n\t"
# What git has for these bytes in a quoted name (quote_c_style); all others that are not plain get three octal digits.
_ESCAPES = {7: "a", 8: "b", 9: "t", 10: "n", 11: "v", 12: "f", 13: "r", 34: '"', 92: "\\"}
_FIRST_PLAIN, _DELETE = 0x20, 0x7F
# Letters that look like nothing.
_BLANKS = frozenset("\u034f\u115f\u1160\u3164\uffa0")
# What the machines of GitHub, Azure and TeamCity take for a command, wherever it stands in a line of a log.
_COMMAND, _TAMED = re.compile(r"(##\w*)\["), "\\1\N{FULLWIDTH LEFT SQUARE BRACKET}"

_COLORS_OF_A_DIFF = {"--- ": "1", "+++ ": "1", "@@ ": "36", "-": "31", "+": "32"}


def is_colored(stream: TextIO | None) -> bool:
    """Whether to write colours: to a terminal, unless NO_COLOR has a value (no-color.org)."""
    return stream is not None and stream.isatty() and not os.environ.get("NO_COLOR")


def painted_diff(text: str) -> str:
    """Return a diff in the colours of git: what goes, what comes, the places and the names of the files."""
    return "\n".join(map(_painted, text.split("\n")))


def _painted(line: str) -> str:
    code = next((code for start, code in _COLORS_OF_A_DIFF.items() if line.startswith(start)), "")
    return f"\x1b[{code}m{line}\x1b[0m" if code else line


def visible(text: str) -> str:
    """Return the text as a line can show it: tabs as blanks, other characters without a glyph as their code."""
    text = _COMMAND.sub(_TAMED, text)
    return text if text.isprintable() and not _BLANKS & {*text} else "".join(map(_cell, text))


def visible_lines(text: str) -> str:
    """Return the text as a terminal can show it, line by line: line ends and tabs stay."""
    text = _COMMAND.sub(_TAMED, text)
    if text.isprintable() and not _BLANKS & {*text}:
        return text
    return "".join(char if char in _BETWEEN_LINES else _cell(char) for char in text)


def quoted_path(path: object) -> str:
    r"""Return a path as git writes it: as it is, or as `"a\nb"` where it holds more than plain ASCII, or a command."""
    raw = os.fsencode(str(path))
    if all(_FIRST_PLAIN <= byte < _DELETE and byte not in _ESCAPES for byte in raw) and not _COMMAND.search(str(path)):
        return str(path)
    return _COMMAND.sub(r"\1\\133", f'"{"".join(map(_escaped, raw))}"')


def counted(number: int, noun: str) -> str:
    """Return a number with its noun: `1 config`, `1,500 configs`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _escaped(byte: int) -> str:
    if byte in _ESCAPES:
        return f"\\{_ESCAPES[byte]}"
    return chr(byte) if _FIRST_PLAIN <= byte < _DELETE else f"\\{byte:03o}"


def _cell(char: str) -> str:
    if char.isprintable() and char not in _BLANKS:
        return char
    if char == "\t":
        return _TAB
    if "\ud800" <= char <= "\udfff":  # a byte that is no UTF-8, see Source
        return "\N{REPLACEMENT CHARACTER}"
    return char.encode("unicode_escape").decode("ascii")
