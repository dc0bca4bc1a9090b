"""`migrate` on whole systems: what becomes of the tunnel, the host, and a TCP stream, whatever happens on the way.

The state under wg-quick on the same machine says what must be: all of it, for what goes back; the tunnel's part, for
what is migrated. There is nothing between.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.lab.snapshot import Snapshot
from tests.vm.course import succeed
from tests.vm.life import OTHER_PEER, SOME
from tests.vm.life import config as other_config
from tests.vm.migration import (
    FOUND,
    FULL,
    HOOKS,
    MANAGERS,
    QUIET,
    SPLIT,
    begin_stream,
    config,
    end_stream,
    kept,
    lose_power,
    migrate,
    migrate_at_terminal,
    prepare,
    shut_down,
    state,
    tool,
    tunnel,
)
from tests.vm.test_networkmanager import less
from tests.vm.traffic import traffic, watch, watched
from wgtranspile.pipeline import transpile
from wgtranspile.source import Source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from _pytest.mark.structures import ParameterSet

    from tests.vm.machine import Machine
    from tests.vm.migration import Stream

DNS = "DNS = 10.8.0.1, corp.example"
ALL_AT_ONCE = {"wg0": config(FULL, DNS, HOOKS)}
SUITES = ("trixie", "bookworm")


def each(names: Mapping[str, object], part: set[tuple[str, str]]) -> Iterator[ParameterSet]:
    """Give each name with each of its targets on each suite; what is not in the part is marked."""
    for suite in SUITES:
        for target, manager in MANAGERS.items():
            for name in (name for name, case in names.items() if target in getattr(case, "targets", MANAGERS)):
                marks = () if suite == "trixie" and (target, name) in part else pytest.mark.thorough
                yield pytest.param(f"{suite} {manager}", target, name, marks=marks, id=f"{suite}-{target}-{name}")


def undeclared(found: Snapshot, target: str) -> Snapshot:
    """Give a state without what is declared of the target. All tunnels here have both families."""
    findings = transpile(Source.from_bytes("wg0.conf", config(FULL)), "wg0", target).diagnostics
    return less(found, findings)


def without_resolver(machine: Machine) -> Snapshot:
    """Give the state without what resolved says."""
    found = state(machine)
    return Snapshot({name: lines for name, lines in found.parts.items() if name != "resolver"})


def note(record_property: Callable[[str, object], None], stream: Stream) -> None:
    """Have the report of the tests tell how a stream went."""
    record_property("stream", stream.longest)
    record_property("outage", stream.outage)


@cache
def migrated(machine: Machine, target: str) -> Snapshot:
    """Give the state of the host when `ALL_AT_ONCE` has been migrated and nothing happened.

    Less what is declared: the link-local address that NetworkManager adds is another after each reset.
    """
    prepare(machine, ALL_AT_ONCE)
    assert migrate(machine, f"{target} wg0").status == 0
    return undeclared(state(machine), target)


# --- all goes well ---


class Case(NamedTuple):
    """Configs that wg-quick has up, and what is asked of the tool; and what is done to the host before."""

    configs: Mapping[str, bytes]
    options: str = "wg0"
    needs: str = ":"
    targets: tuple[str, ...] = tuple(MANAGERS)


# A peer that is known by its packets alone, and one that was so and has gone.
GONE = "R2q3uXSAKtOnjX3J9IYBjin0EEG+1Iukxhqi21fLce0="
ROAMING = config(SPLIT) + f"[Peer]\nPublicKey = {GONE}\nAllowedIPs = 10.9.0.0/24\n".encode()
HEARD = f"sed -i /Endpoint/d /etc/wireguard/wg0.conf; wg set wg0 peer {GONE} endpoint 198.51.100.9:9"
NETWORKD_OFF = "systemctl disable --now systemd-networkd.service systemd-networkd.socket"
DEPENDENT = """\
printf '[Unit]\\nBindsTo=wg-quick@wg0.service\\n[Service]\\nExecStart=sleep inf\\n' >/etc/systemd/system/user.service
systemctl daemon-reload
systemctl start user"""
# Files as for a change by hand that did not come: the daemons do not know them, and some will be written otherwise.
WRITTEN = f"""\
{FOUND}
python3 -m wgtranspile --to $target --output / wg0
cd /etc
file=$(ls systemd/network/50-wg0.network NetworkManager/system-connections/wg0.nmconnection 2>/dev/null)
echo '# mine' >>$file
chmod u-w $file
chgrp games $file
sync"""
CASES = {
    "split": Case({"wg0": config(SPLIT)}),
    "full": Case({"wg0": config(FULL)}, "--hold wg0"),
    "hooks and DNS": Case(ALL_AT_ONCE),
    "one of two": Case({"wg0": config(FULL, DNS), "wg1": other_config(1, SOME, peer=OTHER_PEER)}),
    "route of a hook": Case({"wg0": config(SPLIT, "PostUp = ip route add 198.18.0.0/15 dev %i")}),
    "both of two": Case({"wg0": config(FULL), "wg1": other_config(1, SOME, peer=OTHER_PEER)}, "wg0 wg1"),
    "peers without an endpoint": Case({"wg0": ROAMING}, needs=HEARD),
    "networkd off": Case({"wg0": config(FULL)}, needs=NETWORKD_OFF, targets=("networkd",)),
    "a unit that needs it": Case({"wg0": config(SPLIT)}, needs=DEPENDENT),
    "files written before": Case(ALL_AT_ONCE, needs=WRITTEN),
}


@pytest.mark.parametrize(
    ("machine", "target", "name"),
    [*each(CASES, {("networkd", "one of two"), ("networkmanager", "full")})],
    indirect=["machine"],
)
def test_the_tunnel_is_as_under_wg_quick_and_so_is_the_way_back(
    machine: Machine, target: str, name: str, record_property: Callable[[str, object], None]
) -> None:
    case = CASES[name]
    # What networkd tells resolved of the host's other links once it runs is not the tunnel.
    seen = without_resolver if case.needs == NETWORKD_OFF else state
    prepare(machine, case.configs)
    succeed(machine, [f"target={target}; {case.needs}"])
    before = seen(machine)
    begin_stream(machine)

    run = migrate(machine, f"{target} {case.options}")

    assert run.status == 0, run.text
    note(record_property, end_stream(machine))
    after = seen(machine)
    assert undeclared(tunnel(before), target).difference(undeclared(tunnel(after), target)) == ""
    assert [line for _, line in run.lines if line.startswith("in ")] == (
        ["in PreDown", "in PostDown", "in PreUp", "in PostUp"] if case.configs is ALL_AT_ONCE else []
    )
    units = machine.run("systemctl is-enabled wg-quick@wg0 wg-quick@wg1; systemctl is-active wg-quick@wg0 wg-quick@wg1")
    assert units.out == (
        "disabled\nenabled\ninactive\nactive\n" if name == "one of two" else "disabled\n" * 2 + "inactive\n" * 2
    )
    folder = ",".join(word for word in case.options.split() if word in case.configs)
    assert kept(machine, folder) == "700\nmigrated\n"

    assert machine.run(GUARDS).out == ""

    assert tool(machine, "rollback wg0") == 0

    assert before.difference(seen(machine)) == ""
    assert kept(machine, folder) == "700\nback\n"


@pytest.mark.parametrize(
    ("machine", "target", "name"),
    [*each({"one by one": CASES["networkd off"]}, set())],
    indirect=["machine"],
)
def test_what_another_tunnel_needs_stays(machine: Machine, target: str, name: str) -> None:  # noqa: ARG001  for its id
    prepare(machine, CASES["both of two"].configs)
    succeed(machine, [NETWORKD_OFF])
    before = without_resolver(machine)
    assert migrate(machine, f"{target} wg0").status == 0
    assert migrate(machine, f"{target} wg1").status == 0

    assert tool(machine, "rollback wg0") == 0
    daemon = "systemd-networkd.service"
    assert machine.run(f"systemctl is-active {daemon}; systemctl is-enabled {daemon}").out == "active\nenabled\n"
    assert set(machine.run("wg show interfaces").out.split()) == {"wg0", "wg1"}

    # Before that one came, the daemon ran.
    assert tool(machine, "rollback wg1") == 0
    assert tunnel(before).difference(tunnel(without_resolver(machine))) == ""


@pytest.mark.parametrize(("machine", "target", "name"), [*each({"life": None}, set())], indirect=["machine"])
def test_what_is_migrated_stays(machine: Machine, target: str, name: str) -> None:  # noqa: ARG001  for its id
    prepare(machine, ALL_AT_ONCE)
    before = state(machine)

    dry = migrate(machine, f"{target} --dry-run wg0")
    assert (dry.status, kept(machine)) == (0, "")
    assert before.difference(state(machine)) == ""

    assert migrate(machine, f"{target} wg0").status == 0
    after = state(machine)
    assert migrate(machine, f"{target} wg0").status == 0
    (other,) = MANAGERS.keys() - {target}
    to_other = migrate(machine, f"{other} wg0")
    assert (to_other.status, "error[M817]" in to_other.text) == (1, True)
    assert after.difference(state(machine)) == ""

    shut_down(machine)
    assert after.difference(state(machine)) == ""
    assert tool(machine, "rollback wg0") == 0
    assert before.difference(state(machine)) == ""
    shut_down(machine)
    assert before.difference(state(machine)) == ""


# --- something befalls it ---


class Fault(NamedTuple):
    """What happens at which point, or before all; the end that this must come to, and the exit status, if there is one.

    `cure` takes away what the fault itself has done to the host, `boot` is how the host then starts anew.
    """

    at: str
    does: str
    ends: str
    status: int | None
    options: str = ""
    cure: str = ":"
    boot: Callable[[Machine], None] | None = None
    targets: tuple[str, ...] = tuple(MANAGERS)


KILL = "kill -KILL $tool"
CONFIRM = "python3 -m wgtranspile confirm wg0"
KILL_DAEMON = "systemctl kill --signal KILL $unit"
ROLL_BACK = "python3 -m wgtranspile rollback wg0"
# A second migration is refused, and the first does not suffer from it.
REFUSED = f"{ROLL_BACK.replace('rollback', 'migrate --to networkd')} 2>&1 | grep -q M820"
BEGIN = f"{REFUSED} && {CONFIRM}"
# The tool stands still, and nobody hears it any more; or it goes on, and cannot speak, or is not heard.
FREEZE = "kill -STOP $tool; exit"
CLOSE = "rm /run/tool; exec 4<&- {TOOL[0]}<&-; break"
LEAVE = "rm /run/tool; cat <&4 >/dev/null 2>&1 & exit"
FILL = "cat /dev/zero >/fill 2>/dev/null"
EMPTY = "rm /fill"
# Where the files go is a full disk of its own, before the tool begins.
SMALL = """\
cp --archive $folder /run/kept
mount -t tmpfs -o size=64k none $folder
cp --archive /run/kept/. $folder
cat /dev/zero >$folder/fill 2>/dev/null
"""
# What the tool says in its course, and hooks in between; and the end that it comes to when it is cut off there.
POINTS = {
    **dict.fromkeys(("backup", "arm*systemd-run", "install", "in PreDown", "in PostDown", "stop"), "back"),
    **dict.fromkeys(("in PreUp", "in PostUp", "activate", "verify", "handshake", "switch", "Keep"), "back"),
    "disarm": "migrated",
}
FAULTS = {
    **{
        f"killed at {at}": Fault(at, KILL, ends, 137, "--confirm 5" if at == "Keep" else "")
        for at, ends in POINTS.items()
    },
    "killed once confirmed": Fault("Keep", f"{CONFIRM}; {KILL}", "migrated", 137, "--confirm 60"),
    "killed while held": Fault("stop", KILL, "back", 137, "--hold"),
    "killed and confirmed": Fault("Keep", f"{KILL}; {CONFIRM}", "migrated", 137, "--confirm 60"),
    "nobody confirms": Fault("Keep", ":", "back", 3, "--confirm 5"),
    "confirmed from elsewhere": Fault("Keep", CONFIRM, "migrated", 0, "--confirm 60"),
    "rolled back from elsewhere": Fault("Keep", f"{ROLL_BACK} &", "back", 3, "--confirm 60"),
    "rolled back in its course": Fault("in PostUp", f"{ROLL_BACK}; [ $? = 1 ] && {REFUSED} || status=1", "migrated", 0),
    "begun twice": Fault("Keep", BEGIN, "migrated", 0, "--confirm 60"),
    "confirmed too late": Fault("failed", f"{CONFIRM} && touch /etc/kept", "back", 3, "--confirm 1"),
    "stands still": Fault("Keep", "kill -STOP $tool", "back", 137, "--confirm 5"),
    "interrupted on the way back": Fault("failed", "kill -INT $tool", "back", 3, "--confirm 1"),
    "interrupted": Fault("stop", "kill -INT $tool", "back", 3),
    "login lost": Fault("stop", "kill -HUP $tool", "back", 129),
    "login lost at Keep": Fault("Keep", "kill -HUP $tool", "back", 129, "--confirm 5"),
    "nobody reads": Fault("stop", CLOSE, "back", 3),
    "PreDown fails": Fault("in PreDown", "status=1", "back", 3),
    # wg-quick leaves the tunnel up then, and its unit has failed.
    "PreDown fails for good": Fault(
        "install",
        "cp --archive /root/hook /run/kept; echo 'exit 1' >/root/hook",
        "failed",
        4,
        cure="cp --archive /run/kept /root/hook; wg-quick down wg0; systemctl restart wg-quick@wg0",
    ),
    "PostDown fails": Fault("in PostDown", "status=1", "back", 3),
    "PreUp fails": Fault("in PreUp", "status=1", "back", 3),
    "PostUp fails": Fault("in PostUp", "status=1", "back", 3),
    "keys unreadable": Fault("install", "$spoil", "back", 3),
    "daemon stopped": Fault("install", "systemctl stop $daemon", "migrated", 0),
    # systemd starts it anew, and then it finds all as it should be.
    "networkd killed": Fault("in PostUp", KILL_DAEMON, "migrated", 0, targets=("networkd",)),
    "NetworkManager killed": Fault("in PostUp", KILL_DAEMON, "back", 3, targets=("networkmanager",)),
    "daemon masked": Fault(
        "install",
        "systemctl mask --runtime --now $daemon",
        "back",
        3,
        # networkd removes the rules of wg-quick as it starts.
        cure="systemctl unmask --runtime $daemon; systemctl start $daemon; systemctl restart wg-quick@wg0",
    ),
    "disk full before": Fault("", FILL, "", 1, cure=EMPTY),
    "disk full at install": Fault("", SMALL, "back", 3, cure="umount $folder"),
    "disk full when all is written": Fault("install", FILL, "migrated", 0, cure=EMPTY),
    "disk full, killed": Fault("stop", f"{FILL}; {KILL}", "back", 137, cure=EMPTY),
    **{
        f"power lost at {at}": Fault(at, FREEZE, ends, None, "--confirm 60" if at == "Keep" else "", boot=lose_power)
        for at, ends in POINTS.items()
        if at not in ("in PreDown", "in PreUp", "verify")
    },
    "power lost on the way back": Fault("failed", FREEZE, "back", None, "--confirm 1", boot=lose_power),
    "shut down at stop": Fault("stop", LEAVE, "back", None, boot=shut_down),
    "shut down at Keep": Fault("Keep", LEAVE, "back", None, "--confirm 60", boot=shut_down),
}
# What guards a migration that has not ended.
GUARDS = "find /etc /run/systemd -name '*wgtranspile-*'; systemctl list-units --plain --no-legend 'wgtranspile-*'"
# For what a fault does to a target.
OF_TARGET = {
    "networkd": (
        'unit=systemd-networkd.service daemon="systemd-networkd.socket $unit" '
        "folder=/etc/systemd/network spoil='chmod go= /etc/systemd/network/50-wg0.keys/private'"
    ),
    "networkmanager": (
        "unit=NetworkManager.service daemon=$unit folder=/etc/NetworkManager/system-connections "
        "spoil='chmod o+r /etc/NetworkManager/system-connections/wg0.nmconnection'"
    ),
}
PART = {
    ("networkd", "killed at activate"),
    ("networkmanager", "PostUp fails"),
}


@pytest.mark.parametrize(("machine", "target", "name"), [*each(FAULTS, PART)], indirect=["machine"])
def test_a_host_is_migrated_or_as_it_was(
    machine: Machine, target: str, name: str, record_property: Callable[[str, object], None]
) -> None:
    fault = FAULTS[name]
    expected = migrated(machine, target) if fault.ends == "migrated" else None
    prepare(machine, ALL_AT_ONCE)
    before = state(machine)
    begin_stream(machine)

    run = migrate(
        machine,
        f"{target} {fault.options} wg0",
        needs=OF_TARGET[target] if fault.at else f"{OF_TARGET[target]}; {fault.does}",
        at=fault.at,
        does=fault.does,
    )
    if fault.boot:
        fault.boot(machine)
    machine.run(QUIET, timeout=400)
    succeed(machine, [f"{OF_TARGET[target]}; {fault.cure}"])

    assert run.status == fault.status, run.text
    after = state(machine)
    if expected:
        assert expected.difference(undeclared(after, target)) == ""
    else:
        assert before.difference(after) == ""
    # There it depends on the moment whether the watch has begun, and whether the disk has any of it.
    if fault.at != "backup" and not (fault.boot and fault.at.startswith("arm")):
        assert kept(machine) == (f"700\n{fault.ends}\n" if fault.ends else "")
    if not fault.boot:
        note(record_property, end_stream(machine))


@pytest.mark.parametrize(
    ("machine", "target", "name"),
    [*each(dict.fromkeys(("killed at install", "killed at activate", "nobody confirms", "power lost at stop")), set())],
    indirect=["machine"],
)
def test_files_that_were_there_come_back(machine: Machine, target: str, name: str) -> None:
    """And with them what they do at a boot, where that is the way back."""
    fault = FAULTS[name]
    written = f"target={target}; {WRITTEN}"
    prepare(machine, ALL_AT_ONCE)
    succeed(machine, [written])
    if fault.boot:
        fault.boot(machine)
        before = undeclared(state(machine), target)
        prepare(machine, ALL_AT_ONCE)
        succeed(machine, [written])
    else:
        before = state(machine)

    run = migrate(machine, f"{target} {fault.options} wg0", needs=OF_TARGET[target], at=fault.at, does=fault.does)
    if fault.boot:
        fault.boot(machine)
    machine.run(QUIET, timeout=400)

    assert run.status == fault.status, run.text
    after = state(machine)
    assert before.difference(undeclared(after, target) if fault.boot else after) == ""
    assert kept(machine) == "700\nback\n"


class Typed(NamedTuple):
    """What is typed at which point, or nothing as the terminal goes; the end this must come to, and the exit status.

    `says` is what the tool says of it, which tells it from a wait that nobody ended.
    """

    at: str
    types: str
    ends: str
    status: int
    says: str


TYPED = {
    "Enter": Typed("Keep", "\n", "migrated", 0, "\nconfirm"),
    "Enter too early": Typed("stop", "\n", "back", 3, "nobody has confirmed it"),
    "Ctrl-C": Typed("Keep", "\x03", "back", 3, "interrupted"),
    "Ctrl-D": Typed("Keep", "\x04", "back", 3, "the input ended before Enter was pressed"),
    "no terminal any more": Typed("Keep", "", "back", 129, "Keep it?"),
}


@pytest.mark.parametrize(("machine", "target", "name"), [*each(TYPED, set())], indirect=["machine"])
def test_a_person_at_a_terminal_is_heard(machine: Machine, target: str, name: str) -> None:
    typed = TYPED[name]
    expected = migrated(machine, target) if typed.ends == "migrated" else None
    prepare(machine, ALL_AT_ONCE)
    before = state(machine)

    run = migrate_at_terminal(machine, f"{target} --confirm 15 wg0", at=typed.at, types=typed.types)
    machine.run(QUIET, timeout=400)

    assert run.status == typed.status, run
    assert typed.says in run.out
    if expected:
        assert expected.difference(undeclared(state(machine), target)) == ""
    else:
        assert before.difference(state(machine)) == ""
    assert kept(machine) == f"700\n{typed.ends}\n"


@pytest.mark.parametrize(("machine", "target", "name"), [*each({"by hand": None}, set())], indirect=["machine"])
def test_a_tunnel_that_was_brought_up_by_hand_is_so_again(machine: Machine, target: str, name: str) -> None:  # noqa: ARG001
    prepare(machine, ALL_AT_ONCE, by_unit=False)
    before = state(machine)

    migrate(machine, f"{target} wg0", at="activate", does=KILL)
    machine.run(QUIET, timeout=400)

    assert before.difference(state(machine)) == ""
    assert migrate(machine, f"{target} wg0").status == 0
    assert tool(machine, "rollback wg0") == 0
    assert before.difference(state(machine)) == ""


@pytest.mark.parametrize(("machine", "target", "name"), [*each({"hook": None}, set())], indirect=["machine"])
def test_a_way_back_that_fails_is_told(machine: Machine, target: str, name: str) -> None:  # noqa: ARG001  for its id
    other = other_config(1, SOME, "PostUp = test ! -e /run/broken", peer=OTHER_PEER)
    prepare(machine, {"wg0": config(SPLIT), "wg1": other})
    before = state(machine)

    run = migrate(machine, f"{target} wg0 wg1", at="install", does="touch /run/broken")

    assert run.status == 4
    assert kept(machine, "wg0,wg1") == "700\nfailed\n"
    assert tool(machine, "rollback wg0") == 4
    machine.run("rm /run/broken")
    assert tool(machine, "rollback wg0") == 0
    assert before.difference(state(machine)) == ""


# --- what is refused ---


class Refusal(NamedTuple):
    """What makes a host one that is not migrated, by which code, and on which targets."""

    needs: str
    code: str
    options: str = "wg0"
    targets: tuple[str, ...] = tuple(MANAGERS)


REFUSALS = {
    "not up": Refusal("wg-quick down wg0", "M801"),
    "no such interface": Refusal(":", "M801", "wg5"),
    "config edited": Refusal("echo PersistentKeepalive = 21 >>/etc/wireguard/wg0.conf", "M803"),
    "tunnel changed": Refusal("ip address add 10.8.0.3/32 dev wg0", "M803"),
    "other .network": Refusal("printf '[Match]\\nName=wg*\\n' >/etc/systemd/network/90-vpn.network", "M810"),
    "profile": Refusal(
        "printf '[connection]\\nid=x\\ntype=wireguard\\ninterface-name=wg0\\n' "
        ">/etc/NetworkManager/system-connections/x.nmconnection",
        "M810",
    ),
    "ifupdown": Refusal("mkdir -p /etc/network; echo 'iface wg0 inet manual' >/etc/network/interfaces", "M811"),
    "netplan": Refusal(
        "mkdir -p /etc/netplan; printf 'network:\\n  tunnels:\\n    wg0:\\n' >/etc/netplan/wg.yaml", "M811"
    ),
    "mark of another": Refusal(
        "printf '[NetDev]\\nName=wg7\\nKind=wireguard\\n[WireGuard]\\nFirewallMark=0xca6c\\n' "
        ">/etc/systemd/network/90-wg7.netdev",
        "M822",
    ),
    "table of another": Refusal(
        "printf '[connection]\\nid=x\\ntype=wireguard\\ninterface-name=wg7\\n[ipv4]\\nroute-table=51820\\n' "
        ">/etc/NetworkManager/system-connections/x.nmconnection",
        "M822",
    ),
    "mark of another with a name": Refusal(
        "printf '[connection]\\nid=x\\ninterface-name=wg7\\n[wireguard]\\nfwmark=51820\\n' "
        ">/etc/wireguard/wg7.nmconnection",
        "M822",
    ),
    "session": Refusal("export SSH_CONNECTION='203.0.113.7 50000 10.8.0.2 22'", "M815"),
    "dispatcher": Refusal("systemctl disable NetworkManager-dispatcher.service", "M823", targets=("networkmanager",)),
    "rule": Refusal(
        "ip rule add fwmark 9 table 99 priority 999", "M809", "--no-keep-foreign-rules wg0", targets=("networkd",)
    ),
}


@pytest.mark.parametrize(
    ("machine", "target", "name"),
    [*each(REFUSALS, {("networkd", "rule")})],
    indirect=["machine"],
)
def test_what_is_refused_changes_nothing(machine: Machine, target: str, name: str) -> None:
    refusal = REFUSALS[name]
    prepare(machine, {"wg0": config(FULL)})
    machine.run(refusal.needs)
    before = state(machine)

    run = migrate(machine, f"{target} {refusal.options}", needs=refusal.needs if "export" in refusal.needs else "")

    assert run.status == 1
    assert f"error[{refusal.code}]" in run.text
    assert before.difference(state(machine)) == ""
    assert machine.run("ls /var/lib/wgtranspile").status


# --- in clear ---


@pytest.mark.parametrize(
    ("machine", "target", "name"),
    [*each({"held": None, "free": None}, {("networkd", "held")})],
    indirect=["machine"],
)
def test_what_is_held_back_does_not_leave_in_clear(
    machine: Machine, target: str, name: str, record_property: Callable[[str, object], None]
) -> None:
    prepare(machine, {"wg0": config(FULL)})
    watch(machine)
    with traffic(machine):
        succeed(machine, ["systemctl restart wg-quick@wg0"])
    record_property("in clear at a restart of wg-quick", watched(machine).clear)
    watch(machine)

    with traffic(machine):
        run = migrate(machine, f"{target} {'--hold' if name == 'held' else ''} wg0")

    assert run.status == 0, run.text
    clear = watched(machine).clear
    record_property("in clear", clear)
    assert (clear == 0) == (name == "held")
    assert "wgtranspile" not in machine.run("nft list tables").out

    watch(machine)
    with traffic(machine):
        assert tool(machine, "rollback wg0") == 0
    assert (watched(machine).clear == 0) == (name == "held")
    assert "wgtranspile" not in machine.run("nft list tables").out
