"""Differences and their causes, for people and for programs."""

from __future__ import annotations

from collections import Counter
from textwrap import fill
from typing import TYPE_CHECKING, Any

from wgtranspile.channels import visible
from wgtranspile.compare.normalisations import NORMALISATIONS
from wgtranspile.compare.words import PRESENT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wgtranspile.compare.model import Difference, SuspectedHook, Verdict

SCHEMA = 1

_BOLD, _BLUE, _RED, _GREEN, _YELLOW, _CYAN = "1", "1;34", "1;31", "1;32", "1;33", "1;36"
# A note that names more differences than these only counts them.
_NAMED = 3


def render(interface: str, verdict: Verdict, *, color: bool = False) -> str:
    """Return each cause with its consequences, then a line for each other difference, and finally the outcome."""
    return "".join(f"{line}\n" for line in _Lines(interface, color=color).of(verdict))


def as_json(interface: str, verdict: Verdict) -> dict[str, Any]:
    """Return the same as an object ready for `json.dumps`; docs/messages.md describes it."""
    cause_of = {found: cause.text for cause in verdict.causes for found in cause.following}
    return {
        "schema": SCHEMA,
        "interface": interface,
        "agrees": not verdict.differences,
        "differences": [
            {
                "area": difference.area.value,
                "item": difference.item,
                "wanted": difference.wanted,
                "found": difference.found,
                "file": difference.path,
                "line": difference.line,
                "cause": cause_of.get(difference),
            }
            for difference in verdict.differences
        ],
        "unchecked": [
            {"area": item.area.value, "item": item.item, "reason": item.reason} for item in verdict.unchecked
        ],
        "causes": [cause.text for cause in verdict.causes],
        "hooks": [
            {
                "phase": hook.phase.value,
                "file": hook.path,
                "line": hook.line,
                "items": [f"{found.area} {found.item}" for found in hook.differences],
            }
            for hook in verdict.hooks
        ],
    }


def render_normalisations() -> str:
    """Return the table of what a comparison overlooks."""
    return "\n".join(
        f"{row.area}: {row.overlooked}\n{fill(row.reason, 100, initial_indent='    ', subsequent_indent='    ')}\n"
        for row in NORMALISATIONS
    )


class _Lines:
    """The lines about one interface, each with its place in front."""

    __slots__ = ("_color", "_interface")

    def __init__(self, interface: str, *, color: bool) -> None:
        self._interface = interface
        self._color = color

    def of(self, verdict: Verdict) -> Iterator[str]:
        for cause in verdict.causes:
            yield self._line(self._interface, "", f"cause: {cause.text}", _RED)
            yield from (self._difference(found, "  ") for found in cause.shown)
            if cause.following:
                yield f"  {self._paint('consequences:', _BOLD)}"
                yield from (self._difference(found, "    ") for found in cause.following)
        explained = Counter(found for cause in verdict.causes for found in (*cause.shown, *cause.following))
        yield from map(self._difference, (Counter(verdict.differences) - explained).elements())
        for item in verdict.unchecked:
            yield self._line(self._interface, f"{item.area} {item.item}: ", f"not checked: {item.reason}", _CYAN)
        for hook in verdict.hooks:
            yield self._line(f"{hook.path}:{hook.line}", "", f"note: {_said_of(hook)}", _CYAN)
        if verdict.differences:
            count = _count(verdict.differences)
            yield self._line(self._interface, "", f"{count} between the plan and the live state", _RED)
        else:
            equal = "the live state equals the plan" + (" in all that was checked" if verdict.unchecked else "")
            yield self._line(self._interface, "", equal, _GREEN)

    def _difference(self, found: Difference, indent: str = "") -> str:
        place = self._interface if found.line is None else f"{found.path}:{found.line}"
        return self._line(place, f"{found.area} {found.item}: ", _told(found), _YELLOW, indent)

    def _line(self, place: str, subject: str, said: str, code: str, indent: str = "") -> str:
        return f"{indent}{self._paint(f'{place}:', _BLUE)} {visible(subject)}{self._paint(said, code)}"

    def _paint(self, text: str, code: str) -> str:
        return f"\x1b[{code}m{visible(text)}\x1b[0m" if self._color else visible(text)


def _told(difference: Difference) -> str:
    if difference.found is None:
        return _alone("missing", difference.wanted)
    if difference.wanted is None:
        return _alone("unexpected", difference.found)
    return f"wanted {difference.wanted}, found {difference.found}"


def _alone(verdict: str, particulars: str | None) -> str:
    return verdict if particulars in {None, PRESENT} else f"{verdict} ({particulars})"


def _said_of(hook: SuspectedHook) -> str:
    said = f"this {hook.phase} hook may have caused {_count(hook.differences)}"
    if len(hook.differences) > _NAMED:
        return said
    return f"{said}: {', '.join(f'{found.area} {found.item}' for found in hook.differences)}"


def _count(differences: Sequence[Difference]) -> str:
    return "1 difference" if len(differences) == 1 else f"{len(differences)} differences"
