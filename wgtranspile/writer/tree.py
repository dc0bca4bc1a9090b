"""The files of many hosts below one folder, kept from run to run: those of each host change all at once.

All that is made for a host lies in its folder `etc`. A run makes the new ones in `.wgtranspile/staging/`, in whatever
process, and when all are complete each changes places with the old one, which the kernel does in one step. What else is
in a folder goes along, as the same files by another link.

`.wgtranspile/manifest` has a line for each host, in the order of their paths: which files are ours, and the digests of
their contents. A `manifest.new` beside it is of a run that did not come to its end: what either names is ours.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import shutil
from contextlib import ExitStack, contextmanager, suppress
from hashlib import sha256
from heapq import merge
from itertools import groupby, islice
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING, NamedTuple, Self

from wgtranspile.writer.files import CannotWriteError, encoded, folder_mode, is_there, make, reason

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from wgtranspile.artefact import Artefact

    #: The files of a host that are ours, by their paths below its folder, with the digests that they may have.
    Recorded = Mapping[str, Collection[str]]

_STORE, _UNIT = ".wgtranspile", "etc"
_NOT_OURS = "it is there already, and is not of an earlier run"


class Staging(NamedTuple):
    """Where the new files of hosts are made: below `root`. With `prune`, files that are made no longer go."""

    root: Path
    prune: bool

    def folder(self, host: PurePosixPath) -> Path:
        """Give the folder that is to take the place of a host's."""
        return self.root / _STORE / "staging" / sha256(os.fsencode(host)).hexdigest()[:32]

    def prepare(self, host: PurePosixPath, artefacts: Collection[Artefact], recorded: Recorded) -> dict[str, str]:
        """Make the new files of a host, if they differ from what is there, and give those that are ours, with digests.

        Raises CannotWriteError. What is there is only read.
        """
        place = self.root / host
        made = {str(artefact.path): sha256(encoded(artefact)).hexdigest() for artefact in artefacts}
        with _named(self.root):
            gone = self.gone(host, made, recorded)
            if (self.prune and gone) or not all(is_there(artefact, place) for artefact in artefacts):
                _refuse_place(self.root, place)
                _refuse_others(artefacts, place, recorded)
                new = self.folder(host)
                _lay(artefacts, new)
                _carry(place / _UNIT, new, without=gone if self.prune else ())
        return made if self.prune else {**gone, **made}

    def difference(self, host: PurePosixPath, artefacts: Collection[Artefact], recorded: Recorded) -> str:
        """Give what `prepare` would change. Raises CannotWriteError."""
        from wgtranspile.writer.difference import difference  # lazy: a run that writes needs none

        with _named(self.root):
            gone = self.gone(host, {str(artefact.path) for artefact in artefacts}, recorded) if self.prune else ()
            return difference(self.root, host, artefacts, gone)

    def gone(self, host: PurePosixPath, made: Collection[str], recorded: Recorded) -> dict[str, str]:
        """Give the files that are made no longer, with their digests. What others have changed is not ours any more."""
        found = ((path, _digest(self.root / host / path)) for path in recorded if path not in made)
        return {path: digest for path, digest in found if digest and digest in recorded[path]}


class Tree:
    """A folder of hosts while a run changes it, which one run at a time may. All methods raise CannotWriteError."""

    def __init__(self, staging: Staging) -> None:
        self._staging = staging
        self._store = staging.root / _STORE
        self._resources = ExitStack()
        self._lines: IO[str]

    def __enter__(self) -> Self:
        """Begin; what is there of a run that did not come to its end goes."""
        with _named(self._staging.root):
            self._store.mkdir(parents=True, exist_ok=True)
            lock = self._resources.enter_context((self._store / "lock").open("w"))
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise CannotWriteError(PurePosixPath(_STORE), "another run is changing this tree") from None
            _remove(self._store / "staging")
            (self._store / "staging").mkdir(0o700)
            self._lines = self._resources.enter_context((self._store / "manifest.next").open("w"))
        return self

    def __exit__(self, *_: object) -> None:
        """Leave nothing of the run but what it replaced."""
        with self._resources:
            (self._store / "manifest.next").unlink(missing_ok=True)
            _remove(self._store / "staging")
            if not any(self._store.glob("manifest*")):
                _remove(self._store)
                self._tidy(PurePosixPath())

    def record(self, host: PurePosixPath, files: Mapping[str, str]) -> None:
        """Note which files of a host are ours, once the run has ended; hosts come in the order of their paths."""
        with _named(self._staging.root):
            self._lines.write(f"{json.dumps({'host': str(host), 'files': files})}\n")

    def replace(self) -> None:
        """Let all that was prepared take its place; when that fails, all that was there takes its place again."""
        new = self._store / "manifest.new"
        with _named(self._staging.root):
            self._lines.close()
            (self._store / "manifest.next").replace(new)
            done = 0
            try:
                for host, _ in _read(new):
                    done += 1
                    self._exchange(host)
            except BaseException:
                for host, _ in islice(_read(new), done):
                    with suppress(OSError):
                        self._exchange(host)
                    self._tidy(host)
                raise
            new.replace(self._store / "manifest")
            for host, files in _read(self._store / "manifest"):
                if not files:
                    self._tidy(host)

    def _exchange(self, host: PurePosixPath) -> None:
        from wgtranspile.writer.exchange import exchange  # lazy: only where something changes

        new = self._staging.folder(host)
        if new.exists():
            old = self._staging.root / host / _UNIT
            old.mkdir(parents=True, exist_ok=True)
            exchange(new, old)

    def _tidy(self, host: PurePosixPath) -> None:
        """Remove the folder of a host, and those above, where they are empty."""
        with suppress(OSError):
            for folder in (host / _UNIT, host, *host.parents):
                with suppress(FileNotFoundError):
                    (self._staging.root / folder).rmdir()


