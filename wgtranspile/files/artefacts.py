"""Artefacts to files, one by one: none of them gets its name unless all could be made.

Every file exists with its final mode and owner before it has content. Links below the root are never followed.

A file that is in the way is ours if it says so near its beginning; a key, which has no room for that, if a file of ours
that is written with it names it. One that was made with `--keys external` names keys that are not ours. Every other
file belongs to somebody else.
"""

from __future__ import annotations

import errno
import os
import re
import stat
from contextlib import ExitStack, contextmanager, suppress
from enum import Enum, auto
from functools import cache
from itertools import count
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

from wgtranspile.files.folders import Folder, Folders, OthersError, Trust, open_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from wgtranspile.artefact import Artefact

    #: Gives a folder by its path, None where there is none.
    Find = Callable[[str], Folder | None]
    #: Tells whether what is in the place of an artefact is on record as ours; None where the record cannot tell.
    Record = Callable[[Artefact], bool | None]

# What files of ours say of themselves, and within how many bytes.
_OURS, _BEGINNING = re.compile(rb'Made by wgtranspile|"schema": "wgtranspile/'), 4096
# What those of them say that name keys which others have put there.
_KEYS_OF_OTHERS = b"Made by wgtranspile --keys external"
# Behind what a line of ours, which is no comment, names a key.
_NAMES = re.compile(rb"(?m)^(?!\s*#).*[=\s]([/@]\S+)$")

#: More than that no file of ours has: bytes.
LARGEST = 2**27
#: What ends the name of a file that is not complete yet, as a pattern of a shell; its own name with a dot is before it.
UNFINISHED = "????????????"


class Existing(Enum):
    """What to do with somebody else's file that is in the way."""

    REFUSED = auto()
    COPIED = auto()
    REPLACED = auto()


class CannotWriteError(Exception):
    """A file could not be written, and no other was written either.

    `owner` is whom root would have to trust, and `foreign` says that somebody else's file is in the way, if this is
    the reason.
    """

    def __init__(self, path: PurePosixPath, why: str, owner: str | None = None, *, foreign: bool = False) -> None:
        super().__init__(why)
        self.path = path
        self.why = why
        self.owner = owner
        self.foreign = foreign


class ForeignError(FileExistsError):
    """Somebody else's file is in the way."""

    def __init__(self, folder: Folder, name: str) -> None:
        super().__init__(errno.EEXIST, "it exists and was not created by wgtranspile", f"{folder.path}/{name}")


class FolderError(IsADirectoryError):
    """A folder is in the way, which no file replaces."""

    def __init__(self, folder: Folder, name: str) -> None:
        super().__init__(errno.EISDIR, "it is a folder", f"{folder.path}/{name}")


class _Prepared(NamedTuple):
    folder: Folder
    temporary: str
    name: str
    path: PurePosixPath


def write(
    artefacts: Iterable[Artefact],
    root: Path,
    trust_owner: Iterable[str] = (),
    *,
    existing: Existing = Existing.REFUSED,
) -> None:
    """Write artefacts under `root`, which is created if necessary; set their owners when running as root.

    Root writes only to folders that nobody can change except those in `trust_owner`: USER, USER:GROUP, :GROUP or `*`.
    Raises CannotWriteError if a file cannot be written, before any earlier file is replaced, and LookupError for an
    owner that the machine does not know.
    """
    trust = Trust.of(trust_owner)
    with ExitStack() as stack:
        prepared: list[_Prepared] = []
        foreign: frozenset[PurePosixPath] = frozenset()
        folders: Folders | None = None
        artefacts = list(artefacts)
        for artefact in artefacts:
            with _of(artefact.path, root):
                if folders is None:
                    folders = stack.enter_context(Folders(stack.enter_context(open_path(root, trust, make=True))))
                    foreign = in_the_way(artefacts, folders.at, existing)
                prepared.append(_prepare(artefact, folders, stack))
        # Once more, as it may have taken a while: from here on there are only renames.
        if folders is not None:
            with _of(PurePosixPath(), root):
                foreign = in_the_way(artefacts, folders.at, existing)
        for file in prepared:
            with _of(file.path, root):
                if file.path in foreign:
                    keep_copy(file.folder, file.name, file.folder)
                file.folder.rename(file.temporary, file.name)


