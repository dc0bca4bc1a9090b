"""The files of many hosts below one folder, kept from run to run: those of each host change all at once.

All that is made for a host lies in its folder `etc`. A run makes the new ones in `.wgtranspile/staging/`, in whatever
process, and when all are complete each changes places with the old one, which the kernel does in one step. What else is
in a folder goes along, as the same files by another link; where anything has come or gone in between, the run fails.

`.wgtranspile/manifest` has a line for each host, in the order of their paths: which files are ours, and the digests of
their contents. A `manifest.new` beside it is of a run that did not come to its end: what either names is ours.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import secrets
from contextlib import ExitStack, contextmanager, suppress
from hashlib import sha256
from itertools import chain, islice, zip_longest
from pathlib import PurePosixPath
from typing import IO, TYPE_CHECKING, NamedTuple, Self

from wgtranspile.files import manifest
from wgtranspile.files.artefacts import (
    CannotWriteError,
    Existing,
    ForeignError,
    below,
    encoded,
    folder_mode,
    in_the_way,
    is_there,
    keep_copy,
    make,
    reason,
)
from wgtranspile.files.folders import Folder, Folders, OthersError, Trust, open_path
from wgtranspile.files.manifest import KEY_SIZE, STORE, UNIT
from wgtranspile.interrupts import withheld

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from pathlib import Path

    from wgtranspile.artefact import Artefact
    from wgtranspile.files.manifest import Recorded

    #: Folders of a host by their paths, with their states.
    _Seen = dict[str, list[int] | None]

# What ends the name of a file beside the new folder of a host: how each folder was when it was read.
_SEEN = ".seen"
# Of what is kept, all but the manifest is of this place alone.
_IGNORED = b"/.gitignore\n/key\n/lock\n"


class Staging(NamedTuple):
    """Where the new files of hosts are made: below `root`. With `prune`, files that are made no longer go.

    `existing` is what becomes of files of somebody else. `folder` is the root while it is open, in this process and
    those that are forked from it, and `key` that of digests. With `in_git`, what is there may come from git, and is
    compared only as far as git keeps it.
    """

    root: Path
    prune: bool
    trust: Trust = Trust()
    existing: Existing = Existing.REFUSED
    folder: Folder | None = None
    key: bytes | None = None
    in_git: bool = False

    def prepare(self, host: PurePosixPath, artefacts: Collection[Artefact], recorded: Recorded) -> Recorded:
        """Make the new files of a host, if they differ from what is there, and give those that are ours, with digests.

        Raises CannotWriteError. What is there is only read.
        """
        made = {
            str(artefact.path): [manifest.digest(encoded(artefact), self.key, secret=artefact.secret)]
            for artefact in artefacts
        }
        with _named(self.root), Folders(self.folder) as folders:
            place = _Place(host, folders)
            gone = self._gone(place, made, recorded)
            if self._differs(place, artefacts, gone):
                foreign = self._foreign(place, artefacts, recorded)
                place.refuse_forbidden()
                staging = folders.make(f"{STORE}/staging")
                name = staged(host)
                try:
                    with staging.make_folder(name) as new:
                        _lay(artefacts, new)
                        if old := place.folder(UNIT):
                            seen: _Seen = {}
                            _carry(old, new, UNIT, gone if self.prune else (), seen)
                            _note_seen(staging, name, seen)
                            _keep_copies(foreign, place, new)
                            new.copy_status(old)
                except BaseException:
                    with suppress(OSError):  # then the next run does
                        staging.remove(name)
                        staging.remove_file(f"{name}{_SEEN}")
                    raise
        return made if self.prune else {**gone, **made}

    def difference(self, host: PurePosixPath, artefacts: Collection[Artefact], recorded: Recorded) -> str:
        """Return what `prepare` would change. Raises CannotWriteError."""
        from wgtranspile.files.difference import difference  # lazy: a run that writes needs none

        with _named(self.root), Folders(self.folder) as folders:
            place = _Place(host, folders)
            gone = self._gone(place, {str(artefact.path) for artefact in artefacts}, recorded)
            if not self._differs(place, artefacts, gone):
                return ""
            self._foreign(place, artefacts, recorded)
            return difference(place.folder, host, artefacts, gone if self.prune else (), in_git=self.in_git)

    def _gone(self, place: _Place, made: Collection[str], recorded: Recorded) -> Recorded:
        """Return the files that are made no longer. What others have changed is not ours any more."""
        found = {path: place.digest(path, digests, self.key) for path, digests in recorded.items() if path not in made}
        return {path: [digest] for path, digest in found.items() if digest}

    def _foreign(self, place: _Place, artefacts: Iterable[Artefact], recorded: Recorded) -> frozenset[PurePosixPath]:
        """Return the places at which there is a file of somebody else. Raises ForeignError where that is refused."""

        def record(artefact: Artefact) -> bool | None:
            path = str(artefact.path)
            if place.digest(path, recorded.get(path, ()), self.key) is not None:
                return True
            # What runs of this host have not written is not ours; of what they have, the key of digests may be lost.
            return False if recorded and path not in recorded else None

        return in_the_way([*artefacts], place.folder, self.existing, record) if place.folder(UNIT) else frozenset()

    def _differs(self, place: _Place, artefacts: Collection[Artefact], gone: Recorded) -> bool:
        """Whether anything is to change."""
        if place.folder(UNIT) is None:
            return bool(artefacts)
        there = all(
            is_there(artefact, place.folder(str(artefact.path.parent)), in_git=self.in_git) for artefact in artefacts
        )
        return bool(not there or (self.prune and gone))


class _Place:
    """The folder of a host below the output, and those in it."""

    def __init__(self, host: PurePosixPath, folders: Folders) -> None:
        self._host = str(host)
        self._folders = folders

    def folder(self, path: str) -> Folder | None:
        """Return a folder in it, None where there is none. Raises OSError where something else is in its place."""
        return self._folders.at(path if self._host == "." else f"{self._host}/{path}")

    def digest(self, path: str, digests: Collection[str], key: bytes | None) -> str | None:
        """Return the digest of a file in it if it is one of these."""
        above, _, name = path.rpartition("/")
        try:
            folder = self.folder(above)
        except OSError as error:
            if error.errno in (errno.ELOOP, errno.ENOTDIR):  # where the folder was, something else is
                return None
            raise
        return folder and manifest.found(folder, name, digests, key)

    def refuse_forbidden(self) -> None:
        """Raise OSError where nothing can be made."""
        nearest = self._folders.nearest(self._host)
        if nearest and not nearest.is_writable():
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), nearest.path)


class _Changed(NamedTuple):
    """A host whose files change: whether new ones are prepared, and whether any is ours then."""

    path: PurePosixPath
    prepared: bool
    has_files: bool


class Tree:
    """A folder of hosts while a run changes it, which one run at a time may. All methods raise CannotWriteError."""

    def __init__(self, staging: Staging) -> None:
        self._resources = ExitStack()
        self.staging = staging
        self._store: Folder
        self._folders: Folder
        self._manifest: IO[bytes]
        self._changed: IO[bytes]

    def __enter__(self) -> Self:
        """Begin; what is there of a run that did not come to its end goes."""
        with _named(self.staging.root), ExitStack() as resources:
            root = resources.enter_context(open_path(self.staging.root, self.staging.trust, make=True))
            self._store = store = resources.enter_context(root.make_folder(STORE))
            lock = store.own_file("lock", os.O_RDWR | os.O_CREAT)
            resources.callback(os.close, lock)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise CannotWriteError(PurePosixPath(STORE), "another run is changing this tree") from None
            resources.callback(self._clean)
            self._clean()
            self._keep_record()
            self.staging = self.staging._replace(folder=root, key=_key(store))
            self._folders = resources.enter_context(store.make_folder("staging", 0o700))
            self._manifest = resources.enter_context(_new_file(store, "manifest.next"))
            self._changed = resources.enter_context(_new_file(self._folders, "changed"))
            self._folders.remove_file("changed")  # no one else is to find it
            self._resources = resources.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        """Leave nothing of the run but what it replaced."""
        with withheld(), _named(self.staging.root), self._resources:
            self._clean()
            if self.staging.folder and not any(name.startswith("manifest") for name in self._store.names()):
                self.staging.folder.remove(STORE)
                self._tidy(PurePosixPath())

    def recorded(self) -> Iterator[tuple[PurePosixPath, Recorded]]:
        """Yield what earlier runs have recorded, host by host, in the order of their paths."""
        with _named(self.staging.root):
            yield from manifest.read(self._store)

    def record(self, host: PurePosixPath, files: Recorded) -> None:
        """Note which files of a host are ours, once the run has ended; hosts come in the order of their paths."""
        with _named(self.staging.root):
            if files:
                self._manifest.write(manifest.line(host, files))
            prepared = self._folders.has(staged(host))
            if prepared or not files:
                self._changed.write(f"{json.dumps([str(host), prepared, bool(files)])}\n".encode())

    def replace(self) -> None:
        """Let all that was prepared take its place; when that fails, all that was there takes its place again.

        Once this has begun it is too late for Ctrl-C, which is heard when it is done.
        """
        store = self._store
        with withheld(), _named(self.staging.root):
            self._manifest.flush()
            self._changed.flush()
            if not self._changed.tell() and self._is_recorded():
                return
            store.rename("manifest.next", "manifest.new")
            done = 0
            try:
                for host in self._hosts():
                    self._refuse_change(host)
                    self._exchange(host)
                    done += 1
            except OSError:
                for host in islice(self._hosts(), done):
                    self._exchange(host)
                for host in islice(self._hosts(), done + 1):
                    self._tidy(host.path)
                store.remove_file("manifest.new")
                raise
            for host in self._hosts():
                if not host.has_files:
                    self._tidy(host.path)
            store.rename("manifest.new", "manifest")

    def _clean(self) -> None:
        self._store.remove("manifest.next")
        self._store.remove("key.next")
        self._store.remove("staging")

    def _keep_record(self) -> None:
        """Put into one manifest what is ours after a run that did not come to its end."""
        store = self._store
        if store.has("manifest.new"):
            with _new_file(store, "manifest.next") as lines:
                lines.writelines(manifest.line(host, files) for host, files in manifest.read(store))
            store.rename("manifest.next", "manifest")
            store.remove_file("manifest.new")

    def _is_recorded(self) -> bool:
        """Whether the manifest has all that was noted already."""
        self._manifest.seek(0)
        try:
            before = os.fdopen(self._store.own_file("manifest"), "rb")
        except FileNotFoundError:
            return False
        with before:
            return all(one == other for one, other in zip_longest(_parts(before), _parts(self._manifest)))

    def _hosts(self) -> Iterator[_Changed]:
        self._changed.seek(0)
        for text in self._changed:
            path, prepared, has_files = json.loads(text)
            yield _Changed(PurePosixPath(path), prepared, has_files)

    def _refuse_change(self, host: _Changed) -> None:
        """Raise OSError where something has come into a folder of a host, or left it, since it was read."""
        name = f"{staged(host.path)}{_SEEN}"
        seen: _Seen = json.loads(self._folders.read(name)) if self._folders.has(name) else {}
        with Folders(self.staging.folder) as folders:
            for path in seen or (UNIT,) if host.prepared else ():
                folder = folders.at(path if str(host.path) == "." else f"{host.path}/{path}")
                if _state(folder) != seen.get(path):
                    raise OSError(
                        errno.EBUSY, "it changed during the run: run wgtranspile again", f"{host.path}/{path}"
                    )

    def _exchange(self, host: _Changed) -> None:
        """Let what was prepared for a host change places with what is there; twice is not at all."""
        if not host.prepared:
            return
        new, name = self._folders, staged(host.path)
        with Folders(self.staging.folder) as folders:
            place = folders.make(str(host.path))
            if not new.has(name):
                place.rename(UNIT, name, new)
            elif not place.has(UNIT):
                new.rename(name, UNIT, place)
            else:
                from wgtranspile.files.exchange import exchange  # lazy: not where all is new

                exchange(new, name, place, UNIT)

    def _tidy(self, host: PurePosixPath) -> None:
        """Remove the folder of a host, and those above, where they are empty."""
        root = self.staging.folder
        with suppress(OSError), Folders(root) as folders:
            for folder in chain((host / UNIT, host), host.parents):
                if folder.name:
                    above = folders.at(str(folder.parent))
                    with suppress(FileNotFoundError):
                        if above:
                            above.remove_empty(folder.name)
            if root and not root.names():
                with root.folder("..", sticky=True) as parent:
                    if os.path.samestat(parent.status(self.staging.root.name), root.own_status()):
                        parent.remove_empty(self.staging.root.name)


@contextmanager
def opened(staging: Staging) -> Iterator[Staging]:
    """Yield a staging for comparisons, whose root is open if there is one. Raises CannotWriteError."""
    with ExitStack() as resources:
        with _named(staging.root):
            # Who may change what is only read does not matter.
            trust = Trust(everyone=True)
            with suppress(FileNotFoundError):
                folder = resources.enter_context(open_path(staging.root, trust))
                staging = staging._replace(trust=trust, folder=folder, in_git=_is_in_git(staging.root))
            with Folders(staging.folder) as folders:
                staging = staging._replace(key=manifest.read_key(folders.at(STORE)))
        yield staging


def _is_in_git(root: Path) -> bool:
    """Whether a folder lies in a work tree of git."""
    real = os.path.realpath(root)
    return any(os.path.lexists(folder / ".git") for folder in (PurePosixPath(real), *PurePosixPath(real).parents))


def recorded(staging: Staging) -> Iterator[tuple[PurePosixPath, Recorded]]:
    """Yield what earlier runs have recorded under an open root, in the order of paths. Raises CannotWriteError."""
    with _named(staging.root), Folders(staging.folder) as folders:
        yield from manifest.read(folders.at(STORE))


def staged(host: PurePosixPath) -> str:
    """Return the name of the folder that is to take the place of a host's."""
    return sha256(os.fsencode(host)).hexdigest()[:32]


