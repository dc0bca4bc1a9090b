"""A running host from wg-quick to another manager of networks, with proof and a way back.

In: interfaces that wg-quick has up, on this host, as root. Out: the same tunnels under the target, or all as before.
"""

from __future__ import annotations

from shutil import which
from typing import TYPE_CHECKING, NamedTuple

from wgtranspile import pipeline
from wgtranspile.backends import Chosen
from wgtranspile.diagnostics import Collector, Severity
from wgtranspile.diagnostics.catalogue import migration as catalogue
from wgtranspile.files import inputs
from wgtranspile.migration import before, course, facts, preflight
from wgtranspile.migration.engine import Course, undisturbed
from wgtranspile.migration.model import Candidate, Done, Migration, Outcome, Status
from wgtranspile.migration.record import STORE, Record, find
from wgtranspile.model import number
from wgtranspile.readers import SnapshotError, snapshot

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wgtranspile.backends import Target
    from wgtranspile.diagnostics import Diagnostic
    from wgtranspile.migration.facts import Facts
    from wgtranspile.model.host import Host

__all__ = [
    "BusyError",
    "CannotReturnError",
    "Done",
    "Outcome",
    "Prepared",
    "confirm",
    "migrate",
    "prepare",
    "rollback",
]


class BusyError(Exception):
    """A migration of the interface is in its course."""


class CannotReturnError(Exception):
    """The config of a tunnel is not there any more, or wg-quick is not."""


class Prepared(NamedTuple):
    """What a migration would be: the findings, and if no error is among them, all that is needed to begin.

    `already` tells that all interfaces have been migrated to the target before, and wg-quick has none of them.
    """

    findings: tuple[Diagnostic, ...]
    migration: Migration | None = None
    facts: Facts | None = None
    already: bool = False

    @property
    def refused(self) -> bool:
        """Whether an error was found."""
        return any(found.severity is Severity.ERROR for found in self.findings)


def prepare(
    names: Sequence[str],
    target: Target,
    options: pipeline.Options,
    *,
    seconds_to_confirm: int = 0,
    hold: bool = False,
) -> Prepared:
    """Ask the host and the configs all that matters; nothing is changed."""
    if stops := preflight.first(is_root=facts.is_root(), has_systemd=facts.has_systemd()):
        return Prepared(tuple(stops))
    version = facts.version(target)
    chosen = Chosen(target, version if version >= target.oldest else ())
    found: list[Diagnostic] = []
    tunnels: list[Candidate] = []
    for name in names:
        host = Collector(name)
        tunnel, findings = _tunnel(name, chosen, options, host)
        found += [*host.diagnostics, *findings]
        if tunnel:
            tunnels.append(tunnel)
    if len(tunnels) < len(names):
        return Prepared(tuple(found))
    folder = STORE / ",".join(names)
    daemon = facts.unit(target.unit)
    migration = Migration(target, tuple(tunnels), daemon, version, folder, seconds_to_confirm, hold=hold)
    if all(_is_migrated(tunnel, target) for tunnel in tunnels):
        return Prepared(tuple(found), migration, already=True)
    gathered = facts.gather(migration, course.files(migration))
    found += pipeline.judge(preflight.findings(migration, gathered), options)
    return Prepared(tuple(found), migration, gathered)


def migrate(prepared: Prepared, tell: Callable[[Done], None]) -> tuple[Outcome, list[Done]]:
    """Do what was prepared; give how it ended, and the steps that were taken."""
    if prepared.already or prepared.migration is None or prepared.facts is None:
        return Outcome.DONE, []
    steps = Course(prepared.migration, Record(prepared.migration.folder), tell)
    return steps.forth(prepared.facts), steps.done


def rollback(interface: str) -> Outcome:
    """Bring back what was migrated together with an interface.

    Raises LookupError where nothing was, BusyError while it is being migrated, CannotReturnError where wg-quick could
    not bring it up.
    """
    folder = find(interface)
    if folder is None or (status := Record(folder).status) is None:
        raise LookupError(interface)
    record = Record(folder)
    if status is Status.BACK:
        return Outcome.DONE
    if status is Status.CHANGING and record.is_busy:
        raise BusyError(interface)
    if which("wg-quick") is None or not before.can_come_back(record.about):
        raise CannotReturnError(interface)
    record.take_back()
    with undisturbed():
        failed, _ = record.bring_back()
        different = before.settled(lambda: before.changed(record.about))
    return Outcome.ROLLBACK_FAILED if failed or different else Outcome.DONE


def confirm(interface: str) -> bool:
    """Keep a migration that waits for it; give whether one did. Raises LookupError where there is none."""
    folder = find(interface)
    if folder is None:
        raise LookupError(interface)
    try:
        Record(folder).keep(Status.UNCONFIRMED)
    except FileNotFoundError:
        return False
    return True


def _tunnel(
    name: str, chosen: Chosen, options: pipeline.Options, host: Collector
) -> tuple[Candidate | None, tuple[Diagnostic, ...]]:
    """Return a live tunnel with what is to become of it, and the findings of its config; None where there is no way."""
    try:
        live = snapshot(name)
        if live is None or not live.tunnel.is_wireguard:
            host.report(catalogue.TUNNEL_NOT_UP, interface=name)
            return None, ()
        result = _result(name, chosen, options, live)
        if result.tunnel is None or result.emission is None:
            return None, result.diagnostics
        verdict = before.verify(result.tunnel)
    except SnapshotError as error:
        host.report(catalogue.HOST_NOT_READABLE, why=error.message, help=error.help)
        return None, ()
    unit = facts.unit(f"wg-quick@{name}.service")
    tunnel = Candidate(result.tunnel, result.emission, live, verdict.differences, unit.active, unit.is_enabled)
    of_live = pipeline.judge(preflight.of_live(tunnel.wanted, verdict), options)
    return tunnel, (*result.diagnostics, *of_live)


def _result(name: str, chosen: Chosen, options: pipeline.Options, live: Host) -> pipeline.Result:
    """Return what the backend makes of a config, with what wg-quick has found out on this host pinned."""
    read = inputs.read(inputs.of_interface(name))
    if isinstance(read, inputs.Unreadable):
        return pipeline.Result(read.diagnostics)
    tunnel = live.tunnel
    pinned = options._replace(fwmark=number(tunnel.device.fwmark) or None, mtu=number(tunnel.mtu))
    result = pipeline.transpile(read.source, read.name, str(chosen), pinned)
    return result._replace(diagnostics=(*pipeline.judge(read.diagnostics, options), *result.diagnostics))


def _is_migrated(tunnel: Candidate, target: Target) -> bool:
    folder = find(tunnel.name)
    if folder is None or tunnel.by_unit:
        return False
    record = Record(folder)
    return record.status is Status.MIGRATED and record.about.target == target.name