def in_the_way(
    artefacts: Sequence[Artefact],
    find: Find,
    existing: Existing,
    record: Record = lambda _: None,
) -> frozenset[PurePosixPath]:
    """Return the artefacts of whose place a copy is to be kept, by their paths.

    Raises FolderError, ForeignError, and OSError.
    """
    for artefact, place in _existing(artefacts, find):
        if stat.S_ISDIR(place.status(artefact.path.name).st_mode):
            raise FolderError(place, artefact.path.name)
    if existing is Existing.REPLACED:
        return frozenset()
    foreign = _foreign(artefacts, find, record)
    for path in foreign if existing is Existing.REFUSED else ():
        folder = find(str(path.parent))
        if folder is not None:
            raise ForeignError(folder, path.name)
    return frozenset(foreign)


def keep_copy(folder: Folder, name: str, other: Folder) -> None:
    """Return a file a second name, in this or another folder, such as `wg0.conf.~1~`, which no program reads."""
    for number in count(1):
        with suppress(FileExistsError):
            folder.share_file(name, other, f"{name}.~{number}~")
            return


def _foreign(artefacts: Sequence[Artefact], find: Find, record: Record) -> list[PurePosixPath]:
    """Return the places of artefacts at which there is a file of somebody else."""
    foreign: list[PurePosixPath] = []
    keys: list[PurePosixPath] = []
    for artefact, folder in _existing(artefacts, find):
        known = record(artefact)
        if known or is_there(artefact, folder):
            continue
        is_file = stat.S_ISREG(folder.status(artefact.path.name).st_mode)
        if is_file and _is_key(artefact) and known is None:
            keys.append(artefact.path)
        elif not _says_ours(folder, artefact.path.name):
            foreign.append(artefact.path)
    if keys:
        named = _named_keys(_existing(artefacts, find))
        foreign += (path for path in keys if named.isdisjoint((os.fsencode(f"/{path}"), os.fsencode(f"@{path.name}"))))
    return foreign


def _named_keys(existing: Iterable[tuple[Artefact, Folder]]) -> set[bytes]:
    """Return how files of ours name the keys that were written with them."""
    ours, of_others = set[bytes](), set[bytes]()
    for artefact, folder in existing:
        if _says_ours(folder, artefact.path.name):
            content = folder.read(artefact.path.name, LARGEST)
            (of_others if _KEYS_OF_OTHERS in content[:_BEGINNING] else ours).update(_NAMES.findall(content))
    return ours - of_others


def _existing(artefacts: Iterable[Artefact], find: Find) -> Iterator[tuple[Artefact, Folder]]:
    """Yield the artefacts at whose places there is something, with the folders it is in."""
    for artefact in artefacts:
        with suppress(OSError):  # of what is in the way of the folder, its making tells
            folder = find(str(artefact.path.parent))
            if folder and folder.has(artefact.path.name):
                yield artefact, folder


def _says_ours(folder: Folder, name: str) -> bool:
    """Whether a file says near its beginning that it is ours."""
    is_file = stat.S_ISREG(folder.status(name).st_mode)
    return is_file and _OURS.search(folder.read(name, _BEGINNING), 0, _BEGINNING) is not None


def _is_key(artefact: Artefact) -> bool:
    """Whether an artefact is a file that has no room to say whose it is."""
    return artefact.secret and artefact.link_to is None and not _OURS.search(encoded(artefact), 0, _BEGINNING)


def make(artefact: Artefact, name: str, folder: Folder) -> None:
    """Make the file of an artefact under a name that nothing has.

    Raises OSError, and LookupError for an owner that the machine does not know; what was begun then stays.
    """
    if artefact.link_to is not None:
        folder.make_link(name, artefact.link_to)
        return
    file = folder.make_file(name)
    try:
        if os.geteuid() == 0:
            os.fchown(file, *owner(artefact))
        os.fchmod(file, artefact.mode)
        rest = encoded(artefact)
        while rest:  # a system that is short of space may take only a part
            rest = rest[os.write(file, rest) :]
    finally:
        os.close(file)


