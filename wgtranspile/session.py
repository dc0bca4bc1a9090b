"""One run of the main command: hosts in, artefacts to files or stdout, findings to stderr."""

from __future__ import annotations

import errno
import os
import stat
import sys
import time
from collections import Counter
from contextlib import ExitStack, closing
from functools import partial
from heapq import merge
from itertools import chain, groupby, islice
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from wgtranspile import hosts, pipeline
from wgtranspile.channels import counted, is_colored, painted_diff, quoted_path, visible, visible_lines
from wgtranspile.diagnostics import Collector, Severity, Summary
from wgtranspile.diagnostics.catalogue.environment import CANNOT_WRITE
from wgtranspile.diagnostics.catalogue.security import READABLE_OUTPUT
from wgtranspile.diagnostics.defect import defect
from wgtranspile.diagnostics.limit import limited
from wgtranspile.inputs import Host, Unreadable
from wgtranspile.report import Run, Written
from wgtranspile.writer import CannotWriteError, write

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator, Sequence
    from pathlib import PurePosixPath
    from typing import TextIO

    from wgtranspile.artefact import Artefact, KeyFile
    from wgtranspile.checks.fleet import Fleet
    from wgtranspile.diagnostics import Diagnostic, Kind
    from wgtranspile.progress import Line
    from wgtranspile.report import Report
    from wgtranspile.writer import Existing
    from wgtranspile.writer.manifest import Recorded
    from wgtranspile.writer.tree import Staging

#: So many hosts are not worth another process.
FEW = 32
_NOTHING: Recorded = {}
# The targets whose `activate` ends a tunnel of wg-quick.
_TAKING_OVER = ("networkd", "networkmanager")


class Writing(NamedTuple):
    """Where files are written, whose folders root trusts there, and what becomes of files of somebody else."""

    root: Path
    trust_owner: Sequence[str]
    existing: Existing


