"""What `--to networkmanager` makes of configs, against wg-quick on the same machine.

NetworkManager gives its routes and rules the protocol `static`; at `PreUp` the tunnel is configured already (B417). A
link that has IPv6 gets a link-local address (B419), one that has none is without IPv6 (B420).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.lab.snapshot import Snapshot
from tests.vm.cases import Case, corpus, golden, showing_new
from tests.vm.course import compared

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from _pytest.mark.structures import ParameterSet

    from tests.vm.machine import Machine

BACKEND = "networkmanager"
CASES = [*golden(), *corpus()]
RUN = [case for case in CASES if not case.refusals(BACKEND)]
FIRST = showing_new(RUN, together=1)
# What is declared, by its code, in the lines of either state.
DECLARED = {
    "B419": ("links|routes of IPv6", r'.*"fe80::(?!ff:fe00:2\b).*|.*"fe80::/64", "dev": "(?!up0\b).*'),
    "B420": ("sysctl|routes of IPv6", r".*/(?!up0/|all/|default/|lo/)[^/]*/disable_ipv6:.*|.*ff00::/8.*"),
}


def _runs() -> Iterator[ParameterSet]:
    """Give each case with each suite that it runs on."""
    for suite, cases in {"trixie": RUN, "bookworm": FIRST, "forky": FIRST}.items():
        yield from (
            pytest.param(f"{suite} NetworkManager", case, marks=pytest.mark.thorough, id=f"{suite}-{case.name}")
            for case in cases
        )


@pytest.mark.parametrize(("machine", "case"), [*_runs()], indirect=["machine"])
def test_the_state_is_that_of_wg_quick(machine: Machine, case: Case) -> None:
    declared = {found.rule.code for found in case.findings(BACKEND)}

    theirs, mine = compared(machine, case, BACKEND)

    assert _less(theirs.tunnel, declared).difference(_less(mine.tunnel, declared)) == ""
    assert list(_as_seen(theirs.hooks)) == list(_as_seen(mine.hooks))
    assert mine.verdicts == ()
    assert mine.left == ""
    assert mine.remembered == ()
    assert mine.warnings == ()


def _less(state: Snapshot, declared: Iterable[str]) -> Snapshot:
    """Give a state without what is declared."""
    parts = dict(state.parts)
    for code in DECLARED.keys() & declared:
        names, line = DECLARED[code]
        for name in filter(re.compile(names).fullmatch, parts):
            parts[name] = tuple(kept for kept in parts[name] if not re.fullmatch(line, kept))
    return Snapshot(parts)


def _as_seen(notes: Iterable[str]) -> Iterator[str]:
    """Give what hooks noted after `PreUp`, without the route that a link has only as long as it speaks IPv6 (B420)."""
    phase = ""
    for note in notes:
        if note[:1] not in " \t":
            phase = note.split()[0]
        if phase != "PreUp" and not note.startswith("  multicast ff00::/8"):
            yield re.sub(" proto static", "", note)
