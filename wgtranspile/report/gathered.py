"""The findings of many configs for people: equal ones are shown once, and those that weigh most come last.

In: diagnostics as they are found. Out: text like that of `text`. No config is kept: what is kept is the text of the
first of equal findings with a few other places, a few findings of each rule, and the number of all others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wgtranspile.channels import counted
from wgtranspile.diagnostics.model import Severity
from wgtranspile.report.text import block, place, title

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wgtranspile.diagnostics.model import Diagnostic
    from wgtranspile.report.text import Block

#: So many places are named beside the first.
PLACES = 3
#: So many warnings or notes of a rule that say different things are shown; of errors, all.
DIFFERENT = 3
_CUT = "to see each finding and its place, use `--message-format concise`\n"


class Gathered:
    """What was found so far."""

    def __init__(self, *, color: bool) -> None:
        self._color = color
        self._groups: dict[tuple[Severity, str], _Group] = {}

    def add(self, diagnostics: Iterable[Diagnostic]) -> None:
        """Add findings; those of one config follow one another."""
        for found in diagnostics:
            is_error = found.severity is Severity.ERROR
            # Errors form one group: they stay in the order of the configs, as they are corrected one after the other.
            group = self._groups.setdefault((found.severity, "" if is_error else found.rule.code), _Group())
            said = _said(found)
            if equal := group.shown.get(said):
                equal.add(found)
            elif is_error or len(group.shown) < DIFFERENT:
                group.shown[said] = _Equal(block(found, color=self._color), found.path)
            else:
                group.others.add(found.path)

    def render(self) -> str:
        """Return all findings, notes first and errors last, and after a blank line, how to see the rest."""
        shown = [text for severity in reversed(Severity) for text in self._of(severity)]
        is_cut = any(group.is_cut() for group in self._groups.values())
        return "\n".join([*shown, _CUT if is_cut else ""]) if shown else ""

    def _of(self, severity: Severity) -> Iterator[str]:
        for (its_severity, code), group in self._groups.items():
            if its_severity is severity:
                yield from (equal.render(color=self._color) for equal in group.shown.values())
                if group.others.findings:
                    more = f"{group.others.findings:,} more like these, in {counted(group.others.configs, 'config')}"
                    yield f"{title(severity, code, more, color=self._color)}\n"


class _Number:
    """How many findings there are, and in how many configs."""

    __slots__ = ("_path", "configs", "findings")

    def __init__(self) -> None:
        self.findings = self.configs = 0
        self._path: str | None = None

    def add(self, path: str) -> None:
        self.findings += 1
        self.configs += path != self._path
        self._path = path


class _Equal:
    """Findings that say the same: the first as it is shown, and the places of the next."""

    __slots__ = ("_block", "_number", "_places")

    def __init__(self, first: Block, path: str) -> None:
        self._block = first
        self._places: list[str] = []
        self._number = _Number()
        self._number.add(path)

    def add(self, found: Diagnostic) -> None:
        self._number.add(found.path)
        if len(self._places) < PLACES:
            self._places.append(place(found))

    def left_out(self) -> int:
        """Return how many places are not named."""
        return self._number.findings - 1 - len(self._places)

    def render(self, *, color: bool) -> str:
        places = list(self._places)
        if left_out := self.left_out():
            every = f"{counted(self._number.findings, 'place')} in {counted(self._number.configs, 'config')}"
            places.append(f"and {left_out:,} more: {every}")
        return self._block.with_remark("also at", places, color=color) if places else self._block.text


class _Group:
    """The warnings or notes of one rule, or all errors: those that are shown, by what they say, and the others."""

    __slots__ = ("others", "shown")

    def __init__(self) -> None:
        self.shown: dict[tuple[str, ...], _Equal] = {}
        self.others = _Number()

    def is_cut(self) -> bool:
        """Whether there is more than is shown."""
        return self.others.findings > 0 or any(equal.left_out() for equal in self.shown.values())


def _said(found: Diagnostic) -> tuple[str, ...]:
    """Return what a finding says, wherever it is: the name of its own config is part of the place."""
    words = (found.message, found.help, *found.notes, *(label.text for label in found.labels))
    return (found.rule.code, *(word.replace(found.path, "") for word in words))
