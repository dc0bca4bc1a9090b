"""Tunnels at the moments of their lives, beside wg-quick's in the same system at the same moments.

`pytest --vm all tests/vm/test_moments.py -k trixie-networkd-named-lasting` takes one tunnel through one life.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import pytest

from tests.lab.snapshot import Snapshot
from tests.record import Lived, Side, merge
from tests.vm.course import succeed
from tests.vm.declared import bypassed, codes, interrupted, less
from tests.vm.lived import MANAGERS, WG_QUICK, Pings, Tunnel, live, state, transpiled, versions
from tests.vm.moments import LIVES, MOMENTS, Life
from tests.vm.subjects import PEER, SUBJECTS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from _pytest.mark.structures import ParameterSet

    from tests.vm.lived import Seen
    from tests.vm.machine import Machine
    from wgtranspile.diagnostics import Diagnostic

SUITES = ("trixie", "bookworm")
PART = {
    ("networkd", "named", "lasting"),
    ("networkd", "named", "boot-late-4"),
    ("networkd", "hub", "update-peer"),
    ("networkmanager", "named", "boot"),
}
# Pings of a second: those on their way when the last is sent, or held up by a neighbour's discovery.
ON_THEIR_WAY = 20
# What may leave in clear where a finding says that it does for a moment.
FEW = 3


def _lives(subject: str) -> Iterator[str]:
    """Give the lives of a subject: those in which it shows something."""
    told = SUBJECTS[subject]
    for name, life in LIVES.items():
        kind, _, version = name.partition("-")
        if kind == "update":
            shown = version in told.versions
        elif life.late or version == "behind":
            shown = told.names
        elif life.roams or kind == "moved":
            shown = bool(told.inside)
        elif kind in ("ipv6", "read"):
            shown = told.full or subject == "split"
        else:
            shown = True
        if shown:
            yield name


def _runs() -> Iterator[ParameterSet]:
    """Give each subject with each of its lives and each maker that takes it, on each suite."""
    for suite in SUITES:
        for maker, manager in MANAGERS.items():
            for subject, told in SUBJECTS.items():
                if transpiled(maker, "wg0", told.config).emission is None:
                    continue
                for life in _lives(subject):
                    marks = () if suite == "trixie" and (maker, subject, life) in PART else pytest.mark.thorough
                    name = f"{suite}-{maker}-{subject}-{life}"
                    yield pytest.param(f"{suite} {manager}", maker, subject, life, marks=marks, id=name)


@cache
def control(machine: Machine, manager: str, subject: str, life: str, needs: str) -> dict[str, Seen]:
    """Give what is seen of wg-quick; a tunnel that is up must work, else two that do not work would be equal."""
    seen = live(Tunnel(machine, manager, SUBJECTS[subject], WG_QUICK, needs), LIVES[life])
    for moment, one in seen.items():
        if one.state.parts["commands"] == ("succeeded",) and not MOMENTS[moment].ends:
            assert one.state.parts["answers"] == tuple(f"{target} wg0" for target in SUBJECTS[subject].inside), moment
            assert set(one.state.parts["names"]) <= {"resolved: True"}, moment
            assert not any(pings.clear for pings in one.pings.values()), moment
    return seen


@pytest.mark.parametrize(("machine", "maker", "subject", "life"), [*_runs()], indirect=["machine"])
def test_at_each_moment_a_tunnel_is_as_with_wg_quick(
    machine: Machine, maker: str, subject: str, life: str, request: pytest.FixtureRequest
) -> None:
    findings = transpiled(maker, "wg0", SUBJECTS[subject].config).diagnostics
    codes_found = {finding.rule.code for finding in findings}
    needs = "\n".join([":", *(script for code, script in LIVES[life].as_declared.items() if code in codes_found)])
    suite, *_ = request.node.callspec.params["machine"].split()
    theirs = control(machine, MANAGERS[maker], subject, life, needs)

    def difference(moment: str, allowing: str, found: Snapshot) -> str:
        expected = Snapshot({part: theirs[moment].state.parts[part] for part in found.parts})
        return less(expected, findings, allowing, suite).difference(less(found, findings, allowing, suite))

    mine = live(Tunnel(machine, MANAGERS[maker], SUBJECTS[subject], maker), LIVES[life], difference)

    def faults(moment: str, seen: Seen) -> Iterator[str]:
        yield difference(moment, moment, seen.state)
        if not interrupted(findings, moment, suite):
            yield from worse(theirs[moment].pings, seen.pings, FEW * bypassed(findings, moment, suite))

    found = {moment: "\n".join(filter(None, faults(moment, seen))) for moment, seen in mine.items()}
    if request.config.getoption("--record"):
        told = versions(machine)
        merge(
            Lived,
            (
                Lived(subject, maker, suite, moment, *judged, told)
                for moment, text in found.items()
                for judged in [verdict(suite, moment, text, theirs[moment], mine[moment], findings)]
            ),
        )
    print(*(f"# {moment}\n{text}" for moment, text in found.items() if text), sep="\n")  # noqa: T201
    assert [moment for moment, text in found.items() if text] == []


# A change to each part of the state of a full tunnel.
CHANGES = {
    "links": "ip address add 10.99.0.1/32 dev wg0",
    "routes of IPv4": "ip route delete default dev wg0 table 51820",
    "routes of IPv6": "ip -6 route delete default dev wg0 table 51820",
    "rules of IPv4": "ip -4 rule delete priority 32764",
    "rules of IPv6": "ip -6 rule delete priority 32765",
    "devices": f"wg set wg0 peer {PEER} endpoint 198.51.100.1:51821",
    "firewall": "nft delete table ip6 wg-quick-wg0",
    "sysctl": "sysctl --quiet net.ipv4.conf.all.src_valid_mark=0",
    "resolver": "resolvectl domain wg0 example.org",
}


def test_a_change_to_any_part_is_a_difference(machine: Machine) -> None:
    live(Tunnel(machine, "networkd", SUBJECTS["full"], WG_QUICK), Life({"activation": MOMENTS["activation"]}))
    before = state(machine)

    for part, change in CHANGES.items():
        succeed(machine, [change])
        after = state(machine)
        assert part in {line.removeprefix("--- ") for line in before.difference(after).splitlines()}, change
        before = after


def test_a_finding_declares_its_part_at_its_moments_and_nothing_else() -> None:
    findings = transpiled("networkd", "wg0", SUBJECTS["hook-resolver"].config).diagnostics
    lines = ("DNS Servers: 10.69.0.49", "DNS Servers: 100.127.254.1", "(up0)")
    found = Snapshot({"resolver": lines, "devices": lines})

    assert {finding.rule.code for finding in findings} == {"B429", "B444"}
    assert less(found, findings, "restart").parts == {"resolver": lines[1:], "devices": lines}
    assert less(found, findings, "uplink") == found
    assert less(found, [], "restart") == found


@pytest.mark.parametrize(
    ("theirs", "mine", "declared", "found"),
    [
        (Pings(90, 0, 0), Pings(90, 0, ON_THEIR_WAY), 0, 0),
        (Pings(90, 0, 0), Pings(90, 1, 0), 0, 1),
        (Pings(90, 0, 0), Pings(90, FEW, 0), FEW, 0),
        (Pings(90, 0, 0), Pings(90, FEW + 1, 0), FEW, 1),
        (Pings(90, 9, 0), Pings(90, 80, 0), 0, 0),
        (Pings(90, 0, 5), Pings(90, 0, ON_THEIR_WAY + 6), 0, 1),
    ],
)
def test_a_ping_in_clear_or_an_outage_is_worse(theirs: Pings, mine: Pings, declared: int, found: int) -> None:
    assert len([*worse({"10.20.0.1": theirs}, {"10.20.0.1": mine}, declared)]) == found


def worse(theirs: Mapping[str, Pings], mine: Mapping[str, Pings], declared: int) -> Iterator[str]:
    """Give where pings get no answer, or more than declared leave in clear where none does with wg-quick."""
    for target, (_, clear, lost) in theirs.items():
        if mine[target].clear > declared and not clear:
            yield f"{mine[target].clear} of {mine[target].sent} pings to {target} left in clear"
        if mine[target].lost > lost + ON_THEIR_WAY:
            yield f"{mine[target].lost} pings to {target} were not answered, {lost} with wg-quick"


def verdict(  # noqa: PLR0913, PLR0917  all of them decide
    suite: str, moment: str, difference: str, theirs: Seen, mine: Seen, findings: Sequence[Diagnostic]
) -> tuple[str, tuple[str, ...], Side, Side]:
    """Give a verdict, the codes that it rests on, and both sides, as a result has them."""
    sides = Side.of(mine), Side.of(theirs)
    if difference:
        return "different", (), *sides
    in_clear = any(pings.clear for pings in mine.pings.values())
    if theirs.state.difference(mine.state) or (in_clear and bypassed(findings, moment, suite)):
        return "declared", tuple(sorted(codes(findings, moment, suite))), *sides
    return "equal", (), *sides