class Session:
    """What was made of hosts, whether there was an error, and whether files differ."""

    def __init__(self, order: hosts.Order, report: Report, *, jobs: int, keep_going: bool) -> None:
        self.order = order
        self.report = report
        self.jobs = jobs
        self.keep_going = keep_going
        self.failed = False
        self.differs = False
        self._made: list[hosts.Made] = []
        self._listed: Iterable[Artefact] = ()
        self._closing_note: list[str] = []
        self._found: Counter[Kind] = Counter()
        self._configs = self._artefacts = 0
        self._progress: Line | None = None
        self._began = time.monotonic()

    def give(self, found: Iterable[Host], *, show_keys: bool) -> None:
        """Write the artefacts to stdout, each below a line with its place if there are several."""
        artefacts = self._collected(found)
        if any(artefact.secret for artefact in artefacts) and _others_read(sys.stdout):
            collector = Collector("standard output")
            collector.report(READABLE_OUTPUT)
            judged = tuple(pipeline.judge(collector.diagnostics, self.order.options))
            self._say(judged)
            if hosts.failed(judged):
                self._made.clear()
                artefacts.clear()
        shown = self._print(*(self._shown(artefact, len(artefacts), show_keys=show_keys) for artefact in artefacts))
        self._listed = artefacts if shown else ()

    def _print(self, *parts: bytes) -> bool:
        """Write to stdout, and give whether it could be written."""
        if parts:
            self._clear_progress()
        try:
            if sys.stdout is None:
                raise OSError(errno.EBADF, os.strerror(errno.EBADF))  # noqa: TRY301  as of any file that is closed
            sys.stdout.buffer.writelines(parts)
            sys.stdout.buffer.flush()
        except BrokenPipeError:
            raise  # whoever read it has enough
        except OSError as error:
            collector = Collector("standard output")
            collector.report(CANNOT_WRITE, file="standard output", why=error.strerror)
            self._say(collector.diagnostics)
            return False
        return True

    def write(self, found: Iterable[Host], writing: Writing) -> None:
        """Write the artefacts below the root, all of them or none, and say so."""
        root = writing.root
        artefacts = self._collected(found)
        try:
            write(artefacts, root, writing.trust_owner, existing=writing.existing)
        except CannotWriteError as error:
            self._say([hosts.cannot_write(root, error)])
            self._made.clear()
            artefacts.clear()
        self._listed = artefacts
        if self._made:
            self._closing_note += self._of_files(artefacts, root)

    def keep(self, found: Iterable[Host], staging: Staging) -> None:
        """Write the artefacts as a tree that is kept from run to run: new files, and with `prune` none of the old."""
        from wgtranspile.writer.tree import Tree

        artefacts: list[Artefact] = []
        made: list[PurePosixPath] = []
        try:
            with (
                Tree(staging) as tree,
                # The processes end before what they make is removed.
                closing(self._outcomes(_joined(found, tree.recorded()), tree.staging)) as outcomes,
            ):
                for outcome in outcomes:
                    tree.record(outcome.host, outcome.files)
                    if outcome.number:
                        made.append(outcome.host)
                    if self.report.names_artefacts:
                        self._made += outcome.made
                        artefacts += outcome.placed()
                if not self.failed or self.keep_going:
                    tree.replace()
                    self._closing_note += _of_trees(made, staging.root)
        except CannotWriteError as error:
            self._say([hosts.cannot_write(staging.root, error)])
        self._listed = artefacts

    def check(self, found: Iterable[Host], staging: Staging | None) -> None:
        """Show on stdout how the files below the output, if there is one, differ from what `keep` would write."""
        if staging is None:
            self._listed = self._collected(found)
            return
        from wgtranspile.writer.tree import opened, recorded

        try:
            with opened(staging) as readable:
                for outcome in self._outcomes(_joined(found, recorded(readable)), readable):
                    self.differs |= bool(outcome.difference)
                    if outcome.difference:
                        shown = painted_diff(outcome.difference) if is_colored(sys.stdout) else outcome.difference
                        self._print(shown.encode("utf-8", "surrogateescape"))
        except CannotWriteError as error:
            self._say([hosts.cannot_write(staging.root, error)])

    def fail(self, error: Exception) -> None:
        """Say that wgtranspile itself fails, in the format of all that is said."""
        self._say([defect("wgtranspile", error)])
        self._made.clear()
        self._listed = ()

    def _outcomes(
        self, work: Iterable[tuple[Host, Recorded]], staging: Staging | None = None
    ) -> Generator[hosts.Outcome]:
        """Yield what becomes of hosts, in order; say what was found of each."""
        function = partial(hosts.transpile_all, self.order._replace(staging=staging))
        fleet: Fleet | None = None
        if self.order.options.fleet_checks:
            from wgtranspile.checks.fleet import Fleet  # lazy: few runs ask for it

            fleet = Fleet()
        remaining = iter(work)
        first = list(islice(remaining, FEW))
        with ExitStack() as stack:
            stack.callback(self._clear_progress)
            if len(first) == FEW:
                self._show_progress()
            if len(first) == FEW or sum(len(host.configs) for host, _ in first) > 1:
                self.report.expect_many()
            if len(first) < FEW or self.jobs == 1:
                outcomes: Iterator[hosts.Outcome] = (function([item])[0] for item in chain(first, remaining))
            else:
                from wgtranspile.many import in_order, processes  # lazy: most runs are of few hosts

                executor = stack.enter_context(processes(self.jobs))
                outcomes = in_order(executor, function, chain(first, remaining), self.jobs)
            for outcome in outcomes:
                self._say(outcome.diagnostics)
                if self._progress:
                    self._progress.advance(outcome.configs, outcome.host, self._summary().number(Severity.ERROR))
                self._configs += outcome.configs
                self._artefacts += outcome.number
                if fleet:
                    fleet.add_all(outcome.members)
                yield outcome
        for diagnostics in fleet.findings() if fleet else ():
            self._say(tuple(pipeline.judge(diagnostics, self.order.options)))

    def _show_progress(self) -> None:
        """Show from now on how far the run is, where someone sees it."""
        if self.report.is_for_people and not self.report.quiet and sys.stderr.isatty():
            from wgtranspile import progress  # lazy: it loads rich

            if progress.wanted():
                self._progress = progress.Line()

    def _clear_progress(self) -> None:
        if self._progress:
            self._progress.clear()

    def _collected(self, found: Iterable[Host]) -> list[Artefact]:
        """Return all artefacts with their paths under the output; none if a config is refused, without `keep_going`."""
        artefacts: list[Artefact] = []
        for outcome in self._outcomes((host, {}) for host in found):
            self._made += outcome.made
            artefacts += outcome.placed()
        if self.failed and not self.keep_going:
            self._made.clear()
            artefacts.clear()
        return artefacts

    def _say(self, diagnostics: Sequence[Diagnostic]) -> None:
        """Show findings on stderr at once, or keep them for the end."""
        self.failed |= hosts.failed(diagnostics)
        self._found.update(found.kind for found in diagnostics)
        if shown := limited(filter(self.report.shows, diagnostics)):
            self._show(self.report.add(shown))

    def stop(self) -> None:
        """Say what was found so far, as the run does not come to its end."""
        self._show(self.report.stop(self._configs))

    def sum_up(self) -> None:
        """Say at the end what was kept for it, what to do next, and what the run did."""
        written = Written(
            self._listed,
            [command for made in self._made for command in made.emission.activate],
            [command for made in self._made for command in made.emission.deactivate],
            [command for made in self._made for command in made.emission.update],
            [(made.name, made.config, file) for made in self._made for file in made.key_files()],
        )
        self._show(self.report.end(Run(self._summary(), self.failed, written, self._closing_note)))

    def _summary(self) -> Summary:
        return Summary(
            configs=self._configs,
            artefacts=0 if self.failed and not self.keep_going else self._artefacts,
            found=self._found,
            seconds=round(time.monotonic() - self._began, 3),
        )

    def _show(self, text: str) -> None:
        if text:
            self._clear_progress()
            print(text, end="", file=sys.stderr)

    def _shown(self, artefact: Artefact, count: int, *, show_keys: bool) -> bytes:
        text = artefact.content if show_keys else self._without_keys(artefact.content)
        if sys.stdout and sys.stdout.isatty():
            text = visible_lines(text)
        if count > 1:
            text = f"# {_described(artefact)}\n{text}"
        return text.encode("utf-8", "surrogateescape")

    def _without_keys(self, text: str) -> str:
        from wgtranspile.redact import conceal_artefact, hide

        text = hide(text, {key for made in self._made for key in made.secrets})
        return "\n".join(map(conceal_artefact, text.split("\n")))

    def _of_files(self, artefacts: Iterable[Artefact], root: Path) -> Iterator[str]:
        """Yield what was written and what to do with it, a line each."""
        for artefact in artefacts:
            after = f" -> {visible(artefact.link_to)}" if artefact.link_to else f" ({artefact.mode:04o})"
            yield f"wrote {visible(str(root / artefact.path))}{after}"
        if files := [(made.config, file) for made in self._made for file in made.emission.key_files]:
            yield "the host also needs these key files, which were not written:"
            yield from (f"  {_required(config, file)}" for config, file in files)
            yield "to generate a private key there, as root (for a preshared key, use `wg genpsk`):"
            yield f"  {_generating(files[0][1])}"
        commands = [command for made in self._made for command in made.emission.activate]
        if commands:
            yield "once the files are in place under /, bring the tunnel up as root:"
            yield from (f"  {command}" for command in commands)
            yield from self._live(root)
        commands = [command for made in self._made for command in made.emission.update]
        if commands:
            yield "to apply changed peers, keys or endpoints without taking the tunnel down:"
            yield from (f"  {command}" for command in commands)
        if os.geteuid() != 0:
            yield "the files belong to your user; on the host, they must belong to root"

    def _live(self, root: Path) -> Iterator[str]:
        """Say what becomes of tunnels that are up, where the files are for this host."""
        if self.order.backend not in _TAKING_OVER or not root.samefile("/"):
            return
        for name in (visible(made.name) for made in self._made if _is_up(made.name)):
            yield f"{name} is up: if wg-quick brought it up, this first uses wg-quick to take it down, with its hooks"
            yield f"(`wgtranspile migrate --to {self.order.backend} {name}` can also roll back)"


