"""The script at those moments in the life of a tunnel that a namespace can have, beside wg-quick at the same.

It has no daemon and does not boot; tests/vm/test_moments.py has those moments for what has.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.equivalence.courses import emitted
from tests.lab import reference
from tests.lab.cases import Case
from tests.lab.namespace import Host, Namespace
from tests.lab.snapshot import Snapshot
from tests.record import Lived, Side, merge
from tests.vm.subjects import NAME, SUBJECTS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from _pytest.mark.structures import ParameterSet

pytestmark = pytest.mark.usefixtures("laboratory")

WG_QUICK = "wg-quick"
# What the others need is not in a namespace: systemd-resolved, and files of root.
TUNNELS = ("full", "split", "hub", "named", "hook-route", "hook-address", "hook-rule", "hook-mark")
NEIGHBOUR = """\
[Interface]
PrivateKey = aO8Hc/jyBkbbEZSUqwNX0HrpTEVWM1qbBAXJzHgHZ3M=
Address = 10.77.0.2/24
ListenPort = 50077
[Peer]
PublicKey = +5yeVpX3qOr3B9l9k6P5iVJqUMmrBNtsUOAKLJJVKkc=
AllowedIPs = 10.78.0.0/16
Endpoint = 203.0.113.77:51820
"""
IPV6_OFF = "sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1"
READ_ONLY = """\
sysctl -qw net.ipv4.conf.all.src_valid_mark=1
mount --bind /proc/sys /proc/sys
mount -o remount,bind,ro /proc/sys
"""
# What happens at a moment, in order: scripts, and verbs of the tunnels, with the version of the config if it is a later
# one. A second round shows what the first has left.
MOMENTS = {
    "activation": ("up wg0",),
    "neighbour": ("up wg0", "up wg7", "down wg7"),
    "ipv6-off": (IPV6_OFF, "up wg0"),
    "read-only": (READ_ONLY, "up wg0"),
    "end": ("up wg0", "down wg0", "up wg0", "down wg0"),
    **{f"update-{version}": ("up wg0", f"reload wg0 {version}") for version in ("peer", "key", "endpoint")},
}


def _runs() -> Iterator[ParameterSet]:
    for moment in MOMENTS:
        kind, _, version = moment.partition("-")
        for subject in TUNNELS:
            if kind != "update" or version in SUBJECTS[subject].versions:
                yield pytest.param(moment, subject, id=f"{subject}-{moment}")


@pytest.mark.parametrize(("moment", "subject"), [*_runs()])
def test_at_each_moment_a_tunnel_is_as_with_wg_quick(moment: str, subject: str, request: pytest.FixtureRequest) -> None:
    theirs, mine = (lived(maker, subject, moment) for maker in (WG_QUICK, "shell"))

    difference = theirs.difference(mine)
    if request.config.getoption("--record"):
        side = Side(sent=0, clear=0, lost=0, seconds=0, first=None)
        versions = {"wg-quick": reference.version()}
        verdict = "different" if difference else "equal"
        merge(Lived, [Lived(subject, "shell", "namespace", moment, verdict, (), side, side, versions)])
    assert difference == ""


def test_every_moment_but_a_failed_activation_has_the_tunnel_up() -> None:
    moments = ("activation", "neighbour", "ipv6-off", "read-only", "end")
    up = {moment: lived(WG_QUICK, "full", moment).parts["devices"] != () for moment in moments}

    assert up == dict(zip(moments, (True, True, False, True, False), strict=True))


def lived(maker: str, subject: str, moment: str) -> Snapshot:
    """Give the state after all that happens at a moment, with the exit statuses of the verbs."""
    configs = {"wg0": SUBJECTS[subject].config, "wg7": NEIGHBOUR}
    statuses = []
    with Namespace(Host(names=(NAME,))) as namespace:
        for happening in MOMENTS[moment]:
            verb, name, version = (*happening.split(" ", 2), "")[:3]
            if name not in configs:
                done = namespace.run("sh", "-e", "-c", happening)
                assert done.returncode == 0, done.stderr
                continue
            config = SUBJECTS[subject].versions[version] if version else configs[name]
            done = namespace.run(*_command(namespace, maker, verb, name, config))
            statuses.append(f"{happening}: {done.returncode}")
        return Snapshot(namespace.snapshot().parts | {"statuses": tuple(statuses)})


def _command(namespace: Namespace, maker: str, verb: str, name: str, config: str) -> tuple[str | Path, ...]:
    """Give the command for a verb; the files of a maker are written anew, as for a later version."""
    if maker != WG_QUICK:
        return ("sh", namespace.write(f"{name}.sh", emitted(Case(name, config.encode()), maker)), verb)
    file = namespace.write(f"{name}.conf", config)
    # Which is what the unit of wg-quick does to reload, but that it forgets a mark that wg-quick has chosen:
    # then encrypted packets would go into the tunnel.
    kept = f"mark=$(wg show {name} fwmark); wg syncconf {name} <(wg-quick strip {file}); wg set {name} fwmark $mark"
    return ("bash", "-c", kept) if verb == "reload" else (maker, verb, file)
