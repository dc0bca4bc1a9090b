"""How far a long run is: a line at the end of what a terminal shows, which goes when something is to be said.

Loaded only for a run that is long, as rich is not loaded in no time. There is no thread behind it: the line is drawn
when work is done.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from wgtranspile.channels import visible
from wgtranspile.interrupts import withheld

if TYPE_CHECKING:
    from pathlib import PurePosixPath

_SECONDS_BETWEEN = 0.1


def wanted() -> bool:
    """Whether stderr is a terminal that can take a line back."""
    console = Console(stderr=True)
    return console.is_terminal and not console.is_dumb_terminal


class Line:
    """The line; it must be gone before anything else is written."""

    def __init__(self) -> None:
        counts = TextColumn("configs: {task.completed:,}{task.fields[errors]}")
        columns = SpinnerColumn(), counts, TimeElapsedColumn()
        place = TextColumn("{task.fields[place]}", style="dim", markup=False)
        self._progress = Progress(*columns, place, console=Console(stderr=True), transient=True, auto_refresh=False)
        self._task = self._progress.add_task("", total=None, place="", errors="")
        self._drawn = -_SECONDS_BETWEEN

    def advance(self, configs: int, host: PurePosixPath, errors: int) -> None:
        """Say that so many configs more are done, those of a host, and how many errors were found so far.

        It is seen some times a second.
        """
        said = f"  errors: {errors:,}" if errors else ""
        self._progress.update(self._task, advance=configs, place=visible(str(host)), errors=said)
        if time.monotonic() - self._drawn >= _SECONDS_BETWEEN:
            with withheld():  # a line that is half drawn would leave the terminal without its cursor
                self._progress.start()
                self._progress.refresh()
            self._drawn = time.monotonic()

    def clear(self) -> None:
        """Take the line off the terminal until more is done."""
        with withheld():
            self._progress.stop()
