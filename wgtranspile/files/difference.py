"""What would change: artefacts against the files that are there, as a unified diff that holds no key."""

from __future__ import annotations

import errno
import os
import stat
from typing import TYPE_CHECKING, NamedTuple

from wgtranspile.channels import quoted_path, visible_lines
from wgtranspile.files.artefacts import LARGEST, encoded, is_there, kept_mode
from wgtranspile.files.unified import hunks
from wgtranspile.redact import conceal_artefact

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import PurePosixPath

    from wgtranspile.artefact import Artefact
    from wgtranspile.files.folders import Folder

    #: Gives a folder of a host by its path, None where there is none.
    Find = Callable[[str], Folder | None]

_NOTHING = "/dev/null"


class _Side(NamedTuple):
    """A file before or after; without content where there is none, without `mode` where it is a link."""

    name: str
    content: bytes | None
    mode: int | None = None

    @property
    def lines(self) -> list[str]:
        """Return the lines as people may see them: without keys, and without what drives a terminal."""
        text = (self.content or b"").decode("utf-8", "surrogateescape").removesuffix("\n")
        return [visible_lines(conceal_artefact(line)) for line in text.split("\n")] if text else []

    @property
    def shown_name(self) -> str:
        """Return the name as git writes it, with a tab behind one that has blanks."""
        return quoted_path(self.name) + "\t" * (" " in self.name)


def difference(
    find: Find, host: PurePosixPath, artefacts: Iterable[Artefact], gone: Iterable[str] = (), *, in_git: bool = False
) -> str:
    """Return what would change for a host: what is to be made there, and files that are to go."""
    changes = [
        (
            _found(find, host, str(artefact.path)),
            _Side(f"b/{host / artefact.path}", encoded(artefact), _mode(artefact)),
        )
        for artefact in artefacts
        if not is_there(artefact, find(str(artefact.path.parent)), in_git=in_git)
    ]
    changes += [(_found(find, host, path), _Side(_NOTHING, None)) for path in sorted(gone)]
    return "".join(f"{line}\n" for before, after in changes for line in _lines(before, after, in_git=in_git))


def _mode(artefact: Artefact) -> int | None:
    return None if artefact.link_to is not None else artefact.mode


def _found(find: Find, host: PurePosixPath, path: str) -> _Side:
    above, _, name = path.rpartition("/")
    folder = find(above)
    if folder is None or not folder.has(name):
        return _Side(_NOTHING, None)
    status = folder.status(name)
    if stat.S_ISLNK(status.st_mode):
        return _Side(f"a/{host / path}", os.fsencode(folder.target(name)))
    if not stat.S_ISREG(status.st_mode):
        return _Side(_NOTHING, None)
    if status.st_size > LARGEST:
        raise OSError(errno.EFBIG, "it is too large to be compared", f"{folder.path}/{name}")
    return _Side(f"a/{host / path}", folder.read(name, LARGEST), stat.S_IMODE(status.st_mode))


def _lines(before: _Side, after: _Side, *, in_git: bool) -> Iterator[str]:
    changed = [*hunks(before.lines, after.lines)]
    yield from (f"--- {before.shown_name}", f"+++ {after.shown_name}", *changed)
    modes = [mode if mode is None else kept_mode(mode, in_git=in_git) for mode in (before.mode, after.mode)]
    if before.content and after.content and modes[0] != modes[1]:
        yield f"# mode {_shown(modes[0])} -> {_shown(modes[1])}"
    elif not changed and before.content != after.content:
        yield "# only keys differ"
    elif not changed:
        yield "# only the owner differs"


def _shown(mode: int | None) -> str:
    return "of a link" if mode is None else f"{mode:04o}"
