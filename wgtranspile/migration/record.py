"""What a migration keeps below /var/lib/wgtranspile: the files it replaced, its log, and where it stands.

Where it stands is the name of a marker, an empty file that is renamed: that works on a full disk, too.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import time
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from shutil import rmtree
from typing import IO, TYPE_CHECKING

from wgtranspile.migration.commands import run
from wgtranspile.migration.model import About, Status, Target
from wgtranspile.state import Area, Difference

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wgtranspile.migration.model import Done

STORE = Path("/var/lib/wgtranspile")
#: What a migration that has not come to an end is marked with.
UNDER_WAY = (Status.CHANGING, Status.UNCONFIRMED)
#: So much is kept free for the way back: bytes.
_RESERVE = 2**18


def find(interface: str) -> Path | None:
    """Give the folder of the last migration of an interface, if there was one."""
    return next(_folders([interface]), None)


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    folder = os.open(STORE, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def _folders(interfaces: Iterable[str]) -> Iterator[Path]:
    """Give the folders of migrations of any of these interfaces."""
    for folder in sorted(STORE.iterdir()) if STORE.is_dir() else ():
        if not set(interfaces).isdisjoint(folder.name.split(",")):
            yield folder


class Record:
    """The folder of one migration. Methods raise OSError."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock: IO[str] | None = None

    @property
    def status(self) -> Status | None:
        """Where the migration stands."""
        return next((status for status in Status if (self.folder / status).exists()), None)

    @property
    def about(self) -> About:
        """What was noted when the migration began."""
        noted = json.loads((self.folder / "about.json").read_text("utf-8"))
        differences = {
            name: tuple(Difference(**item | {"area": Area(item["area"])}) for item in items)
            for name, items in noted["differences"].items()
        }
        return About(Target(noted["target"]), differences)

    @property
    def is_busy(self) -> bool:
        """Whether the tool that has begun it is still at it."""
        with (self.folder / "lock").open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
        return False

    def begin(self, about: About, replaced: Iterable[Path]) -> None:
        """Make it anew, with copies of files that are to be replaced; what is past of these interfaces goes.

        It cannot be where another stands, which may have begun and ended since this one asked the host; then nothing is
        left of it.
        """
        STORE.mkdir(0o700, parents=True, exist_ok=True)
        STORE.chmod(0o700)
        with _one_at_a_time():
            for earlier in map(Record, _folders(self.folder.name.split(","))):
                if earlier.status in (*UNDER_WAY, Status.MIGRATED) or earlier.is_busy:
                    raise OSError(errno.EBUSY, "there is another migration", str(earlier.folder))
                earlier.remove()
            self.folder.mkdir(0o700)
            self._lock = (self.folder / "lock").open("w")
            fcntl.flock(self._lock, fcntl.LOCK_EX)
        try:
            self._fill(self._lock, about, replaced)
        except BaseException:
            self.remove()
            raise
        self.log_line("began")

    def _fill(self, lock: IO[str], about: About, replaced: Iterable[Path]) -> None:
        lock.write(str(os.getpid()))
        lock.flush()
        (self.folder / "about.json").write_text(json.dumps(about._asdict(), default=asdict), "utf-8")
        for path in replaced:
            # From the root: for the folders of a path, cp of coreutils 9.1 looks in the current one.
            copy = ("cp", "--archive", "--parents", "--target-directory", str(self._files()))
            copied = run("env", "--chdir=/", *copy, "--", str(path))
            if copied.returncode:
                raise OSError(0, copied.stdout.strip(), str(path))
        with (self.folder / "reserve").open("wb") as reserve:
            reserve.write(bytes(_RESERVE))

    def arm(self) -> None:
        """Note that the script is there which brings all back, though there is nothing to bring back yet."""
        for name in (Status.CHANGING, "armed"):
            (self.folder / name).touch()

    def remove(self) -> None:
        """Remove it."""
        if self.folder.exists():
            rmtree(self.folder)

    def _files(self) -> Path:
        place = self.folder / "files"
        place.mkdir(0o700, exist_ok=True)
        return place

    def stopping(self) -> None:
        """Note that from now on the tunnels may be down."""
        (self.folder / "armed").rename(self.folder / "stopping")

    def stopped(self) -> None:
        """Note that wg-quick has them no more."""
        (self.folder / "stopping").rename(self.folder / "moving")

    def ask(self) -> None:
        """Note that it waits for someone to confirm it."""
        os.sync()  # all that a later boot finds then
        (self.folder / Status.CHANGING).rename(self.folder / Status.UNCONFIRMED)

    def keep(self, status: Status) -> None:
        """Note that what stands so stays; it stands so no more where another has brought it back."""
        os.sync()  # before it is noted, and the note before the guards go
        (self.folder / status).rename(self.folder / Status.MIGRATED)
        os.sync()

    def take_back(self) -> bool:
        """Take it from those who might still confirm it; give whether one has, and it stays."""
        try:
            (self.folder / Status.UNCONFIRMED).rename(self.folder / Status.CHANGING)
        except FileNotFoundError:
            return self.status is Status.MIGRATED
        return False

    def bring_back(self) -> tuple[int, str]:
        """Run the script that brings all back, as long as it takes and whatever keys are pressed."""
        done = run("setsid", "--wait", "/bin/sh", str(self.folder / "rollback.sh"), "back", limit=None)
        return done.returncode, done.stdout

    def end(self) -> None:
        """Leave what a later way back needs."""
        (self.folder / "reserve").unlink(missing_ok=True)

    def log(self, done: Done) -> None:
        """Add a step to the log."""
        said = "".join(f"    {line}\n" for line in done.output.splitlines())
        self.log_line(f"{done.step}: {done.command or 'done'}: {done.status}\n{said}".rstrip("\n"))

    def log_line(self, text: str) -> None:
        """Add a line to the log; a log that cannot be written stops nothing."""
        try:
            file = os.open(self.folder / "log", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            os.write(file, f"{time.strftime('%Y-%m-%dT%H:%M:%S%z')} {text}\n".encode("utf-8", "backslashreplace"))
            os.close(file)
        except OSError:
            pass
