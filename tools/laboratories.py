"""Generates the tables of docs/equivalence.md, networkmanager.md and migrate.md from recorded test results.

In: the results in tests/results/. Out: tables of tests by suites, of figures, and the versions that ran.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from tests.record import IMPORTER, LABORATORIES, Run, load
from tools.life import SUITES, table, versions_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_BOOTED = ("trixie", "bookworm", "forky")
_TARGETS = {"networkd": "networkd", "networkmanager": "NetworkManager"}
# What a case is, by what its name contains.
_KINDS = {
    "golden/": ": golden cases",
    "corpus/": ": configs of the corpus",
    "valid/": ": configs of the corpus",
    "valid-extended/": ": configs of the corpus",
    "": "",
}
_HELD = "tests/vm/test_migration.py::test_what_is_held_back_does_not_leave_in_clear["
# Of the tests that stop the time of a migration: whether something happens to it.
_TIMED = {"test_the_tunnel_is_as_under_wg_quick": "undisturbed", "test_a_host_is_migrated_or_as_it_was": "disturbed"}


def namespaces() -> str:
    """Return the table of what runs in namespaces."""
    return _of_tests(("namespace",), "")


def networkd() -> str:
    """Return the table of networkd's tests in booted systems."""
    return _of_tests(_BOOTED, "networkd")


def networkmanager() -> str:
    """Return the table of NetworkManager's tests in booted systems."""
    return _of_tests(_BOOTED, "NetworkManager")


def importer() -> str:
    """Return the table of what NetworkManager's own importer makes of the cases."""
    words = ("equal", "alike", "different", "not activated", "refused")
    rows = [["suite", "cases", *words]]
    for suite in _BOOTED:
        found = Counter(run.verdict for run in load(Run) if (run.suite, run.test.startswith(IMPORTER)) == (suite, True))
        numbers = (found.total(), *(found[word] for word in words))
        rows.append([SUITES[suite], *(str(number) if found else "-" for number in numbers)])
    return _recorded(rows)


def clear() -> str:
    """Return the table of packets that left in clear during a migration, and during a restart of wg-quick."""
    rows = [["", *(f"{SUITES[suite]}, {what}" for suite in _BOOTED[:2] for what in ("migration", "restart"))]]
    for target, name in _TARGETS.items():
        for held, words in {"free": "", "held": " with `--hold`"}.items():
            seen = [_seen(f"{_HELD}{suite}-{target}-{held}]") for suite in _BOOTED[:2]]
            keys = ("in clear", "in clear at a restart of wg-quick")
            rows.append(
                [f"{name}{words}", *(f"{each[key]:g}" if key in each else "-" for each in seen for key in keys)]
            )
    return _recorded(rows)


def outages() -> str:
    """Return the table of how long pings remained unanswered, and a TCP stream stalled, at the longest."""
    rows = [["migrations", *(f"{SUITES[suite]}, {what}" for suite in _BOOTED[:2] for what in ("pings", "stream"))]]
    for test, words in _TIMED.items():
        runs = [run for run in load(Run) if f"::{test}" in run.test]
        seen = [[run.seen for run in runs if run.suite == suite] for suite in _BOOTED[:2]]
        rows.append([words, *(_longest(each, key) for each in seen for key in ("outage", "stream"))])
    return _recorded(rows)


def versions() -> str:
    """Return the versions of what ran, by suite."""
    return versions_of(load(Run))


def _of_tests(suites: Sequence[str], target: str) -> str:
    """Return how many tests of each laboratory have been passed on each suite, of all that were recorded."""
    known = [run for run in load(Run) if run.target == target]
    rows = [["test", "where", *(SUITES[suite] for suite in suites), "seconds"]]
    for file, title in LABORATORIES.items():
        of_file = [run for run in known if run.test.startswith(file)]
        for kind in dict.fromkeys(_KINDS.values()):
            here = [run for run in of_file if _kind(run.test) == kind]
            if here:
                cells = (_cell([run.verdict for run in here if run.suite == suite]) for suite in suites)
                rows.append([f"{title}{kind}", f"`{file}`", *cells, str(sum(run.seconds for run in here))])
    return _recorded(rows)


def _recorded(rows: list[list[str]]) -> str:
    """Return a table, or words where nothing is recorded that could be in it."""
    cells = {cell for _, *row in rows[1:] for cell in row}
    return table(rows) if cells - {"-"} else "No run of these tests has been recorded yet."


def _kind(test: str) -> str:
    case = test.partition("[")[2]
    return next(kind for part, kind in _KINDS.items() if part in case)


def _cell(verdicts: list[str]) -> str:
    """Return how many were equal, of all that ran, and how many of the others came to which end."""
    found = Counter(verdicts)
    run = found["equal"] + found["different"]
    others = (
        f"{number} {verdict}" for verdict, number in sorted(found.items()) if verdict not in ("equal", "different")
    )
    return ", ".join((f"{found['equal']} / {run}", *others)) if verdicts else "-"


def _seen(test: str) -> dict[str, float]:
    return next((dict(run.seen) for run in load(Run) if run.test == test), {})


def _longest(seen: list[Mapping[str, float]], key: str) -> str:
    found = [each[key] for each in seen if key in each]
    return f"{max(found):g} s" if found else "-"
