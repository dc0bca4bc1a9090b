"""A machine taken through a moment of a tunnel's life, and what is seen there.

In: a machine, a subject, who makes its tunnel, and a moment. Out: the state, whether the tunnel works, and which pings
have left in clear. They are sent all the time to what is inside the tunnel, from before a moment until after it.
"""

from __future__ import annotations

import re
import time
from functools import cache
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

from tests.lab.snapshot import Snapshot
from tests.vm import far_end, traffic
from tests.vm.course import CommandError, succeed
from tests.vm.moments import SETTLED
from tests.vm.snapshot import TUNNEL
from wgtranspile.artefact import Artefact, Emission
from wgtranspile.pipeline import transpile
from wgtranspile.source import Source

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from tests.vm.machine import Machine
    from tests.vm.moments import Moment
    from tests.vm.subjects import Subject
    from wgtranspile.pipeline import Result

WG_QUICK = "wg-quick"
MANAGERS = {"networkd": "networkd", "networkmanager": "NetworkManager"}
# For what a manager does in the background; what is not equal until then is different.
PATIENCE = 15
_REFERENCE = "/usr/local/bin/wg-quick"
# The packaged unit, with the reference in place of the packaged program.
_DROP_IN = f"""\
[Service]
ExecStart=
ExecStart={_REFERENCE} up %i
ExecStop=
ExecStop={_REFERENCE} down %i
ExecReload=
ExecReload=/bin/bash -c 'exec wg syncconf %i <(exec {_REFERENCE} strip %i)'
"""
_KEEP_FOREIGN_RULES = "[Network]\nManageForeignRoutingPolicyRules=no\n"
_NEIGHBOUR = """\
[Interface]
PrivateKey = aO8Hc/jyBkbbEZSUqwNX0HrpTEVWM1qbBAXJzHgHZ3M=
Address = 10.77.0.2/24
[Peer]
PublicKey = +5yeVpX3qOr3B9l9k6P5iVJqUMmrBNtsUOAKLJJVKkc=
AllowedIPs = 10.78.0.0/16
Endpoint = 203.0.113.77:51820
"""
_SEND = "for target in {}; do ping -n -q -i 0.05 $target >/run/sent.$target 2>&1 & echo $! >>/run/senders; done"
# Some pings more, if any leave at all.
_STOP = """\
sent() { nft --json list table inet watch | grep -o 'up0\\|wg0' | wc -l; }
enough=$(($(sent) + 40)) end=$((SECONDS + 10))
until (($(sent) >= enough || SECONDS > end)); do :; done
kill -INT $(</run/senders)
timeout 30 tail --pid=$(tail -n 1 /run/senders) -f /dev/null
rm /run/senders
"""


class Pings(NamedTuple):
    """Pings of one family: how many were sent, how many of them left by the uplink, and how many got no answer.

    The last one may still be on its way.
    """

    sent: int
    clear: int
    lost: int


class Seen(NamedTuple):
    """What was seen at a moment.

    `state` has, beside the parts of the tunnel's state, whether commands succeeded, what answers and by which device it
    was asked, and whether names resolve. `seconds` is how long the moment took until the state was as expected, `first`
    how long after the boot the first packet came out of the tunnel.
    """

    state: Snapshot
    pings: Mapping[str, Pings]
    seconds: float
    first: float | None


def made(maker: str, name: str, config: str) -> Emission:
    """Give a tunnel as a backend makes it, or as wg-quick has it: with its unit, which is started at each boot."""
    if maker != WG_QUICK:
        emission = transpiled(maker, name, config).emission
        assert emission
        return emission
    unit = f"wg-quick@{name}.service"
    return Emission(
        (
            Artefact(PurePosixPath(f"etc/wireguard/{name}.conf"), config, 0o600),
            Artefact(PurePosixPath("etc/systemd/system/wg-quick@.service.d/reference.conf"), _DROP_IN),
        ),
        activate=("systemctl daemon-reload", f"systemctl --quiet enable {unit}", f"systemctl start {unit}"),
        deactivate=(f"systemctl --quiet disable --now {unit}",),
        update=(f"systemctl reload {unit}",),
    )


@cache
def transpiled(backend: str, name: str, config: str) -> Result:
    """Give what a backend makes of a config, and finds in it."""
    return transpile(Source.from_bytes(f"{name}.conf", config.encode()), name, backend)