def _key(store: Folder) -> bytes:
    """Return the key of the digests, which is made where it is missing."""
    if key := manifest.read_key(store):
        return key
    store.remove_file(".gitignore")
    with _new_file(store, ".gitignore") as ignored:
        ignored.write(_IGNORED)
    key = secrets.token_bytes(KEY_SIZE)
    with os.fdopen(store.make_file("key.next"), "wb") as file:
        file.write(key)
    store.rename("key.next", "key")
    return key


def _new_file(folder: Folder, name: str) -> IO[bytes]:
    """Open a new file to be written and read again. Others may read it as far as the umask lets them."""
    return os.fdopen(folder.open_file(name, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o644), "w+b")


def _parts(file: IO[bytes]) -> Iterator[bytes]:
    while part := file.read(2**16):
        yield part


def _lay(artefacts: Iterable[Artefact], new: Folder) -> None:
    """Make artefacts in a new folder."""
    with Folders(new) as folders:
        for artefact in artefacts:
            path = str(artefact.path.parent).removeprefix(UNIT).removeprefix("/")
            make(artefact, artefact.path.name, folders.make(path, folder_mode(artefact)))


def _keep_copies(paths: Iterable[PurePosixPath], place: _Place, new: Folder) -> None:
    """Link files of somebody else into a new folder, under second names beside those that replace them."""
    with Folders(new) as folders:
        for path in paths:
            old = place.folder(str(path.parent))
            replaced = folders.at(str(path.parent).removeprefix(UNIT).removeprefix("/"))
            if old and replaced:
                keep_copy(old, path.name, replaced)


