"""NetworkManager's importer against wg-quick and ours: what docs/networkmanager.md says of it, on the real program.

The states of ours in the same cases are in test_networkmanager.py, its traffic is in test_traffic.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.vm import traffic
from tests.vm.cases import named
from tests.vm.course import config_files, prepare, reference, succeed
from tests.vm.importer import Verdict, import_command, imported, verdict
from tests.vm.test_networkmanager import BACKEND
from tests.vm.traffic import OUTSIDE, TUNNELLED, spoofs, way

if TYPE_CHECKING:
    from tests.vm.cases import Case
    from tests.vm.machine import Machine

pytestmark = [pytest.mark.thorough, pytest.mark.parametrize("machine", ["trixie NetworkManager"], indirect=True)]

WAY = "ip route get {} | grep --only-matching 'dev [a-z0-9]*'"
# What is asked with the tunnel of a case up: the answer with wg-quick and ours, and the one with the importer.
ANSWERS = {
    "the default route of a family without an address": (
        "golden/full-tunnel-ipv6-without-address",
        WAY.format("2001:db8:2::1"),
        ("dev wg0", "dev up0"),
    ),
    "a route of a family without an address": (
        "golden/full-tunnel-with-networks",
        WAY.format("fd00:20::1"),
        ("dev wg0", "dev up0"),
    ),
    "a default route in a table of its own": (
        "golden/table-number-default-route",
        WAY.format("203.0.113.1"),
        ("dev up0", "dev wg0"),
    ),
    "the network of an address, with a table": (
        "golden/table-number",
        WAY.format("10.10.0.200"),
        ("dev wg0", "dev up0"),
    ),
    "rules without routes": ("golden/table-off", "ip rule | grep --count fwmark", ("0", "1")),
    "all names beside a search domain": (
        "golden/dns",
        "resolvectl domain wg0 | grep --count --fixed-strings '~.'",
        ("1", "0"),
    ),
    "several addresses of IPv6": (
        "golden/full-tunnel-many-addresses",
        "ip route get 2001:db8:2::1 | grep --only-matching 'src [0-9a-f:]*'",
        ("src fd00:11::2", "src fd00:10::2"),
    ),
    "a peer twice": ("golden/repeated-peer", "wg show wg0 endpoints | grep --count :51820", ("1", "0")),
}
PHASES = {"PreUp", "PostUp", "PreDown", "PostDown"}
VERDICTS = {
    "golden/split-tunnel": Verdict.ALIKE,
    "golden/table-main": Verdict.REFUSED,
    "golden/no-private-key": Verdict.NOT_ACTIVATED,
}


@pytest.mark.parametrize("maker", ["wg-quick", BACKEND, "importer"])
@pytest.mark.parametrize("question", ANSWERS)
def test_the_importer_answers_otherwise_than_wg_quick_and_ours(machine: Machine, question: str, maker: str) -> None:
    name, asked, answers = ANSWERS[question]

    bring_up(machine, named(name), maker)

    assert answers[maker == "importer"] == machine.run(asked).out.strip()


def test_hooks_are_dropped_without_a_word(machine: Machine) -> None:
    case = named("golden/hooks")

    theirs = reference(machine, case.configs)
    mine = imported(machine, case.configs)

    assert PHASES <= {note.split()[0] for note in theirs.hooks}
    assert [(result.status, result.err) for result in mine.results] == [(0, "")]
    assert mine.course.hooks == ()
    assert verdict(case, theirs, mine) is Verdict.DIFFERENT


@pytest.mark.parametrize(("name", "expected"), VERDICTS.items())
def test_what_becomes_of_a_case(machine: Machine, name: str, expected: Verdict) -> None:
    case = named(name)

    theirs = reference(machine, case.configs)
    mine = imported(machine, case.configs)

    assert expected is verdict(case, theirs, mine)


def test_a_strict_reverse_path_filter_keeps_answers_out(machine: Machine) -> None:
    import_full_tunnel(machine)

    machine.run("sysctl net.ipv4.conf.all.rp_filter=1 net.ipv4.conf.up0.rp_filter=1")

    assert way(machine, OUTSIDE[0]) == ""
    machine.run("sysctl net.ipv4.conf.all.src_valid_mark=1")
    assert way(machine, OUTSIDE[0]) == "wg0"


def test_the_firewall_lets_in_what_does_not_come_through_the_tunnel(machine: Machine) -> None:
    import_full_tunnel(machine)

    assert all(spoofs(machine, address) for address in TUNNELLED)


def bring_up(machine: Machine, case: Case, maker: str) -> None:
    """Bring the tunnel of a case up."""
    prepare(machine, case.configs)
    if maker == BACKEND:
        [result] = case.transpiled(BACKEND, {"wg0": 1420})
        assert result.emission
        machine.put(result.emission.artefacts)
        succeed(machine, result.emission.activate)
    else:
        file = "/root/wg0.conf"
        machine.put(config_files(case.configs))
        succeed(machine, [f"wg-quick up {file}" if maker == "wg-quick" else import_command(file)])


def import_full_tunnel(machine: Machine) -> None:
    """Import a full tunnel that has a peer, in whose internet all is answered."""
    traffic.prepare(machine, traffic.made("wg-quick", "0.0.0.0/0, ::/0"))
    succeed(machine, [import_command("/etc/wireguard/wg0.conf")])
