"""The model of a finding, and the collector that stages report to."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple

from wgtranspile.channels import visible
from wgtranspile.diagnostics.quoted import quoted
from wgtranspile.source import Place

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from wgtranspile.source import Source, Span

# Facts that name a thing of the host, and quote no config.
_NAMES = frozenset(("backend", "file", "interface", "other", "path", "target", "unit"))
# How facts are called where there is no config. Of the others, the names stand for them, as in `wg-quick up INTERFACE`.
_IN_GENERAL = {
    "backend": "the backend",
    "file": "the file",
    "interface": "the interface",
    "key": "this key",
    "name": "this name",
    "network": "this network",
    "other": "another config",
    "target": "the target",
    "text": "this value",
    "unit": "the unit",
}


class Severity(StrEnum):
    """How severe a finding is: an error prevents output, a warning reports a difference or risk, a note informs."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class Fidelity(StrEnum):
    """How an emission that does not match wg-quick exactly differs from it."""

    APPROXIMATE = "approximate"
    DROPPED = "dropped"
    REFUSED = "refused"


class Rule(NamedTuple):
    """A row of the catalogue: the description of one kind of finding.

    `message` and `help` are format strings for the facts of a report; `title` is the message for any config, if
    replacing the facts by general words would not make sense. `wgtranspile explain` prints `explanation`. With
    `is_stricter`, wgtranspile deliberately refuses what wg-quick accepts, or may accept on some hosts.
    """

    code: str
    name: str
    severity: Severity
    message: str
    explanation: str
    help: str = ""
    fidelity: Fidelity | None = None
    title: str = ""
    is_stricter: bool = False

    @property
    def headline(self) -> str:
        """The message for any config."""
        return self.title or _in_general(self.message)

    @property
    def advice(self) -> str:
        """The help for any config; empty if it depends entirely on the config."""
        return "" if re.fullmatch(r"\{\w+\}", self.help) else _in_general(self.help)


class Label(NamedTuple):
    """A place in a source, with a few words to show next to the carets."""

    place: Place
    text: str = ""

    @property
    def span(self) -> Span:
        """The range of the place in its source."""
        return self.place.span


class Kind(NamedTuple):
    """What findings that are counted together have in common."""

    severity: Severity
    code: str
    name: str
    ignored: bool = False


class Diagnostic(NamedTuple):
    """One finding about the file at `path`, ready to be shown.

    `labels[0]` is the primary place, none if the finding is about the whole file; the others may be in other files. An
    `ignored` finding is not shown to people but counted, and marked in the formats for programs. Errors are never
    ignored.
    """

    rule: Rule
    severity: Severity
    message: str
    path: str
    labels: tuple[Label, ...] = ()
    notes: tuple[str, ...] = ()
    help: str = ""
    backend: str | None = None
    ignored: bool = False

    @property
    def place(self) -> Place | None:
        """The primary place."""
        return self.labels[0].place if self.labels else None

    @property
    def kind(self) -> Kind:
        """The kind that it is counted as."""
        return Kind(self.severity, self.rule.code, self.rule.name, self.ignored)


class Summary(NamedTuple):
    """Summary of a run: what it read and generated, how often it found what, and how long it took."""

    configs: int
    artefacts: int
    found: Mapping[Kind, int]
    seconds: float

    def number(self, severity: Severity) -> int:
        """Return the number of findings of a severity."""
        return sum(number for kind, number in self.found.items() if kind.severity is severity)


class Collector:
    """Collects the findings about one source; reporting never raises an exception."""

    __slots__ = ("diagnostics", "path", "source")

    def __init__(self, path: str, source: Source | None = None) -> None:
        self.path: Final = path
        self.source: Final = source
        self.diagnostics: list[Diagnostic] = []

    def report(  # noqa: PLR0913  the parts of a diagnostic, all but the rule optional
        self,
        rule: Rule,
        at: Span | Place | None = None,
        *,
        label: str = "",
        also: Iterable[tuple[Span | Place, str]] = (),
        notes: Iterable[str] = (),
        help: str | None = None,  # noqa: A002  the word of the diagnostic itself
        backend: str | None = None,
        **facts: object,
    ) -> None:
        """Record that `rule` applies at a place, `also` with other places and a few words about each.

        Spans are those of the collector's source. `facts` fill in the rule's message and help; `help` replaces the
        rule's own help for this report. Each text becomes a single line, because file names may contain line ends.
        """
        places = ((self._place(where), text) for where, text in ((at, label), *also))
        labels = tuple(Label(where, text) for where, text in places if where)
        # A key may stand anywhere in a mistyped line, and so in the words that are quoted from it.
        facts = {
            name: fact
            if name in _NAMES or isinstance(fact, int)
            else quoted(str(fact), labels[0].place if labels else None)
            for name, fact in facts.items()
        }
        facts["backend"] = backend
        self.diagnostics.append(
            Diagnostic(
                rule=rule,
                severity=rule.severity,
                message=visible(rule.message.format(**facts)),
                path=self.path,
                labels=labels,
                notes=tuple(map(visible, notes)),
                help=visible(rule.help.format(**facts) if help is None else help),
                backend=backend,
            )
        )

    def _place(self, at: Span | Place | None) -> Place | None:
        if at is None or isinstance(at, Place):
            return at
        return Place(self.source, at) if self.source else None

    @property
    def failed(self) -> bool:
        """Whether an error is among the findings, so that nothing may be written."""
        return any(found.severity is Severity.ERROR for found in self.diagnostics)


def _in_general(text: str) -> str:
    """Return a text without the facts of a config: words for those that stand alone, names for those within a term."""
    text = text.replace("IPv{family}", "IPv4 or IPv6")
    alone = r"`\{(\w+)\}`|(?<!\S)\{(\w+)\}(?=[\s,;:)]|$)"
    text = re.sub(alone, lambda fact: _IN_GENERAL.get(fact[1] or fact[2], fact[0]), text)
    return re.sub(r"\{(\w+)\}", lambda fact: fact[1].upper(), text)
