"""Open folders: the one way to files in places that others may change meanwhile.

All is reached through descriptors, name by name, and no link is followed below the folder that was named: whatever
becomes of a path, what is done is done to the folder that was opened. Methods raise OSError, with the path as filename.
"""

from __future__ import annotations

import errno
import os
import re
import stat
from collections import deque
from contextlib import ExitStack, contextmanager, suppress
from functools import cache
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, NamedTuple, Self

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

#: What trusts everyone.
EVERYONE = "*"
#: Stands for whom an access control list names: only who trusts everyone trusts them.
ACL = "ACL"
_ACCESS_ACL = "system.posix_acl_access"
#: Nothing that is meant lies deeper; what does might use up all descriptors.
_DEEPEST = 100
_MOST_LINKS = 40
_CHUNK = 2**20
_NUMBER = "[0-9]{1,10}"
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_UNWANTED = {errno.EPERM, errno.ENOTSUP, errno.ENODATA, errno.EINVAL, errno.EACCES}


class Trust(NamedTuple):
    """Who may own the folders in which root writes, beside root, and who may change them."""

    users: frozenset[int] = frozenset({0})
    groups: frozenset[int] = frozenset()
    everyone: bool = False

    @classmethod
    def of(cls, owners: Iterable[str]) -> Self:
        """Trust root and these: USER, USER:GROUP or :GROUP, as names or numbers, or `*`. Raise LookupError.

        Whoever is not root can do no more than the owners of the folders: then everyone is trusted.
        """
        pairs = [owner.partition(":")[::2] for owner in owners if owner != EVERYONE]
        if ("", "") in pairs:
            message = "a user or a group is missing"
            raise LookupError(message)
        return cls(
            frozenset({0, *(_user(user) for user, _ in pairs if user)}),
            frozenset(_group(group) for _, group in pairs if group),
            os.geteuid() != 0 or EVERYONE in owners,
        )

    def objection(self, descriptor: int, *, sticky: bool = False) -> str:
        """Return who else may change an open file or folder, in the words of `of` or as ACL; nothing if no one may.

        With `sticky`, what others may put beside the files there, but not in their place, is no harm.
        """
        if self.everyone:
            return ""
        status = os.fstat(descriptor)
        if status.st_uid not in self.users:
            return user_name(status.st_uid)
        mode = 0 if sticky and status.st_mode & stat.S_ISVTX else status.st_mode
        if mode & stat.S_IWOTH:
            return EVERYONE
        # Beside an ACL, these are not the permissions of the group, but the most that the ACL gives anyone.
        if mode & stat.S_IWGRP and _ACCESS_ACL in _attributes(descriptor):
            return ACL
        if mode & stat.S_IWGRP and status.st_gid not in self.groups:
            return f":{group_name(status.st_gid)}"
        return ""

    def objection_to_link(self, status: os.stat_result) -> str:
        """Return who else may change a link, which only its owner can, in the words of `of`."""
        return "" if self.everyone or status.st_uid in self.users else user_name(status.st_uid)


class OthersError(PermissionError):
    """Others than those who are trusted may change a folder or a file; `owner` is whom one would have to trust."""

    def __init__(self, path: str, objection: str) -> None:
        super().__init__(errno.EPERM, _may_change(objection), path)
        self.owner = EVERYONE if objection == ACL else objection


class Entry(NamedTuple):
    """A name in a folder, and whether it is that of a folder."""

    name: str
    is_folder: bool


