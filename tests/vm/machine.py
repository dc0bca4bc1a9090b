"""A booted machine: scripts run in it, and its state as it was after the boot comes back within a second.

In: the name of a suite, and who manages the network. Out: a `Machine`. What it starts from is made once for a user: the
disk, and with each manager the memory of the system that booted from a copy of it; all are only read afterwards.
"""

from __future__ import annotations

import fcntl
import hashlib
import io
import json
import os
import secrets
import shlex
import socket
import subprocess
import tarfile
import tempfile
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Self

from tests.lab import reference
from tests.vm import image
from tests.vm.snapshot import read

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tests.lab.snapshot import Snapshot
    from wgtranspile.artefact import Artefact

# Few machines that run tests have KVM. The instruction that is left out made guests fault.
ACCELERATION = os.environ.get("LABORATORY_ACCELERATION", "tcg")
PROCESSORS = {"tcg": "max,cx16=off", "kvm": "host"}
MEMORY = "384M"
KERNEL_LINE = "root=/dev/vda rw console=ttyS0 selinux=0 quiet panic=-1 mitigations=off audit=0 apparmor=0"
# Who manages the network, by what the kernel tells systemd for it.
MANAGERS = {
    "networkd": "",
    "NetworkManager": "systemd.wants=NetworkManager.service "
    "systemd.mask=systemd-networkd.service systemd.mask=systemd-networkd.socket",
}
BOOTED = (
    "udevadm settle; systemctl is-system-running --wait; ! systemctl --quiet is-active NetworkManager || nm-online -qs"
)


class Result(NamedTuple):
    """How a script ended; output that is no UTF-8 is escaped."""

    status: int
    out: str
    err: str