def encoded(artefact: Artefact) -> bytes:
    """Return the bytes of the file, or of what a link points to."""
    return (artefact.content if artefact.link_to is None else artefact.link_to).encode("utf-8", "surrogateescape")


def owner(artefact: Artefact) -> tuple[int, int]:
    """Return the numbers of user and group; raises LookupError where the machine does not know them."""
    return _numbers(artefact.owner, artefact.group)


def is_there(artefact: Artefact, folder: Folder | None, *, in_git: bool = False) -> bool:
    """Whether the file in a folder is the artefact already, with its mode, and for root with its owner.

    Of a file that comes from git only so much is compared as git keeps.
    """
    name = artefact.path.name
    try:
        if folder is None:
            return False
        status = folder.status(name)
        if artefact.link_to is not None:
            return stat.S_ISLNK(status.st_mode) and folder.target(name) == artefact.link_to
        content = encoded(artefact)
        return (
            stat.S_ISREG(status.st_mode)
            and kept_mode(status.st_mode, in_git=in_git) == kept_mode(artefact.mode, in_git=in_git)
            and status.st_size == len(content)
            and (in_git or os.geteuid() != 0 or (status.st_uid, status.st_gid) == owner(artefact))
            and folder.read(name) == content
        )
    except FileNotFoundError:
        return False


def kept_mode(mode: int, *, in_git: bool) -> int:
    """Return the permissions of a mode; git keeps only whether the owner may execute the file."""
    if in_git:
        return 0o755 if mode & stat.S_IXUSR else 0o644
    return stat.S_IMODE(mode)


def folder_mode(artefact: Artefact) -> int:
    """Return the mode of a folder that is made for an artefact: where it is root's secret, it is root's alone, too."""
    return 0o700 if artefact.secret and artefact.group == "root" else 0o755


@cache
def _numbers(user: str, group: str) -> tuple[int, int]:
    from grp import getgrnam  # lazy: only as root
    from pwd import getpwnam

    return getpwnam(user).pw_uid, getgrnam(group).gr_gid


@contextmanager
def _of(path: PurePosixPath, root: Path) -> Iterator[None]:
    """Make errors of the system, as they come for an artefact, CannotWriteErrors."""
    try:
        yield
    except OthersError as error:
        raise CannotWriteError(below(root, error), reason(error), error.owner) from error
    except (FolderError, ForeignError) as error:
        foreign = isinstance(error, ForeignError)
        raise CannotWriteError(below(root, error), reason(error), foreign=foreign) from error
    except (OSError, LookupError) as error:
        raise CannotWriteError(path, reason(error)) from error


def below(root: Path, error: OSError | LookupError) -> PurePosixPath:
    """Return the path of an error below `root`; where it is not below, the whole."""
    path = PurePosixPath(getattr(error, "filename", None) or root)
    return path.relative_to(root) if path.is_relative_to(root) else PurePosixPath(os.path.abspath(path))


def reason(error: OSError | LookupError) -> str:
    """Return the reason why a file could not be created, in words."""
    return getattr(error, "strerror", None) or str(error)


def _prepare(artefact: Artefact, folders: Folders, stack: ExitStack) -> _Prepared:
    """Make the file under a temporary name, which is removed again unless it is renamed in the end."""
    from secrets import token_hex  # lazy: it loads OpenSSL

    name = artefact.path.name
    temporary = f".{name}.{token_hex(len(UNFINISHED) // 2)}"
    folder = folders.make(str(artefact.path.parent), folder_mode(artefact))
    stack.callback(_remove, temporary, folder)
    make(artefact, temporary, folder)
    return _Prepared(folder, temporary, name, artefact.path)


def _remove(name: str, folder: Folder) -> None:
    with suppress(OSError):
        folder.remove_file(name)
