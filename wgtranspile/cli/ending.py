"""How a command ends: its exit status, and what it says last."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, NoReturn

from wgtranspile.channels import visible

if TYPE_CHECKING:
    from typing import TextIO

DONE, REFUSED, USAGE, INTERRUPTED = 0, 1, 2, 130


def refuse(message: str, advice: str = "") -> int:
    """Say why nothing was done, and return the exit status."""
    print(f"wgtranspile: {message}", *([f"  help: {advice}"] if advice else ()), sep="\n", file=sys.stderr)
    return REFUSED


def refuse_record(error: OSError) -> int:
    """Say that the record of a migration cannot be read, and return the exit status."""
    return refuse(
        f"cannot read {visible(str(error.filename))}: {error.strerror}",
        "it must belong to root, and only root may access it; find out what changed it before you move it away",
    )


def say_last(text: str, stream: TextIO) -> None:
    """Say how it ended; where nobody reads it, the exit status tells it all the same."""
    with suppress(OSError):
        print(text, file=stream, flush=True)
        return
    # What is left of it must not change the exit status.
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def end(status: int) -> NoReturn:
    """End the process, with another status where the last of its output could not be written."""
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream:
                stream.flush()
        except BrokenPipeError:
            pass
        except OSError:
            status = REFUSED
    # Without the freeing of all that was made, for which no one waits: a tenth of the time of a small run.
    os._exit(status)
