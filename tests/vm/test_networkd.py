"""What `--to networkd` makes of configs, against wg-quick on the same machine.

On each suite: every golden case. On trixie also those of the corpus that `tests.vm.cases` chooses, on the others those
of them that show a feature for the first time.

networkd gives its routes the protocol `static`, and lists peers and the allowed IPs of each in an order of its own; at
`PreUp` the device is whole already, and the rules of a default route may be there.
"""

from __future__ import annotations

import re
from itertools import groupby, product
from typing import TYPE_CHECKING

import pytest

from tests.vm.cases import ONLY_ON_THE_HOST, Case, corpus, golden, showing_new
from tests.vm.course import compared
from wgtranspile.diagnostics import Fidelity
from wgtranspile.diagnostics.catalogue import rules

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from _pytest.mark.structures import ParameterSet

    from tests.vm.machine import Machine

BACKEND = "networkd"
# Where a case has nothing to be compared with, or is no case for the suite.
LEFT_OUT = {
    # Its wg does not know the `+` of allowed IPs.
    ("bookworm", "golden/incremental-allowed-ips"),
    ("trixie", "golden/incremental-allowed-ips"),
    # systemd has these credentials from 256 on.
    ("bookworm", "golden/networkd-keys-as-credentials"),
    ("bookworm", "golden/networkd-262-credentials"),
    # wg-quick has no keys for these.
    *product(("bookworm", "forky", "trixie"), ONLY_ON_THE_HOST),
}
DECLARED = {rule.code for rule in rules() if rule.fidelity is Fidelity.REFUSED}

CASES = [*golden(BACKEND), *corpus()]
REFUSED = {case.name: codes for case in CASES if (codes := case.refusals(BACKEND))}
RUN = [case for case in CASES if case.name not in REFUSED]
FIRST = showing_new(RUN, together=1)
# Those that show most come first, and so few show everything.
PART = showing_new(sorted((case for case in RUN if case.golden), key=lambda case: -len(case.features())), together=1)
ELSEWHERE = [case for case in RUN if case.golden or case in FIRST]


def _runs() -> Iterator[ParameterSet]:
    """Give each case with each suite that it runs on; what is not in the part is marked."""
    for suite, cases in {"trixie": RUN, "bookworm": ELSEWHERE, "forky": ELSEWHERE}.items():
        for case in cases:
            if (suite, case.name) not in LEFT_OUT:
                marks = () if suite == "trixie" and case in PART else pytest.mark.thorough
                yield pytest.param(suite, case, marks=marks, id=f"{suite}-{case.name}")


RUNS = [*_runs()]


@pytest.mark.parametrize(("machine", "case"), RUNS, indirect=["machine"])
def test_the_state_is_that_of_wg_quick(machine: Machine, case: Case) -> None:
    theirs, mine = compared(machine, case, BACKEND)

    assert theirs.tunnel.difference(mine.tunnel) == ""
    assert list(_as_seen(theirs.hooks)) == list(_as_seen(mine.hooks))
    assert mine.verdicts == ()
    assert mine.left == ""
    assert mine.remembered == ()
    assert mine.warnings == ()


@pytest.mark.parametrize("case", [case for case in CASES if case.name in REFUSED], ids=lambda case: case.name)
def test_what_is_refused_is_declared_or_refused_by_all(case: Case) -> None:
    assert REFUSED[case.name] <= DECLARED or case.refusals("shell")


def test_the_part_is_large_enough() -> None:
    assert sum(not run.marks for run in RUNS) >= 25


@pytest.mark.thorough
def test_enough_is_tried() -> None:
    names = [str(run.id) for run in RUNS]
    if not any("-corpus/" in name for name in names):
        pytest.skip("THE CORPUS WAS NOT TRIED: it does not lie beside the project")

    assert sum(name.startswith("trixie-corpus/") for name in names) >= 60
    assert sum(name.startswith("bookworm-") for name in names) >= 60
    assert sum(name.startswith("forky-") for name in names) >= 60


def test_what_is_left_out_is_there() -> None:
    assert {name for _, name in LEFT_OUT} <= {case.name for case in RUN}


def _as_seen(notes: Iterable[str]) -> Iterator[str]:
    """Give what hooks noted, less what networkd does otherwise: peers stand together, a line with a tab for each."""
    phase = ""
    for of_peers, lines in groupby(notes, key=lambda note: "\t" in note):
        if of_peers:
            peers = (re.split(r"\s+", line.strip()) for line in lines)
            yield from sorted(" ".join((key, *sorted(networks))) for key, *networks in peers if phase != "PreUp")
            continue
        for line in lines:
            if line[:1] != " ":
                phase = line.split()[0]
            elif phase == "PreUp" and line.startswith("  rules"):
                continue
            yield re.sub(" proto static", "", line)
