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
    from wgtranspile.diagnostics import Diagnostic

BACKEND = "networkmanager"
CASES = [*golden(), *corpus()]
RUN = [case for case in CASES if not case.refusals(BACKEND)]
FIRST = showing_new(RUN, together=1)
# What is declared, by its code: the parts of either state, and their lines. The last is of the address that it names.
DECLARED = {
    "B419": ("links|routes of IPv6", r'.*"fe80::(?!ff:fe00:2\b).*|.*"fe80::/64", "dev": "(?!up0\b).*'),
    "B420": ("sysctl|routes of IPv6", r".*/(?!up0/|all/|default/|lo/)[^/]*/disable_ipv6:.*|.*ff00::/8.*"),
    "B424": ("routes of IPv4", r'.*"protocol": "kernel", "scope": "link", "prefsrc": "{}".*'),
}
# What `verify` says of B424.
SECOND_ROUTE = r"(\w+: route \S+: unexpected \(scope link src \S+\)\n)+\w+: \d+ differences? .*\n"


def _runs() -> Iterator[ParameterSet]:
    """Give each case with each suite that it runs on."""
    for suite, cases in {"trixie": RUN, "bookworm": FIRST, "forky": FIRST}.items():
        yield from (
            pytest.param(f"{suite} NetworkManager", case, marks=pytest.mark.thorough, id=f"{suite}-{case.name}")
            for case in cases
        )


@pytest.mark.parametrize(("machine", "case"), [*_runs()], indirect=["machine"])
def test_the_state_is_that_of_wg_quick(machine: Machine, case: Case) -> None:
    findings = case.findings(BACKEND)

    theirs, mine = compared(machine, case, BACKEND)

    assert less(theirs.tunnel, findings).difference(less(mine.tunnel, findings)) == ""
    assert list(_as_seen(theirs.hooks)) == list(_as_seen(mine.hooks))
    if any(found.rule.code == "B424" for found in findings):
        assert all(re.fullmatch(SECOND_ROUTE, verdict) for verdict in mine.verdicts)
    else:
        assert mine.verdicts == ()
    assert mine.left == ""
    assert mine.remembered == ()
    assert mine.warnings == ()


def less(state: Snapshot, findings: Iterable[Diagnostic]) -> Snapshot:
    """Give a state without what is declared."""
    parts = dict(state.parts)
    for found in findings:
        if found.rule.code in DECLARED:
            names, line = DECLARED[found.rule.code]
            address = found.message.rpartition(" ")[2].partition("/")[0]
            for name in filter(re.compile(names).fullmatch, parts):
                parts[name] = tuple(kept for kept in parts[name] if not re.fullmatch(line.format(address), kept))
    return Snapshot(parts)


def _as_seen(notes: Iterable[str]) -> Iterator[str]:
    """Give what hooks noted after `PreUp`, without the route that a link has only as long as it speaks IPv6 (B420)."""
    phase = ""
    for note in notes:
        if note[:1] not in " \t":
            phase = note.split()[0]
        if phase != "PreUp" and not note.startswith("  multicast ff00::/8"):
            yield re.sub(" proto static", "", note)
