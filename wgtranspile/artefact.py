"""The output of a backend: files, what these cannot express, and the commands that activate them on a host."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import PurePosixPath

    from wgtranspile.diagnostics import Rule
    from wgtranspile.source import Place


class Artefact(NamedTuple):
    """A file, with its path under the target's root; with `link_to`, a symbolic link to that path.

    `content` may contain lone surrogates (see `Source`); the writer turns them back into the original bytes.
    """

    path: PurePosixPath
    content: str
    mode: int = 0o644
    owner: str = "root"
    group: str = "root"
    secret: bool = False
    link_to: str | None = None

    def __repr__(self) -> str:
        """Return the path without the content, which may contain keys."""
        return f"Artefact({self.path}, {self.mode:04o})"


class KeyFile(NamedTuple):
    """A key file that the host must get in another way, because `--keys external` writes no keys.

    `path` is under the target's root. `setting` says which key it is: `PrivateKey`, or `PresharedKey` of the peer with
    the public key `peer`, which is in this line of the config. `placeholder` is its name, if the config has one.
    """

    path: PurePosixPath
    setting: str
    mode: int
    owner: str = "root"
    group: str = "root"
    peer: str | None = None
    line: int | None = None
    placeholder: str | None = None


class Command(NamedTuple):
    """A program with its arguments, to be run as root. If it is `inverted`, it succeeds where the program fails."""

    argv: tuple[str, ...]
    inverted: bool = False

    def __str__(self) -> str:
        """Return it in the language of a POSIX shell, also to show it."""
        return f"! {shlex.join(self.argv)}" if self.inverted else shlex.join(self.argv)


class Gap(NamedTuple):
    """A part of a tunnel that an emission expresses differently, or not at all.

    `rule` is a B4xx rule of the catalogue; `span` is a place in what the tunnel comes from.
    """

    rule: Rule
    span: Place | None
    facts: Mapping[str, Any] = {}


class Emission(NamedTuple):
    """Everything that a backend generates from one tunnel.

    `activate`, `update` and `deactivate` are commands to run as root, in order: `activate` once the artefacts are in
    place under `/`, `update` instead if only peers, keys and endpoints have changed since then, and `deactivate` before
    the artefacts are removed. `update` keeps the link up; if it cannot apply a change, it fails and changes nothing.
    `key_files` must exist before any of these commands runs.
    """

    artefacts: tuple[Artefact, ...]
    gaps: tuple[Gap, ...] = ()
    activate: tuple[Command, ...] = ()
    deactivate: tuple[Command, ...] = ()
    update: tuple[Command, ...] = ()
    key_files: tuple[KeyFile, ...] = ()
