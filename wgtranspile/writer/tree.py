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
import filecmp
import json
import os
import shutil
import signal
import stat
from contextlib import ExitStack, contextmanager, suppress
from hashlib import sha256
from heapq import merge
from itertools import chain, groupby, islice
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING, NamedTuple, Self

from wgtranspile.writer.files import CannotWriteError, encoded, folder_mode, is_there, make, reason

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from wgtranspile.artefact import Artefact

    #: The files of a host that are ours, by their paths below its folder, with the digests that they may have.
    Recorded = Mapping[str, Sequence[str]]

_STORE, _UNIT = ".wgtranspile", "etc"
_NOT_OURS = "it is there already, and is not of an earlier run"


class Staging(NamedTuple):
    """Where the new files of hosts are made: below `root`. With `prune`, files that are made no longer go."""

    root: Path
    prune: bool

    def folder(self, host: PurePosixPath) -> Path:
        """Give the folder that is to take the place of a host's."""
        return self.root / _STORE / "staging" / sha256(os.fsencode(host)).hexdigest()[:32]

    def prepare(self, host: PurePosixPath, artefacts: Collection[Artefact], recorded: Recorded) -> Recorded:
        """Make the new files of a host, if they differ from what is there, and give those that are ours, with digests.

        Raises CannotWriteError. What is there is only read.
        """
        made = {str(artefact.path): [sha256(encoded(artefact)).hexdigest()] for artefact in artefacts}
        with _named(self.root):
            gone = self._gone(host, made, recorded)
            if self._differs(host, artefacts, gone, recorded):
                _refuse_forbidden(self.root / host)
                new = self.folder(host)
                try:
                    _lay(artefacts, new)
                    _carry(self.root / host / _UNIT, new, without=gone if self.prune else ())
                except BaseException:
                    _remove(new)
                    raise
        return made if self.prune else {**gone, **made}

    def difference(self, host: PurePosixPath, artefacts: Collection[Artefact], recorded: Recorded) -> str:
        """Give what `prepare` would change. Raises CannotWriteError."""
        from wgtranspile.writer.difference import difference  # lazy: a run that writes needs none

        with _named(self.root):
            gone = self._gone(host, {str(artefact.path) for artefact in artefacts}, recorded)
            if not self._differs(host, artefacts, gone, recorded):
                return ""
            return difference(self.root, host, artefacts, gone if self.prune else ())

    def _gone(self, host: PurePosixPath, made: Collection[str], recorded: Recorded) -> Recorded:
        """Give the files that are made no longer. What others have changed is not ours any more."""
        return {
            path: digests
            for path, digests in recorded.items()
            if path not in made and _digest(self.root / host / path) in digests
        }

    def _differs(
        self, host: PurePosixPath, artefacts: Collection[Artefact], gone: Recorded, recorded: Recorded
    ) -> bool:
        """Whether anything is to change. Raises OSError where what others have made is in the way."""
        place = self.root / host
        _refuse_links(self.root, [f"{host}/{_UNIT}"])
        if not os.path.exists(f"{place}/{_UNIT}"):
            return bool(artefacts)
        _refuse_links(self.root, [f"{host}/{os.path.dirname(artefact.path)}" for artefact in artefacts])
        missing = [artefact for artefact in artefacts if not is_there(artefact, place)]
        for artefact in missing:
            path = f"{place}/{artefact.path}"
            if str(artefact.path) not in recorded and os.path.lexists(path):
                raise FileExistsError(errno.EEXIST, _NOT_OURS, path)
        return bool(missing or (self.prune and gone))


class _Changed(NamedTuple):
    """A host whose files change: whether new ones are prepared, and whether any is ours then."""

    path: PurePosixPath
    prepared: bool
    has_files: bool


