"""The life of what `--to networkd` gives: boots, restarts, later versions, failures, neighbours, and its end.

What wg-quick does in such a life says what must be; where it has none, the state of a fresh activation does.
"""

from __future__ import annotations

import shlex
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import pytest

from tests.lab.snapshot import Snapshot
from tests.vm.course import succeed
from tests.vm.snapshot import TUNNEL, left_over
from wgtranspile.artefact import Artefact
from wgtranspile.backends import Activation, KeyStorage
from wgtranspile.pipeline import Options, transpile_host
from wgtranspile.source import Source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from tests.vm.machine import Machine
    from wgtranspile.artefact import Emission

on_both = pytest.mark.parametrize(
    "machine", ["trixie", pytest.param("bookworm", marks=pytest.mark.thorough)], indirect=True
)

PEER = "PublicKey = pxU5zPwaFkN+cIdkR/nId8qVViY6gg3eZy2OkwIYOT0=\nEndpoint = 198.51.100.1:51820"
BY_NAME = PEER.replace("198.51.100.1", "vpn.example.net")
OTHER_PEER = "PublicKey = Teuz88las2OQnmPE4Q8mjtzYmxCIVx4nAeB7ji42L2M=\nEndpoint = 203.0.113.1:9"
PRESHARED_KEY = "PresharedKey = tT8wz8jrceSptTgE6Rz6K/OJM5Gyl2C0wF7C0yv+3Q0="
SOME = "AllowedIPs = 172.{number}.0.0/16, fd16:{number}::/48"
ALL = "AllowedIPs = 0.0.0.0/0, ::/0"
NOTES = "/run/notes"
HOOKS = "\n".join(f"{key} = echo {key} >>{NOTES}" for key in ("PreUp", "PostUp", "PreDown", "PostDown"))


def config(number: int, allowed: str, *interface: str, peer: str = PEER) -> bytes:
    """Give the config of the tunnel of a number."""
    key = "PrivateKey = WELEsbNJnrsgryqloe/UmJ8FZarcsijnYOFo7hg14XQ="
    address = f"Address = 10.8.{number}.2/24, fd08:{number}::2/64"
    lines = ("[Interface]", key, address, "MTU = 1420", *interface, "[Peer]", peer, allowed.format(number=number), "")
    return "\n".join(lines).encode()


def emitted(configs: Mapping[str, bytes], options: Options = Options()) -> list[Emission]:  # noqa: B008  frozen
    """Give what becomes of the configs of a host."""
    sources = [(Source.from_bytes(f"{name}.conf", text), name) for name, text in configs.items()]
    return [result.emission for result in transpile_host(sources, "networkd", options) if result.emission]


def activation(emissions: Sequence[Emission]) -> Iterator[str]:
    """Give all commands that bring tunnels up."""
    return (command for emission in emissions for command in emission.activate)


def deactivation(emissions: Sequence[Emission]) -> Iterator[str]:
    """Give all commands that end tunnels."""
    return (command for emission in reversed(emissions) for command in emission.deactivate)


def lay(machine: Machine, emissions: Sequence[Emission]) -> list[str]:
    return machine.put(artefact for emission in emissions for artefact in emission.artefacts)


def lay_configs(machine: Machine, configs: Mapping[str, bytes]) -> None:
    machine.put(Artefact(PurePosixPath(f"root/{name}.conf"), text.decode(), 0o600) for name, text in configs.items())


def state(machine: Machine, *more: str) -> Snapshot:
    """Give the state of tunnels, in whatever order they were made, and more parts of the machine's."""
    parts = machine.snapshot().parts
    return Snapshot({name: tuple(sorted(parts[name])) for name in (*TUNNEL, *more)})


def notes(machine: Machine) -> list[str]:
    """Give what hooks have noted since the last time."""
    return machine.run(f"cat {NOTES}; rm -f {NOTES}").out.split()


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


@on_both
def test_a_boot_gives_the_state_of_an_activation(machine: Machine) -> None:
    machine.reset()
    at_boot = emitted(
        {
            "wg0": config(0, SOME),
            "wg1": config(1, ALL),
            "wg2": config(2, SOME, "DNS = 10.8.2.1, corp.example", peer=BY_NAME),
            "wg3": config(3, ALL, HOOKS),
        }
    )
    if int(machine.run("networkctl --version").out.split()[1]) >= 256:
        secret = {"wg4": config(4, SOME, peer=f"{OTHER_PEER}\n{PRESHARED_KEY}")}
        at_boot += emitted(secret, Options(keys=KeyStorage.CREDENTIAL))
    by_hand = emitted({"wg5": config(5, SOME), "wg6": config(6, SOME, HOOKS)}, Options(activation=Activation.MANUAL))
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
    emissions = emitted({"wg0": config(0, SOME), "wg1": config(1, ALL), "wg2": config(2, ALL, HOOKS)})
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

VERSIONS = {
    "some": config(0, SOME, peer=f"{PEER}\n{PRESHARED_KEY}"),
    "other": config(0, SOME, "ListenPort = 5555", "FwMark = 7", "MTU = 1300", "DNS = 10.8.0.9", peer=OTHER_PEER),
    "all": config(0, ALL),
    "hooks": config(0, SOME, HOOKS),
    "all, hooks": config(0, ALL, HOOKS),
}
SUCCESSION = ("some", "other", "all", "other", "all, hooks", "hooks", "all", "hooks", "some", "all, hooks", "some")


