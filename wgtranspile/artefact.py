"""What a backend gives: files to be, what they do not express, and how they come to life on a host."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import PurePosixPath

    from wgtranspile.diagnostics import Rule
    from wgtranspile.source import Span


@dataclass(frozen=True, slots=True)
class Artefact:
    """One file, with its path below the target's root.

    `content` may hold lone surrogates (see `Source`); the writer turns them back into the bytes they were.
    """

    path: PurePosixPath
    content: str = field(repr=False)
    mode: int = 0o644
    owner: str = "root"
    group: str = "root"
    secret: bool = False


@dataclass(frozen=True, slots=True)
class Gap:
    """Something of the plan that an emission expresses otherwise, or not at all.

    `rule` is a B4xx rule of the catalogue; `span` lies in the source of the plan.
    """

    rule: Rule
    span: Span | None
    facts: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Emission:
    """All that a backend makes of one plan.

    `activate` and `deactivate` are commands to run as root, in order: once the artefacts lie under `/`, and before
    they are removed.
    """

    artefacts: tuple[Artefact, ...]
    gaps: tuple[Gap, ...] = ()
    activate: tuple[str, ...] = ()
    deactivate: tuple[str, ...] = ()
