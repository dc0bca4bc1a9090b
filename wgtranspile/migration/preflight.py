"""What speaks against a migration, or is worth knowing before it. Pure: the host was asked before.

In: a migration, the facts, and how a live tunnel differs from its config. Out: findings; errors stop.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from wgtranspile import compare
from wgtranspile.backends.targets import NETWORKD, dotted
from wgtranspile.diagnostics import Collector
from wgtranspile.diagnostics.catalogue import migration as catalogue
from wgtranspile.migration import course
from wgtranspile.migration.model import Status
from wgtranspile.migration.record import UNDER_WAY
from wgtranspile.model import Open, Phase, number
from wgtranspile.model.kernel import OWN_RULES

if TYPE_CHECKING:
    from wgtranspile.compare import Verdict
    from wgtranspile.diagnostics import Diagnostic
    from wgtranspile.migration.facts import Facts
    from wgtranspile.migration.model import Candidate, Migration
    from wgtranspile.model import Tunnel


def first(*, is_root: bool, has_systemd: bool) -> list[Diagnostic]:
    """Return what stops a migration before anything else of the host is worth a look: at most one finding."""
    host = Collector("this host")
    if not is_root:
        host.report(catalogue.NOT_ROOT)
    elif not has_systemd:
        host.report(catalogue.SYSTEMD_NOT_RUNNING)
    return host.diagnostics


def findings(migration: Migration, facts: Facts) -> list[Diagnostic]:
    """Return all that is found of a migration on a host."""
    host = Collector("this host")
    _check_daemon(migration, host)
    _check_rules(migration, facts, host)
    found = [*host.diagnostics]
    for tunnel in migration.tunnels:
        collector = Collector(tunnel.wanted.source.path, tunnel.wanted.source)
        _check_files(tunnel, facts, collector)
        _check_mark(migration, tunnel, facts, collector)
        _check_use(migration, tunnel, facts, collector)
        found += collector.diagnostics
    return found


def of_live(wanted: Tunnel, verdict: Verdict) -> list[Diagnostic]:
    """Return what is found of a live tunnel that differs from what its config says, or of which that cannot be told."""
    collector = Collector(wanted.source.path, wanted.source)
    has_hooks = any(hook.phase in (Phase.PRE_UP, Phase.POST_UP) for hook in wanted.hooks)
    for difference in verdict.differences:
        collector.report(
            catalogue.LIVE_TUNNEL_DIFFERS_BY_HOOK if has_hooks else catalogue.LIVE_TUNNEL_DIFFERS,
            item=f"{difference.area} {difference.item}",
            wanted=f"{difference.wanted or 'nothing'}{'' if difference.line is None else f' (line {difference.line})'}",
            found=difference.found or "nothing",
        )
    for thing in verdict.unchecked:
        collector.report(catalogue.NOT_COMPARED, item=f"{thing.area} {thing.item}", reason=thing.reason)
    return collector.diagnostics


def _check_daemon(migration: Migration, collector: Collector) -> None:
    target, version, daemon = migration.target, migration.version, migration.daemon
    if not version or daemon.enabled in ("", "not-found"):
        collector.report(catalogue.TARGET_MISSING, target=target, unit=target.unit)
    elif version < target.oldest:
        too_old, oldest = dotted(version), dotted(target.oldest)
        collector.report(catalogue.TARGET_TOO_OLD, target=target, version=too_old, oldest=oldest)
    elif daemon.enabled.startswith("masked"):
        collector.report(catalogue.TARGET_MASKED, unit=target.unit)
    elif not daemon.active:
        rule = catalogue.NETWORKD_IS_STARTED if target is NETWORKD else catalogue.NETWORKMANAGER_NOT_RUNNING
        collector.report(rule)


def _check_rules(migration: Migration, facts: Facts, collector: Collector) -> None:
    """Report policy rules that networkd would remove: those of tunnels that change over go anyway."""
    if migration.target is not NETWORKD or facts.keeps_foreign_rules:
        return
    if any(
        "keep-foreign-rules" in str(artefact.path)
        for tunnel in migration.tunnels
        for artefact in tunnel.emission.artefacts
    ):
        return
    own = Counter(rule for tunnel in migration.tunnels for rule in compare.rules_of(tunnel.wanted))
    # Of the kernel's own there is one each; that of main is in what a tunnel needs, too.
    own |= Counter(compare.plain_rules(OWN_RULES))
    there, of_networkd = map(compare.plain_rules, (migration.tunnels[0].live.rules, facts.rules_of_networkd))
    for rule in (Counter(there) - own - Counter(of_networkd)).elements():
        collector.report(catalogue.FOREIGN_RULE, rule_text=compare.describe_rule(rule)[0])


def _check_files(tunnel: Candidate, facts: Facts, collector: Collector) -> None:
    name = tunnel.name
    written = {Path("/", artefact.path) for artefact in tunnel.emission.artefacts}
    for target, files in facts.configured[name].items():
        for file in files:
            if file not in written:
                collector.report(catalogue.INTERFACE_CONFIGURED_TWICE, interface=name, file=file, target=target)
    for file in facts.mentioned[name]:
        collector.report(catalogue.INTERFACE_MENTIONED, interface=name, file=file)
    for path in sorted(written & facts.existing):
        collector.report(catalogue.FILE_IS_REPLACED, file=path)


def _check_mark(migration: Migration, tunnel: Candidate, facts: Facts, collector: Collector) -> None:
    """Report other files that use the number which wg-quick has chosen; one that the config has is its own affair."""
    known = {*course.files(migration)}.union(*facts.configured[tunnel.name].values())
    chosen = tunnel.wanted.device.fwmark
    if isinstance(chosen, Open):
        mark, span = number(chosen), tunnel.wanted.rules[0].span
        for file in facts.numbered.get(mark, ()):
            if file not in known:
                collector.report(catalogue.MARK_IN_USE, span, file=file, mark=mark, interface=tunnel.name)


def _check_use(migration: Migration, tunnel: Candidate, facts: Facts, collector: Collector) -> None:
    name = tunnel.name
    if facts.standings[name] in UNDER_WAY:
        collector.report(catalogue.MIGRATION_UNDER_WAY, interface=name)
    elif facts.standings[name] is Status.MIGRATED:
        collector.report(catalogue.MIGRATED_BEFORE, interface=name)
    if tunnel.wanted.resolver and migration.target is NETWORKD and not facts.has_resolved:
        collector.report(catalogue.RESOLVED_NOT_RUNNING, interface=name)
    if not facts.has_dispatcher and any(
        "dispatcher.d" in artefact.path.parts for artefact in tunnel.emission.artefacts
    ):
        collector.report(catalogue.DISPATCHER_NOT_ENABLED, interface=name)
    for drop_in in facts.drop_ins[name]:
        collector.report(catalogue.DROP_IN_IS_LOST, file=drop_in, interface=name)
    for unit in facts.dependents[name]:
        if not unit.endswith(".target"):
            collector.report(catalogue.UNIT_DEPENDS, unit=unit, interface=name)
    if facts.session == name:
        rule = catalogue.SESSION_IN_TUNNEL_GUARDED if migration.seconds_to_confirm else catalogue.SESSION_IN_TUNNEL
        collector.report(rule, interface=name)