class Tree:
    """A folder of hosts while a run changes it, which one run at a time may. All methods raise CannotWriteError."""

    def __init__(self, staging: Staging) -> None:
        self._staging = staging
        self._store = staging.root / _STORE
        self._resources = ExitStack()
        self._manifest: IO[str]
        self._changed: IO[str]

    def __enter__(self) -> Self:
        """Begin; what is there of a run that did not come to its end goes."""
        with _named(self._staging.root), ExitStack() as resources:
            self._store.mkdir(0o755, parents=True, exist_ok=True)
            lock = resources.enter_context((self._store / "lock").open("a"))
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise CannotWriteError(PurePosixPath(_STORE), "another run is changing this tree") from None
            resources.callback(self._clean)
            self._clean()
            self._keep_record()
            (self._store / "staging").mkdir(0o700)
            self._manifest = resources.enter_context((self._store / "manifest.next").open("w"))
            self._changed = resources.enter_context((self._store / "staging/changed").open("w"))
            self._resources = resources.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        """Leave nothing of the run but what it replaced."""
        _ignore_interrupts()
        with _named(self._staging.root):
            self._resources.close()
            if not any(self._store.glob("manifest*")):
                _remove(self._store)
                self._tidy(PurePosixPath())

    def record(self, host: PurePosixPath, files: Recorded) -> None:
        """Note which files of a host are ours, once the run has ended; hosts come in the order of their paths."""
        with _named(self._staging.root):
            if files:
                self._manifest.write(_line(host, files))
            prepared = self._staging.folder(host).exists()
            if prepared or not files:
                self._changed.write(f"{json.dumps([str(host), prepared, bool(files)])}\n")

    def replace(self) -> None:
        """Let all that was prepared take its place; when that fails, all that was there takes its place again.

        Once this has begun it is too late for Ctrl-C.
        """
        _ignore_interrupts()
        manifest, new, following = (self._store / f"manifest{suffix}" for suffix in ("", ".new", ".next"))
        with _named(self._staging.root):
            self._manifest.close()
            self._changed.close()
            hosts = Path(self._changed.name)
            if not hosts.stat().st_size and manifest.exists() and filecmp.cmp(manifest, following, shallow=False):
                return
            following.replace(new)
            done = 0
            try:
                for host in _changed(hosts):
                    self._exchange(host)
                    done += 1
            except OSError:
                for host in islice(_changed(hosts), done):
                    self._exchange(host)
                for host in islice(_changed(hosts), done + 1):
                    self._tidy(host.path)
                new.unlink()
                raise
            for host in _changed(hosts):
                if not host.has_files:
                    self._tidy(host.path)
            new.replace(manifest)

    def _clean(self) -> None:
        (self._store / "manifest.next").unlink(missing_ok=True)
        _remove(self._store / "staging")

    def _keep_record(self) -> None:
        """Put into one manifest what is ours after a run that did not come to its end."""
        new, following = self._store / "manifest.new", self._store / "manifest.next"
        if new.exists():
            with following.open("w") as lines:
                lines.writelines(_line(host, files) for host, files in recorded(self._staging.root))
            following.replace(self._store / "manifest")
            new.unlink()

    def _exchange(self, host: _Changed) -> None:
        """Let what was prepared for a host change places with what is there; twice is not at all."""
        if not host.prepared:
            return
        new, old = self._staging.folder(host.path), self._staging.root / host.path / _UNIT
        if not new.exists():
            old.rename(new)
        elif not old.exists():
            _make_folders(str(old.parent))
            new.rename(old)
        else:
            from wgtranspile.writer.exchange import exchange  # lazy: not where all is new

            exchange(new, old)

    def _tidy(self, host: PurePosixPath) -> None:
        """Remove the folder of a host, and those above, where they are empty."""
        with suppress(OSError):
            for folder in chain((host / _UNIT, host), host.parents):
                with suppress(FileNotFoundError):
                    (self._staging.root / folder).rmdir()


def recorded(root: Path) -> Iterator[tuple[PurePosixPath, Recorded]]:
    """Give what earlier runs have recorded, host by host, in the order of their paths. Raises CannotWriteError."""
    manifests = [_read(root, name) for name in ("manifest", "manifest.new")]
    for host, found in groupby(merge(*manifests, key=_order), key=lambda line: line[0]):
        digests: dict[str, set[str]] = {}
        for _, files in found:
            for path, some in files.items():
                digests.setdefault(path, set()).update(some)
        yield host, {path: sorted(some) for path, some in digests.items()}


