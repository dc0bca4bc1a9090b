"""Hosts to try things on: fresh network namespaces, each with an uplink and a `PATH` that begins with the reference.

In: a `Host`, which says in what state the host is. Out: a `Namespace` to run commands in and to take snapshots of.
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Self

from tests.lab import reference
from tests.lab.snapshot import COMMANDS, SETTLE, Snapshot

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SYSTEM = (Path("/usr/sbin"), Path("/usr/bin"))
# The kernel gives a userspace link a link-local address drawn at random, but a WireGuard link of its own none: so none.
NO_LINK_LOCAL = "net.ipv6.conf.default.addr_gen_mode=1"
# Or one that follows from a secret; without duplicate detection, which would take a second.
LINK_LOCAL = "net.ipv6.conf.default.stable_secret=2001:db8::5ec net.ipv6.conf.default.accept_dad=0"
# A routing table that has a name.
_TABLE = "1820 vpn\n"
# One port to choose from: a link without ListenPort gets the same one in every namespace.
EPHEMERAL_PORT = 40000

# What a config's hooks might do stays inside: they see the machine's files, and can change those of the namespace only.
_SETUP = """\
set -e
mount --bind "$LAB" "$LAB"
mount -o remount,bind,ro /
mount -t tmpfs tmpfs /run
for file in hosts nsswitch.conf iproute2/rt_tables; do mount --bind "$LAB/$file" "/etc/$file"; done
sysctl -q -w net.ipv4.ip_local_port_range="$PORT $PORT" $SETTINGS
ip -batch "$LAB/uplink"
# The kernel finds the uplink's carrier a moment later, and only then completes its routes of IPv6.
until [ "$(ip -6 route show table all | grep -c ' dev up[01] ')" = 5 ]; do :; done
echo ready
exec cat
"""

# resolvconf(8) as wg-quick meets it: it notes what it is told, and remembers the entry of an interface.
_RESOLVCONF = """\
#!/bin/sh
case $1 in
    -a) echo "$*" >>"$LAB/resolvconf.log"; tee "$LAB/resolvconf.$2" >>"$LAB/resolvconf.log" ;;
    -d) echo "$*" >>"$LAB/resolvconf.log"; rm -f "$LAB/resolvconf.$2" ;;
    -l) cat "$LAB/resolvconf.$2" ;;