def recorded(root: Path) -> Iterator[tuple[PurePosixPath, Recorded]]:
    """Give what earlier runs have recorded, host by host, in the order of their paths."""
    manifests = [_read(root / _STORE / name) for name in ("manifest", "manifest.new")]
    for host, found in groupby(merge(*manifests, key=_order), key=lambda line: line[0]):
        digests: dict[str, set[str]] = {}
        for _, files in found:
            for path, digest in files.items():
                digests.setdefault(path, set()).add(digest)
        if digests:
            yield host, digests


def _read(manifest: Path) -> Iterator[tuple[PurePosixPath, dict[str, str]]]:
    with suppress(FileNotFoundError), manifest.open() as lines:
        for line in lines:
            entry = json.loads(line)
            yield PurePosixPath(entry["host"]), entry["files"]


def _order(line: tuple[PurePosixPath, object]) -> tuple[str, ...]:
    return line[0].parts


def _lay(artefacts: Iterable[Artefact], new: Path) -> None:
    """Make artefacts in a new folder."""
    new.mkdir()
    folders = {""}
    for artefact in artefacts:
        path = str(artefact.path.relative_to(_UNIT))
        folder, _, _ = path.rpartition("/")
        if folder not in folders:
            (new / folder).parent.mkdir(parents=True, exist_ok=True)
            (new / folder).mkdir(folder_mode(artefact), exist_ok=True)
            folders.add(folder)
        make(artefact, f"{new}/{path}")


def _carry(old: Path, new: Path, without: Collection[str]) -> None:
    """Link all that only the old folder has into the new one, but for some; folders that stay keep modes and owners."""
    there_already = [(Path(folder), new / os.path.relpath(folder, old)) for folder, _, _ in os.walk(old)]
    for folder, counterpart in there_already:
        counterpart.mkdir(exist_ok=True)
        for entry in os.scandir(folder):
            path = f"{_UNIT}/{os.path.relpath(entry.path, old)}"
            if path in without or entry.is_dir(follow_symlinks=False) or os.path.lexists(counterpart / entry.name):
                continue
            os.link(entry.path, counterpart / entry.name, follow_symlinks=False)
    emptied = {old / Path(path).relative_to(_UNIT).parent for path in without}
    for folder, counterpart in reversed(there_already):
        if folder in emptied and counterpart != new and not any(counterpart.iterdir()):
            counterpart.rmdir()
            emptied.add(folder.parent)
        else:
            shutil.copystat(folder, counterpart)
            if os.geteuid() == 0:
                owner = folder.stat()
                os.chown(counterpart, owner.st_uid, owner.st_gid)


def _refuse_place(root: Path, place: Path) -> None:
    """Raise OSError where a link leads elsewhere, or nothing can be made."""
    unit = place / _UNIT
    if unit.resolve() != root.resolve() / unit.relative_to(root):
        raise OSError(errno.ELOOP, "a link leads elsewhere", str(unit))
    nearest = next(folder for folder in (place, *place.parents) if folder.exists())
    if not os.access(nearest, os.W_OK | os.X_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(nearest))


def _refuse_others(artefacts: Iterable[Artefact], place: Path, recorded: Recorded) -> None:
    """Raise OSError where a file is in the place of an artefact that no run of ours has made."""
    for artefact in artefacts:
        path = place / artefact.path
        if str(artefact.path) not in recorded and os.path.lexists(path) and not is_there(artefact, place):
            raise FileExistsError(errno.EEXIST, _NOT_OURS, str(path))


def _digest(path: Path) -> str | None:
    """Give the digest of a file, or of what a link points to; none where neither is."""
    try:
        content = os.fsencode(path.readlink()) if path.is_symlink() else path.read_bytes()
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return None
    return sha256(content).hexdigest()


def _remove(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)


@contextmanager
def _named(root: Path) -> Iterator[None]:
    """Make errors of the system CannotWriteErrors, which name the file below `root`."""
    try:
        yield
    except (OSError, LookupError) as error:
        path = getattr(error, "filename", None) or root
        raise CannotWriteError(PurePosixPath(os.path.relpath(path, root)), reason(error)) from error
