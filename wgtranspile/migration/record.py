"""What a migration keeps below /var/lib/wgtranspile: the files it replaced, its log, and where it stands.

Where it stands is the name of a marker, an empty file that is renamed: that works on a full disk, too.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import re
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from wgtranspile.backends.targets import DAEMONS
from wgtranspile.compare import Area, Difference
from wgtranspile.files.folders import Trust, open_path
from wgtranspile.migration.commands import run
from wgtranspile.migration.model import About, Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wgtranspile.files.folders import Folder
    from wgtranspile.migration.model import Done

STORE = Path("/var/lib/wgtranspile")
#: What a migration that has not come to an end is marked with.
UNDER_WAY = (Status.CHANGING, Status.UNCONFIRMED)
#: So much is kept free for the way back: bytes.
_RESERVE = 2**18
_INTERFACE = r"[a-zA-Z0-9_=+.-]{1,15}"


def find(interface: str) -> Path | None:
    """Return the folder of the last migration of an interface, if there was one. Raises OSError."""
    try:
        with _opened(STORE) as store:
            return next((STORE / name for name in _names(store, [interface])), None)
    except FileNotFoundError:
        return None


def _opened(path: Path, *, make: bool = False) -> Folder:
    """Open a folder of root's own state: what is in it is believed and run, so that no one else may change it."""
    return open_path(path, Trust.of(()), make=make)


def _names(store: Folder, interfaces: Iterable[str]) -> Iterator[str]:
    """Return the names of the folders of migrations of any of these interfaces."""
    return (name for name in sorted(store.names()) if not set(interfaces).isdisjoint(name.split(",")))


