"""The life of what `--to networkd` gives: boots, restarts, later versions, failures, neighbours, and its end.

What wg-quick does in such a life says what must be; where it has none, the state of a fresh activation does.
"""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import pytest

from tests.vm.course import succeed
from tests.vm.life import (
    ALL,
    BROKEN_NFT,
    BY_NAME,
    ENDS,
    HOOKS,
    OTHER_PEER,
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
from tests.vm.snapshot import left_over
from wgtranspile.artefact import Artefact
from wgtranspile.backends import Activation, KeyStorage
from wgtranspile.pipeline import Options

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tests.vm.machine import Machine
    from wgtranspile.artefact import Emission

on_both = pytest.mark.parametrize(
    "machine", ["trixie", pytest.param("bookworm", marks=pytest.mark.thorough)], indirect=True
)


# --- boots ---

# Notes the nft tables that are there whenever a tunnel is up. It sees the uplink come, so it has begun in time.
WATCH = """\
[Unit]
DefaultDependencies=no
Before=internet.service

[Service]
ExecStart=/bin/bash -c '\\
    ip -oneline monitor link | while read -r _ name state _; do \\
        if [[ $name == up0* ]]; then echo uplink; fi; \\
        if [[ $name == wg* && $state == *[,\\<]UP[,\\>]* ]]; then echo $name $(nft list tables); fi; \\
    done >>/run/seen'

[Install]
WantedBy=multi-user.target
"""


@pytest.mark.thorough  # the part has a boot among its moments
@on_both
def test_a_boot_gives_the_state_of_an_activation(machine: Machine) -> None:
    machine.reset()
    at_boot = emitted(
        {
            "wg0": config(0, SOME),
            "wg1": config(1, ALL),
            "wg2": config(2, SOME, "DNS = 10.8.2.1, corp.example", peer=BY_NAME),
            "wg3": config(3, ALL, HOOKS),
        },
        "networkd",
    )
    if int(machine.run("networkctl --version").out.split()[1]) >= 256:
        secret = {"wg4": config(4, SOME, peer=f"{OTHER_PEER}\n{PRESHARED_KEY}")}
        at_boot += emitted(secret, "networkd", Options(keys=KeyStorage.CREDENTIAL))
    by_hand = emitted(
        {"wg5": config(5, SOME), "wg6": config(6, SOME, HOOKS)}, "networkd", Options(activation=Activation.MANUAL)
    )
    emissions = [*at_boot, *by_hand]
    machine.run("echo 198.51.100.1 vpn.example.net >>/etc/hosts")
    lay(machine, emissions)
    succeed(machine, activation(at_boot))
    hooks = notes(machine)
    succeed(machine, activation(by_hand))
    activated = state(machine)
    machine.reset()
    machine.run("echo 198.51.100.1 vpn.example.net >>/etc/hosts")
    lay(machine, emissions)
    machine.put([Artefact(PurePosixPath("etc/systemd/system/watch.service"), WATCH)])
    succeed(machine, ("systemctl enable watch.service",))

    machine.reboot()

    booted = [f"wg{number}" for number in range(len(at_boot))]
    # The watch may be behind.
    succeed(machine, (f"timeout 60 grep -qm1 ^{name} <(tail -fn+1 /run/seen)" for name in booted))
    seen = machine.run("cat /run/seen").out.splitlines()
    assert "uplink" in seen
    assert {line.split(":")[0] for line in seen} == {"uplink", *booted}
    for name in ("wg1", "wg3"):
        tables = {f"table {family} wg-quick-{name}" for family in ("ip", "ip6")}
        assert [line for line in seen if line.startswith(name) and not all(table in line for table in tables)] == []
    assert notes(machine) == hooks
    assert machine.run("systemctl is-system-running; systemctl is-active network-online.target").out == (
        "running\nactive\n"
    )
    assert machine.run("journalctl --boot --quiet --priority warning --grep 'cycle|wg[0-9]|wireguard'").out == ""
    succeed(machine, activation(by_hand))
    assert activated.difference(state(machine)) == ""


# --- restarts ---


@on_both
def test_restarts_change_nothing(machine: Machine) -> None:
    emissions = emitted({"wg0": config(0, SOME), "wg1": config(1, ALL), "wg2": config(2, ALL, HOOKS)}, "networkd")
    wait = "/usr/lib/systemd/systemd-networkd-wait-online --timeout=30"
    ready = [f"{wait} --interface=wg{number}:carrier" for number in range(3)]
    machine.reset()
    lay(machine, emissions)
    succeed(machine, activation(emissions))
    notes(machine)
    before = state(machine, "units", "journal")

    for event, hooks in {
        "networkctl reload": [],
        "systemctl restart systemd-networkd": [],
        "systemctl restart wireguard-wg1": [],
        "systemctl restart wireguard-wg2": ["PreDown", "PostDown", "PreUp", "PostUp"],
    }.items():
        succeed(machine, (event, *ready))

        assert before.difference(state(machine, "units", "journal")) == "", event
        assert notes(machine) == hooks, event


# --- versions ---


@on_both
def test_a_later_version_replaces_an_earlier_one(machine: Machine) -> None:
    for versions, fresh, found in succession(machine, "networkd"):
        assert left_over(fresh, found) == "", versions

    # The last version has no service: the one of the versions before does not come back.
    assert machine.run("systemctl is-enabled wireguard-wg0").out == "disabled\n"


# --- neighbours ---


@pytest.mark.parametrize("ends", ENDS)
def test_default_routes_go_one_by_one(machine: Machine, ends: tuple[str, str]) -> None:
    states = ending_in_turn(machine, ends, "networkd", "systemctl stop wireguard-{}")

    assert [expected.difference(found) for expected, found in states] == ["", "", ""]


@on_both
@pytest.mark.parametrize("keep", [False, True], ids=["hazard", "kept"])
def test_rules_of_a_tunnel_of_wg_quick(machine: Machine, *, keep: bool) -> None:
    emissions = emitted({"wg0": config(0, SOME)}, "networkd", Options(keep_foreign_rules=keep))
    machine.reset()
    lay_configs(machine, {"wg1": config(1, ALL)})
    succeed(machine, ("wg-quick up /root/wg1.conf",))
    rules = machine.run("ip -4 rule; ip -6 rule").out
    lay(machine, emissions)

    succeed(machine, activation(emissions))

    assert "51820" in rules
    if keep:
        assert machine.run("ip -4 rule; ip -6 rule").out == rules
    else:
        assert "51820" not in machine.run("ip -4 rule; ip -6 rule").out


# --- failures ---


@pytest.mark.parametrize(
    ("hook", "cause"),
    [("PreUp = test -e /run/cured", "true"), ("PostUp = test -e /run/cured", "true"), ("", BROKEN_NFT)],
    ids=["PreUp", "PostUp", "nft"],
)
def test_a_start_that_fails_leaves_what_wg_quick_leaves(machine: Machine, hook: str, cause: str) -> None:
    configs = {"wg0": config(0, ALL, "DNS = 10.8.0.1", HOOKS, hook)}
    emissions = emitted(configs, "networkd")

    machine.reset()
    lay_configs(machine, configs)
    machine.run(cause)
    theirs = failed_and_cured(machine, "wg-quick up /root/wg0.conf")
    machine.reset()
    lay(machine, emissions)
    machine.run(cause)
    *before, start = activation(emissions)
    succeed(machine, before)
    mine = failed_and_cured(machine, start)

    assert [expected.difference(found) for (expected, _), (found, _) in zip(theirs, mine, strict=True)] == ["", ""]
    assert [hooks for _, hooks in mine] == [hooks for _, hooks in theirs]


def test_a_pre_down_that_fails_cannot_stop_the_end(machine: Machine) -> None:
    emissions = emitted({"wg0": config(0, ALL, HOOKS, "PreDown = false")}, "networkd")
    machine.reset()
    lay(machine, emissions)
    machine.run("sysctl --quiet net.ipv4.conf.all.src_valid_mark=1")  # which stays
    down = state(machine)
    succeed(machine, activation(emissions))
    up = state(machine)

    machine.run("systemctl stop wireguard-wg0")

    assert down.difference(state(machine)) == ""
    assert notes(machine) == ["PreUp", "PostUp", "PreDown"]
    succeed(machine, ("systemctl start wireguard-wg0",))
    assert up.difference(state(machine)) == ""


# --- the end ---

ACCIDENTS: dict[str, Callable[[Sequence[Emission]], Iterator[str]]] = {
    "none": lambda _: iter(()),
    "activated twice": activation,
    "deactivated before": deactivation,
    "stopped": lambda _: iter(("networkctl down wg0", "systemctl stop wireguard-wg1")),
    "links deleted": lambda _: iter(("ip link delete wg0", "ip link delete wg1")),
    "start failed": lambda _: iter(("touch /run/broken", "! systemctl restart wireguard-wg1")),
}


@pytest.mark.parametrize(
    "accident",
    [pytest.param(name, marks=() if name in ("none", "start failed") else pytest.mark.thorough) for name in ACCIDENTS],
)
def test_nothing_is_left_of_tunnels(machine: Machine, accident: str) -> None:
    broken = "PreUp = test ! -e /run/broken"
    emissions = emitted({"wg0": config(0, SOME), "wg1": config(1, ALL, "DNS = 10.8.0.1", broken, HOOKS)}, "networkd")
    machine.reset()
    folders = lay(machine, emissions)
    succeed(machine, activation(emissions))
    succeed(machine, ACCIDENTS[accident](emissions))

    succeed(machine, deactivation(emissions))
    remove(machine, emissions, folders)

    assert left_over(machine.clean, machine.snapshot()) == ""
    if accident == "none":
        machine.reboot()
        # As the kernel leaves it when a tunnel has been up; one had been before the state to compare with.
        machine.run("sysctl --quiet net.ipv4.conf.all.send_redirects=0")
        assert left_over(machine.clean, machine.snapshot()) == ""