def _is_up(interface: str) -> bool:
    """Whether this host has a link of this name: of the kernel's WireGuard or of one in user space."""
    return Path("/sys/class/net", interface).exists()


def _others_read(stream: TextIO | None) -> bool:
    """Whether a stream goes to a file that not only its owner may read."""
    if stream is None:
        return False
    mode = os.fstat(stream.fileno()).st_mode
    return stat.S_ISREG(mode) and bool(mode & (stat.S_IRGRP | stat.S_IROTH))


def _of_trees(made: Sequence[PurePosixPath], root: Path) -> Iterator[str]:
    """Yield where the trees of hosts are and what to do with them, a line each."""
    if made:
        more = ", ..." if made[1:] else ""
        place = f"{visible(str(root))}: {visible(str(made[0] / 'etc'))}{more}"
        yield f"the files of {counted(len(made), 'host')} are under {place}"
        yield 'next: copy each etc folder to / on its host, and bring the tunnels up; see "Roll out" in docs/fleets.md'


def _described(artefact: Artefact) -> str:
    """Return the place of an artefact, with its mode and owner or with what it links to."""
    if artefact.link_to is not None:
        return f"{quoted_path(artefact.path)} -> {quoted_path(artefact.link_to)}"
    return f"{quoted_path(artefact.path)} ({artefact.mode:04o} {artefact.owner}:{artefact.group})"


def _required(config: str, file: KeyFile) -> str:
    """Return the place of a file with a key, with its mode and owner, and whose key it is."""
    place = visible(config) if file.line is None else f"the peer at {visible(config)}:{file.line}"
    stands_for = f", `{{{{ {file.placeholder} }}}}`" if file.placeholder else ""
    return f"/{file.path} ({file.mode:04o} {file.owner}:{file.group}): `{file.setting}` of {place}{stands_for}"


def _generating(file: KeyFile) -> str:
    """Return the command that makes a file with a new key; others cannot read it at any moment."""
    return f"wg genkey | install -D -m {file.mode:04o} -o {file.owner} -g {file.group} /dev/stdin /{file.path}"


def _joined(
    found: Iterable[Host], records: Iterable[tuple[PurePosixPath, Recorded]]
) -> Iterator[tuple[Host, Recorded]]:
    """Yield hosts with what is recorded of each, in the order of their paths; one that is only recorded has no configs.

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
            unread = unread if unread and path.is_relative_to(unread) else path
        elif not host.configs and unread and path.is_relative_to(unread):
            host = Host(path, (Unreadable(()),))
        yield host, files
