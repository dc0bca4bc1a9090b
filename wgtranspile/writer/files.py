"""Artefacts to files, one by one: none of them gets its name unless all could be made.

Every file exists with its final mode and owner before it has content. Links below the root are never followed.
"""

from __future__ import annotations

import errno
import os
import secrets
import stat
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import PurePosixPath

    from wgtranspile.artefact import Artefact


#: What ends the name of a file that is not complete yet, as a pattern of a shell; its own name with a dot is before it.
UNFINISHED = "????????????"


class CannotWriteError(Exception):
    """A file could not be written; none was."""

    def __init__(self, path: PurePosixPath, why: str) -> None:
        super().__init__(why)
        self.path = path
        self.why = why


@dataclass(frozen=True, slots=True)
class _Prepared:
    folder: int
    temporary: str
    name: str
    path: PurePosixPath


def write(artefacts: Iterable[Artefact], root: Path) -> None:
    """Write artefacts below `root`, which is made if need be; owners are set when running as root.

    Raises CannotWriteError when one cannot be written, before any earlier file has been replaced.
    """
    with ExitStack() as stack:
        prepared = [_prepare(artefact, root, stack) for artefact in artefacts]
        for file in prepared:
            try:
                os.rename(file.temporary, file.name, src_dir_fd=file.folder, dst_dir_fd=file.folder)
            except OSError as error:
                raise CannotWriteError(file.path, reason(error)) from error


def make(artefact: Artefact, place: str, folder: int | None = None) -> None:
    """Make the file of an artefact at a place where nothing is, a path or a name in an open folder.

    Raises OSError, and LookupError for an owner that the machine does not know; what was begun then stays.
    """
    if artefact.link_to is not None:
        os.symlink(artefact.link_to, place, dir_fd=folder)
        return
    file = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600, dir_fd=folder)
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
    """Give the bytes of the file, or of what a link points to."""
    return (artefact.content if artefact.link_to is None else artefact.link_to).encode("utf-8", "surrogateescape")


def owner(artefact: Artefact) -> tuple[int, int]:
    """Give the numbers of user and group; raises LookupError where the machine does not know them."""
    return _numbers(artefact.owner, artefact.group)


def is_there(artefact: Artefact, root: Path) -> bool:
    """Whether the file below `root` is the artefact already, with its mode, and for root with its owner."""
    path = f"{root}/{artefact.path}"
    try:
        status = os.lstat(path)
        if artefact.link_to is not None:
            return stat.S_ISLNK(status.st_mode) and os.readlink(path) == artefact.link_to
        return (
            stat.S_ISREG(status.st_mode)
            and stat.S_IMODE(status.st_mode) == artefact.mode
            and (os.geteuid() != 0 or (status.st_uid, status.st_gid) == owner(artefact))
            and Path(path).read_bytes() == encoded(artefact)
        )
    except (FileNotFoundError, NotADirectoryError):
        return False


def folder_mode(artefact: Artefact) -> int:
    """Give the mode of a folder that is made for an artefact: where it is root's secret, it is root's alone, too."""
    return 0o700 if artefact.secret and artefact.group == "root" else 0o755


@cache
def _numbers(user: str, group: str) -> tuple[int, int]:
    from grp import getgrnam  # lazy: only as root
    from pwd import getpwnam

    return getpwnam(user).pw_uid, getgrnam(group).gr_gid


def _prepare(artefact: Artefact, root: Path, stack: ExitStack) -> _Prepared:
    """Make the file under a temporary name, which is removed again unless it is renamed in the end."""
    temporary = f".{artefact.path.name}.{secrets.token_hex(len(UNFINISHED) // 2)}"
    try:
        folder = _open_folder(artefact, root, stack)
        stack.callback(_remove, temporary, folder)
        make(artefact, temporary, folder)
        _refuse_folder(artefact.path.name, folder)
    except (OSError, LookupError) as error:
        raise CannotWriteError(artefact.path, reason(error)) from error
    return _Prepared(folder, temporary, artefact.path.name, artefact.path)


def reason(error: OSError | LookupError) -> str:
    """Give in words why a file could not be made."""
    return getattr(error, "strerror", None) or str(error)


def _refuse_folder(name: str, folder: int) -> None:
    """Raise OSError where a folder stands in the way of a file: no rename could replace it."""
    with suppress(FileNotFoundError):
        if stat.S_ISDIR(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))


def _open_folder(artefact: Artefact, root: Path, stack: ExitStack) -> int:
    """Open the folder of an artefact, which is made where it is missing."""
    root.mkdir(parents=True, exist_ok=True)
    folder = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    stack.callback(os.close, folder)
    *above, last = artefact.path.parent.parts or (".",)
    for name, mode in (*((name, 0o755) for name in above), (last, folder_mode(artefact))):
        with suppress(FileExistsError):
            os.mkdir(name, mode, dir_fd=folder)
        folder = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=folder)
        stack.callback(os.close, folder)
    return folder


def _remove(name: str, folder: int) -> None:
    with suppress(FileNotFoundError):
        os.unlink(name, dir_fd=folder)