def _read(root: Path, name: str) -> Iterator[tuple[PurePosixPath, Recorded]]:
    manifest = root / _STORE / name
    with _named(root), suppress(FileNotFoundError), manifest.open() as lines:
        for line in lines:
            try:
                entry = json.loads(line)
                host, files = PurePosixPath(entry["host"]), entry["files"]
            except (ValueError, LookupError, TypeError):
                raise OSError(errno.EINVAL, "it is not as a run leaves it", str(manifest)) from None
            yield host, files


def _line(host: PurePosixPath, files: Recorded) -> str:
    return f"{json.dumps({'host': str(host), 'files': files})}\n"


def _changed(hosts: Path) -> Iterator[_Changed]:
    with hosts.open() as lines:
        for line in lines:
            path, prepared, has_files = json.loads(line)
            yield _Changed(PurePosixPath(path), prepared, has_files)


def _order(line: tuple[PurePosixPath, object]) -> tuple[str, ...]:
    return line[0].parts


def _lay(artefacts: Iterable[Artefact], new: Path) -> None:
    """Make artefacts in a new folder."""
    new.mkdir(0o755)
    folders = {str(new)}
    for artefact in artefacts:
        place = f"{new}{str(artefact.path).removeprefix(_UNIT)}"
        folder = os.path.dirname(place)
        if folder not in folders:
            _make_folders(folder, folder_mode(artefact))
            folders.add(folder)
        make(artefact, place)


def _make_folders(folder: str, mode: int = 0o755) -> None:
    """Make a folder, and those above it, where they are missing."""
    try:
        os.mkdir(folder, mode)
    except FileNotFoundError:
        _make_folders(os.path.dirname(folder))
        os.mkdir(folder, mode)
    except FileExistsError:
        if not os.path.isdir(folder):
            raise


def _carry(old: Path, new: Path, without: Collection[str]) -> None:
    """Link all that only the old folder has into the new one, but for some; folders that stay keep modes and owners."""
    there_already = [(Path(folder), new / os.path.relpath(folder, old)) for folder, _, _ in _walk(old)]
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


def _walk(folder: Path) -> Iterator[tuple[str, list[str], list[str]]]:
    """Give what os.walk does, but raise OSError for what cannot be read."""

    def fail(error: OSError) -> None:
        raise error

    return os.walk(folder, onerror=fail) if folder.exists() else iter(())


def _refuse_links(root: Path, folders: Iterable[str]) -> None:
    """Raise OSError where one of the folders below `root`, or one above it, is a link or a file."""
    seen: set[str] = set()
    for folder in folders:
        place = str(root)
        for name in folder.split("/"):
            place = f"{place}/{name}"
            if place in seen:
                continue
            seen.add(place)
            try:
                mode = os.lstat(place).st_mode
            except FileNotFoundError:
                break
            if stat.S_ISLNK(mode):
                raise OSError(errno.ELOOP, "a link leads elsewhere", place)
            if not stat.S_ISDIR(mode):
                raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), place)


def _refuse_forbidden(place: Path) -> None:
    """Raise OSError where nothing can be made."""
    nearest = str(place)
    while not os.path.exists(nearest):
        nearest = os.path.dirname(nearest) or "."
    if not os.access(nearest, os.W_OK | os.X_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), nearest)


def _digest(path: Path) -> str | None:
    """Give the digest of a file, or of what a link points to; none where neither is."""
    if path.is_symlink():
        return sha256(os.fsencode(path.readlink())).hexdigest()
    return sha256(path.read_bytes()).hexdigest() if path.is_file() else None


def _remove(folder: Path) -> None:
    """Remove a folder, whatever the modes of those in it, which may be those of others' folders in the tree."""
    if folder.exists():
        for above, names, _ in os.walk(folder):
            for inner in (Path(above, name) for name in names):
                if not inner.is_symlink():
                    inner.chmod(0o700)
        shutil.rmtree(folder)


def _ignore_interrupts() -> None:
    """Let Ctrl-C not be heard any more: the process ends soon."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})


@contextmanager
def _named(root: Path) -> Iterator[None]:
    """Make errors of the system CannotWriteErrors, which name the file below `root`."""
    try:
        yield
    except (OSError, LookupError) as error:
        path = getattr(error, "filename", None) or root
        raise CannotWriteError(PurePosixPath(os.path.relpath(path, root)), reason(error)) from error
