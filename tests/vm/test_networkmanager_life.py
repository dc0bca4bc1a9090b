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
    OTHER_PEER,
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


# --- names ---

NAMED = {"wg0": config(0, ALL, "DNS = 10.8.0.1", peer=BY_NAME)}
KNOW = "echo 198.51.100.1 vpn.example.net >>/etc/hosts"
FORGET = "sed -i /vpn.example.net/d /etc/hosts"


@on_both
def test_a_name_is_resolved_once_and_kept(machine: Machine) -> None:
    machine.reset()
    machine.run(KNOW)
    lay_configs(machine, NAMED)
    succeed(machine, ("wg-quick up /root/wg0.conf",))
    theirs = state(machine)
    machine.reset()
    machine.run(KNOW)
    emissions = emitted(NAMED, BACKEND)
    lay(machine, emissions)

    succeed(machine, activation(emissions))

    assert differences([(theirs, state(machine))]) == [""]
    machine.run(FORGET)
    for event in (f"systemctl restart NetworkManager && {STARTED}", "systemctl restart systemd-resolved"):
        succeed(machine, (event,))
        assert differences([(theirs, state(machine))]) == [""], event


@on_both
def test_a_name_that_does_not_exist_leaves_nothing(machine: Machine) -> None:
    machine.reset()
    emissions = emitted(NAMED, BACKEND)
    lay(machine, emissions)
    # A server that answers that there is no such name.
    machine.run("resolvectl dns up0 127.0.0.1; resolvectl domain up0 ~example.org; resolvectl default-route up0 no")
    before = state(machine)

    done = machine.run("WG_ENDPOINT_RESOLUTION_RETRIES=0 timeout 60 /etc/wireguard/wg0.connect up")

    assert done.status not in (0, 124)
    assert before.difference(state(machine)) == ""
    assert machine.run("ls /run/NetworkManager/system-connections/wg0*").status


@pytest.mark.thorough
@on_both
def test_versions_with_and_without_names_replace_each_other(machine: Machine) -> None:
    versions = {
        "named": emitted(NAMED, BACKEND),
        "named, by hand": emitted(NAMED, BACKEND, Options(activation=Activation.MANUAL)),
        "all": emitted({"wg0": config(0, ALL)}, BACKEND),
        "some": emitted({"wg0": config(0, SOME)}, BACKEND),
    }
    fresh = {}
    for name, emissions in versions.items():
        machine.reset()
        machine.run(KNOW)
        lay(machine, emissions)
        succeed(machine, activation(emissions))
        fresh[name] = less(state(machine), FINDINGS), _profiles(machine)

    machine.reset()
    machine.run(KNOW)
    folders = []
    for name in ("named", "all", "named", "some", "named, by hand", "some", "named", "named, by hand", "all", "named"):
        folders += lay(machine, versions[name])
        succeed(machine, activation(versions[name]))

        assert fresh[name][0].difference(less(state(machine), FINDINGS)) == "", name
        assert fresh[name][1] == _profiles(machine), name
    succeed(machine, deactivation(versions["named"]))
    assert set(machine.run("nmcli -g NAME connection show").out.split()) <= {"lo", "up0"}


def _profiles(machine: Machine) -> str:
    """Give where the profile lies, and what would bring the tunnel up at a boot."""
    return machine.run(
        "nmcli -g FILENAME connection show | grep wg0; ls /etc/systemd/system/*/wireguard-wg0.service"
    ).out


# --- hooks, and the host ---

LINK_LOCAL = """\
[Interface]
PrivateKey = WELEsbNJnrsgryqloe/UmJ8FZarcsijnYOFo7hg14XQ=
Address = 172.20.0.97/32
MTU = 1420
Table = off
PostUp = ip addr add dev %i fe80::97/128 peer fe80::185/64
[Peer]
PublicKey = pxU5zPwaFkN+cIdkR/nId8qVViY6gg3eZy2OkwIYOT0=
Endpoint = 198.51.100.1:51820
AllowedIPs = 172.16.0.0/12, fd00::/8, fe80::/10
"""
RULES = "PostUp = ip rule add fwmark 0x1 lookup 51820; ip -6 rule add fwmark 0x1 lookup 51820"


def both(machine: Machine, configs: dict[str, bytes], needs: str = ":") -> tuple[Snapshot, Snapshot, list[Emission]]:
    """Give the states of wg-quick, and of what is made of the configs, after a script."""
    machine.reset()
    succeed(machine, (needs,))
    lay_configs(machine, configs)
    succeed(machine, (f"wg-quick up /root/{name}.conf" for name in configs))
    theirs = state(machine)
    machine.reset()
    succeed(machine, (needs,))
    emissions = emitted(configs, BACKEND)
    lay(machine, emissions)
    succeed(machine, activation(emissions))
    return theirs, state(machine), emissions


@on_both
def test_a_hook_may_add_an_ipv6_address(machine: Machine) -> None:
    theirs, mine, _ = both(machine, {"wg0": LINK_LOCAL.encode()})

    found = {name: "\n".join(lines) for name, lines in mine.parts.items()}
    assert '"local": "fe80::97"' in found["links"]
    # What it has itself is below fe80::/64, as what is declared is.
    assert less(theirs, FINDINGS).difference(less(mine, FINDINGS)) == ""


