"""Ctrl-C at a moment at which something would be left half done."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def withheld() -> Iterator[None]:
    """Have Ctrl-C heard when this is done, and not before.

    Threads and processes that begin meanwhile never hear it.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
