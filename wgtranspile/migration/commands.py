"""Programs of the host: run, with what they said."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wgtranspile.artefact import Command

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
    except PermissionError:
        return subprocess.CompletedProcess(command, 126, f"{command[0]}: permission denied\n")
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess(command, 124, f"not finished within {limit} seconds\n")


def perform(command: Command) -> subprocess.CompletedProcess[str]:
    """Run a command, whose status is that of a shell."""
    done = run(*command.argv)
    return (
        subprocess.CompletedProcess(command.argv, int(not done.returncode), done.stdout) if command.inverted else done
    )


def said(*command: str) -> str:
    """Return what a program says, nothing where it fails."""
    done = run(*command)
    return done.stdout if done.returncode == 0 else ""


def this_program() -> str:
    """Return how a shell starts this program from another login, also if it is one file somewhere on the disk."""
    path = Path(sys.argv[0]).absolute()
    if path.name == "__main__.py":  # started with `-m`
        return f"{quote(sys.executable)} -m wgtranspile"
    if shutil.which("wgtranspile") == str(path):
        return "wgtranspile"
    return quote(str(path)) if os.access(path, os.X_OK) else f"{quote(sys.executable)} {quote(str(path))}"
