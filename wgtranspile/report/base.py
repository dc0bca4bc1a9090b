"""What every message format has: findings in, and at the end what the run did; text for stderr out."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from wgtranspile.diagnostics.model import Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from wgtranspile.artefact import Artefact, KeyFile
    from wgtranspile.diagnostics.model import Diagnostic, Summary


class Written(NamedTuple):
    """What a run wrote, and the commands that bring it up; each of `keys` comes with its interface and config.

    `target` is what the run is for, as `--to` names it.
    """

    artefacts: Iterable[Artefact] = ()
    activate: Iterable[str] = ()
    deactivate: Iterable[str] = ()
    update: Iterable[str] = ()
    keys: Iterable[tuple[str, str, KeyFile]] = ()
    target: str | None = None


class Run(NamedTuple):
    """What a run ends with; `advice` says what to do next, a line each."""

    summary: Summary
    failed: bool = False
    written: Written = Written()
    advice: Iterable[str] = ()


class Report:
    """The report of a run in one message format. Each method returns the text that comes next, perhaps none."""

    #: Whether people read it; one for programs is complete.
    is_for_people = False
    #: Whether it names what the run wrote.
    names_artefacts = False

    def __init__(self, *, quiet: bool = False, statistics: bool = False, color: bool = False) -> None:
        self.quiet = quiet
        self.statistics = statistics
        self.color = color
        self.kept: list[Diagnostic] = []

    def shows(self, found: Diagnostic) -> bool:  # noqa: ARG002  most show every finding
        """Whether a finding is shown."""
        return True

    def expect_many(self) -> None:
        """Prepare for the findings of many configs."""

    def add(self, diagnostics: Sequence[Diagnostic]) -> str:
        """Take findings that are shown; those of one config follow one another."""
        raise NotImplementedError

    def stop(self, configs: int) -> str:  # noqa: ARG002  most have said everything
        """End early, after so many configs."""
        return ""

    def end(self, run: Run) -> str:  # noqa: ARG002  as above
        """End with what the run did."""
        return ""


class ForPeople(Report):
    """A report that people read: with `quiet`, it has only errors, and it never has what is ignored."""

    is_for_people = True

    def shows(self, found: Diagnostic) -> bool:
        """Whether a finding is shown."""
        return not (found.ignored or (self.quiet and found.severity is not Severity.ERROR))


class OneObject(Report):
    """A report that is one object, and so is shown at the end."""

    def add(self, diagnostics: Sequence[Diagnostic]) -> str:
        """Keep findings for the end."""
        self.kept += diagnostics
        return ""
