"""A machine taken through a moment of a tunnel's life, and what is seen there.

In: a machine, a subject, who makes its tunnel, and a life. Out: at each moment the state, whether the tunnel works, and
which pings have left in clear. They are sent all the time to what is inside the tunnel.
"""

from __future__ import annotations

import re
import time
from functools import cache, partial
from itertools import zip_longest
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

from tests.lab import reference
from tests.lab.snapshot import Snapshot
from tests.vm import far_end, traffic
from tests.vm.course import CommandError, succeed
from tests.vm.moments import SETTLED
from wgtranspile.artefact import Artefact, Command, Emission
from wgtranspile.pipeline import transpile
from wgtranspile.source import Source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from tests.vm.machine import Machine
    from tests.vm.moments import Life, Moment
    from tests.vm.subjects import Subject
    from wgtranspile.pipeline import Result

    # How a state differs from what it should be at the first moment, but for what is declared of the second.
    Differs = Callable[[str, str, Snapshot], str]

WG_QUICK = "wg-quick"
MANAGERS = {"networkd": "networkd", "networkmanager": "NetworkManager"}
# For what a manager does in the background; what is not equal until then is different.
PATIENCE = 15
_REFERENCE = "/usr/local/bin/wg-quick"
# The packaged unit, with the reference in place of the packaged program. Its reload forgets a mark that wg-quick has
# chosen, and a full tunnel then sends its own packets into itself; so the mark is put back.
_DROP_IN = f"""\
[Service]
ExecStart=
ExecStart={_REFERENCE} up %i
ExecStop=
ExecStop={_REFERENCE} down %i
ExecReload=
ExecReload=/bin/bash -c 'set -- $$(wg show %i fwmark); wg syncconf %i <({_REFERENCE} strip %i); wg set %i fwmark $$1'
"""
_KEEP_FOREIGN_RULES = Artefact(
    PurePosixPath("etc/systemd/networkd.conf.d/keep.conf"), "[Network]\nManageForeignRoutingPolicyRules=no\n"
)
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
enough=$(($(sent) + 10)) end=$((SECONDS + 10))
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

    `state` has, beside the parts of the tunnel's state, whether commands succeeded and the link is still the same, by
    which device answers come from inside, and whether names resolve. `pings` are by their targets. `seconds` is how
    long the moment took until the state was as expected, `first` how long after the boot the first packet came out of
    the tunnel.
    """

    state: Snapshot
    pings: Mapping[str, Pings]
    seconds: float
    first: float | None = None


class Activation(NamedTuple):
    """How an activation ended: what the command said that failed, if one did, after how long, and the link's number."""

    failure: str
    seconds: float
    link: str


class Tunnel(NamedTuple):
    """A tunnel on a machine: who makes it there, and who manages the machine's network.

    `needs` is a script that runs before it is activated.
    """

    machine: Machine
    manager: str
    subject: Subject
    maker: str
    needs: str = ":"

    @property
    def emission(self) -> Emission:
        """Give what it is made of."""
        return made(self.maker, "wg0", self.subject.config)


def made(maker: str, name: str, config: str) -> Emission:
    """Give a tunnel as a backend makes it, or as wg-quick has it: with its unit, which is started at each boot."""
    if maker != WG_QUICK:
        emission = transpiled(maker, name, config).emission
        assert emission
        return emission
    unit = f"wg-quick@{name}.service"
    wanted = PurePosixPath(f"etc/systemd/system/multi-user.target.wants/{unit}")
    return Emission(
        (
            Artefact(PurePosixPath(f"etc/wireguard/{name}.conf"), config, 0o600),
            Artefact(PurePosixPath("etc/systemd/system/wg-quick@.service.d/reference.conf"), _DROP_IN),
            Artefact(wanted, "", link_to="/usr/lib/systemd/system/wg-quick@.service"),
        ),
        activate=(Command(("systemctl", "start", unit)),),
        deactivate=(Command(("systemctl", "stop", unit)),),
        update=(Command(("systemctl", "reload", unit)),),
    )


@cache
def transpiled(backend: str, name: str, config: str) -> Result:
    """Give what a backend makes of a config, and finds in it."""
    return transpile(Source.from_bytes(f"{name}.conf", config.encode()), name, backend)


@cache
def versions(machine: Machine) -> dict[str, str]:
    """Give the versions of the programs of a machine that have a part in this."""
    asked = {
        "Linux": "uname -r",
        "systemd": "systemctl --version | sed -n '1s/systemd [0-9]* (\\(.*\\))/\\1/p'",
        "NetworkManager": "NetworkManager --version",
    }
    return {name: machine.run(command).out.strip() for name, command in asked.items()} | {
        "wg-quick": reference.version()
    }


def live(tunnel: Tunnel, life: Life, differs: Differs = lambda *_: "") -> dict[str, Seen]:
    """Take a tunnel through a life and give what is seen at each moment.

    A state that differs from what it should be is looked at again for a while. When it stays so, or the moment that
    follows does not allow it, a new life is begun for what follows.
    """
    seen: dict[str, Seen] = {}
    activation = None
    for name, following in zip_longest(life.moments, [*life.moments][1:]):
        activation = activation or _begin(tunnel, life)
        seen[name] = _seen(tunnel, life, name, activation, partial(differs, name, name))
        if any(differs(name, allowing, seen[name].state) for allowing in (name, following or name)):
            activation = None
    return seen


