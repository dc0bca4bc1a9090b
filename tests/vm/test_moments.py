"""Tunnels at the moments of their lives, beside wg-quick's in the same system at the same moments.

`pytest --vm all tests/vm/test_moments.py -k "trixie and networkd and named"` runs some of it.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import pytest

from tests.vm.declared import less
from tests.vm.lived import MANAGERS, WG_QUICK, live, transpiled
from tests.vm.moments import MOMENTS
from tests.vm.subjects import SUBJECTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from _pytest.mark.structures import ParameterSet

    from tests.vm.lived import Seen
    from tests.vm.machine import Machine

PART = {
    ("networkd", "named", "restart"),
    ("networkd", "named", "boot-late-4"),
    ("networkd", "full", "restart"),
    ("networkd", "hub", "update-peer"),
    ("networkmanager", "named", "boot"),
}


def _moments(subject: str) -> Iterator[str]:
    """Give the moments of a subject: those in which it shows something."""
    told = SUBJECTS[subject]
    for name, moment in MOMENTS.items():
        if (
            (moment.version and moment.version not in told.versions)
            or ((moment.late or "behind" in name) and not told.names)
            or (moment.roamed and not told.inside)
        ):
            continue
        yield name


def _runs() -> Iterator[ParameterSet]:
    """Give each subject at each of its moments, with each maker that takes it, on each suite."""
    for suite in ("trixie", "bookworm"):
        for maker, manager in MANAGERS.items():
            for subject, told in SUBJECTS.items():
                if transpiled(maker, "wg0", told.config).emission is None:
                    continue
                for moment in _moments(subject):
                    marks = () if suite == "trixie" and (maker, subject, moment) in PART else pytest.mark.thorough
                    name = f"{suite}-{maker}-{subject}-{moment}"
                    yield pytest.param(f"{suite} {manager}", maker, subject, moment, marks=marks, id=name)


@cache
def control(machine: Machine, subject: str, moment: str) -> Seen:
    """Give what is seen of wg-quick."""
    return live(machine, SUBJECTS[subject], WG_QUICK, MOMENTS[moment])


@pytest.mark.parametrize(("machine", "maker", "subject", "moment"), [*_runs()], indirect=["machine"])
def test_the_state_is_that_of_wg_quick(machine: Machine, maker: str, subject: str, moment: str) -> None:
    findings = transpiled(maker, "wg0", SUBJECTS[subject].config).diagnostics
    theirs = control(machine, subject, moment)

    mine = live(machine, SUBJECTS[subject], maker, MOMENTS[moment], theirs.state)

    assert less(theirs.state, findings, moment).difference(less(mine.state, findings, moment)) == ""
    quiet = [target for target, pings in theirs.pings.items() if not pings.clear]
    assert {target: mine.pings[target].clear for target in quiet} == dict.fromkeys(quiet, 0)
