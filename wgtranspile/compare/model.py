"""What a comparison finds: differences, what could not be compared, and what may be the reason."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from wgtranspile.model import Phase


class Area(StrEnum):
    """The parts of a tunnel, in the order in which they are compared and shown."""

    LINK = "link"
    DEVICE = "device"
    PEER = "peer"
    ADDRESS = "address"
    ROUTE = "route"
    RULE = "rule"
    FIREWALL = "firewall"
    SYSCTL = "sysctl"
    DNS = "DNS"


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not as wanted: `wanted` None is unexpected, `found` None is missing.

    `path` and `line` tell where the wanted thing is written, if anywhere.
    """

    area: Area
    item: str
    wanted: str | None
    found: str | None
    path: str | None = None
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Cause:
    """Why there are differences: `shown` are those that are the cause itself, and `following` come of it."""

    text: str
    shown: tuple[Difference, ...]
    following: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class SuspectedHook:
    """A hook that may have made differences, and where it is written."""

    phase: Phase
    path: str
    line: int
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class Unchecked:
    """One thing that could not be compared, and why."""

    area: Area
    item: str
    reason: str


class Verdict(NamedTuple):
    """How a live tunnel differs from the wanted one, what of it could not be compared, and why it may differ."""

    differences: tuple[Difference, ...]
    unchecked: tuple[Unchecked, ...] = ()
    causes: tuple[Cause, ...] = ()
    hooks: tuple[SuspectedHook, ...] = ()
