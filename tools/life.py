"""Generates the tables of docs/life.md from recorded test results.

In: the results in tests/results/. Out: a table of moments by targets, one of boots, and the versions that ran.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.record import Lived, load
from tests.vm.moments import MOMENTS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.record import Run, Side

SUITES = {
    "trixie": "Debian 13",
    "bookworm": "Debian 12",
    "forky": "Debian forky",
    "namespace": "in namespaces",
}
_COLUMNS = {
    ("networkd", "trixie"): "networkd, Debian 13",
    ("networkd", "bookworm"): "networkd, Debian 12",
    ("networkmanager", "trixie"): "NetworkManager, Debian 13",
    ("networkmanager", "bookworm"): "NetworkManager, Debian 12",
    ("shell", "namespace"): "script",
}


def moments() -> str:
    """Return the table of moments by targets: of how many tunnels the state was as with wg-quick."""
    found = load(Lived)
    rows = [["event", *_COLUMNS.values(), "unencrypted, wg-quick", "unencrypted, networkd and NetworkManager"]]
    for name, moment in MOMENTS.items():
        here = [result for result in found if result.moment == name]
        cells = [_cell([one for one in here if (one.maker, one.suite) == column]) for column in _COLUMNS]
        rows.append([moment.title, *cells, _clear(one.wg_quick for one in here), _clear(one.mine for one in here)])
    return table(rows)


def boots() -> str:
    """Return the table of boots: after how many seconds the first packet came through the tunnel, at the longest."""
    rows = [["event", "target", "tunnels", "longest", "wg-quick, same tunnel"]]
    for name, moment in MOMENTS.items():
        for (maker, suite), place in _COLUMNS.items():
            here = [
                (one.mine.first, one.wg_quick.first or 0, one.subject)
                for one in load(Lived)
                if (one.moment, one.maker, one.suite) == (name, maker, suite) and one.mine.first is not None
            ]
            if here:
                longest, theirs, subject = max(here)
                rows.append([moment.title, place, str(len(here)), f"{longest} s ({subject})", f"{theirs} s"])
    return table(rows)


def versions() -> str:
    """Return the versions of what ran, by suite."""
    return versions_of(load(Lived))


def versions_of(results: Iterable[Lived | Run]) -> str:
    """Return the versions of what ran for these results, by suite."""
    told = {(one.suite, ", ".join(map(" ".join, one.versions.items()))) for one in results}
    return "\n".join(f"- {SUITES.get(suite, suite)}: {programs}" for suite, programs in sorted(told))


def _cell(results: list[Lived]) -> str:
    """Return how many were equal or declared, of all; what declares it; and which were neither."""
    if not results:
        return "-"
    different = sorted(one.subject for one in results if one.verdict == "different")
    codes = sorted({code for one in results if one.verdict == "declared" for code in one.codes})
    parts = [f"{len(results) - len(different)} / {len(results)}"]
    if codes:
        parts.append(f"({', '.join(codes)})")
    if different:
        parts.append(f"**not: {', '.join(different)}**")
    return " ".join(parts)


def _clear(sides: Iterable[Side]) -> str:
    """Return how many pings left in clear of all that left."""
    counted = [(side.clear, side.sent) for side in sides]
    clear, sent = (sum(column) for column in zip(*counted, strict=True)) if counted else (0, 0)
    return f"{clear} of {sent}" if sent else "-"


def table(rows: list[list[str]]) -> str:
    """Return a table whose first row is the head."""
    head, *body = (f"| {' | '.join(row)} |" for row in rows)
    return "\n".join((head, "|---" * len(rows[0]) + "|", *body))