class Record:
    """The folder of one migration. Methods raise OSError."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock: int | None = None

    @property
    def status(self) -> Status | None:
        """Where the migration stands."""
        try:
            with _opened(self.folder.parent) as store:
                return _status(store, self.folder.name)
        except FileNotFoundError:
            return None

    @property
    def about(self) -> About:
        """What was noted when the migration began."""
        with self._opened() as folder, os.fdopen(folder.own_file("about.json"), "rb") as file:
            text = file.read()
        try:
            noted = json.loads(text.decode("utf-8"))
            differences = {name: tuple(map(_difference, items)) for name, items in noted["differences"].items()}
            target = DAEMONS[noted["target"]].name
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
            raise self._not_ours() from None
        if differences.keys() != {*self.folder.name.split(",")} or not all(map(_is_interface, differences)):
            raise self._not_ours()
        return About(target, differences)

    @property
    def is_busy(self) -> bool:
        """Whether the tool that has begun it is still at it."""
        with self._opened() as folder:
            return _is_busy(folder)

    def begin(self, about: About, replaced: Iterable[Path]) -> None:
        """Make it anew, with copies of files that are to be replaced; what is past of these interfaces goes.

        It cannot be where another stands, which may have begun and ended since this one asked the host; then nothing is
        left of it.
        """
        with _opened(self.folder.parent, make=True) as store:
            store.allow(0o700)
            fcntl.flock(store.descriptor, fcntl.LOCK_EX)  # one at a time
            for name in _names(store, self.folder.name.split(",")):
                if _status(store, name) in (*UNDER_WAY, Status.MIGRATED) or _is_busy_in(store, name):
                    raise OSError(errno.EBUSY, "another migration exists", str(self.folder.with_name(name)))
                store.remove(name)
            with store.make_folder(self.folder.name, 0o700) as folder:
                self._lock = folder.own_file("lock", os.O_WRONLY | os.O_CREAT)
                fcntl.flock(self._lock, fcntl.LOCK_EX)
                fcntl.flock(store.descriptor, fcntl.LOCK_UN)
                try:
                    self._fill(folder, self._lock, about, replaced)
                except BaseException:
                    store.remove(self.folder.name)
                    raise
        self.log_line("began")

    def _fill(self, folder: Folder, lock: int, about: About, replaced: Iterable[Path]) -> None:
        os.write(lock, str(os.getpid()).encode())
        _write(folder, "about.json", json.dumps(about._asdict(), default=asdict).encode())
        for path in replaced:
            with folder.make_folder("files", 0o700) as files:
                # From the root: for the folders of a path, cp of coreutils 9.1 looks in the current one.
                target = f"/proc/self/fd/{files.descriptor}"
                copy = ("cp", "--archive", "--parents", "--target-directory", target)
                copied = run("env", "--chdir=/", *copy, "--", str(path), descriptors=[files.descriptor])
            if copied.returncode:
                raise OSError(0, copied.stdout.strip(), str(path))
        _write(folder, "reserve", bytes(_RESERVE))

    def arm(self) -> None:
        """Note that the script is there which brings all back, though there is nothing to bring back yet."""
        with self._opened() as folder:
            for name in (Status.CHANGING, "armed"):
                os.close(folder.open_file(name, os.O_WRONLY | os.O_CREAT))

    def remove(self) -> None:
        """Remove it."""
        with _opened(self.folder.parent) as store:
            store.remove(self.folder.name)

    def stopping(self) -> None:
        """Note that from now on the tunnels may be down."""
        self._rename("armed", "stopping")

    def stopped(self) -> None:
        """Note that wg-quick has them no more."""
        self._rename("stopping", "moving")

    def ask(self) -> None:
        """Note that it waits for someone to confirm it."""
        os.sync()  # all that a later boot finds then
        self._rename(Status.CHANGING, Status.UNCONFIRMED)

    def keep(self, status: Status) -> None:
        """Note that what stands so stays; it stands so no more where another has brought it back."""
        os.sync()  # before it is noted, and the note before the guards go
        self._rename(status, Status.MIGRATED)
        os.sync()

    def take_back(self) -> bool:
        """Take it from those who might still confirm it; give whether one has, and it stays."""
        try:
            self._rename(Status.UNCONFIRMED, Status.CHANGING)
        except FileNotFoundError:
            return self.status is Status.MIGRATED
        return False

    def bring_back(self) -> tuple[int, str]:
        """Run the script that brings all back, as long as it takes and whatever keys are pressed."""
        with self._opened() as folder:
            script = folder.own_file("rollback.sh")
            try:
                command = ("setsid", "--wait", "/bin/sh", f"/proc/self/fd/{script}", "back")
                done = run(*command, limit=None, descriptors=[script])
            finally:
                os.close(script)
        return done.returncode, done.stdout

    def end(self) -> None:
        """Leave what a later way back needs."""
        with self._opened() as folder:
            folder.remove_file("reserve")

    def log(self, done: Done) -> None:
        """Add a step to the log."""
        said = "".join(f"    {line}\n" for line in done.output.splitlines())
        self.log_line(f"{done.step}: {done.command or 'done'}: {done.status}\n{said}".rstrip("\n"))

    def log_line(self, text: str) -> None:
        """Add a line to the log; a log that cannot be written stops nothing."""
        try:
            with self._opened() as folder:
                file = folder.own_file("log", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
            os.write(file, f"{time.strftime('%Y-%m-%dT%H:%M:%S%z')} {text}\n".encode("utf-8", "backslashreplace"))
            os.close(file)
        except OSError:
            pass

    def _opened(self) -> Folder:
        with _opened(self.folder.parent) as store:
            return store.folder(self.folder.name)

    def _rename(self, marker: str, new: str) -> None:
        with self._opened() as folder:
            folder.rename(marker, new)

    def _not_ours(self) -> OSError:
        return OSError(errno.EINVAL, "it is not what a migration writes", str(self.folder / "about.json"))


def _status(store: Folder, name: str) -> Status | None:
    with store.folder(name) as folder:
        return next((status for status in Status if folder.has(status)), None)


def _is_busy_in(store: Folder, name: str) -> bool:
    with store.folder(name) as folder:
        return _is_busy(folder)


def _is_busy(folder: Folder) -> bool:
    with os.fdopen(folder.own_file("lock", os.O_RDWR | os.O_CREAT), "rb") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _write(folder: Folder, name: str, content: bytes) -> None:
    with os.fdopen(folder.make_file(name), "wb") as file:
        file.write(content)


def _difference(item: object) -> Difference:
    """Return a difference that was noted, without lines of the config. Raises ValueError where it is none."""
    match item:
        case {
            "area": str(area),
            "item": str(what),
            "wanted": (str() | None) as wanted,
            "found": (str() | None) as found,
            "path": None,
            "line": None,
        }:
            return Difference(Area(area), what, wanted, found)
    raise ValueError(item)


def _is_interface(name: str) -> bool:
    return re.fullmatch(_INTERFACE, name) is not None
