"""The far end of a tunnel on a machine: its WireGuard peer, what lies behind it, and the name server of the internet.

In: what a `Subject` says of it, and how late the name server is. Out: files with units, and the commands that start
them, now and at each boot. All of it is there before any manager of networks.
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
START = (
    "systemctl daemon-reload",
    "cd /etc/systemd/system && systemctl --quiet enable far-end.service name-server.service first-*.service",
    "systemctl start far-end.service name-server.service",
)
SECRET_KEY = "EGxVHDgp8dJz5dNW1JnCEwrqLNdVPF3boLqKBv9e01Y="
# Another address and port of the internet, from which the peer speaks once it has roamed.
ROAMED = "203.0.113.1:51999"
_ROAM = """\
ip netns exec internet wg set peer listen-port 51999 peer {public} endpoint 100.127.254.2:$(wg show wg0 listen-port)
ip -netns internet route replace 100.127.254.0/30 dev up1 scope link src 203.0.113.1
ip netns exec internet ping -c 1 -W 10 {tunnel} >/dev/null
wg show wg0 endpoints | grep --quiet --fixed-strings {roamed}
"""

_UNIT = """\
[Unit]
DefaultDependencies=no
After=internet.service {after}
Before=network-pre.target systemd-networkd.service NetworkManager.service

[Service]
{service}

[Install]
WantedBy=multi-user.target
"""
_ONCE = "Type=oneshot\nRemainAfterExit=yes\nExecStart=/bin/bash -e /usr/local/lib/laboratory/far-end"
_PYTHON = "Type=notify\nNotifyAccess=all\nExecStart=ip netns exec internet python3 /usr/local/lib/laboratory/{}"
# Asks for an answer out of the tunnel all the time from a boot on; without a route to it, ping ends.
_SENDER = "ExecStart=ping -n -q -i 0.2 {}\nRestart=always\nRestartSec=200ms\nStartLimitBurst=1000000"


def files(subject: Subject, late: int) -> list[Artefact]:
    """Give the files; `late` is for how many seconds after the first question the name server is silent."""
    programs = {path.stem: path.read_text("utf-8") for path in PROGRAMS.glob("[a-z]*.py")}
    programs["far-end"] = _script(subject)
    units = {
        "far-end": _UNIT.format(after="", service=_ONCE),
        "name-server": _UNIT.format(after="far-end.service", service=_PYTHON.format(f"name_server {late}")),
        "first-packet": _UNIT.format(after="far-end.service", service=_PYTHON.format(f"first_packet {FIRST_PACKET}")),
    }
    for number, address in enumerate(subject.inside):
        units[f"first-sender-{number}"] = _UNIT.format(after="first-packet.service", service=_SENDER.format(address))
    return [
        *(_file(f"usr/local/lib/laboratory/{name}", text) for name, text in programs.items()),
        *(_file(f"etc/systemd/system/{name}.service", text) for name, text in units.items()),
    ]


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
    return _ROAM.format(public=subject.public_key, tunnel=tunnel, roamed=ROAMED)
