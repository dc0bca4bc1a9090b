"""The course of a migration on the host: each step is taken, logged and said; when one fails, all goes back."""

from __future__ import annotations

import os
import select
import signal
import socket
import sys
import termios
import time
from contextlib import contextmanager
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING

from wgtranspile import compare
from wgtranspile.artefact import Command
from wgtranspile.channels import visible
from wgtranspile.files import CannotWriteError, Existing, write
from wgtranspile.migration import before, course
from wgtranspile.migration.commands import perform, run, this_program
from wgtranspile.migration.model import Done, Outcome, Status
from wgtranspile.readers import SnapshotError
from wgtranspile.redact import conceal, hide

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from ipaddress import IPv4Network, IPv6Network

    from wgtranspile.artefact import Artefact
    from wgtranspile.migration.facts import Facts
    from wgtranspile.migration.model import Candidate, Migration
    from wgtranspile.migration.record import Record

#: So long a peer may take until its handshake: seconds.
HANDSHAKE = 30
#: A handshake older than this is of a session that has ended (WireGuard's REJECT_AFTER_TIME): seconds.
FRESH = 180
_PAUSE = 0.25
_DISCARD = 9
# For documentation, and so of no one (RFC 5737, RFC 3849).
_ANYONE = {4: (socket.AF_INET, ip_address("192.0.2.1")), 6: (socket.AF_INET6, ip_address("2001:db8::1"))}


class StepFailed(Exception):  # noqa: N818  it is a turn of the course, not a defect
    """A step did not come to its end as it should."""


class Course:
    """One migration while it lasts; `tell` is given each step that was taken."""

    def __init__(self, migration: Migration, record: Record, tell: Callable[[Done], None]) -> None:
        self.migration = migration
        self.record = record
        self.done: list[Done] = []
        self._tell = tell
        self._needs_reader = False
        self._secrets = {secret for tunnel in migration.tunnels for secret in tunnel.wanted.secrets()}

    def forth(self, facts: Facts) -> Outcome:
        """Migrate; when a step fails, or on Ctrl-C, bring everything back."""
        migration = self.migration
        heard = {tunnel.name: _heard(tunnel.name) for tunnel in migration.tunnels}
        try:
            replaced = [path for path in course.files(migration) if path in facts.existing]
            self.record.begin(before.about(migration), replaced)
        except (OSError, SnapshotError, KeyboardInterrupt) as error:
            self._note("backup", 1, _why(error))
            return Outcome.REFUSED
        try:
            self._arm(facts)
        except (StepFailed, CannotWriteError, OSError, KeyboardInterrupt) as error:
            self._note("arm", 1, _why(error))
            self._disarm()
            self.record.remove()
            return Outcome.REFUSED
        self._needs_reader = True
        try:
            if migration.hold:
                self._hold(facts)
            self._install()
            self._commands("load", course.load(migration, facts))
            self.record.stopping()
            self._stop()
            self.record.stopped()
            self._commands("activate", course.activate(migration))
            self._commands("endpoints", course.endpoints(migration))
            self._verify()
            self._handshakes(heard)
            if migration.hold:
                self._commands("release", [Command(("nft", "delete", "table", "inet", "wgtranspile-hold"))])
            self._commands("switch", course.switch(migration))
            if migration.seconds_to_confirm:
                self._confirm()
            else:
                self.record.keep(Status.CHANGING)
        except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001  whatever it is, all goes back
            self._needs_reader = False
            if not self.record.take_back():
                with undisturbed():
                    self._note("failed", 1, _why(error))
                    return self.back()
        self._needs_reader = False
        with undisturbed():
            self._disarm()
        return Outcome.DONE

    def back(self) -> Outcome:
        """Bring everything back, and see whether it is as it was."""
        failed, said = self.record.bring_back()
        self._note("back", failed, said)
        different = before.settled(lambda: before.changed(self.record.about))
        self._note("verify", bool(different), different)
        return Outcome.ROLLBACK_FAILED if failed or different else Outcome.ROLLED_BACK

    # --- the steps ---

    def _arm(self, facts: Facts) -> None:
        migration = self.migration
        folders = dict.fromkeys(parent for path in course.files(migration) for parent in path.parents)
        missing = [folder for folder in folders if not folder.exists()]
        deepest_first = sorted(missing, key=lambda folder: -len(folder.parts))
        script, spare, *recover = course.guards(migration, facts, deepest_first)
        _write([script, spare])
        self.record.arm()
        self._note("backup", 0, str(self.record.folder))
        options = ("--collect", "--quiet", "--property=Type=exec", f"--unit={course.watch_unit(migration)}")
        self._commands("arm", [Command(("systemd-run", *options, "/bin/sh", f"/{script.path}", "watch"))])
        _write(recover)  # which the watch removes when the tool dies
        os.sync()

    def _hold(self, facts: Facts) -> None:
        script = course.hold(self.migration, facts)
        _write([script])
        self._commands("hold", [Command(("nft", "-f", f"/{script.path}"))])

    def _install(self) -> None:
        for tunnel in self.migration.tunnels:
            _write(tunnel.emission.artefacts)
        self._note("install", 0, "\n".join(map(str, course.files(self.migration))))

    def _stop(self) -> None:
        """End the tunnels under wg-quick. systemctl ends a unit also where wg-quick fails and leaves the link."""
        self._commands("stop", course.stop(self.migration))
        for tunnel in self.migration.tunnels:
            if Path("/sys/class/net", tunnel.name).exists():
                raise StepFailed(f"wg-quick has not taken {tunnel.name} down")

    def _verify(self) -> None:
        """Wait until the live tunnels are as they were."""
        different = before.settled(self._changed)
        self._note("verify", bool(different), different)
        if different:
            raise StepFailed("the live state differs from the state under wg-quick")

    def _changed(self) -> str:
        """Tell in words what is not as it was, nothing where all is."""
        verdicts = ((tunnel, before.verify(tunnel.wanted)) for tunnel in self.migration.tunnels)
        found = ((tunnel.name, compare.changes(tunnel.differences, now.differences)) for tunnel, now in verdicts)
        return "".join(compare.render(name, compare.Verdict(changes)) for name, changes in found if changes)

    def _handshakes(self, heard: dict[str, frozenset[str]]) -> None:
        """Wait until each peer that was heard lately is heard again."""
        deadline = time.monotonic() + HANDSHAKE
        for tunnel in self.migration.tunnels:
            missing = heard[tunnel.name]
            while missing := missing - _heard(tunnel.name):
                if time.monotonic() > deadline:
                    raise StepFailed(f"no handshake with {', '.join(sorted(missing))} through {tunnel.name}")
                _knock(tunnel, missing)
                time.sleep(_PAUSE)
        self._note("handshake", 0, "")

    def _confirm(self) -> None:
        """Wait for a person: for Enter on a terminal, or `wgtranspile confirm` from elsewhere."""
        seconds = self.migration.seconds_to_confirm
        self.record.ask()
        if _has_terminal():
            termios.tcflush(sys.stdin, termios.TCIFLUSH)  # what was typed before is no answer
        confirm = visible(f"{this_program()} confirm {self.migration.tunnels[0].name}")
        print(
            f"Keep it? Press Enter within {seconds} s, or run `{confirm}` from another login. "
            "Otherwise, it is rolled back.",
            file=sys.stderr,
        )
        deadline = time.monotonic() + seconds
        while self.record.status is not Status.MIGRATED:
            if time.monotonic() > deadline or self.record.status is not Status.UNCONFIRMED:
                raise StepFailed("nobody has confirmed it")
            if not _has_terminal() or not select.select([sys.stdin], [], [], _PAUSE)[0]:
                time.sleep(_PAUSE)
            elif sys.stdin.readline().endswith("\n"):  # not as at the end of a lost login
                self.record.keep(Status.UNCONFIRMED)
            else:
                raise StepFailed("the input ended before Enter was pressed")
        self._note("confirm", 0, "")

    def _disarm(self) -> None:
        run("systemctl", "stop", course.watch_unit(self.migration))
        course.recover_link(self.migration).unlink(missing_ok=True)
        course.recover_unit(self.migration).unlink(missing_ok=True)
        self.record.end()
        self._note("disarm", 0, "")

    # --- how they are taken ---

    def _commands(self, step: str, commands: Iterable[Command]) -> None:
        for command in commands:
            done = perform(command)
            self._note(step, done.returncode, done.stdout, command=str(command))
            if done.returncode:
                raise StepFailed(f"`{command}` failed")

    def _note(self, step: str, status: int, output: str, command: str = "") -> None:
        done = Done(step, self._hidden(command), status, self._hidden(output))
        self.done.append(done)
        self.record.log(done)
        try:
            self._tell(done)
        except OSError:
            if self._needs_reader:  # whose login may have gone through the tunnel
                raise StepFailed("nobody is reading the output") from None

    def _hidden(self, text: str) -> str:
        return conceal(hide(text, self._secrets))


