"""One run of the main command: hosts in, artefacts to files or stdout, findings to stderr."""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack
from functools import partial
from heapq import merge
from itertools import chain, groupby, islice
from typing import TYPE_CHECKING

from wgtranspile import hosts
from wgtranspile.diagnostics import Collector, catalogue
from wgtranspile.inputs import Host, Unreadable
from wgtranspile.writer import CannotWriteError, write

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path, PurePosixPath

    from wgtranspile.artefact import Artefact
    from wgtranspile.diagnostics import Diagnostic
    from wgtranspile.writer.tree import Recorded, Staging

MESSAGE_FORMATS = ("text", "concise", "json")
#: So many hosts are not worth another process.
FEW = 32
_NOTHING: Recorded = {}


class Session:
    """What was made of hosts, whether there was an error, and whether files differ."""

    def __init__(self, order: hosts.Order, message_format: str, *, jobs: int, keep_going: bool) -> None:
        self.order = order
        self.message_format = message_format
        self.jobs = jobs
        self.keep_going = keep_going
        self.failed = False
        self.differs = False
        self._diagnostics: list[Diagnostic] = []
        self._made: list[hosts.Made] = []
        self._said = False

    def give(self, found: Iterable[Host], *, show_keys: bool) -> None:
        """Write the artefacts to stdout, each below a line with its place if there are several."""
        artefacts = self._collected(found)
        self._end(artefacts)
        try:
            for artefact in artefacts:
                sys.stdout.buffer.write(self._shown(artefact, len(artefacts), show_keys=show_keys))
            sys.stdout.buffer.flush()
        except BrokenPipeError:
            raise  # whoever read it has enough
        except OSError as error:
            collector = Collector("standard output")
            collector.report(catalogue.CANNOT_WRITE, file="standard output", why=error.strerror)
            self._say(collector.diagnostics)

    def write(self, found: Iterable[Host], root: Path) -> None:
        """Write the artefacts below `root`, all of them or none, and say so."""
        artefacts = self._collected(found)
        try:
            write(artefacts, root)
        except CannotWriteError as error:
            self._say([hosts.cannot_write(root, error)])
            self._made.clear()
            artefacts.clear()
        self._end(artefacts)
        if self._made and self.message_format == "text":
            print("\n".join(self._closing_note(artefacts, root)), file=sys.stderr)

    def keep(self, found: Iterable[Host], staging: Staging) -> None:
        """Write the artefacts as a tree that is kept from run to run: new files, and with `prune` none of the old."""
        from wgtranspile.writer.tree import Tree, recorded

        try:
            with Tree(staging) as tree:
                for outcome in self._outcomes(_joined(found, recorded(staging.root))):
                    tree.record(outcome.host, outcome.files)
                if not self.failed or self.keep_going:
                    tree.replace()
        except CannotWriteError as error:
            self._say([hosts.cannot_write(staging.root, error)])
        self._end()

    def check(self, found: Iterable[Host], staging: Staging) -> None:
        """Show on stdout how the files below the output differ from what `keep` would write."""
        from wgtranspile.writer.tree import recorded

        for outcome in self._outcomes(_joined(found, recorded(staging.root))):
            self.differs |= bool(outcome.difference)
            print(outcome.difference, end="")
        self._end()

    def _outcomes(self, work: Iterable[tuple[Host, Recorded]]) -> Iterator[hosts.Outcome]:
        """Give what becomes of hosts, in order; say what was found of each."""
        function = partial(hosts.transpile_all, self.order)
        remaining = iter(work)
        first = list(islice(remaining, FEW))
        with ExitStack() as stack:
            if len(first) < FEW or self.jobs == 1:
                outcomes: Iterator[hosts.Outcome] = (function([item])[0] for item in chain(first, remaining))
            else:
                from wgtranspile.many import in_order, processes  # lazy: most runs are of few hosts

                executor = stack.enter_context(processes(self.jobs))
                outcomes = in_order(executor, function, chain(first, remaining), self.jobs)
            for outcome in outcomes:
                self._say(outcome.diagnostics)
                yield outcome

    def _collected(self, found: Iterable[Host]) -> list[Artefact]:
        """Give all artefacts at their places below the output: none if one config is refused and all are to be fine."""
        artefacts: list[Artefact] = []
        for outcome in self._outcomes((host, {}) for host in found):
            self._made += outcome.made
            artefacts += (item._replace(path=outcome.host / item.path) for item in outcome.artefacts())
        if self.failed and not self.keep_going:
            self._made.clear()
            artefacts.clear()
        return artefacts

    def _say(self, diagnostics: Sequence[Diagnostic]) -> None:
        """Show findings on stderr, or keep them for the end."""
        self.failed |= hosts.failed(diagnostics)
        if not diagnostics:
            return
        if self.message_format == "json":
            self._diagnostics += diagnostics
            return
        from wgtranspile.diagnostics.text import render, render_concise  # lazy: each format needs its own

        if self.message_format == "concise":
            text = render_concise(diagnostics)
        else:
            color = sys.stderr.isatty() and "NO_COLOR" not in os.environ
            text = "\n" * self._said + render(diagnostics, color=color)
        self._said = True
        print(text, end="", file=sys.stderr)

    def _end(self, artefacts: Iterable[Artefact] = ()) -> None:
        """Show what is shown at the end."""
        if self.message_format == "json":
            from wgtranspile.diagnostics.json import render

            activate = [command for made in self._made for command in made.emission.activate]
            deactivate = [command for made in self._made for command in made.emission.deactivate]
            print(render(self._diagnostics, artefacts, activate, deactivate), end="", file=sys.stderr)

    def _shown(self, artefact: Artefact, count: int, *, show_keys: bool) -> bytes:
        text = artefact.content if show_keys else self._without_keys(artefact.content)
        if count > 1:
            text = f"# {_described(artefact)}\n{text}"
        return text.encode("utf-8", "surrogateescape")

    def _without_keys(self, text: str) -> str:
        from wgtranspile.redact import hide

        return hide(text, {key for made in self._made for key in made.secrets})

    def _closing_note(self, artefacts: Iterable[Artefact], root: Path) -> Iterable[str]:
        from wgtranspile.diagnostics.text import visible

        for artefact in artefacts:
            after = f" -> {artefact.link_to}" if artefact.link_to else f" ({artefact.mode:04o})"
            yield f"wrote {visible(str(root / artefact.path))}{after}"
        commands = [command for made in self._made for command in made.emission.activate]
        if commands:
            yield "to bring it up as root, once the tree lies under /:"
            yield from (f"  {command}" for command in commands)
        if os.geteuid() != 0:
            yield "the files are yours; on the host they belong to root"