class Folder(NamedTuple):
    """An open folder. Its path is for messages only; `depth` tells how far it is below the one that was named."""

    descriptor: int
    path: str
    trust: Trust
    depth: int = 0

    def __enter__(self) -> Self:
        """Return itself, to be closed in the end."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        os.close(self.descriptor)

    # --- folders in it ---

    def folder(self, name: str, *, sticky: bool = False) -> Folder:
        """Open a folder in it."""
        if self.depth >= _DEEPEST:
            raise OSError(errno.ENAMETOOLONG, "it is nested too deeply", self._at(name))
        try:
            descriptor = os.open(name, _FOLDER, dir_fd=self.descriptor)
        except OSError as error:
            raise self._refusal(error, name) from None
        folder = Folder(descriptor, self._at(name), self.trust, self.depth + 1)
        if not self.trust.everyone:
            folder.refuse_others(sticky=sticky)
        return folder

    def make_folder(self, name: str, mode: int = 0o755, *, sticky: bool = False) -> Folder:
        """Open a folder in it, which is made with this mode where it is missing."""
        try:
            os.mkdir(name, mode, dir_fd=self.descriptor)
        except FileExistsError:
            return self.folder(name, sticky=sticky)
        except OSError as error:
            raise self._named(error, name) from None
        folder = self.folder(name, sticky=sticky)
        if stat.S_IMODE(folder.own_status().st_mode) != mode:
            folder.allow(mode)
        return folder

    def refuse_others(self, *, sticky: bool = False) -> None:
        """Raise OthersError where someone else may change it, and close it then."""
        if objection := self.trust.objection(self.descriptor, sticky=sticky):
            os.close(self.descriptor)
            raise OthersError(self.path, objection)

    def own_status(self) -> os.stat_result:
        """Return its own status."""
        return os.fstat(self.descriptor)

    def allow(self, mode: int) -> None:
        """Set its mode."""
        try:
            os.fchmod(self.descriptor, mode)
        except OSError as error:
            raise self._named(error) from None

    def is_writable(self) -> bool:
        """Whether this user may make and remove files in it."""
        return os.access(".", os.W_OK | os.X_OK, dir_fd=self.descriptor)

    def entries(self) -> list[Entry]:
        """Return all that is in it, by name."""
        try:
            with os.scandir(self.descriptor) as entries:
                found = [Entry(entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries]
        except OSError as error:
            raise self._named(error) from None
        return sorted(found)

    def names(self) -> list[str]:
        """Return the names in it."""
        try:
            return os.listdir(self.descriptor)
        except OSError as error:
            raise self._named(error) from None

    def copy_status(self, other: Folder) -> None:
        """Take mode, times and extended attributes of another folder, and for root its owner."""
        status = os.fstat(other.descriptor)
        try:
            if os.geteuid() == 0:
                os.fchown(self.descriptor, status.st_uid, status.st_gid)
            for name in _attributes(other.descriptor):
                with _where_possible():
                    os.setxattr(self.descriptor, name, os.getxattr(other.descriptor, name))
            os.fchmod(self.descriptor, stat.S_IMODE(status.st_mode))
            os.utime(self.descriptor, ns=(status.st_atime_ns, status.st_mtime_ns))
        except OSError as error:
            raise self._named(error) from None

    # --- files in it ---

    def status(self, name: str) -> os.stat_result:
        """Return the status of what is there, of a link its own."""
        try:
            return os.stat(name, dir_fd=self.descriptor, follow_symlinks=False)
        except OSError as error:
            raise self._named(error, name) from None

    def has(self, name: str) -> bool:
        """Whether there is anything of this name."""
        try:
            self.status(name)
        except FileNotFoundError:
            return False
        return True

    def target(self, name: str) -> str:
        """Return what a link points to."""
        try:
            return os.readlink(name, dir_fd=self.descriptor)
        except OSError as error:
            raise self._named(error, name) from None

    def open_file(self, name: str, flags: int = os.O_RDONLY, mode: int = 0o600) -> int:
        """Open a regular file, never another one: a pipe would wait, and to open a device may do something."""
        try:
            with suppress(FileNotFoundError):
                self._refuse_irregular(os.stat(name, dir_fd=self.descriptor, follow_symlinks=False), name)
            file = os.open(name, flags | _FILE, mode, dir_fd=self.descriptor)
            try:
                self._refuse_irregular(os.fstat(file), name)
            except BaseException:
                os.close(file)
                raise
        except OSError as error:
            raise self._named(error, name) from None
        return file

    def own_file(self, name: str, flags: int = os.O_RDONLY, mode: int = 0o600) -> int:
        """Open a regular file whose content is believed: no one else may change it. Raises OthersError, too."""
        file = self.open_file(name, flags, mode)
        if objection := self.trust.objection(file):
            os.close(file)
            raise OthersError(self._at(name), objection)
        return file

    def read(self, name: str, most: int | None = None) -> bytes:
        """Return the content of a regular file, or at most so many bytes of it, rounded up to chunks."""
        file = self.open_file(name)
        try:
            return b"".join(islice(_chunks(file), None if most is None else -(-most // _CHUNK)))
        except OSError as error:
            raise self._named(error, name) from None
        finally:
            os.close(file)

    def make_file(self, name: str) -> int:
        """Open a new file, which only this user may read yet, and later those whom its mode names; none may be there.

        The default ACL of the folder would let others read it as soon as its mode lets a group.
        """
        try:
            file = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _FILE, 0o600, dir_fd=self.descriptor)
            try:
                if _ACCESS_ACL in _attributes(file):
                    os.removexattr(file, _ACCESS_ACL)
            except BaseException:
                os.close(file)
                raise
        except OSError as error:
            raise self._named(error, name) from None
        return file

    def make_link(self, name: str, target: str) -> None:
        """Make a symbolic link."""
        try:
            os.symlink(target, name, dir_fd=self.descriptor)
        except OSError as error:
            raise self._named(error, name) from None

    def share_file(self, name: str, other: Folder, new_name: str | None = None) -> None:
        """Also give what is there, which is not a folder, the same name or a new one in another folder."""
        new_name = new_name or name
        try:
            os.link(name, new_name, src_dir_fd=self.descriptor, dst_dir_fd=other.descriptor, follow_symlinks=False)
        except OSError as error:
            raise self._named(error, name) from None

    def rename(self, name: str, new_name: str, other: Folder | None = None) -> None:
        """Rename it here, or to another folder; a file that is already there is replaced."""
        to = other or self
        try:
            os.rename(name, new_name, src_dir_fd=self.descriptor, dst_dir_fd=to.descriptor)
        except OSError as error:
            raise to._named(error, new_name) from None  # noqa: SLF001  it is of the same class

    def remove_file(self, name: str) -> None:
        """Remove what is no folder, if it is there."""
        try:
            with suppress(FileNotFoundError):
                os.unlink(name, dir_fd=self.descriptor)
        except OSError as error:
            raise self._named(error, name) from None

    def remove_empty(self, name: str) -> None:
        """Remove a folder with nothing in it."""
        try:
            os.rmdir(name, dir_fd=self.descriptor)
        except OSError as error:
            raise self._named(error, name) from None

    def remove(self, name: str) -> None:
        """Remove whatever is there, if it is: of a folder all that is in it, whatever its mode and whosever it is."""
        try:
            self.remove_file(name)
        except IsADirectoryError:
            with suppress(FileNotFoundError):
                with self._replace(trust=Trust(everyone=True)).folder(name) as folder:
                    folder.empty()
                self.remove_empty(name)

    def empty(self) -> None:
        """Remove all that is in it."""
        if self.own_status().st_mode & stat.S_IRWXU != stat.S_IRWXU:
            self.allow(stat.S_IRWXU)
        for name in self.names():
            self.remove(name)

    # --- errors ---

    def _at(self, name: str) -> str:
        return f"{self.path.rstrip('/')}/{name}"

    def _named(self, error: OSError, name: str = "") -> OSError:
        """Return an error of the system, or of this class, with the path."""
        if isinstance(error, OthersError):
            return error
        return OSError(error.errno, error.strerror, self._at(name) if name else self.path)

    def _refusal(self, error: OSError, name: str) -> OSError:
        """Return the error of a folder that could not be opened, with a link told apart."""
        if error.errno in (errno.ENOTDIR, errno.ELOOP):
            with suppress(OSError):
                if stat.S_ISLNK(os.stat(name, dir_fd=self.descriptor, follow_symlinks=False).st_mode):
                    return OSError(errno.ELOOP, "a link leads elsewhere", self._at(name))
        return self._named(error, name)

    def _refuse_irregular(self, status: os.stat_result, name: str) -> None:
        if stat.S_ISDIR(status.st_mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), name)
        if stat.S_ISLNK(status.st_mode):
            raise OSError(errno.ELOOP, "a link leads elsewhere", name)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "it is not a regular file", name)


class Folders:
    """Folders below one, or below none; each is opened once, and closed when this ends."""

    def __init__(self, top: Folder | None) -> None:
        self._top = top
        self._found: dict[str, Folder | None] = {}

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close all but the first."""
        for folder in self._found.values():
            if folder is not None:
                os.close(folder.descriptor)

    def at(self, path: str) -> Folder | None:
        """Return the folder of a path, None where there is none. Raises OSError for what is none."""
        if path in ("", "."):
            return self._top
        if path not in self._found:
            above, _, name = path.rpartition("/")
            if name == "..":
                raise OSError(errno.EINVAL, "it leads elsewhere", path)
            folder = self.at(above)
            try:
                self._found[path] = None if folder is None else folder.folder(name)
            except FileNotFoundError:
                self._found[path] = None
        return self._found[path]

    def nearest(self, path: str) -> Folder | None:
        """Return the folder of a path, or the first above that there is."""
        while (folder := self.at(path)) is None and path not in ("", "."):
            path = path.rpartition("/")[0]
        return folder

    def make(self, path: str, mode: int = 0o755) -> Folder:
        """Return the folder of a path, which is made with this mode where it is missing, as are those above."""
        folder = self.at(path)
        if folder is None:
            above, _, name = path.rpartition("/")
            folder = self._found[path] = self.make(above).make_folder(name, mode)
        return folder


