"""A running host from wg-quick to another manager of networks, with proof and a way back.

In: interfaces that wg-quick has up, on this host, as root. Out: the same tunnels under the target, or all as before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from wgtranspile import inputs, pipeline, state
from wgtranspile.diagnostics import Collector, Severity, catalogue
from wgtranspile.migration import course, facts, preflight
from wgtranspile.migration.engine import Course, differing
from wgtranspile.migration.model import Done, Migration, Outcome, Status, Target, Tunnel
from wgtranspile.migration.record import STORE, Record, find

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wgtranspile.diagnostics import Diagnostic
    from wgtranspile.migration.facts import Facts
    from wgtranspile.plan import Plan

__all__ = ["Done", "Outcome", "Prepared", "Target", "confirm", "migrate", "prepare", "rollback"]


class Prepared(NamedTuple):
    """What a migration would be: the findings, and if no error is among them, all that is needed to begin.

    `already` tells that all interfaces have been migrated before, and are as they should be.
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
    found: list[Diagnostic] = []
    tunnels: list[Tunnel] = []
    for name in names:
        host = Collector(name)
        now = _live(name, host)
        found += host.diagnostics
        if now is None:
            continue
        results = _results(name, target, options, now)
        found += results.diagnostics
        if results.plan and results.emission:
            unit = facts.unit(f"wg-quick@{name}.service")
            tunnels.append(Tunnel(results.plan, results.emission, now, unit.active, unit.is_enabled))
            found += preflight.of_live(tunnels[-1], differing(tunnels[-1]))
    if len(tunnels) < len(names):
        return Prepared(tuple(found))
    folder = STORE / ",".join(names)
    migration = Migration(target, tuple(tunnels), facts.unit(target.unit), folder, seconds_to_confirm, hold=hold)
    migrated = frozenset(tunnel.name for tunnel in tunnels if _is_migrated(tunnel))
    if len(migrated) == len(tunnels):
        return Prepared(tuple(found), migration, already=True)
    gathered = facts.gather(migration, course.files(migration))._replace(migrated=migrated)
    found += pipeline.judge(preflight.findings(migration, gathered), options)
    return Prepared(tuple(found), migration, gathered)


def migrate(prepared: Prepared, tell: Callable[[Done], None]) -> tuple[Outcome, list[Done]]:
    """Do what was prepared; give how it ended, and the steps that were taken."""
    if prepared.already or prepared.migration is None or prepared.facts is None:
        return Outcome.DONE, []
    steps = Course(prepared.migration, Record(prepared.migration.folder), tell)
    return steps.forth(prepared.facts), steps.done


def rollback(interface: str) -> Outcome:
    """Bring back what was migrated together with an interface. Raises LookupError where nothing was."""
    folder = find(interface)
    if folder is None:
        raise LookupError(interface)
    record = Record(folder)
    if record.status is Status.BACK:
        return Outcome.DONE
    record.bring_back()
    plans = [_plan(name) for name in folder.name.split(",")]
    as_before = all(plan and _is_as_planned(plan) for plan in plans)
    return Outcome.DONE if as_before and Record(folder).status is Status.BACK else Outcome.ROLLBACK_FAILED


def confirm(interface: str) -> bool:
    """Keep a migration that waits for it; give whether one did. Raises LookupError where there is none."""
    folder = find(interface)
    if folder is None:
        raise LookupError(interface)
    record = Record(folder)
    if record.status is not Status.UNCONFIRMED:
        return False
    record.mark(Status.MIGRATED)
    return True


def _live(name: str, collector: Collector) -> state.State | None:
    try:
        now = state.snapshot(name)
    except state.SnapshotError as error:
        collector.report(catalogue.HOST_NOT_READABLE, why=error.message, help=error.help)
        return None
    if now is None or now.device is None:
        collector.report(catalogue.TUNNEL_NOT_UP, interface=name)
        return None
    return now


def _results(name: str, target: Target, options: pipeline.Options, live: state.State) -> pipeline.Result:
    """Give what the backend makes of a config, with what wg-quick has found out on this host pinned."""
    read = _read(name)
    if isinstance(read, inputs.Unreadable):
        return pipeline.Result(read.diagnostics)
    mark = live.device.fwmark if live.device else 0
    pinned = options._replace(fwmark=mark or None, mtu=live.link.mtu)
    result = pipeline.transpile(read.source, read.name, target, pinned)
    return result._replace(diagnostics=(*pipeline.judge(read.diagnostics, options), *result.diagnostics))


def _read(name: str) -> inputs.Input | inputs.Unreadable:
    return inputs.read(inputs.Named(inputs.ETC / f"{name}.conf", name))


def _is_migrated(tunnel: Tunnel) -> bool:
    folder = find(tunnel.name)
    return folder is not None and Record(folder).status is Status.MIGRATED and not tunnel.by_unit


def _plan(name: str) -> Plan | None:
    read = _read(name)
    return None if isinstance(read, inputs.Unreadable) else pipeline.plan_config(read.source, read.name).plan


def _is_as_planned(plan: Plan) -> bool:
    wanted = state.expected(plan)
    try:
        return not state.compare(wanted, state.snapshot(plan.interface, state.host_names(wanted)))
    except state.SnapshotError:
        return False