@on_both
def test_a_later_version_replaces_an_earlier_one(machine: Machine) -> None:
    emissions = {name: emitted({"wg0": text}) for name, text in VERSIONS.items()}
    fresh = {}
    for name in VERSIONS:
        machine.reset()
        lay(machine, emissions[name])
        succeed(machine, activation(emissions[name]))
        fresh[name] = _without_files(machine.snapshot())
    machine.reset()

    for earlier, later in zip(("", *SUCCESSION), SUCCESSION, strict=False):
        lay(machine, emissions[later])
        succeed(machine, activation(emissions[later]))

        assert left_over(fresh[later], _without_files(machine.snapshot())) == "", f"{earlier} -> {later}"

    # The last version has no service: the one of the versions before does not come back.
    assert machine.run("systemctl is-enabled wireguard-wg0").out == "disabled\n"


def _without_files(snapshot: Snapshot) -> Snapshot:
    return Snapshot(snapshot.parts | {"files": ()})


# --- neighbours ---


# Which tunnel ends first, and where the rule of the other one is that wg-quick takes away with its own: a defect.
@pytest.mark.parametrize(("first", "second", "priority"), [("wg0", "wg1", 32762), ("wg1", "wg0", 32764)])
def test_default_routes_go_one_by_one(machine: Machine, first: str, second: str, priority: int) -> None:
    configs = {"wg0": config(0, ALL, "DNS = 10.8.0.1"), "wg1": config(1, ALL, "DNS = 10.8.1.1", peer=OTHER_PEER)}
    emissions = emitted(configs)
    repair = [f"ip -{family} rule add priority {priority} table main suppress_prefixlength 0" for family in (4, 6)]

    machine.reset()
    lay_configs(machine, configs)
    theirs = list(
        _states(
            machine,
            ("wg-quick up /root/wg0.conf", "wg-quick up /root/wg1.conf"),
            (f"wg-quick down /root/{first}.conf", *repair),
            (f"wg-quick down /root/{second}.conf",),
        )
    )
    machine.reset()
    lay(machine, emissions)
    stops = ((f"systemctl stop wireguard-{name}",) for name in (first, second))
    mine = list(_states(machine, tuple(activation(emissions)), *stops))

    assert [expected.difference(found) for expected, found in zip(theirs, mine, strict=True)] == ["", "", ""]


def _states(machine: Machine, *courses: tuple[str, ...]) -> Iterator[Snapshot]:
    for commands in courses:
        succeed(machine, commands)
        yield state(machine)


@on_both
@pytest.mark.parametrize("keep", [False, True], ids=["hazard", "kept"])
def test_rules_of_a_tunnel_of_wg_quick(machine: Machine, *, keep: bool) -> None:
    emissions = emitted({"wg0": config(0, SOME)}, Options(keep_foreign_rules=keep))
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

BROKEN_NFT = """\
cat >/usr/local/sbin/nft <<'SCRIPT'
#!/bin/sh
[ "$1" != -f ] || [ -e /run/cured ] || exit 1
exec /usr/sbin/nft "$@"
SCRIPT
chmod +x /usr/local/sbin/nft
"""


@pytest.mark.parametrize(
    ("hook", "cause"),
    [("PreUp = test -e /run/cured", "true"), ("PostUp = test -e /run/cured", "true"), ("", BROKEN_NFT)],
    ids=["PreUp", "PostUp", "nft"],
)
def test_a_start_that_fails_leaves_what_wg_quick_leaves(machine: Machine, hook: str, cause: str) -> None:
    configs = {"wg0": config(0, ALL, "DNS = 10.8.0.1", HOOKS, hook)}
    emissions = emitted(configs)

    machine.reset()
    lay_configs(machine, configs)
    machine.run(cause)
    theirs = _failed_and_cured(machine, "wg-quick up /root/wg0.conf")
    machine.reset()
    lay(machine, emissions)
    machine.run(cause)
    *before, start = activation(emissions)
    succeed(machine, before)
    mine = _failed_and_cured(machine, start)

    assert [expected.difference(found) for (expected, _), (found, _) in zip(theirs, mine, strict=True)] == ["", ""]
    assert [hooks for _, hooks in mine] == [hooks for _, hooks in theirs]


def _failed_and_cured(machine: Machine, start: str) -> list[tuple[Snapshot, list[str]]]:
    """Give the states and the notes of hooks after a start that fails, and after one when its cause is gone."""
    assert machine.run(start).status
    failed = state(machine), notes(machine)
    machine.run("touch /run/cured")
    succeed(machine, (start,))
    return [failed, (state(machine), notes(machine))]


def test_a_pre_down_that_fails_cannot_stop_the_end(machine: Machine) -> None:
    emissions = emitted({"wg0": config(0, ALL, HOOKS, "PreDown = false")})
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


@pytest.mark.parametrize("accident", ACCIDENTS)
def test_nothing_is_left_of_tunnels(machine: Machine, accident: str) -> None:
    broken = "PreUp = test ! -e /run/broken"
    emissions = emitted({"wg0": config(0, SOME), "wg1": config(1, ALL, "DNS = 10.8.0.1", broken, HOOKS)})
    machine.reset()
    folders = lay(machine, emissions)
    succeed(machine, activation(emissions))
    succeed(machine, ACCIDENTS[accident](emissions))

    succeed(machine, deactivation(emissions))
    _remove(machine, emissions, folders)

    assert left_over(machine.clean, machine.snapshot()) == ""
    if accident == "none":
        machine.reboot()
        # As the kernel leaves it when a tunnel has been up; one had been before the state to compare with.
        machine.run("sysctl --quiet net.ipv4.conf.all.send_redirects=0")
        assert left_over(machine.clean, machine.snapshot()) == ""


def _remove(machine: Machine, emissions: Sequence[Emission], folders: Sequence[str]) -> None:
    paths = (f"/{artefact.path}" for emission in emissions for artefact in emission.artefacts)
    succeed(machine, (f"rm -f -- {shlex.join(paths)}", f"rmdir -- {shlex.join(sorted(folders, reverse=True))}"))