def open_path(path: Path, trust: Trust, *, make: bool = False) -> Folder:
    """Open a folder that a user has named; with `make`, it is made where it is missing, and those above.

    Whoever may change the folders and links on the way could lead it elsewhere, and has to be trusted, too.
    """
    names = deque(path.parts)
    links = 0
    folder = _start(names, trust)
    try:
        while names:
            name = names.popleft()
            inner = _step(folder, name, make=make)
            if isinstance(inner, str):
                links += 1
                if links > _MOST_LINKS:
                    raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path))
                names.extendleft(reversed(PurePosixPath(inner).parts))
                if not inner.startswith("/"):
                    continue
                inner = _start(names, trust)
            os.close(folder.descriptor)
            folder = inner
        named = Folder(os.dup(folder.descriptor), str(path), trust)
    finally:
        os.close(folder.descriptor)
    named.refuse_others()
    return named


class OutsideError(OSError):
    """A link leads out of the folder that a user has named."""

    def __init__(self, folder: Path, path: Path) -> None:
        super().__init__(errno.EXDEV, f"it is a link that leads out of `{folder}`", str(path))


def open_below(folder: Path, path: PurePosixPath) -> tuple[int, int]:
    """Open a regular file below a folder that a user has named, and give it with the mode of the folder it is in.

    Links are followed as long as they do not lead out of that folder: else OutsideError.
    """
    names = deque(path.parts)
    links = 0
    with ExitStack() as stack:
        way = [stack.enter_context(open_path(folder, Trust(everyone=True)))]
        while names:
            name = names.popleft()
            if name == "..":
                way.pop()
                if not way:
                    raise OutsideError(folder, folder / path)
                continue
            try:
                if not names:
                    return way[-1].open_file(name), way[-1].own_status().st_mode
                way.append(stack.enter_context(way[-1].folder(name)))
            except OSError as error:
                if error.errno != errno.ELOOP:
                    raise
                links += 1
                if links > _MOST_LINKS:
                    raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(folder / path)) from None
                target = PurePosixPath(way[-1].target(name))
                if target.is_absolute():
                    real = os.path.realpath(folder)
                    if not target.is_relative_to(real):
                        raise OutsideError(folder, folder / path) from None
                    target = target.relative_to(real)
                    del way[1:]
                names.extendleft(reversed(target.parts))
    raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(folder / path))


