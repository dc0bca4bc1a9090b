"""Diagnostics for people: the source line with carets, or one line each.

In: diagnostics. Out: text that is safe for a terminal: keys are masked, and nothing in a config can move the cursor.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, NamedTuple

from wgtranspile.channels import visible
from wgtranspile.diagnostics.model import Severity
from wgtranspile.diagnostics.quoted import masked_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wgtranspile.diagnostics.model import Diagnostic, Label, Summary
    from wgtranspile.source import Source

_BEFORE_MARK = 40
_LONGEST_LINE = 120
_CUT = "…"

_BOLD, _BLUE = "1", "1;34"
_COLORS = {Severity.ERROR: "1;31", Severity.WARNING: "1;33", Severity.NOTE: "1;36"}


def render(diagnostics: Iterable[Diagnostic], *, color: bool) -> str:
    """Give every diagnostic with the lines it points at, a blank line between two."""
    return "\n".join("".join(f"{line}\n" for line in _block(found, color=color)) for found in diagnostics)


def render_concise(diagnostics: Iterable[Diagnostic]) -> str:
    """Give one line per diagnostic, `FILE:LINE:COLUMN: severity[CODE] message`, as editors read it."""
    return "".join(
        f"{_place(found)}: {found.severity}[{found.rule.code}] {visible(found.message)}\n" for found in diagnostics
    )


def render_summary(summary: Summary) -> str:
    """Give the last line of a run over several configs: `3 configs, 9 artefacts, 1 error, 2 warnings, 0.1 s`."""
    counts = {"config": summary.configs, "artefact": summary.artefacts}
    if summary.errors:
        counts["error"] = summary.errors
    counts["warning"] = summary.warnings
    said = [f"{count:,} {word}{'' if count == 1 else 's'}" for word, count in counts.items()]
    return f"{', '.join(said)}, {summary.seconds:.1f} s\n"


def sayings(found: Diagnostic) -> list[str]:
    """Give what a diagnostic says, a line each, for where the config is not shown: message, other places, remarks."""
    said = [found.message]
    if found.source:
        places = [(found.source.position(label.span.start).line, label.text) for label in found.labels[1:]]
        said += [f"line {line}: {text}" for line, text in places if text]
    said += [f"{word}: {text}" for word, text in _remarks(found)]
    return [visible(line) for text in said for line in text.split("\n")]


def _block(found: Diagnostic, *, color: bool) -> Iterator[str]:
    def paint(text: str, code: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if color else text

    snippets = list(_snippets(found))
    digits = len(str(snippets[-1].number)) if snippets else 1
    margin = " " * digits
    bar = paint(f"{margin}  |", _BLUE)

    title = paint(f"{found.severity}[{found.rule.code}]", _COLORS[found.severity])
    yield title + paint(f": {visible(found.message)}", _BOLD)
    yield f"{paint(f'{margin} -->', _BLUE)} {_place(found)}"
    if snippets:
        yield bar
    above = None
    for snippet in snippets:
        if above and snippet.number > above.number + 1:
            yield paint("...", _BLUE)
        if not above or (snippet.number, snippet.line) != (above.number, above.line):
            yield f"{paint(f' {snippet.number:>{digits}} |', _BLUE)} {snippet.line}".rstrip()
        color_of_mark = _COLORS[found.severity] if snippet.primary else _BLUE
        yield f"{bar} {' ' * snippet.indent}{paint(snippet.mark, color_of_mark)}"
        above = snippet
    remarks = _remarks(found)
    if snippets and remarks:
        yield bar
    for word, text in remarks:
        first, *more = text.split("\n")
        yield f"{paint(f'{margin}  =', _BLUE)} {paint(word, _BOLD)}: {visible(first)}"
        yield from (f"{margin}    {' ' * len(word)}  {visible(line)}".rstrip() for line in more)


def _remarks(found: Diagnostic) -> list[tuple[str, str]]:
    return [("note", note) for note in found.notes] + [("help", found.help)] * bool(found.help)


def _place(found: Diagnostic) -> str:
    if not (found.source and found.labels):
        return visible(found.path)
    line, column = found.source.position(found.labels[0].span.start)
    return f"{visible(found.path)}:{line}:{column}"


class _Snippet(NamedTuple):
    """What is shown for one label: its line, and the mark that stands `indent` columns into the row below."""

    number: int
    line: str
    indent: int
    mark: str
    primary: bool


def _snippets(found: Diagnostic) -> Iterator[_Snippet]:
    """Give a snippet for each label, in the order of the file."""
    if found.source:
        for label in sorted(found.labels, key=lambda label: label.span):
            yield _snippet(found.source, label, primary=label is found.labels[0])


def _snippet(source: Source, label: Label, *, primary: bool) -> _Snippet:
    number, column = source.position(label.span.start)
    line = masked_line(source, number)
    start = min(column - 1, len(line))
    # A long line is cut around the label, which may itself be longer than what is shown.
    first = max(0, start - _BEFORE_MARK) if len(line) > _LONGEST_LINE else 0
    last = min(len(line), first + _LONGEST_LINE)
    end = min(start + label.span.end - label.span.start, last)
    before = (_CUT if first else "") + visible(line[first:start])
    marked = visible(line[start:end])
    after = visible(line[end:last]) + (_CUT if last < len(line) else "")
    mark = ("^" if primary else "-") * max(1, _display_width(marked))
    return _Snippet(
        number=number,
        line=before + marked + after,
        indent=_display_width(before),
        mark=f"{mark} {visible(label.text)}" if label.text else mark,
        primary=primary,
    )


def _display_width(text: str) -> int:
    return len(text) if text.isascii() else sum(map(_char_width, text))


def _char_width(char: str) -> int:
    if unicodedata.category(char) in {"Mn", "Me"}:  # drawn over the character before it
        return 0
    return 2 if unicodedata.east_asian_width(char) in {"W", "F"} else 1
