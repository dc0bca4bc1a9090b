"""What becomes of the hosts of a run, one after the other: in this process, or in several."""

from __future__ import annotations

from contextlib import ExitStack
from functools import partial
from heapq import merge
from itertools import chain, groupby, islice
from typing import TYPE_CHECKING, NamedTuple

from wgtranspile import pipeline
from wgtranspile.diagnostics.defect import defect
from wgtranspile.files.inputs import Host, Unreadable
from wgtranspile.session import hosts

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator
    from pathlib import PurePosixPath

    from wgtranspile.artefact import Artefact
    from wgtranspile.checks.fleet import Fleet
    from wgtranspile.files.manifest import Recorded
    from wgtranspile.files.tree import Staging
    from wgtranspile.session.messages import Messages

#: So many hosts are not worth another process.
FEW = 32
_NOTHING: Recorded = {}


class Collected(NamedTuple):
    """What was made of all hosts: artefacts with their paths under the output, and from which configs."""

    artefacts: list[Artefact]
    made: list[hosts.Made]


class Session:
    """A run: what is asked for each host, how it says what it finds, and whether files differ."""

    def __init__(
        self,
        order: hosts.Order,
        messages: Messages,
        *,
        jobs: int,
        keep_going: bool,
    ) -> None:
        self.order = order
        self.messages = messages
        self.jobs = jobs
        self.keep_going = keep_going
        self.differs = False

    @property
    def is_refused(self) -> bool:
        """Whether nothing is written, as there was an error."""
        return self.messages.failed and not self.keep_going

    def outcomes(
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
            stack.callback(self.messages.clear_progress)
            if len(first) == FEW:
                self.messages.show_progress()
            if len(first) == FEW or sum(len(host.configs) for host, _ in first) > 1:
                self.messages.gather()
            if len(first) < FEW or self.jobs == 1:
                outcomes: Iterator[hosts.Outcome] = (function([item])[0] for item in chain(first, remaining))
            else:
                from wgtranspile.many import in_order, processes  # lazy: most runs are of few hosts

                executor = stack.enter_context(processes(self.jobs))
                outcomes = in_order(executor, function, chain(first, remaining), self.jobs)
            for outcome in outcomes:
                self.messages.tell(outcome)
                if fleet:
                    fleet.add_all(outcome.members)
                yield outcome
        for diagnostics in fleet.findings() if fleet else ():
            self.messages.say(tuple(pipeline.judge(diagnostics, self.order.options)))

    def collected(self, found: Iterable[Host]) -> Collected:
        """Return what was made of all hosts; nothing if a config is refused, without `keep_going`."""
        everything = Collected([], [])
        for outcome in self.outcomes((host, {}) for host in found):
            everything.made.extend(outcome.made)
            everything.artefacts.extend(outcome.placed())
        return Collected([], []) if self.is_refused else everything

    def fail(self, error: Exception) -> None:
        """Say that wgtranspile itself fails, in the format of all that is said."""
        self.messages.say([defect("wgtranspile", error)])
        self.messages.made()


def joined(found: Iterable[Host], records: Iterable[tuple[PurePosixPath, Recorded]]) -> Iterator[tuple[Host, Recorded]]:
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