def _begin(tunnel: Tunnel, life: Life) -> Activation:
    """Bring a tunnel up on a machine as it was after its boot."""
    machine = tunnel.machine
    machine.reset()
    machine.put([*far_end.files(tunnel.subject), *tunnel.emission.artefacts])
    if not life.boots:
        machine.put([far_end.late(life.late)])
    if tunnel.maker == WG_QUICK and tunnel.manager == "networkd":
        machine.put([_KEEP_FOREIGN_RULES])
        succeed(machine, ["systemctl restart systemd-networkd"])
    before = (tunnel.subject.needs, life.before[tunnel.manager], tunnel.needs)
    succeed(machine, (far_end.START, *before, SETTLED[tunnel.manager]))
    begin = time.monotonic()
    failure = _attempt(machine, tunnel.emission.activate)
    activation = Activation(failure, time.monotonic() - begin, _link(machine))
    if not activation.failure:
        machine.run(tunnel.subject.greeting)
        machine.run("\n".join((":", *(f"ping -c 1 -W 10 {target}" for target in tunnel.subject.inside))))
        if life.roams:
            succeed(machine, [far_end.roam(tunnel.subject)])
    return activation


def _seen(tunnel: Tunnel, life: Life, name: str, activation: Activation, differs: Callable[[Snapshot], str]) -> Seen:
    """Have a moment happen to a tunnel that is up, or could not be brought up, and give what is seen."""
    machine, moment = tunnel.machine, life.moments[name]
    _send(tunnel)
    begin = time.monotonic() - activation.seconds * moment.activates
    failure = activation.failure
    if moment.boots:
        machine.put([far_end.late(life.late)])
        machine.reboot()
    elif not failure:
        failure = _attempt(machine, _happenings(tunnel, moment))
    machine.run(SETTLED[tunnel.manager])  # what does not settle is seen in the state
    if moment.boots:
        machine.run(tunnel.subject.greeting)
    # That a command fails matters; what it says differs from maker to maker. So does a link that is not the same.
    told = {
        "commands": ("failed" if failure else "succeeded",),
        "link": ("kept" if moment.boots or _link(machine) == activation.link else "another",),
    }
    found = _awaited(machine, told, PATIENCE + life.late, differs)
    seconds = time.monotonic() - begin
    if moment.boots:
        succeed(machine, [far_end.STOP])
        _send(tunnel)
    pings = _sent(tunnel)
    resolved = machine.run(f"timeout 10 resolvectl query {name}.example.net").status == 0  # a name not asked for yet
    works = {
        "answers": tuple(f"{target} {traffic.way(machine, target)}" for target in tunnel.subject.inside),
        "names": (f"resolved: {resolved}",) * tunnel.subject.resolves,
    }
    first = machine.run(f"cat {far_end.FIRST_PACKET}").out if moment.boots else ""
    return Seen(Snapshot(found.parts | works), pings, seconds, float(first) if first else None)


def _happenings(tunnel: Tunnel, moment: Moment) -> Iterator[str]:
    """Give the commands that make a moment happen."""
    yield (tunnel.maker == WG_QUICK and moment.control) or moment.happens[tunnel.manager]
    if moment.neighbour:
        neighbour = made(tunnel.maker, "wg7", _NEIGHBOUR)
        tunnel.machine.put(neighbour.artefacts)
        yield from map(str, (*neighbour.activate, *neighbour.deactivate))
    if moment.version:
        later = made(tunnel.maker, "wg0", tunnel.subject.versions[moment.version])
        tunnel.machine.put(later.artefacts)
        yield from map(str, later.update or ("false  # nothing is said of how a changed config is applied",))
    if moment.ends:
        yield from map(str, tunnel.emission.deactivate)


def _attempt(machine: Machine, commands: Iterable[Command | str]) -> str:
    """Run commands and give what the first that fails says."""
    try:
        succeed(machine, commands)
    except CommandError as error:
        return str(error)
    return ""


def _link(machine: Machine) -> str:
    return machine.run("cat /sys/class/net/wg0/ifindex").out


def _awaited(
    machine: Machine, told: Mapping[str, tuple[str, ...]], patience: int, differs: Callable[[Snapshot], str]
) -> Snapshot:
    """Give the state when it is as it should be, or has not become so, with what else is told of it."""
    end = time.monotonic() + patience
    while True:
        found = Snapshot(state(machine).parts | {**told})
        if not differs(found) or time.monotonic() > end:
            return found


def state(machine: Machine) -> Snapshot:
    """Give the state of tunnels, in whatever order it was made, without what counts pings."""
    parts = machine.snapshot("tunnel").parts
    return Snapshot(
        {name: tuple(sorted(line for line in lines if '"watch"' not in line)) for name, lines in parts.items()}
    )


def _send(tunnel: Tunnel) -> None:
    """Have pings sent from now on, and count them."""
    traffic.watch(tunnel.machine)
    if tunnel.subject.inside:
        succeed(tunnel.machine, [_SEND.format(" ".join(tunnel.subject.inside))])


def _sent(tunnel: Tunnel) -> dict[str, Pings]:
    """End the pings, and give what became of them."""
    if not tunnel.subject.inside:
        return {}
    succeed(tunnel.machine, [_STOP])
    devices = traffic.devices(tunnel.machine)
    pings = {}
    for target in tunnel.subject.inside:
        told = tunnel.machine.run(f"cat /run/sent.{target}").out
        transmitted, received = map(int, re.findall(r"(\d+) (?:packets transmitted|received)", told) or (0, 0))
        left = devices[":" in target]
        pings[target] = Pings(len(left), left.count("up0"), transmitted - received)
    return pings
