"""Diagnostics for people: the source line with carets, or one line each; and how many there are.

In: diagnostics, or their numbers. Out: text that is safe for a terminal: keys are masked, and nothing in a config can
move the cursor.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, NamedTuple

from wgtranspile.channels import counted, visible
from wgtranspile.diagnostics.model import Severity
from wgtranspile.diagnostics.quoted import masked_line
from wgtranspile.report.base import ForPeople

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from wgtranspile.diagnostics.model import Diagnostic, Kind, Label, Summary
    from wgtranspile.report.base import Report, Run
    from wgtranspile.report.gathered import Gathered
    from wgtranspile.source import Place

_BEFORE_MARK = 40
_LONGEST_LINE = 120
_CUT = "…"
_TIMES = "\N{MULTIPLICATION SIGN}"
# So many codes of a severity fit into a summary of one line.
_MOST_CODES = 4

_BOLD, _BLUE = "1", "1;34"
_COLORS = {Severity.ERROR: "1;31", Severity.WARNING: "1;33", Severity.NOTE: "1;36"}


class Block(NamedTuple):
    """A diagnostic as it is shown; a remark may be added, which stands `apart` if the config is above it."""

    text: str
    margin: str
    apart: bool

    def with_remark(self, word: str, lines: Iterable[str], *, color: bool) -> str:
        """Return a copy with one more remark, which may have several lines."""
        added = _remark(self.margin, word, lines, color=color)
        return self.text + "".join(f"{line}\n" for line in (*[_bar(self.margin, color=color)] * self.apart, *added))


class Text(ForPeople):
    """Each finding with the lines it points at; of many configs, equal ones once and at the end."""

    _gathered: Gathered | None = None
    _between = ""

    def expect_many(self) -> None:
        """Keep findings from now on, to say at the end what is equal once and the errors last."""
        from wgtranspile.report.gathered import Gathered  # lazy: most runs are of one config

        self._gathered = Gathered(color=self.color)

    def add(self, diagnostics: Sequence[Diagnostic]) -> str:
        """Return findings, below those before them, or keep them."""
        if self._gathered:
            self._gathered.add(diagnostics)
            return ""
        between, self._between = self._between, "\n"
        return between + render(diagnostics, color=self.color)

    def stop(self, configs: int) -> str:
        """Return what was kept so far."""
        if self._gathered is None:
            return ""
        return self._gathered.render() + ("" if self.quiet else f"stopped after {counted(configs, 'config')}\n")

    def end(self, run: Run) -> str:
        """Return what was kept, how often each finding was found, what to do next, and what the run did."""
        said = [self._gathered.render() if self._gathered else "", _statistics(self, run)]
        if run.failed or not self.quiet:
            said += [f"{line}\n" for line in run.advice]
            if run.summary.configs > 1 or any(kind.ignored for kind in run.summary.found):
                said.append(render_summary(run.summary))
        return "".join(said)


class Concise(ForPeople):
    """A line for each finding."""

    def add(self, diagnostics: Sequence[Diagnostic]) -> str:
        """Return the lines of findings."""
        return render_concise(diagnostics)

    def end(self, run: Run) -> str:
        """Return how often each finding was found."""
        return _statistics(self, run)


def _statistics(report: Report, run: Run) -> str:
    return render_statistics(run.summary.found) if report.statistics else ""


def render(diagnostics: Iterable[Diagnostic], *, color: bool) -> str:
    """Return every diagnostic with the lines it points at, separated by blank lines."""
    return "\n".join(block(found, color=color).text for found in diagnostics)


def block(found: Diagnostic, *, color: bool) -> Block:
    """Return a diagnostic with the lines it points at."""
    text = "".join(f"{line}\n" for line in _lines(found, color=color))
    return Block(text, _margin(found), bool(found.labels and not _remarks(found)))


def render_concise(diagnostics: Iterable[Diagnostic]) -> str:
    """Return one line per diagnostic for editors: `FILE:LINE:COLUMN: severity[CODE] message`."""
    return "".join(
        f"{place(found)}: {found.severity}[{found.rule.code}] {visible(found.message)}\n" for found in diagnostics
    )


def render_summary(summary: Summary) -> str:
    """Return the last line: `3 configs, 9 artefacts, 1 error (C207), 1 warning (K501; 1 ignored), 0.1 s`."""
    said = [counted(summary.configs, "config"), counted(summary.artefacts, "artefact")]
    for severity in Severity:
        kinds = {kind: number for kind, number in summary.found.items() if kind.severity is severity}
        if kinds or severity is Severity.WARNING:
            said.append(f"{counted(summary.number(severity), severity)}{_codes(kinds)}")
    return f"{', '.join(said)}, {summary.seconds:.1f} s\n"


def render_statistics(found: Mapping[Kind, int]) -> str:
    """Return how often each finding occurred, one per line, the most frequent first: number, code, severity, name."""
    rows = [(f"{number:,}", kind) for kind, number in _by_frequency(found)]
    width = max((len(number) for number, _ in rows), default=0)
    return "".join(
        f"{number:>{width}}  {kind.code}  {kind.severity:7}  {kind.name}{' (ignored)' * kind.ignored}\n"
        for number, kind in rows
    )


def _codes(kinds: Mapping[Kind, int]) -> str:
    """Return the codes of a severity with their numbers, those that occur most, in parentheses."""
    codes = [f"{kind.code} {_TIMES}{number:,}" if number > 1 else kind.code for kind, number in _by_frequency(kinds)]
    said = ", ".join(codes if len(codes) <= _MOST_CODES else (*codes[: _MOST_CODES - 1], _CUT))
    ignored = sum(number for kind, number in kinds.items() if kind.ignored)
    return f" ({said}{f'; {ignored:,} ignored' if ignored else ''})" if kinds else ""


def _by_frequency(found: Mapping[Kind, int]) -> list[tuple[Kind, int]]:
    return sorted(found.items(), key=lambda item: (-item[1], item[0].code, item[0].severity))


def sayings(found: Diagnostic) -> list[str]:
    """Return what a diagnostic says, a line each, for where the config is not shown: message, other places, remarks."""
    said = [found.message]
    for place, text in found.labels[1:]:
        if text:
            where = f"line {place.start.line}" if place.path == found.path else place
            said.append(f"{where}: {text}")
    said += [f"{word}: {text}" for word, text in _remarks(found)]
    return [visible(line) for text in said for line in text.split("\n")]


def title(severity: Severity, code: str, message: str, *, color: bool) -> str:
    """Return the first line of a finding: `error[C207]: message`."""
    mark = _painted(f"{severity}[{code}]", _COLORS[severity], color=color)
    return mark + _painted(f": {visible(message)}", _BOLD, color=color)


def place(found: Diagnostic) -> str:
    """Return where a diagnostic is, `FILE:LINE:COLUMN`, or the file alone if it is about the whole of it."""
    return _at(found.place) if found.place else visible(found.path)


def _at(place: Place) -> str:
    line, column = place.start
    return f"{visible(place.path)}:{line}:{column}"


def _lines(found: Diagnostic, *, color: bool) -> Iterator[str]:
    def paint(text: str, code: str) -> str:
        return _painted(text, code, color=color)

    margin = _margin(found)
    bar = _bar(margin, color=color)

    yield title(found.severity, found.rule.code, found.message, color=color)
    yield f"{paint(f'{margin} -->', _BLUE)} {place(found)}"
    for path, snippets in _snippets(found).items():
        yield bar
        if path != found.path:
            yield f"{paint(f'{margin} :::', _BLUE)} {_at(snippets[0].place)}"
            yield bar
        above = None
        for snippet in snippets:
            if above and snippet.number > above.number + 1:
                yield paint("...", _BLUE)
            if not above or (snippet.number, snippet.line) != (above.number, above.line):
                yield f"{paint(f' {snippet.number:>{len(margin)}} |', _BLUE)} {snippet.line}".rstrip()
            color_of_mark = _COLORS[found.severity] if snippet.primary else _BLUE
            yield f"{bar} {' ' * snippet.indent}{paint(snippet.mark, color_of_mark)}"
            above = snippet
    remarks = _remarks(found)
    if found.labels and remarks:
        yield bar
    for word, text in remarks:
        yield from _remark(margin, word, text.split("\n"), color=color)


def _margin(found: Diagnostic) -> str:
    """Return blanks as wide as the largest number of a line that is shown."""
    return " " * len(str(max((label.place.start.line for label in found.labels), default=0)))


def _bar(margin: str, *, color: bool) -> str:
    return _painted(f"{margin}  |", _BLUE, color=color)


def _remark(margin: str, word: str, lines: Iterable[str], *, color: bool) -> Iterator[str]:
    first, *more = lines
    yield f"{_painted(f'{margin}  =', _BLUE, color=color)} {_painted(word, _BOLD, color=color)}: {visible(first)}"
    yield from (f"{margin}    {' ' * len(word)}  {visible(line)}".rstrip() for line in more)


def _painted(text: str, code: str, *, color: bool) -> str:
    return f"\x1b[{code}m{text}\x1b[0m" if color else text


def _remarks(found: Diagnostic) -> list[tuple[str, str]]:
    return [("note", note) for note in found.notes] + [("help", found.help)] * bool(found.help)


class _Snippet(NamedTuple):
    """What is shown for one label: its line, and the mark that stands `indent` columns into the row below."""

    place: Place
    number: int
    line: str
    indent: int
    mark: str
    primary: bool


def _snippets(found: Diagnostic) -> dict[str, list[_Snippet]]:
    """Return a snippet for each label, in the order of its file; the file of the finding comes first."""
    snippets: dict[str, list[_Snippet]] = {label.place.path: [] for label in found.labels}
    for label in sorted(found.labels, key=lambda label: label.span):
        snippets[label.place.path].append(_snippet(label, primary=label is found.labels[0]))
    return snippets


def _snippet(label: Label, *, primary: bool) -> _Snippet:
    number, column = label.place.start
    line = masked_line(label.place.source, number)
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
        place=label.place,
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