esac
"""


@dataclass(frozen=True, slots=True)
class Host:
    """The state of a host before any tunnel: as most are, unless said otherwise.

    `taken` are routing tables in which another tunnel already has a route; `names` are the host names that resolve;
    without `nft` there is iptables.
    """

    mtu: int = 1500
    taken: tuple[int, ...] = ()
    link_local: bool = False
    nft: bool = True
    names: tuple[str, ...] = ()

    def uplink(self) -> str:
        """Give the commands for ip(8) that make the links, addresses and routes."""
        return "\n".join(
            (
                "link set lo up",
                f"link add up0 mtu {self.mtu} type veth peer name up1 mtu {self.mtu}",
                "link set up0 addrgenmode none",
                "link set up1 addrgenmode none",
                # Networks that no config of ours names: a route to the uplink's own network would be refused.
                "address add 100.127.254.2/30 dev up0",
                "address add 2001:db8:ffff::2/64 dev up0 nodad",
                "link set up1 up",
                "link set up0 up",
                "route add default via 100.127.254.1 dev up0",
                "route add default via 2001:db8:ffff::1 dev up0",
                *(f"route add 198.51.100.0/24 dev up0 table {table}" for table in self.taken),
                "",
            )
        )

    def hosts(self) -> str:
        """Give the text of /etc/hosts: each name has a documentation address, IPv4 and IPv6 by turns."""
        lines = ["127.0.0.1 localhost", "::1 localhost"]
        for number, name in enumerate(self.names, start=1):
            lines.append(f"{f'203.0.113.{number % 256}' if number % 2 else f'2001:db8:1::{number:x}'} {name}")
        return "\n".join((*lines, ""))


def host_names(config: str) -> tuple[str, ...]:
    """Give the names in the endpoints of a config that a DNS could know, so that they can be made to resolve."""
    names = []
    for line in config.replace("\0", "").split("\n"):
        setting = "".join(line.partition("#")[0].split())
        if value := re.fullmatch(
            r"endpoint=\[?((?:[a-z0-9_-]+\.)*[0-9]*[a-z_-][a-z0-9_-]*\.?)]?:.*", setting, re.IGNORECASE
        ):
            names.append(value[1])
    return tuple(dict.fromkeys(names))


class Namespace:
    """A network, mount and process namespace; leaving it ends all that still runs inside."""

    def __init__(self, host: Host | None = None) -> None:
        self._host = host or Host()
        self._scratch = tempfile.TemporaryDirectory(prefix="lab-")
        self.folder = Path(self._scratch.name)

    def __enter__(self) -> Self:
        """Make the namespace."""
        programs = reference.folder()
        (self.folder / "hosts").write_text(self._host.hosts(), errors="surrogateescape")
        (self.folder / "nsswitch.conf").write_text("hosts: files\nservices: files\n")
        (self.folder / "iproute2").mkdir()
        (self.folder / "iproute2/rt_tables").write_text(Path("/etc/iproute2/rt_tables").read_text() + _TABLE)
        (self.folder / "uplink").write_text(self._host.uplink())
        (self.folder / "resolvconf.log").touch()
        stubs = self.folder / "bin"
        stubs.mkdir()
        (stubs / "resolvconf").write_text(_RESOLVCONF)
        (stubs / "resolvconf").chmod(0o755)
        system = SYSTEM if self._host.nft else (programs / "iptables", self._without_nft())
        places = (programs / "bin", stubs, *system)
        self._environment = {
            "HOME": "/root",
            "LC_ALL": "C",
            "PATH": ":".join(map(str, places)),
            "LAB": str(self.folder),
            "WG_ENDPOINT_RESOLUTION_RETRIES": "0",
        }
        variables = {
            "PORT": str(EPHEMERAL_PORT),
            "SETTINGS": LINK_LOCAL if self._host.link_local else NO_LINK_LOCAL,
        }
        self._keeper = subprocess.Popen(
            ["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "sh", "-c", _SETUP],
            env=self._environment | variables,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self._keeper.stdout is not None
        if self._keeper.stdout.readline() != "ready\n":
            _, said = self._keeper.communicate()
            self._scratch.cleanup()
            raise RuntimeError(f"the namespace could not be made: {said}")
        return self

    def __exit__(self, *_: object) -> None:
        """End the namespace: the keeper's standard input closes, it ends, and with it the kernel ends the others."""
        self._keeper.communicate()
        self._scratch.cleanup()

    def run(
        self,
        *command: str | Path,
        stdin: str | bytes = b"",
        environment: Mapping[str, str] | None = None,
    ) -> subprocess.CompletedProcess[str]:
        """Run a command inside and give its result, whatever it is; output that is no UTF-8 is shown escaped."""
        done = subprocess.run(
            [*self._door(), *command],
            input=stdin.encode("utf-8", "surrogateescape") if isinstance(stdin, str) else stdin,
            env=self._environment | dict(environment or {}),
            capture_output=True,
            check=False,
        )
        out, err = (text.decode("utf-8", "backslashreplace") for text in (done.stdout, done.stderr))
        return subprocess.CompletedProcess(command, done.returncode, out, err)

    def snapshot(self) -> Snapshot:
        """Give the state of the whole namespace."""
        script = SETTLE + "\n".join(f"{command}; printf '\\0'" for command in COMMANDS.values())
        done = self.run("sh", "-c", script)
        if done.stderr:
            raise RuntimeError(f"the snapshot is incomplete: {done.stderr}")
        *outputs, _ = done.stdout.split("\0")
        return Snapshot.of(dict(zip(COMMANDS, outputs, strict=True)))

    def write(self, name: str, content: str | bytes) -> Path:
        """Put a private file into the folder of this namespace."""
        path = self.folder / name
        path.touch(0o600)
        path.write_bytes(content.encode("utf-8", "surrogateescape") if isinstance(content, str) else content)
        return path

    def _without_nft(self) -> Path:
        """Give a folder with all programs of the system but one."""
        place = self.folder / "without-nft"
        place.mkdir()
        for program in chain.from_iterable(system.iterdir() for system in reversed(SYSTEM)):
            link = place / program.name
            link.unlink(missing_ok=True)
            link.symlink_to(program)
        (place / "nft").unlink()
        return place

    def _door(self) -> Sequence[str]:
        keeper = f"/proc/{self._keeper.pid}/ns"
        inside = (f"--net={keeper}/net", f"--mount={keeper}/mnt", f"--pid={keeper}/pid_for_children")
        return ("nsenter", *inside, f"--wd={self.folder}", "--")


def available() -> str | None:
    """Give the reason why the laboratory cannot work here, or None."""
    if os.geteuid() != 0:
        return "not root"
    if not Path("/dev/net/tun").is_char_device():
        return "no /dev/net/tun"
    try:
        reference.folder()
        with Namespace() as host:
            host.snapshot()
    except (reference.UnavailableError, RuntimeError, OSError) as error:
        return str(error)
    return None
