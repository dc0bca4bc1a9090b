"""A tunnel that wg-quick has brought up, and files of ours put in place beside it: `activate` takes the tunnel over."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import pytest

from tests.vm.course import on_the_machine, succeed
from tests.vm.life import ALL, HOOKS, activation, config, deactivation, emitted, lay, notes, remove, state
from tests.vm.machine import BOOTED
from tests.vm.snapshot import left_over
from tests.vm.test_networkmanager import less
from wgtranspile.artefact import Artefact
from wgtranspile.pipeline import transpile
from wgtranspile.source import Source

if TYPE_CHECKING:
    from tests.vm.machine import Machine

MACHINES = {"networkd": "trixie", "networkmanager": "trixie NetworkManager"}
STARTS = {"by its unit": "systemctl enable --now wg-quick@wg0", "by hand": "wg-quick up wg0"}
CONFIG = config(0, ALL, HOOKS)

by_each = pytest.mark.parametrize(
    ("machine", "backend"),
    [pytest.param(machine, backend, id=backend) for backend, machine in MACHINES.items()],
    indirect=["machine"],
)


@by_each
@pytest.mark.parametrize(
    "start", [pytest.param(start, marks=() if "unit" in start else pytest.mark.thorough) for start in STARTS]
)
def test_wg_quick_ends_as_it_does_by_itself_and_does_not_come_back(machine: Machine, backend: str, start: str) -> None:
    emissions = emitted({"wg0": CONFIG}, backend)
    machine.reset()
    lay(machine, emissions)
    succeed(machine, activation(emissions))
    fresh = state(machine)
    machine.reset()
    _put_config(machine)
    succeed(machine, [STARTS[start]])
    notes(machine)

    written = on_the_machine(machine, f"--to {backend} --output / wg0")
    succeed(machine, activation(emissions))

    assert "wg0 is up: if wg-quick brought it up, this first uses wg-quick to take it down" in written.err

    findings = transpile(Source.from_bytes("wg0.conf", CONFIG), "wg0", backend).diagnostics
    assert less(fresh, findings).difference(less(state(machine), findings)) == ""
    assert notes(machine) == ["PreDown", "PostDown", "PreUp", "PostUp"]
    assert machine.run("systemctl is-enabled wg-quick@wg0").out == "disabled\n"
    succeed(machine, activation(emissions))
    assert notes(machine) == ["PreDown", "PostDown", "PreUp", "PostUp"]


@pytest.mark.thorough
@by_each
def test_a_boot_in_between_brings_up_one_of_the_two(machine: Machine, backend: str) -> None:
    emissions = emitted({"wg0": CONFIG}, backend)
    machine.reset()
    _put_config(machine)
    succeed(machine, ["systemctl enable wg-quick@wg0"])
    lay(machine, emissions)

    machine.reboot()
    succeed(machine, [BOOTED])

    assert notes(machine) == ["PreUp", "PostUp"]
    succeed(machine, activation(emissions))
    assert notes(machine) == ["PreDown", "PostDown", "PreUp", "PostUp"]


@pytest.mark.thorough
@by_each
def test_a_link_that_nothing_tells_of_is_left_alone(machine: Machine, backend: str) -> None:
    emissions = emitted({"wg0": CONFIG}, backend)
    machine.reset()
    succeed(machine, ["ip link add wg0 type wireguard"])
    before = state(machine)
    lay(machine, emissions)

    done = machine.run("\n".join(("set -e", *activation(emissions))))

    assert done.status
    assert "take it down first" in done.err
    assert before.difference(state(machine)) == ""


@pytest.mark.thorough
@by_each
def test_a_pre_down_that_fails_leaves_the_tunnel_to_wg_quick(machine: Machine, backend: str) -> None:
    text = CONFIG.replace(b"PreDown = ", b"PreDown = test ! -e /run/held; ")
    emissions = emitted({"wg0": text}, backend)
    machine.reset()
    _put_config(machine, text)
    succeed(machine, ["wg-quick up wg0", "touch /run/held"])
    before = state(machine)
    lay(machine, emissions)

    assert machine.run("\n".join(("set -e", *activation(emissions)))).status

    assert before.difference(state(machine)) == ""
    succeed(machine, ["rm /run/held", *activation(emissions)])


@pytest.mark.thorough
@by_each
def test_nothing_is_left_of_either(machine: Machine, backend: str) -> None:
    emissions = emitted({"wg0": CONFIG}, backend)
    machine.reset()
    _put_config(machine)
    succeed(machine, ["systemctl start wg-quick@wg0", "systemctl stop wg-quick@wg0"])  # which leaves a slice for units
    notes(machine)
    before = machine.snapshot()
    succeed(machine, ["systemctl enable --now wg-quick@wg0"])
    folders = lay(machine, emissions)
    succeed(machine, activation(emissions))

    succeed(machine, deactivation(emissions))
    notes(machine)
    remove(machine, emissions, folders)

    succeed(machine, ["rmdir /run/systemd/transient 2>/dev/null || :"])
    assert left_over(before, machine.snapshot()) == ""


def _put_config(machine: Machine, text: bytes = CONFIG) -> None:
    machine.put([Artefact(PurePosixPath("etc/wireguard/wg0.conf"), text.decode(), 0o600)])
