"""`wgtranspile migrate`: move tunnels of this host to another network manager."""

import sys
from typing import TYPE_CHECKING, NamedTuple

from wgtranspile.cli import command, options
from wgtranspile.cli.ending import refuse_record, say_last
from wgtranspile.spelling import one_of

if TYPE_CHECKING:
    from wgtranspile import pipeline

_EXAMPLES = """\
Examples:

\b
  wgtranspile migrate --to networkd --dry-run wg0   show the steps and any obstacles
  wgtranspile migrate --to networkd wg0             migrate now; roll back if anything fails
  wgtranspile migrate --to nm --confirm 120 wg0     roll back unless you confirm within 120 s
  wgtranspile confirm wg0                           confirm, also from another login
  wgtranspile rollback wg0                          return to wg-quick later

\b
Exit status: 0 migrated; 1 refused, nothing changed; 2 incorrect usage; 3 rolled back; 4 the rollback failed.
"""


class Migrate(NamedTuple):
    """Migrate tunnels of this host from wg-quick to another network manager, or roll back if their state changes."""

    interfaces: options.Interfaces
    to: options.ToManager
    dry_run: options.DryRun = False
    confirm: options.Confirm = 0
    hold: options.Hold = False
    keys: options.KeysOfMigration = None
    keep_foreign_rules: options.KeepForeignRules = None
    strict: options.Strict = False
    allow: options.Allow = None
    json: options.Json = False


app = command.app(Migrate, _EXAMPLES)


def run(asked: Migrate) -> int:
    """Migrate the interfaces, or show what would be done, and return the exit status."""
    from wgtranspile import backends, migration  # lazy: --help needs none of it
    from wgtranspile.migration import report

    asked = asked._replace(to=backends.SHORT.get(asked.to, asked.to))
    check(asked)
    wanted = _wanted(asked)
    names = list(dict.fromkeys(asked.interfaces))
    try:
        prepared = migration.prepare(
            names, backends.TARGETS[asked.to], wanted, seconds_to_confirm=asked.confirm, hold=asked.hold
        )
    except OSError as error:
        return refuse_record(error)
    if not asked.json:
        print(report.render_findings(prepared, dry_run=asked.dry_run), end="", file=sys.stderr)
    done: list[migration.Done] = []
    outcome = migration.Outcome.REFUSED if prepared.refused else migration.Outcome.DONE
    if not asked.dry_run and not prepared.refused:
        outcome, done = migration.migrate(prepared, report.silent if asked.json else report.tell)
    if asked.json:
        say_last(report.as_json(prepared, outcome, done, dry_run=asked.dry_run), sys.stdout)
    else:
        say_last(report.render_outcome(prepared, outcome, dry_run=asked.dry_run), sys.stderr)
    return outcome


def check(asked: Migrate) -> None:
    """Check the words of options and their combinations. Raises WrongUsageError or UnknownWordError."""
    from wgtranspile import backends
    from wgtranspile.backends.targets import DAEMONS, NETWORKMANAGER

    one_of("--to", asked.to, DAEMONS)
    if asked.keys is not None:
        one_of("--keys", asked.keys, backends.KeyStorage)
    command.check_heeded(DAEMONS[asked.to], keep_foreign_rules=asked.keep_foreign_rules is not None)
    if asked.keys == backends.KeyStorage.EXTERNAL and asked.to == NETWORKMANAGER.name:
        raise command.WrongUsageError(
            "--keys external makes NetworkManager ask for keys, which nobody can enter during a migration"
        )


def _wanted(asked: Migrate) -> "pipeline.Options":
    """Return what is asked for each config."""
    from wgtranspile import backends, pipeline
    from wgtranspile.cli.findings import codes

    return pipeline.Options(
        keys=None if asked.keys is None else backends.KeyStorage(asked.keys),
        keep_foreign_rules=asked.keep_foreign_rules,
        strict=asked.strict,
        allow=codes("--allow", asked.allow or []),
    )
