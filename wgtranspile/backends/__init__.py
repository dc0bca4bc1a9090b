"""The backends by name. A backend is one module below this package, one row in `targets.py`, and its templates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wgtranspile.backends.targets import (
    SHORT,
    TARGETS,
    Activation,
    Chosen,
    KeyStorage,
    Options,
    Target,
    find,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from wgtranspile.artefact import Emission
    from wgtranspile.model import Tunnel

    Emit = Callable[[Tunnel, Options], Emission]

__all__ = [
    "SHORT",
    "TARGETS",
    "Activation",
    "Chosen",
    "KeyStorage",
    "Options",
    "Target",
    "find",
    "load",
]


def load(target: Target) -> Emit:
    """Return the `emit` of a target's module."""
    emit: Emit = __import__(target.module, fromlist=["emit"]).emit  # importlib would take a millisecond
    return emit
