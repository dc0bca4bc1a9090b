"""The life of what `--to networkmanager` gives: boots, restarts, later versions, failures, neighbours, and its end.

What wg-quick does in such a life says what must be; where it has none, the state of a fresh activation does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.vm.course import succeed
from tests.vm.life import (
    ALL,
    BROKEN_NFT,
    BY_NAME,
    ENDS,
    HOOKS,
    NOTES,
    PEER,
    PRESHARED_KEY,
    SOME,
    activation,
    config,
    deactivation,
    emitted,
    ending_in_turn,
    failed_and_cured,
    lay,
    lay_configs,
    notes,
    remove,
    state,
    succession,
)
from tests.vm.machine import BOOTED
from tests.vm.snapshot import left_over
from tests.vm.test_networkmanager import BACKEND, less
from wgtranspile.backends import Activation, KeyStorage
from wgtranspile.pipeline import Options, transpile
from wgtranspile.source import Source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from tests.lab.snapshot import Snapshot
    from tests.vm.machine import Machine
    from wgtranspile.artefact import Emission

on_trixie = pytest.mark.parametrize("machine", ["trixie NetworkManager"], indirect=True)
on_both = pytest.mark.parametrize(
    "machine",
    ["trixie NetworkManager", pytest.param("bookworm NetworkManager", marks=pytest.mark.thorough)],
    indirect=True,
)

# Every tunnel here has both families, and so the same is declared of it.
FINDINGS = transpile(Source.from_bytes("wg0.conf", config(0, ALL)), "wg0", BACKEND).diagnostics
# `nmcli connection down` does not wait for the script.
DOWN = "nmcli connection down {0} && timeout 60 sh -c 'while [ -e /run/wireguard-{0}.link ]; do sleep 0.1; done'"
# Connections that come up by themselves are up, or have failed.
STARTED = "nm-online --quiet --wait-for-startup --timeout=100"


def differences(states: Iterable[tuple[Snapshot, Snapshot]]) -> list[str]:
    """Give how states differ beside what is declared."""
    return [less(expected, FINDINGS).difference(less(found, FINDINGS)) for expected, found in states]


# --- boots ---


@on_both
def test_after_a_reboot_the_state_is_the_same(machine: Machine) -> None:
    hooks = HOOKS.replace(NOTES, "/var/notes")  # which outlive the boot
    at_boot = emitted(
        {
            "wg0": config(0, SOME),
            "wg1": config(1, ALL),
            "wg2": config(2, SOME, "DNS = 10.8.2.1, corp.example", peer=BY_NAME),
            "wg3": config(3, ALL, hooks),
        },
        BACKEND,
    )
    by_hand = emitted({"wg4": config(4, SOME, hooks)}, BACKEND, Options(activation=Activation.MANUAL))
    machine.reset()
    machine.run("echo 198.51.100.1 vpn.example.net >>/etc/hosts")
    lay(machine, [*at_boot, *by_hand])
    succeed(machine, activation(at_boot))
    before = state(machine, "journal")
    succeed(machine, (*activation(by_hand), "rm /var/notes"))

    _shut_down_and_boot(machine)

    assert machine.run("cat /var/notes").out == "PreUp\nPostUp\n"
    assert before.difference(state(machine, "journal")) == ""
    assert machine.run("systemctl is-system-running").out == "running\n"


def _shut_down_and_boot(machine: Machine) -> None:
    """Reboot the system in order, where `Machine.reboot` is as if power failed."""
    machine._monitor.settimeout(300)  # noqa: SLF001  only here
    machine.run("systemctl --no-block reboot")
    machine._event("RESET")  # noqa: SLF001  only here
    machine.run(BOOTED, timeout=600)
    succeed(machine, (STARTED,))


# --- restarts ---


@on_both
def test_restarts_change_nothing(machine: Machine) -> None:
    emissions = emitted({"wg0": config(0, SOME), "wg1": config(1, ALL), "wg2": config(2, ALL, HOOKS)}, BACKEND)
    machine.reset()
    lay(machine, emissions)
    succeed(machine, activation(emissions))
    notes(machine)
    before = state(machine, "units", "journal")

    for event, hooks in {
        "nmcli connection reload": [],
        "nmcli general reload": [],
        f"systemctl restart NetworkManager && {STARTED}": [],
        DOWN.format("wg2"): ["PreDown", "PostDown"],
        "nmcli connection up wg2": ["PreUp", "PostUp"],
    }.items():
        succeed(machine, (event,))

        assert notes(machine) == hooks, event
        if "PreDown" not in hooks:
            assert before.difference(state(machine, "units", "journal")) == "", event


# --- versions ---


@pytest.mark.thorough
@on_both
def test_a_later_version_replaces_an_earlier_one(machine: Machine) -> None:
    for versions, fresh, found in succession(machine, BACKEND):
        assert left_over(less(fresh, FINDINGS), less(found, FINDINGS)) == "", versions


# --- neighbours ---


@pytest.mark.thorough
@on_both
@pytest.mark.parametrize("ends", ENDS)
def test_default_routes_go_one_by_one(machine: Machine, ends: tuple[str, str]) -> None:
    assert differences(ending_in_turn(machine, ends, BACKEND, DOWN)) == ["", "", ""]


# --- failures ---


@on_both
@pytest.mark.parametrize(
    ("hook", "cause"),
    [
        pytest.param("PreUp = test -e /run/cured", "true", marks=pytest.mark.thorough, id="PreUp"),
        pytest.param("PostUp = test -e /run/cured", "true", marks=pytest.mark.thorough, id="PostUp"),
        pytest.param("", BROKEN_NFT, marks=pytest.mark.thorough, id="nft"),
    ],
)
def test_a_start_that_fails_leaves_what_wg_quick_leaves(machine: Machine, hook: str, cause: str) -> None:
    configs = {"wg0": config(0, ALL, "DNS = 10.8.0.1", HOOKS, hook)}
    emissions = emitted(configs, BACKEND)

    machine.reset()
    lay_configs(machine, configs)
    machine.run(cause)
    theirs = failed_and_cured(machine, "wg-quick up /root/wg0.conf")
    machine.reset()
    lay(machine, emissions)
    machine.run(cause)
    mine = failed_and_cured(machine, "\n".join(("set -e", *activation(emissions))))

    assert differences((expected, found) for (expected, _), (found, _) in zip(theirs, mine, strict=True)) == ["", ""]
    assert [hooks for _, hooks in mine] == [hooks for _, hooks in theirs]


@pytest.mark.thorough
@on_trixie
def test_a_pre_down_that_fails_cannot_stop_the_end(machine: Machine) -> None:
    emissions = emitted({"wg0": config(0, ALL, HOOKS, "PreDown = false")}, BACKEND)
    machine.reset()
    lay(machine, emissions)
    machine.run("sysctl --quiet net.ipv4.conf.all.src_valid_mark=1")  # which stays
    down = state(machine)
    succeed(machine, activation(emissions))
    up = state(machine)

    succeed(machine, (DOWN.format("wg0"),))

    assert down.difference(state(machine)) == ""
    assert notes(machine) == ["PreUp", "PostUp", "PreDown", "PostDown"]
    succeed(machine, ("nmcli connection up wg0",))
    assert up.difference(state(machine)) == ""


# --- the end ---

ACCIDENTS: dict[str, Callable[[Sequence[Emission]], Iterator[str]]] = {
    "none": lambda _: iter(()),
    "activated twice": activation,
    "deactivated before": deactivation,
    "stopped": lambda _: iter(("nmcli connection down wg0 wg1",)),
    "links deleted": lambda _: iter(("ip link delete wg0", "ip link delete wg1")),
    "start failed": lambda _: iter(("touch /run/broken", "! nmcli connection up wg1")),
}


@on_trixie
@pytest.mark.parametrize(
    "accident",
    [pytest.param(name, marks=() if name == "none" else pytest.mark.thorough) for name in ACCIDENTS],
)
def test_nothing_is_left_of_tunnels(machine: Machine, accident: str) -> None:
    broken = "PreUp = test ! -e /run/broken"
    emissions = emitted({"wg0": config(0, SOME), "wg1": config(1, ALL, "DNS = 10.8.0.1", broken, HOOKS)}, BACKEND)
    machine.reset()
    folders = lay(machine, emissions)
    succeed(machine, activation(emissions))
    succeed(machine, ACCIDENTS[accident](emissions))

    succeed(machine, deactivation(emissions))
    remove(machine, emissions, folders)

    assert left_over(machine.clean, machine.snapshot()) == ""


@on_trixie
def test_keys_are_asked_for(machine: Machine) -> None:
    configs = {"wg0": config(0, SOME, peer=f"{PEER}\n{PRESHARED_KEY}")}
    secrets = b"WELEsbNJnrsgryqloe/UmJ8FZarcsijnYOFo7hg14XQ=\ntT8wz8jrceSptTgE6Rz6K/OJM5Gyl2C0wF7C0yv+3Q0=\n"
    emissions = emitted(configs, BACKEND, Options(keys=KeyStorage.EXTERNAL))
    machine.reset()
    lay_configs(machine, configs)
    succeed(machine, ("wg-quick up /root/wg0.conf",))
    theirs = state(machine)
    machine.reset()
    lay(machine, emissions)

    for command in activation(emissions):
        done = machine.run(command, secrets)
        assert done.status == 0, (command, done)

    assert differences([(theirs, state(machine))]) == [""]