def boot(suite: str, manager: str = "networkd") -> Machine:
    """Give the machine of a suite, for use in a `with`; what it starts from is made when missing."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "wgtranspile-lab" / "vm"
    cache.mkdir(parents=True, exist_ok=True)
    home = cache / f"{suite}-{_recipe()}"
    with (cache / f"{suite}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # workers of one test run start at the same time
        if not home.exists():
            with tempfile.TemporaryDirectory(dir=cache) as scratch:
                made = Path(scratch) / "made"
                made.mkdir()
                image.make(suite, made)
                made.rename(home)
        if not (home / manager).exists():
            with tempfile.TemporaryDirectory(dir=home) as scratch:
                made = Path(scratch) / "made"
                made.mkdir()
                image.run("cp", "--sparse=always", home / "disk", made / "disk")
                Machine(home, made, manager).save()
                made.rename(home / manager)
    return Machine(home, home / manager, manager)


def _recipe() -> str:
    """Give a digest of all that decides what a machine starts from."""
    qemu = subprocess.run(["qemu-system-x86_64", "--version"], capture_output=True, check=True).stdout
    parts = [qemu, reference.version().encode(), ACCELERATION.encode()]
    files = [
        Path(__file__),
        Path(image.__file__),
        image.INSTALL,
        *(path for path in sorted(image.GUEST.rglob("*")) if path.is_file()),
    ]
    return hashlib.sha256(b"\0".join((*parts, *(path.read_bytes() for path in files)))).hexdigest()[:12]


class Machine:
    """A running machine; leaving it ends it."""

    def __init__(self, system: Path, state: Path, manager: str) -> None:
        self._system, self._state, self._manager = system, state, manager

    def __enter__(self) -> Self:
        """Restore the machine as it was after its boot, and keep that state as `clean`."""
        self._restore()
        self.clean = self.snapshot()
        return self

    def _restore(self) -> None:
        self._start("snapshot=on", "null", "-incoming", f"exec:cat {self._state / 'memory'}")

    def __exit__(self, *_: object) -> None:
        """End the machine."""
        self._process.kill()
        self._process.wait()
        for end in (self._answers, self._reports, self._port, self._monitor):
            end.close()

    def reset(self) -> None:
        """Bring back the state after the boot, whatever was done to the machine."""
        self.__exit__()
        self._restore()

    def reboot(self) -> None:
        """Boot the system anew, with the disk as it is now."""
        self.run("sync")
        # Before that, the agent of the system that ends could take what is meant for the next one.
        self._ask("system_reset", done="RESET")
        self.run(BOOTED, timeout=600)

    def run(self, script: str, stdin: bytes = b"", timeout: float = 120) -> Result:
        """Run a bash script as root and give its result, whatever it is."""
        text = script.encode("utf-8", "surrogateescape")
        token = secrets.token_hex(8).encode()
        self._port.settimeout(timeout)
        self._port.sendall(b"%b %d %d\n%b%b" % (token, len(text), len(stdin), text, stdin))
        try:
            out, status = self._until(token + b" ")
            err, _ = self._until(token)
        except TimeoutError:
            raise RuntimeError(f"no answer within {timeout} s to: {script}") from None
        return Result(int(status), out.decode("utf-8", "backslashreplace"), err.decode("utf-8", "backslashreplace"))

    def _until(self, token: bytes) -> tuple[bytes, bytes]:
        """Read up to a token; give what stands before it, and between it and the end of its line."""
        read = b""
        while token not in (line := self._answers.readline()):
            if not line:
                raise RuntimeError("the machine ended")
            read += line
        before, _, after = line.partition(token)
        return read + before, after

    def snapshot(self, parts: Literal["", "tunnel"] = "") -> Snapshot:
        """Give the state of the whole machine, or only of its tunnels."""
        return read(self.run(f"bash /usr/local/lib/laboratory/state {parts}").out)

    def put(self, artefacts: Iterable[Artefact]) -> list[str]:
        """Lay files below /, with their modes and owners; give the folders that were made for them."""
        buffer = io.BytesIO()
        folders: dict[str, None] = {}
        with tarfile.open(fileobj=buffer, mode="w") as archive:
            for artefact in artefacts:
                folders |= dict.fromkeys(f"/{parent}" for parent in artefact.path.parents)
                content = artefact.content.encode("utf-8", "surrogateescape")
                member = tarfile.TarInfo(str(artefact.path))
                member.mode, member.uname, member.gname = artefact.mode, artefact.owner, artefact.group
                member.size = len(content)
                if artefact.link_to is not None:
                    member.type, member.linkname = tarfile.SYMTYPE, artefact.link_to
                archive.addfile(member, io.BytesIO(content))
        listed = " ".join(map(shlex.quote, folders))
        done = self.run(
            f'for folder in {listed}; do [ -d "$folder" ] || echo "$folder"; done\n'
            "tar --extract --same-owner --same-permissions --directory=/",
            buffer.getvalue(),
        )
        if done.status:
            raise RuntimeError(done.err)
        return done.out.splitlines()

    def save(self) -> None:
        """Boot from the disk, and keep the memory beside it."""
        self._start("snapshot=off", f"file:{self._state / 'console'}")
        try:
            self.run(BOOTED, timeout=600)
            warmed = self.run("bash -e /usr/local/lib/laboratory/warm-up")
            if warmed.status:
                raise reference.UnavailableError(f"the machine does not work: {warmed.err}")
            self._ask("migrate-set-capabilities", arguments={"capabilities": [{"capability": "events", "state": True}]})
            self._ask("migrate-set-parameters", arguments={"max-bandwidth": 2**40})
            self._ask("migrate", arguments={"uri": f"exec:cat >{self._state / 'memory'}"})
            while (status := self._event("MIGRATION")["status"]) != "completed":
                if status == "failed":
                    raise reference.UnavailableError("the memory of the machine could not be saved")
            self._ask("quit")
            self._process.wait()
        finally:
            self.__exit__()

    def _start(self, disk: str, console: str, *options: str) -> None:
        self._port, agent = socket.socketpair()
        self._monitor, monitor = socket.socketpair()
        with agent, monitor:
            self._process = subprocess.Popen(
                [
                    *("setpriv", "--pdeathsig", "KILL", "qemu-system-x86_64", "-nodefaults", "-display", "none"),
                    *("-accel", ACCELERATION, "-cpu", PROCESSORS[ACCELERATION], "-m", MEMORY, "-rtc", "clock=vm"),
                    *("-kernel", self._system / "kernel", "-initrd", self._system / "initrd"),
                    *("-append", f"{KERNEL_LINE} {MANAGERS[self._manager]}"),
                    *("-drive", f"file={self._state / 'disk'},if=virtio,format=raw,cache=unsafe,{disk}"),
                    *("-chardev", f"socket,id=agent,fd={agent.fileno()}"),
                    *("-device", "virtio-serial", "-device", "virtserialport,chardev=agent,name=agent"),
                    *("-chardev", f"socket,id=monitor,fd={monitor.fileno()}", "-mon", "chardev=monitor,mode=control"),
                    *("-serial", console, *options),
                ],
                pass_fds=(agent.fileno(), monitor.fileno()),
            )
        self._answers, self._reports = self._port.makefile("rb"), self._monitor.makefile("rb")
        self._reports.readline()
        self._ask("qmp_capabilities")

    def _ask(self, command: str, done: str = "", arguments: Mapping[str, object] = MappingProxyType({})) -> None:
        """Give the monitor a command, and wait until it says so, and for the event that tells that it is done."""
        self._monitor.sendall(json.dumps({"execute": command, "arguments": {**arguments}}).encode())
        awaited = {"return", done} - {""}
        while awaited:
            said = json.loads(self._reports.readline())
            if "error" in said:
                raise RuntimeError(said["error"]["desc"])
            awaited -= {"return"} if "return" in said else {said.get("event")}

    def _event(self, name: str) -> Any:
        while (said := json.loads(self._reports.readline())).get("event") != name:
            pass
        return said["data"]
