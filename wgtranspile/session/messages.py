"""What a run says on stderr: findings in the format that was asked for, how far it is, and the summary at its end."""

from __future__ import annotations

import sys
import time
from collections import Counter
from typing import TYPE_CHECKING

from wgtranspile.channels import counted, is_colored
from wgtranspile.diagnostics import Severity, Summary
from wgtranspile.diagnostics.limit import limited
from wgtranspile.session import hosts

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from wgtranspile.artefact import Artefact
    from wgtranspile.diagnostics import Diagnostic, Kind
    from wgtranspile.diagnostics.gathered import Gathered
    from wgtranspile.session.progress import Line

MESSAGE_FORMATS = ("text", "concise", "json", "json-lines", "github", "sarif")
_REPORTS = ("json", "sarif")  # which are one object
#: Which people read, and which need not be complete.
FOR_PEOPLE = ("text", "concise")


class Messages:
    """How findings are shown, to people only errors if `quiet`; and what was found, and how much was done so far.

    `target` is what the run is for, as `--to` names it.
    """

    def __init__(self, message_format: str, target: str, *, quiet: bool = False, statistics: bool = False) -> None:
        self.format = message_format
        self.target = target
        self.quiet = quiet
        self.statistics = statistics
        self.failed = False
        self._kept: list[Diagnostic] = []
        self._gathered: Gathered | None = None
        self._found: Counter[Kind] = Counter()
        self._configs = self._artefacts = 0
        self._shown_before = False
        self._progress: Line | None = None
        self._began = time.monotonic()

    def show_progress(self) -> None:
        """Show from now on how far the run is, where someone sees it."""
        if self.format in FOR_PEOPLE and not self.quiet and sys.stderr.isatty():
            from wgtranspile.session import progress  # lazy: it loads rich

            if progress.wanted():
                self._progress = progress.Line()

    def clear_progress(self) -> None:
        """Take the progress off the terminal until more is done."""
        if self._progress:
            self._progress.clear()

    def gather(self) -> None:
        """Keep from now on what people are told, to say at the end what is equal once and the errors last."""
        if self.format == "text":
            from wgtranspile.diagnostics.gathered import Gathered  # lazy: most runs are of one config

            self._gathered = Gathered(color=is_colored(sys.stderr))

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
        diagnostics = limited(filter(self._is_to_show, diagnostics))
        if self.format in _REPORTS:
            self._kept += diagnostics
        elif self._gathered:
            self._gathered.add(diagnostics)
        elif diagnostics:
            self._show(self._rendered(diagnostics))

    def _is_to_show(self, found: Diagnostic) -> bool:
        """Whether a finding is shown. The formats for programs say of one that it is ignored; `github` cannot."""
        if self.format in FOR_PEOPLE:
            return not (found.ignored or (self.quiet and found.severity is not Severity.ERROR))
        return self.format != "github" or not found.ignored

    def _rendered(self, diagnostics: Sequence[Diagnostic]) -> str:
        # Each format is loaded only where it is asked for.
        if self.format == "github":
            from wgtranspile.diagnostics.github import render as render_github

            return render_github(diagnostics)
        if self.format == "json-lines":
            from wgtranspile.diagnostics.json import render_lines

            return render_lines(diagnostics)
        from wgtranspile.diagnostics.text import render, render_concise

        if self.format == "concise":
            return render_concise(diagnostics)
        separator = "\n" if self._shown_before else ""
        return separator + render(diagnostics, color=is_colored(sys.stderr))

    def report(self, artefacts: Iterable[Artefact] = (), all_made: Sequence[hosts.Made] = ()) -> None:
        """Show what is shown as one object at the end, with what was made."""
        if self.format == "json":
            from wgtranspile.diagnostics.json import render

            activate = [str(command) for made in all_made for command in made.emission.activate]
            deactivate = [str(command) for made in all_made for command in made.emission.deactivate]
            update = [str(command) for made in all_made for command in made.emission.update]
            keys = [(made.name, made.config, file) for made in all_made for file in made.key_files()]
            self._show(render(self._kept, artefacts, activate, deactivate, update, keys, target=self.target))
        elif self.format == "sarif":
            from wgtranspile.diagnostics.sarif import render as render_sarif

            self._show(render_sarif(self._kept))

    def stop(self) -> None:
        """Say what was found so far, as the run does not come to its end."""
        if self._gathered:
            self._show(self._gathered.render())
            if not self.quiet:
                self._show(f"stopped after {counted(self._configs, 'config')}\n")

    def sum_up(self, closing_note: Iterable[str], *, written: bool) -> None:
        """Say at the end what was gathered, how often each finding was found, what to do next, and what the run did."""
        if self._gathered:
            self._show(self._gathered.render())
        if self.statistics:
            from wgtranspile.diagnostics.text import render_statistics

            self._show(render_statistics(self._found))
        if self.format == "json-lines":
            from wgtranspile.diagnostics.json import render_summary as render_line

            self._show(render_line(self._summary(written=written)))
        elif self.format == "text" and (self.failed or not self.quiet):
            self._show("".join(f"{line}\n" for line in closing_note))
            if self._configs > 1 or any(kind.ignored for kind in self._found):
                from wgtranspile.diagnostics.text import render_summary

                self._show(render_summary(self._summary(written=written)))

    def _summary(self, *, written: bool = True) -> Summary:
        return Summary(
            configs=self._configs,
            artefacts=self._artefacts if written else 0,
            found=self._found,
            seconds=round(time.monotonic() - self._began, 3),
        )

    def _show(self, text: str) -> None:
        self.clear_progress()
        self._shown_before = True
        print(text, end="", file=sys.stderr)
