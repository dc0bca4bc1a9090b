"""What all backends share: their options, and how they refer to places in the source."""

from __future__ import annotations

import os
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from wgtranspile.artefact import Gap
from wgtranspile.diagnostics.catalogue import KEYS_NOT_EXPRESSIBLE, TABLE_NAME_NOT_EXPRESSIBLE
from wgtranspile.plan import AddRoute

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wgtranspile.plan import Plan
    from wgtranspile.source import Span


class KeyStorage(StrEnum):
    """Where private and preshared keys go: separate files, inside the artefact, nowhere, or systemd's credentials."""

    FILE = "file"
    INLINE = "inline"
    EXTERNAL = "external"
    CREDENTIAL = "credential"


class Activation(StrEnum):
    """Whether a boot brings the tunnel up, or only the `activate` commands do."""

    BOOT = "boot"
    MANUAL = "manual"


class Options(NamedTuple):
    """The user's options for a backend. None stands for the backend's own default."""

    keys: KeyStorage | None = None
    activation: Activation = Activation.BOOT
    keep_foreign_rules: bool | None = None


def source_name(plan: Plan) -> str:
    """Return the name of the config for a header; it is the same wherever the file is."""
    return os.path.basename(plan.source.path)


def place(plan: Plan, span: Span | None) -> str:
    """Return `file:line` of a span for a comment."""
    return "" if span is None else f"{source_name(plan)}:{plan.source.position(span.start).line}"


def keys_not_expressible(keys: KeyStorage, *possible: KeyStorage) -> Gap:
    """Return the gap of a backend that can store keys only in these ways."""
    return Gap(KEYS_NOT_EXPRESSIBLE, None, {"keys": keys, "where": "` or `".join(possible)})


def table_gaps(plan: Plan) -> Iterator[Gap]:
    """Yield the gaps of a backend that cannot look up table names: one for each table, however many routes it has."""
    names = (step.table for step in plan.up if isinstance(step, AddRoute) and isinstance(step.table, str))
    for name in dict.fromkeys(names):
        yield Gap(TABLE_NAME_NOT_EXPRESSIBLE, plan.table_span, {"table": name})