def _state(folder: Folder | None) -> list[int] | None:
    """Return what changes when anything comes into a folder or leaves it."""
    if folder is None:
        return None
    status = folder.own_status()
    return [status.st_ino, status.st_mtime_ns]


def _note_seen(staging: Folder, name: str, seen: _Seen) -> None:
    with _new_file(staging, f"{name}{_SEEN}") as file:
        file.write(json.dumps(seen).encode())


def _carry(old: Folder, new: Folder, path: str, without: Collection[str], seen: _Seen) -> bool:
    """Link all that only the old folder has into the new one, but for some; folders that stay keep modes and owners.

    Give whether anything was left out; `seen` gets the state of each folder before it was read.
    """
    seen[path] = _state(old)
    left_out = False
    there = {*new.names()}
    for name, is_folder in old.entries():
        inner = f"{path}/{name}"
        if is_folder:
            with old.folder(name) as old_folder, new.make_folder(name) as new_folder:
                if _carry(old_folder, new_folder, inner, without, seen) and not new_folder.names():
                    new.remove_empty(name)
                    left_out = True
                else:
                    new_folder.copy_status(old_folder)
        elif inner in without:
            left_out = True
        elif name not in there:
            old.share_file(name, new)
    return left_out


@contextmanager
def _named(root: Path) -> Iterator[None]:
    """Make errors of the system CannotWriteErrors, which name the file below `root`."""
    try:
        yield
    except (OSError, LookupError) as error:
        owner = error.owner if isinstance(error, OthersError) else None
        foreign = isinstance(error, ForeignError)
        raise CannotWriteError(below(root, error), reason(error), owner, foreign=foreign) from error
