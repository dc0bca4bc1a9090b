"""The far end of a tunnel on a machine: its WireGuard peer, what lies behind it, and the name server of the internet.

In: what a `Subject` says of it. Out: files with units, and the command that starts them. At a boot they start before
any manager of networks does.
"""

from __future__ import annotations

import shlex
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from wgtranspile.artefact import Artefact

if TYPE_CHECKING:
    from tests.vm.subjects import Subject

PROGRAMS = Path(__file__).parent / "far"
FIRST_PACKET = "/run/first-packet"
_LATE = "/etc/name-server-late"
# The units are new to systemd, so it reads them without being told.
START = "systemctl start far-end.service name-server.service"
# What only a boot needs, and what measures would be disturbed by.
STOP = "systemctl stop first-sender.service"
SECRET_KEY = "EGxVHDgp8dJz5dNW1JnCEwrqLNdVPF3boLqKBv9e01Y="  # noqa: S105  of these tests alone
# Another address and port of the internet, from which the peer speaks once it has roamed.
ROAMED = "203.0.113.1:51999"
_ROAM = """\
ip netns exec internet wg set peer listen-port 51999 peer {public} endpoint 100.127.254.2:$(wg show wg0 listen-port)
ip -netns internet route replace 100.127.254.0/30 dev up1 scope link src 203.0.113.1
ip netns exec internet ping -c 1 -W 10 -I {inside} {tunnel} >/dev/null
wg show wg0 endpoints | grep --quiet --fixed-strings {roamed}
"""

_UNIT = """\
[Unit]
DefaultDependencies=no
StartLimitIntervalSec=0
{order}

[Service]
{service}

[Install]
WantedBy=multi-user.target
"""
_BEFORE_NETWORKS = """\
After=internet.service far-end.service
Before=network-pre.target systemd-networkd.service NetworkManager.service"""
_ORDER = {
    "far-end.service": _BEFORE_NETWORKS.replace(" far-end.service", ""),
    # It starts again and again until there is a network: what waited for it would wait for ever.
    "first-sender.service": "After=first-packet.service",
}
_ONCE = "Type=oneshot\nRemainAfterExit=yes\nExecStart=/bin/bash -e /usr/local/lib/laboratory/far-end"
_PYTHON = "Type=notify\nNotifyAccess=all\nExecStart=ip netns exec internet python3 /usr/local/lib/laboratory/{}"
# From a boot on, asks for an answer out of the tunnel all the time. Without a route to it, ping ends.
_SENDER = "ExecStart=ping -n -q -i 0.5 {}\nRestart=always\nRestartSec=500ms"


def files(subject: Subject) -> list[Artefact]:
    """Give the files, but for how late the name server is."""
    programs = {path.stem: path.read_text("utf-8") for path in PROGRAMS.glob("[a-z]*.py")}
    programs["far-end"] = _script(subject)
    services = {
        "far-end": _ONCE,
        "name-server": _PYTHON.format(f"name_server {_LATE}"),
        "first-packet": _PYTHON.format(f"first_packet {FIRST_PACKET}"),
        "first-sender": _SENDER.format((*subject.inside, "localhost")[0]),
    }
    units = {f"{name}.service": service for name, service in services.items()}
    return [
        *(_file(f"usr/local/lib/laboratory/{name}", text) for name, text in programs.items()),
        *(_file(f"etc/systemd/system/{unit}", _unit(unit, service)) for unit, service in units.items()),
        *(
            Artefact(PurePosixPath(f"etc/systemd/system/multi-user.target.wants/{unit}"), "", link_to=f"../{unit}")
            for unit in units
        ),
        late(0),
    ]


def late(seconds: int) -> Artefact:
    """Give the file that says for how long after the first question the name server is silent, once it is started."""
    return _file(_LATE.removeprefix("/"), str(seconds))


def _unit(name: str, service: str) -> str:
    return _UNIT.format(order=_ORDER.get(name, _BEFORE_NETWORKS), service=service)


def _file(path: str, text: str) -> Artefact:
    return Artefact(PurePosixPath(path), text)


def _script(subject: Subject) -> str:
    """Give the script that makes the peer, and has the addresses behind it answer."""
    networks = ",".join(subject.addresses)
    lines = [f"bash /usr/local/lib/laboratory/peer {SECRET_KEY} 51820 {subject.public_key} {networks}"]
    lines += [f"ip -netns internet address replace {shlex.quote(address)} dev lo" for address in subject.behind]
    return "\n".join((*lines, subject.far, ""))


def roam(subject: Subject) -> str:
    """Give a script that has the peer speak from elsewhere, and fails if the host does not notice."""
    tunnel = subject.addresses[0].partition("/")[0]
    return _ROAM.format(public=subject.public_key, inside=subject.inside[0], tunnel=tunnel, roamed=ROAMED)
