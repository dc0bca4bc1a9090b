"""What a run says on stderr: findings in the format that was asked for, how far it is, and the summary at its end."""

from __future__ import annotations

import sys
import time
from collections import Counter
from typing import TYPE_CHECKING

from wgtranspile.channels import is_colored
from wgtranspile.diagnostics import Severity, Summary
from wgtranspile.diagnostics.limit import limited
from wgtranspile.report import Run, Written, load
from wgtranspile.session import hosts

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from wgtranspile.artefact import Artefact
    from wgtranspile.diagnostics import Diagnostic, Kind
    from wgtranspile.session.progress import Line


class Messages:
    """How findings are shown, to people only errors if `quiet`; and what was found, and how much was done so far.

    `target` is what the run is for, as `--to` names it.
    """

    def __init__(self, message_format: str, target: str, *, quiet: bool = False, statistics: bool = False) -> None:
        kind = load(message_format)
        self._report = kind(quiet=quiet, statistics=statistics, color=is_colored(sys.stderr))
        self.failed = False
        self._written = Written(target=target)
        self._found: Counter[Kind] = Counter()
        self._configs = self._artefacts = 0
        self._progress: Line | None = None
        self._began = time.monotonic()

    @property
    def names_artefacts(self) -> bool:
        """Whether it is said at the end what was written."""
        return self._report.names_artefacts

    def show_progress(self) -> None:
        """Show from now on how far the run is, where someone sees it."""
        if self._report.is_for_people and not self._report.quiet and sys.stderr.isatty():
            from wgtranspile.session import progress  # lazy: it loads rich

            if progress.wanted():
                self._progress = progress.Line()

    def clear_progress(self) -> None:
        """Take the progress off the terminal until more is done."""
        if self._progress:
            self._progress.clear()

    def gather(self) -> None:
        """Keep from now on what people are told, to say at the end what is equal once and the errors last."""
        self._report.expect_many()

    def tell(self, outcome: hosts.Outcome) -> None:
        """Say what was found of a host, and count what was done."""
        self.say(outcome.diagnostics)
        if self._progress:
            self._progress.advance(outcome.configs, outcome.host, self._summary().number(Severity.ERROR))
        self._configs += outcome.configs
        self._artefacts += outcome.number

    def say(self, diagnostics: Sequence[Diagnostic]) -> None:
        """Show findings at once, or keep them for the end."""
        self.failed |= hosts.failed(diagnostics)
        self._found.update(found.kind for found in diagnostics)
        if shown := limited(filter(self._report.shows, diagnostics)):
            self._show(self._report.add(shown))

    def made(self, artefacts: Iterable[Artefact] = (), all_made: Sequence[hosts.Made] = ()) -> None:
        """Note what was made, for the end."""
        self._written = self._written._replace(
            artefacts=artefacts,
            activate=[str(command) for made in all_made for command in made.emission.activate],
            deactivate=[str(command) for made in all_made for command in made.emission.deactivate],
            update=[str(command) for made in all_made for command in made.emission.update],
            keys=[(made.name, made.config, file) for made in all_made for file in made.key_files()],
        )

    def stop(self) -> None:
        """Say what was found so far, as the run does not come to its end."""
        self._show(self._report.stop(self._configs))

    def sum_up(self, closing_note: Iterable[str], *, written: bool) -> None:
        """Say at the end what was kept for it, what to do next, and what the run did."""
        self._show(self._report.end(Run(self._summary(written=written), self.failed, self._written, closing_note)))

    def _summary(self, *, written: bool = True) -> Summary:
        return Summary(
            configs=self._configs,
            artefacts=self._artefacts if written else 0,
            found=self._found,
            seconds=round(time.monotonic() - self._began, 3),
        )

    def _show(self, text: str) -> None:
        if text:
            self.clear_progress()
            print(text, end="", file=sys.stderr)