@on_both
def test_rules_that_hooks_add_to_the_table_go_and_those_of_others_stay(machine: Machine) -> None:
    machine.reset()
    emissions = emitted({"wg0": config(0, ALL, RULES)}, BACKEND)
    lay(machine, emissions)
    before = state(machine)
    succeed(machine, activation(emissions))
    succeed(machine, ("ip rule add from 10.9.9.9 lookup 777",))

    succeed(machine, (DOWN.format("wg0"), "ip rule delete from 10.9.9.9 lookup 777"))

    assert left_over(before, state(machine)) == ""


@on_both
@pytest.mark.parametrize("peer", [PEER, BY_NAME], ids=["address", "name"])
def test_the_mtu_is_that_of_the_way_to_the_peer(machine: Machine, peer: str) -> None:
    text = config(0, ALL, peer=peer).replace(b"MTU = 1420\n", b"")

    theirs, mine, _ = both(machine, {"wg0": text}, f"{KNOW}; ip link set up0 mtu 1400")

    assert '"mtu": 1320' in "\n".join(mine.parts["links"])
    assert differences([(theirs, mine)]) == [""]
    succeed(machine, (f"systemctl restart NetworkManager && {STARTED}",))
    assert differences([(theirs, state(machine))]) == [""]


@on_both
def test_what_is_set_already_is_not_written(machine: Machine) -> None:
    read_only = (
        "sysctl -q net.ipv4.conf.all.src_valid_mark=1\n"
        "mount --bind /proc/sys /proc/sys && mount -o remount,ro,bind /proc/sys && systemctl restart NetworkManager"
    )
    machine.reset()
    emissions = emitted({"wg0": config(0, ALL)}, BACKEND)
    lay(machine, emissions)
    succeed(machine, (read_only, STARTED))

    succeed(machine, activation(emissions))

    assert machine.run("nft list tables").out.count("wg-quick-wg0") == 2


@on_both
def test_a_dispatcher_that_is_missing_is_seen_to(machine: Machine) -> None:
    emissions = emitted({"wg0": config(0, ALL, HOOKS)}, BACKEND)
    machine.reset()
    lay(machine, emissions)
    succeed(machine, ("systemctl disable NetworkManager; systemctl start NetworkManager",))

    succeed(machine, activation(emissions))

    assert notes(machine) == ["PreUp", "PostUp"]
    assert machine.run("nft list tables").out.count("wg-quick-wg0") == 2


@on_both
@pytest.mark.parametrize("peer", [PEER, BY_NAME], ids=["address", "name"])
def test_a_tunnel_whose_script_does_not_run_is_taken_down(machine: Machine, peer: str) -> None:
    emissions = emitted({"wg0": config(0, ALL, peer=peer)}, BACKEND)
    machine.reset()
    machine.run(KNOW)
    lay(machine, emissions)
    succeed(machine, ("chmod a-x /etc/NetworkManager/dispatcher.d/50-wg0.sh",))
    before = state(machine)

    done = machine.run("\n".join(("set -e", *activation(emissions))))

    assert done.status
    assert "50-wg0.sh" in done.err or peer == BY_NAME
    assert before.difference(state(machine)) == ""


@on_both
def test_a_table_that_another_uses_is_not_taken(machine: Machine) -> None:
    emissions = emitted({"wg0": config(0, ALL)}, BACKEND)
    machine.reset()
    lay(machine, emissions)
    succeed(machine, ("ip route add default dev lo table 51820",))
    before = state(machine)

    done = machine.run("\n".join(("set -e", *activation(emissions))))

    assert done.status
    assert "--fwmark" in done.err
    assert before.difference(state(machine)) == ""


# --- updates ---

ANOTHER = f"[Peer]\n{OTHER_PEER}\nAllowedIPs = 172.99.0.0/16, fd99::/48\n".encode()
UPDATES = {
    "a peer more": (config(0, SOME), config(0, SOME) + ANOTHER),
    "a peer less": (config(0, SOME) + ANOTHER, config(0, SOME)),
    "an endpoint": (config(0, ALL), config(0, ALL).replace(b"198.51.100.1", b"203.0.113.1")),
    "a key": (config(0, SOME, peer=f"{PEER}\n{PRESHARED_KEY}"), config(0, SOME)),
    "a name": (config(0, ALL, peer=BY_NAME), config(0, ALL, peer=BY_NAME) + ANOTHER),
}


@on_both
@pytest.mark.parametrize("name", UPDATES)
def test_an_update_keeps_the_link(machine: Machine, name: str) -> None:
    earlier, later = (emitted({"wg0": text}, BACKEND) for text in UPDATES[name])
    machine.reset()
    machine.run(KNOW)
    lay(machine, later)
    succeed(machine, activation(later))
    fresh = state(machine)
    machine.reset()
    machine.run(KNOW)
    lay(machine, earlier)
    succeed(machine, activation(earlier))
    link = machine.run("cat /sys/class/net/wg0/ifindex").out
    lay(machine, later)

    succeed(machine, (command for emission in later for command in emission.update))

    assert differences([(fresh, state(machine))]) == [""]
    assert machine.run("cat /sys/class/net/wg0/ifindex").out == link


@on_both
def test_an_update_of_anything_else_changes_nothing(machine: Machine) -> None:
    earlier, later = (emitted({"wg0": config(0, SOME, *more)}, BACKEND) for more in ((), ("DNS = 10.8.0.9",)))
    machine.reset()
    lay(machine, earlier)
    succeed(machine, activation(earlier))
    before = state(machine)
    lay(machine, later)

    done = machine.run("\n".join(("set -e", *(str(command) for emission in later for command in emission.update))))

    assert done.status
    assert "activate" in done.err
    assert before.difference(state(machine)) == ""


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
