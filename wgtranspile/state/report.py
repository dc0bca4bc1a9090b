"""Differences, for people and for programs."""

from __future__ import annotations

from textwrap import fill
from typing import TYPE_CHECKING, Any

from wgtranspile.channels import visible
from wgtranspile.state.normalisations import NORMALISATIONS
from wgtranspile.state.wording import PRESENT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wgtranspile.state.model import Difference, Unchecked

SCHEMA = 1


def render(
    interface: str,
    differences: Sequence[Difference],
    unchecked: Sequence[Unchecked] = (),
    causes: Sequence[str] = (),
) -> str:
    """Give one line for each difference and each unchecked thing, one with the outcome, and one for each cause."""
    lines = [_line(interface, difference) for difference in differences]
    lines += [f"{interface}: {item.area} {item.item}: not checked: {item.reason}" for item in unchecked]
    if differences:
        count = "1 difference" if len(differences) == 1 else f"{len(differences)} differences"
        lines.append(f"{interface}: {count} between the plan and the live state")
    else:
        lines.append(f"{interface}: the live state equals the plan" + (" in all that was checked" if unchecked else ""))
    lines += [f"{interface}: {cause}" for cause in causes]
    return "".join(f"{visible(line)}\n" for line in lines)


def as_json(
    interface: str,
    differences: Sequence[Difference],
    unchecked: Sequence[Unchecked] = (),
    causes: Sequence[str] = (),
) -> dict[str, Any]:
    """Give the same as an object ready for `json.dumps`."""
    return {
        "schema": SCHEMA,
        "interface": interface,
        "agrees": not differences,
        "differences": [
            {
                "area": difference.area.value,
                "item": difference.item,
                "wanted": difference.wanted,
                "found": difference.found,
                "file": difference.path,
                "line": difference.line,
            }
            for difference in differences
        ],
        "unchecked": [{"area": item.area.value, "item": item.item, "reason": item.reason} for item in unchecked],
        "causes": [*causes],
    }


def render_normalisations() -> str:
    """Give the table of what a comparison overlooks."""
    return "\n".join(
        f"{row.area}: {row.overlooked}\n{fill(row.reason, 100, initial_indent='    ', subsequent_indent='    ')}\n"
        for row in NORMALISATIONS
    )


def _line(interface: str, difference: Difference) -> str:
    place = interface if difference.line is None else f"{difference.path}:{difference.line}"
    if difference.found is None:
        verdict = _alone("missing", difference.wanted)
    elif difference.wanted is None:
        verdict = _alone("unexpected", difference.found)
    else:
        verdict = f"wanted {difference.wanted}, found {difference.found}"
    return f"{place}: {difference.area} {difference.item}: {verdict}"


def _alone(verdict: str, particulars: str | None) -> str:
    return verdict if particulars in {None, PRESENT} else f"{verdict} ({particulars})"