def _write(artefacts: Iterable[Artefact]) -> None:
    """Write files; of those that they replace the record has copies already, and a rollback lays them back."""
    write(artefacts, Path("/"), existing=Existing.REPLACED)


def _why(error: BaseException) -> str:
    return str(error) or "interrupted"


@contextmanager
def undisturbed() -> Iterator[None]:
    """Keep Ctrl-C from what must come to its end; programs that are run meanwhile hear it as ever."""
    earlier = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, earlier)


def _has_terminal() -> bool:
    """Tell whether a person can answer; to a process in the background its terminal does not belong."""
    return sys.stdin is not None and sys.stdin.isatty() and os.tcgetpgrp(sys.stdin.fileno()) == os.getpgrp()


def _heard(interface: str) -> frozenset[str]:
    """Return the public keys of the peers with which there was a handshake lately."""
    now = time.time()
    shown = run("wg", "show", interface, "latest-handshakes")
    lines = (line.split("\t") for line in shown.stdout.splitlines() if shown.returncode == 0)
    return frozenset(key for key, seconds in lines if now - int(seconds) < FRESH)


def _knock(tunnel: Candidate, peers: frozenset[str]) -> None:
    """Send a packet to an address of each of these peers, upon which WireGuard begins a handshake."""
    for peer in tunnel.wanted.device.peers:
        if peer.public_key in peers:
            any(_sent(tunnel.name, network) for network in peer.allowed_ips)


def _sent(interface: str, network: IPv4Network | IPv6Network) -> bool:
    """Send an empty packet into a network, and give whether there was a way, as there is none without an address."""
    family, anyone = _ANYONE[network.version]
    address = anyone if anyone in network else network.network_address + (network.num_addresses > 1)
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as knocking:
            knocking.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, interface.encode())
            knocking.sendto(b"", (str(address), _DISCARD))
    except OSError:
        return False
    return True