def _start(names: deque[str], trust: Trust) -> Folder:
    """Open the root, or the current folder, where a path begins."""
    path = names.popleft() if names and names[0].startswith("/") else "."
    folder = Folder(os.open(path, _FOLDER), path, trust)
    folder.refuse_others(sticky=True)
    return folder


def _step(folder: Folder, name: str, *, make: bool) -> Folder | str:
    """Return the next folder of a path, or what a link in its place points to."""
    try:
        inner = folder.folder(name, sticky=True)
    except FileNotFoundError:
        if not make:
            raise
        inner = folder.make_folder(name, sticky=True)
    except OSError as error:
        if error.errno != errno.ELOOP:
            raise
        if objection := folder.trust.objection_to_link(folder.status(name)):
            raise OthersError(folder._at(name), objection) from None  # noqa: SLF001  it is of this module
        return folder.target(name)
    return inner._replace(depth=0)


def _chunks(file: int) -> Iterator[bytes]:
    while chunk := os.read(file, _CHUNK):
        yield chunk


def _attributes(descriptor: int) -> list[str]:
    with _where_possible():
        return os.listxattr(descriptor)
    return []


@contextmanager
def _where_possible() -> Iterator[None]:
    """Let pass what a file system cannot do, or not for this user."""
    try:
        yield
    except OSError as error:
        if error.errno not in _UNWANTED:
            raise


def user_name(number: int) -> str:
    """Return the name of a user, or the number of one who has none."""
    from pwd import getpwuid  # lazy: only as root

    try:
        return getpwuid(number).pw_name
    except KeyError:
        return str(number)


def group_name(number: int) -> str:
    """Return the name of a group, or the number of one that has none."""
    from grp import getgrgid

    try:
        return getgrgid(number).gr_name
    except KeyError:
        return str(number)


@cache
def _user(name: str) -> int:
    from pwd import getpwnam

    return int(name) if re.fullmatch(_NUMBER, name) else getpwnam(name).pw_uid


@cache
def _group(name: str) -> int:
    from grp import getgrnam

    return int(name) if re.fullmatch(_NUMBER, name) else getgrnam(name).gr_gid


def _may_change(objection: str) -> str:
    if objection == ACL:
        return "its access control list (ACL) lets others change it"
    if objection == EVERYONE:
        return "everyone can change it"
    who = f"the group `{objection[1:]}`" if objection.startswith(":") else f"the user `{objection}`"
    return f"{who} can change it"