def live(machine: Machine, subject: Subject, maker: str, moment: Moment, expected: Snapshot | None = None) -> Seen:
    """Take the machine through a moment and give what is seen then.

    The state is looked at again for a while when it is not the expected one.
    """
    machine.reset()
    manager = "networkd" if machine.run("systemctl --quiet is-active NetworkManager").status else "NetworkManager"
    tunnel = made(maker, "wg0", subject.config)
    _prepare(machine, subject, moment, manager, foreign=maker == WG_QUICK)
    machine.put(tunnel.artefacts)
    begin = time.monotonic()
    said = _attempt(machine, tunnel.activate)
    if not said:
        _meet(machine, subject, moment)
        if not moment.late:
            begin = time.monotonic()
        said = _attempt(machine, _happenings(machine, subject, maker, moment, manager))
    if moment.boots:
        begin = time.monotonic()
        machine.reboot()
    succeed(machine, [SETTLED[manager]])
    if moment.boots:
        machine.run(subject.greeting)
    state = _awaited(machine, said, expected, PATIENCE + moment.late)
    seconds = time.monotonic() - begin
    if moment.boots:
        _send(machine, subject)
    pings = _sent(machine, subject)
    works = {
        "answers": tuple(f"{target} {traffic.way(machine, target)}" for target in subject.inside),
        "names": (str(machine.run("timeout 10 resolvectl query fresh.example.net").status),) * subject.resolves,
    }
    first = machine.run(f"cat {far_end.FIRST_PACKET}").out if moment.boots else ""
    return Seen(Snapshot(state.parts | works), pings, seconds, float(first) if first else None)


def _prepare(machine: Machine, subject: Subject, moment: Moment, manager: str, *, foreign: bool) -> None:
    """Make the far end and the host, before there is a tunnel; a foreign one needs its rules kept."""
    machine.put(far_end.files(subject, moment.late))
    if foreign and manager == "networkd":
        place = PurePosixPath("etc/systemd/networkd.conf.d/keep.conf")
        machine.put([Artefact(place, _KEEP_FOREIGN_RULES)])
        succeed(machine, ["systemctl restart systemd-networkd"])
    succeed(machine, (*far_end.START, subject.needs, moment.before[manager], SETTLED[manager]))


def _meet(machine: Machine, subject: Subject, moment: Moment) -> None:
    """Have the two ends of a new tunnel speak with each other, and go on."""
    machine.run(subject.greeting)
    machine.run("\n".join(f"ping -c 1 -W 10 {target}" for target in subject.inside))
    if moment.roamed:
        succeed(machine, [far_end.roam(subject)])
    _send(machine, subject)


def _happenings(
    machine: Machine, subject: Subject, maker: str, moment: Moment, manager: str
) -> Iterator[str]:
    """Give the commands that make a moment happen."""
    tunnel = made(maker, "wg0", subject.config)
    yield moment.happens[manager] if maker != WG_QUICK or moment.control is None else moment.control
    if moment.neighbour:
        neighbour = made(maker, "wg7", _NEIGHBOUR)
        machine.put(neighbour.artefacts)
        yield from (*neighbour.activate, *neighbour.deactivate)
    if moment.version:
        later = made(maker, "wg0", subject.versions[moment.version])
        machine.put(later.artefacts)
        yield from later.update or ("false  # nothing is said of how a changed config is applied",)
    if moment.ends:
        yield from tunnel.deactivate


def _attempt(machine: Machine, commands: Iterable[str]) -> str:
    """Run commands and give what the first that fails says."""
    try:
        succeed(machine, commands)
    except CommandError as error:
        return str(error)
    return ""


def _awaited(machine: Machine, said: str, expected: Snapshot | None, patience: int) -> Snapshot:
    """Give the state when it is as expected, or has not become so."""
    end = time.monotonic() + patience
    while True:
        parts = machine.snapshot().parts
        # What a command says differs from maker to maker: that it fails does not.
        found = Snapshot(
            {name: tuple(sorted(line for line in parts[name] if '"watch"' not in line)) for name in TUNNEL}
            | {"commands": ("failed" if said else "succeeded",)}
        )
        if expected is None or time.monotonic() > end:
            return found
        if not found.difference(expected):
            return found


def _send(machine: Machine, subject: Subject) -> None:
    """Have pings sent from now on, and count them."""
    traffic.watch(machine)
    if subject.inside:
        succeed(machine, [_SEND.format(" ".join(subject.inside))])


def _sent(machine: Machine, subject: Subject) -> dict[str, Pings]:
    """End the pings, and give what became of them, by their targets."""
    if machine.run("test -e /run/senders").status:
        return {}
    succeed(machine, [_STOP])
    devices = traffic.devices(machine)
    pings = {}
    for target in subject.inside:
        told = machine.run(f"cat /run/sent.{target}").out
        numbers = re.search(r"(\d+) packets transmitted, (\d+) received", told)
        transmitted, received = map(int, numbers.groups()) if numbers else (0, 0)
        by = devices[":" in target]
        pings[target] = Pings(len(by), by.count("up0"), transmitted - received)
    return pings
