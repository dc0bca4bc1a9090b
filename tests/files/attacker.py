"""Someone who acts between any two system calls of the writer, and what must not change of what is theirs not.

The modules that work on the disk get another `os`: the attacker may act before each of its calls that reach the kernel.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import stat
import types
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from tests.fleet.fleet import NOBODY_ID

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pytest

#: No run takes longer; one that does waits for ever: seconds.
LIMIT = 20
# What asks the kernel nothing.
_PURE = {"fsencode", "fsdecode", "fspath", "strerror", "geteuid"}
_MODULES = ("files.folders", "files.artefacts", "files.manifest", "files.tree", "migration.record")


class Calls:
    """The calls so far; before number `at` the deed is done."""

    def __init__(self) -> None:
        self.number = 0
        self.at = 0
        self.deed: Callable[[], None] = _nothing

    def before(self) -> None:
        """Count a call, and let the attacker act if it is the one."""
        self.number += 1
        if self.number == self.at:
            self.deed()

    def begin(self, at: int, deed: Callable[[], None]) -> None:
        """Count anew."""
        self.number, self.at, self.deed = 0, at, deed


class _Watched(types.ModuleType):
    """A module whose functions are counted."""

    def __init__(self, module: types.ModuleType, calls: Calls) -> None:
        super().__init__(module.__name__)
        self.__dict__["_module"] = module
        self.__dict__["_calls"] = calls

    def __getattr__(self, name: str) -> object:
        value = getattr(self.__dict__["_module"], name)
        if name in _PURE or isinstance(value, type) or not callable(value):
            return value
        calls: Calls = self.__dict__["_calls"]

        def counted(*arguments: object, **options: object) -> object:
            calls.before()
            return value(*arguments, **options)

        return counted


def watch(monkeypatch: pytest.MonkeyPatch) -> Calls:
    """Count the calls of all modules that work on the disk."""
    calls = Calls()
    for module in _MODULES:
        monkeypatch.setattr(f"wgtranspile.{module}.os", _Watched(os, calls))
    from wgtranspile.files import exchange, tree

    monkeypatch.setattr(tree, "fcntl", _Watched(fcntl, calls))
    monkeypatch.setattr(tree, "_ignore_interrupts", _nothing)
    original = exchange.renameat2

    def renameat2(*arguments: object) -> int:
        calls.before()
        return original(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(exchange, "renameat2", renameat2)
    return calls


def _nothing(*_: object) -> None:
    pass


# --- what an attacker does in the place of a file or folder, given one outside that looks like it ---


def link(place: Path, victim: Path, aside: Path) -> None:
    _away(place, aside)
    place.symlink_to(victim)


def link_to_device(place: Path, victim: Path, aside: Path) -> None:  # noqa: ARG001  as the others
    _away(place, aside)
    place.symlink_to("/dev/zero")


def pipe(place: Path, victim: Path, aside: Path) -> None:  # noqa: ARG001
    _away(place, aside)
    os.mkfifo(place)


def other_folder(place: Path, victim: Path, aside: Path) -> None:
    _away(place, aside)
    if victim.is_dir():
        shutil.copytree(victim, place, symlinks=True)
    else:
        place.mkdir()
        (place / "file").write_text("of the attacker\n")


def other_file(place: Path, victim: Path, aside: Path) -> None:  # noqa: ARG001
    _away(place, aside)
    place.write_text('{"host": "../victim", "files": {"etc/x": []}}\n')


def hard_link(place: Path, victim: Path, aside: Path) -> None:
    """Put a file of others there by another link, as one may who owns it, or where the kernel lets anyone."""
    _away(place, aside)
    if victim.is_file():
        os.link(victim, place)


def removal(place: Path, victim: Path, aside: Path) -> None:  # noqa: ARG001
    shutil.rmtree(place) if place.is_dir() and not place.is_symlink() else place.unlink(missing_ok=True)


def renaming(place: Path, victim: Path, aside: Path) -> None:  # noqa: ARG001
    _away(place, aside)


SWAPS = (link, link_to_device, pipe, other_folder, other_file, hard_link, removal, renaming)


def of_nobody(swap: Callable[[Path, Path, Path], None]) -> Callable[[Path, Path, Path], None]:
    """Give a swap that another user does, to whom what they make belongs."""

    def swapped(place: Path, victim: Path, aside: Path) -> None:
        swap(place, victim, aside)
        with suppress(FileNotFoundError):
            os.chown(place, NOBODY_ID, NOBODY_ID, follow_symlinks=False)
        if place.is_dir() and not place.is_symlink():
            for path in place.rglob("*"):
                os.chown(path, NOBODY_ID, NOBODY_ID, follow_symlinks=False)

    return swapped


def _away(place: Path, aside: Path) -> None:
    """Rename what is there out of the tree, if anything is."""
    if os.path.lexists(place):
        place.rename(aside)


# --- what must hold ---


def seen(root: Path, *, linked: bool = False) -> dict[str, tuple[object, ...]]:
    """Give all that any change of a folder would change: of each file in it all but the time of the last access.

    Of what is `linked` from elsewhere it is no change that a link goes, by which the time of the last change does.
    """
    found: dict[str, tuple[object, ...]] = {}
    for path in [root, *root.rglob("*")]:
        status = path.lstat()
        content = path.read_bytes() if stat.S_ISREG(status.st_mode) else None
        target = str(path.readlink()) if stat.S_ISLNK(status.st_mode) else None
        found[str(path)] = (
            *(status.st_mode, status.st_uid, status.st_gid, status.st_ino, status.st_mtime_ns),
            *(content, target, linked or status.st_ctime_ns),
        )
    return found


@contextmanager
def limited() -> Iterator[None]:
    """Let a run that waits for ever fail."""

    def fail(*_: object) -> None:
        raise AssertionError("it waits for ever")

    before = signal.signal(signal.SIGALRM, fail)
    signal.alarm(LIMIT)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def descriptors() -> int:
    """Give how many files are open."""
    return sum(1 for _ in Path("/proc/self/fd").iterdir())
