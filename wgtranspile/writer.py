"""The only code that writes: artefacts to files, none of them unless all could be made.

Every file exists with its final mode and owner before it has content, and gets its name when it is complete. Links
below the root are never followed.
"""

from __future__ import annotations

import errno
import os
import secrets
import stat
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path, PurePosixPath

    from wgtranspile.artefact import Artefact


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
                raise CannotWriteError(file.path, error.strerror or str(error)) from error


def _prepare(artefact: Artefact, root: Path, stack: ExitStack) -> _Prepared:
    """Make the file under a temporary name, which is removed again unless it is renamed in the end."""
    temporary = f".{artefact.path.name}.{secrets.token_hex(6)}"
    try:
        folder = _open_folder(artefact, root, stack)
        if artefact.link_to is not None:
            os.symlink(artefact.link_to, temporary, dir_fd=folder)
            stack.callback(_remove, temporary, folder)
            return _Prepared(folder, temporary, artefact.path.name, artefact.path)
        file = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600, dir_fd=folder)
        stack.callback(_remove, temporary, folder)
        with os.fdopen(file, "wb") as stream:
            if os.geteuid() == 0:
                _own(file, artefact)
            os.fchmod(file, artefact.mode)
            stream.write(artefact.content.encode("utf-8", "surrogateescape"))
        _refuse_folder(artefact.path.name, folder)
    except (OSError, LookupError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise CannotWriteError(artefact.path, why) from error
    return _Prepared(folder, temporary, artefact.path.name, artefact.path)


def _refuse_folder(name: str, folder: int) -> None:
    """Raise OSError where a folder stands in the way of a file: no rename could replace it."""
    with suppress(FileNotFoundError):
        if stat.S_ISDIR(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))


def _open_folder(artefact: Artefact, root: Path, stack: ExitStack) -> int:
    """Open the folder of an artefact; where it is made for what is root's secret, it is root's alone, too."""
    private = artefact.secret and artefact.group == "root"
    root.mkdir(parents=True, exist_ok=True)
    folder = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    stack.callback(os.close, folder)
    *above, last = artefact.path.parent.parts or (".",)
    for name, mode in (*((name, 0o755) for name in above), (last, 0o700 if private else 0o755)):
        with suppress(FileExistsError):
            os.mkdir(name, mode, dir_fd=folder)
        folder = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=folder)
        stack.callback(os.close, folder)
    return folder


def _own(file: int, artefact: Artefact) -> None:
    from grp import getgrnam  # lazy: only as root
    from pwd import getpwnam

    os.fchown(file, getpwnam(artefact.owner).pw_uid, getgrnam(artefact.group).gr_gid)


def _remove(name: str, folder: int) -> None:
    with suppress(FileNotFoundError):
        os.unlink(name, dir_fd=folder)