def _described(artefact: Artefact) -> str:
    """Give the place of an artefact, with its mode and owner or with what it links to."""
    if artefact.link_to is not None:
        return f"{artefact.path} -> {artefact.link_to}"
    return f"{artefact.path} ({artefact.mode:04o} {artefact.owner}:{artefact.group})"


def _joined(
    found: Iterable[Host], records: Iterable[tuple[PurePosixPath, Recorded]]
) -> Iterator[tuple[Host, Recorded]]:
    """Give hosts with what is recorded of each, in the order of their paths; one that is only recorded has no configs.

    Of what lies in a folder that cannot be read it is not known whether it has any.
    """
    unread: PurePosixPath | None = None
    hosts_found = ((host.path, host, None) for host in found)
    hosts_recorded = ((path, None, files) for path, files in records)
    together = merge(hosts_found, hosts_recorded, key=lambda entry: entry[0].parts)
    for path, entries in groupby(together, key=lambda entry: entry[0]):
        host, files = Host(path, ()), _NOTHING
        for _, one, record in entries:
            host, files = one or host, record or files
        if any(isinstance(config, Unreadable) for config in host.configs):
            unread = path
        elif not host.configs and unread and path.is_relative_to(unread):
            host = Host(path, (Unreadable(()),))
        yield host, files
