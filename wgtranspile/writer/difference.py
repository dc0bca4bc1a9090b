"""What would change: artefacts against the files that are there, as a unified diff that holds no key."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from wgtranspile.channels import quoted_path, visible_lines
from wgtranspile.redact import conceal_artefact
from wgtranspile.writer.files import encoded, is_there
from wgtranspile.writer.unified import hunks

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path, PurePosixPath

    from wgtranspile.artefact import Artefact

_NOTHING = "/dev/null"


class _Side(NamedTuple):
    """A file before or after; without content where there is none, without `mode` where it is a link."""

    name: str
    content: bytes | None
    mode: int | None = None

    @property
    def lines(self) -> list[str]:
        """Give the lines as people may see them: without keys, and without what drives a terminal."""
        text = (self.content or b"").decode("utf-8", "surrogateescape").removesuffix("\n")
        return [visible_lines(conceal_artefact(line)) for line in text.split("\n")] if text else []

    @property
    def shown_name(self) -> str:
        """Give the name as git writes it, with a tab behind one that has blanks."""
        return quoted_path(self.name) + "\t" * (" " in self.name)


def difference(root: Path, host: PurePosixPath, artefacts: Iterable[Artefact], gone: Iterable[str] = ()) -> str:
    """Give what would change for a host below `root`: what is to be made there, and files that are to go."""
    changes = [
        (_found(root, host / artefact.path), _Side(f"b/{host / artefact.path}", encoded(artefact), _mode(artefact)))
        for artefact in artefacts
        if not is_there(artefact, root / host)
    ]
    changes += [(_found(root, host / path), _Side(_NOTHING, None)) for path in sorted(gone)]
    return "".join(f"{line}\n" for before, after in changes for line in _lines(before, after))


def _mode(artefact: Artefact) -> int | None:
    return None if artefact.link_to is not None else artefact.mode


def _found(root: Path, path: PurePosixPath) -> _Side:
    place = root / path
    if place.is_symlink():
        return _Side(f"a/{path}", os.fsencode(place.readlink()))
    if not place.is_file():
        return _Side(_NOTHING, None)
    return _Side(f"a/{path}", place.read_bytes(), place.stat().st_mode & 0o7777)


def _lines(before: _Side, after: _Side) -> Iterator[str]:
    changed = [*hunks(before.lines, after.lines)]
    yield from (f"--- {before.shown_name}", f"+++ {after.shown_name}", *changed)
    if before.content and after.content and before.mode != after.mode:
        yield f"# mode {_shown(before.mode)} -> {_shown(after.mode)}"
    elif not changed and before.content != after.content:
        yield "# only keys differ"
    elif not changed:
        yield "# only the owner differs"


def _shown(mode: int | None) -> str:
    return "of a link" if mode is None else f"{mode:04o}"
