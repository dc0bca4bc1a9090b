"""Programs of the host: run, with what they said."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

#: No step takes longer; one that does has failed.
LIMIT = 120


def run(
    *command: str, limit: float | None = LIMIT, descriptors: Sequence[int] = ()
) -> subprocess.CompletedProcess[str]:
    """Run a program to its end, whatever that is; both of its outputs come together. It may use open descriptors."""
    try:
        return subprocess.run(  # noqa: S603  what is run is fixed, or was made by a backend
            command,
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="backslashreplace",
            env={**os.environ, "LC_ALL": "C"},
            timeout=limit,
            pass_fds=descriptors,
        )
    except FileNotFoundError:
        return subprocess.CompletedProcess(command, 127, f"{command[0]}: not found\n")
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess(command, 124, f"not done within {limit} seconds\n")


def said(*command: str) -> str:
    """Give what a program says, nothing where it fails."""
    done = run(*command)
    return done.stdout if done.returncode == 0 else ""
