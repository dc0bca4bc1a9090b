"""What speaks against a migration, or is worth knowing before it. Pure: the host was asked before.

In: a migration, the facts, and how a live tunnel differs from its config. Out: findings; errors stop.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from wgtranspile.diagnostics import Collector, catalogue
from wgtranspile.migration.model import Target
from wgtranspile.plan import AddRules

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wgtranspile.diagnostics import Diagnostic
    from wgtranspile.migration.facts import Facts
    from wgtranspile.migration.model import Migration, Tunnel
    from wgtranspile.state import Difference

#: The oldest version that knows all that is written for it, and that for what only some files need.
OLDEST = {Target.NETWORKD: (248,), Target.NETWORKMANAGER: (1, 42)}
OLDEST_FOR = {"etc/systemd/networkd.conf.d": (249,), "etc/credstore": (256,)}


def findings(migration: Migration, facts: Facts) -> list[Diagnostic]:
    """Give all that is found of a migration on a host."""
    host = Collector("this host")
    _check_daemon(migration, facts, host)
    _check_rules(migration, facts, host)
    found = [*host.diagnostics]
    for tunnel in migration.tunnels:
        collector = Collector(tunnel.plan.source.path, tunnel.plan.source)
        _check_files(tunnel, facts, collector)
        _check_use(migration, tunnel, facts, collector)
        found += collector.diagnostics
    return found


def of_live(tunnel: Tunnel, differences: Iterable[Difference]) -> list[Diagnostic]:
    """Give what is found of a live tunnel that differs from what its config says."""
    collector = Collector(tunnel.plan.source.path, tunnel.plan.source)
    for difference in differences:
        collector.report(
            catalogue.LIVE_TUNNEL_DIFFERS,
            item=f"{difference.area} {difference.item}",
            wanted=difference.wanted or "nothing",
            found=difference.found or "nothing",
        )
    return collector.diagnostics


def _check_daemon(migration: Migration, facts: Facts, collector: Collector) -> None:
    target = migration.target
    written = {str(artefact.path.parent) for tunnel in migration.tunnels for artefact in tunnel.emission.artefacts}
    version = facts.versions[target]
    oldest = max([OLDEST[target], *(needed for folder, needed in OLDEST_FOR.items() if folder in written)])
    if not version or facts.daemons[target].enabled in ("", "not-found"):
        collector.report(catalogue.TARGET_MISSING, target=target, unit=target.unit)
    elif version < oldest:
        collector.report(catalogue.TARGET_TOO_OLD, target=target, version=_dotted(version), oldest=_dotted(oldest))
    elif facts.daemons[target].enabled.startswith("masked"):
        collector.report(catalogue.TARGET_MASKED, unit=target.unit)
    elif not facts.daemons[target].active:
        rule = catalogue.NETWORKD_IS_STARTED if target is Target.NETWORKD else catalogue.NETWORKMANAGER_NOT_RUNNING
        collector.report(rule)


def _check_rules(migration: Migration, facts: Facts, collector: Collector) -> None:
    """Report policy rules that networkd would remove: those of tunnels that change over go anyway."""
    if migration.target is not Target.NETWORKD or facts.keeps_foreign_rules:
        return
    if any(
        "keep-foreign-rules" in str(artefact.path)
        for tunnel in migration.tunnels
        for artefact in tunnel.emission.artefacts
    ):
        return
    marks = {step.mark for tunnel in migration.tunnels for step in tunnel.plan.up if isinstance(step, AddRules)}
    own = sum(isinstance(step, AddRules) for tunnel in migration.tunnels for step in tunnel.plan.up)
    of_marks = [rule for rule in facts.rules if any(f"fwmark {mark:#x}" in rule for mark in marks)]
    suppressing = [rule for rule in facts.rules if "suppress_prefixlength 0" in rule or "suppress_prefixlen 0" in rule]
    foreign = [rule for rule in facts.rules if rule not in of_marks and rule not in suppressing]
    foreign += suppressing[own:]
    for rule in foreign:
        collector.report(catalogue.FOREIGN_RULE, rule_text=rule)


def _check_files(tunnel: Tunnel, facts: Facts, collector: Collector) -> None:
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


def _check_use(migration: Migration, tunnel: Tunnel, facts: Facts, collector: Collector) -> None:
    name = tunnel.name
    if name in facts.migrated:
        collector.report(catalogue.MIGRATED_BEFORE, interface=name)
    for drop_in in facts.drop_ins[name]:
        collector.report(catalogue.DROP_IN_IS_LOST, file=drop_in, interface=name)
    for unit in facts.dependents[name]:
        if not unit.endswith(".target"):
            collector.report(catalogue.UNIT_DEPENDS, unit=unit, interface=name)
    if facts.session == name:
        rule = catalogue.SESSION_IN_TUNNEL_GUARDED if migration.seconds_to_confirm else catalogue.SESSION_IN_TUNNEL
        collector.report(rule, interface=name)


def _dotted(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))
