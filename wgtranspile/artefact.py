"""What a backend gives: files to be, what they do not express, and how they come to life on a host."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import PurePosixPath

    from wgtranspile.diagnostics import Rule
    from wgtranspile.source import Span


class Artefact(NamedTuple):
    """One file, with its path below the target's root; with `link_to` a symbolic link to that path.

    `content` may hold lone surrogates (see `Source`); the writer turns them back into the bytes they were.
    """

    path: PurePosixPath
    content: str
    mode: int = 0o644
    owner: str = "root"
    group: str = "root"
    secret: bool = False
    link_to: str | None = None

    def __repr__(self) -> str:
        """Return the place without the content, which may hold keys."""
        return f"Artefact({self.path}, {self.mode:04o})"


class KeyFile(NamedTuple):
    """A file with a key that the host must have by other means, since `--keys external` writes none.

    `path` lies below the target's root. `setting` tells whose key it is: `PrivateKey`, or `PresharedKey` of the peer
    with the public key `peer`, which stands in this line of the config. `placeholder` names it where the config does.
    """

    path: PurePosixPath
    setting: str
    mode: int
    owner: str = "root"
    group: str = "root"
    peer: str | None = None
    line: int | None = None
    placeholder: str | None = None


class Gap(NamedTuple):
    """Something of a tunnel that an emission expresses otherwise, or not at all.

    `rule` is a B4xx rule of the catalogue; `span` lies in the source of the tunnel.
    """

    rule: Rule
    span: Span | None
    facts: Mapping[str, Any] = {}


class Emission(NamedTuple):
    """All that a backend makes of one tunnel.

    All three lists are commands to run as root, in order: `activate` once the artefacts lie under `/`, `update` in its
    place where only peers, keys and endpoints have changed since, and `deactivate` before the artefacts are removed.
    `update` leaves the link up; it fails, and changes nothing, where it cannot apply what has changed. `key_files` must
    be there before any of them is run.
    """

    artefacts: tuple[Artefact, ...]
    gaps: tuple[Gap, ...] = ()
    activate: tuple[str, ...] = ()
    deactivate: tuple[str, ...] = ()
    update: tuple[str, ...] = ()
    key_files: tuple[KeyFile, ...] = ()
