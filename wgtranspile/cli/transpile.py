"""The main command: convert configs."""

import os
import sys
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from wgtranspile.cli import command, options
from wgtranspile.cli.ending import DONE, REFUSED
from wgtranspile.spelling import one_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wgtranspile import pipeline
    from wgtranspile.files import Existing
    from wgtranspile.files.inputs import Host
    from wgtranspile.files.tree import Staging
    from wgtranspile.session.outcomes import Session

# What no tree of hosts has, but every root of a system.
_OF_A_SYSTEM = "etc/passwd"
_EXAMPLES = """\
Examples:

\b
  wgtranspile --to networkd -o build/ wg0.conf      write files: build/etc/systemd/network/...
  wgtranspile --to nm -o build/ wg0.conf            the same for NetworkManager
  wgtranspile --to nm@1.42 -o build/ wg0.conf       the same for NetworkManager 1.42 or later
  wgtranspile --to shell -o build/ wg0.conf         a script; run it with `up`
  wgtranspile --to nft wg0.conf | nft -f -          load the firewall of a default route
  wgtranspile --to json wg0.conf | jq .up           show what wg-quick would do
  wgtranspile --to networkd --check fleet/          check a fleet, write nothing
  wgtranspile --to networkd -o out/ fleet/          write all its hosts: out/HOST/etc/...
  wgtranspile verify wg0.conf                       compare this host with the config
  wgtranspile explain B403                          explain a finding
  wgtranspile migrate --to networkd wg0             convert this host, or roll back

\b
Commands: verify, explain, migrate, confirm, rollback (each has --help).
Exit status: 0 success, 1 refused or different, 2 incorrect usage.
"""


class Transpile(NamedTuple):
    """Convert wg-quick(8) configs for other network managers."""

    configs: options.Configs
    to: options.To
    output: options.Output = None
    keys: options.Keys = None
    show_keys: options.ShowKeys = False
    strict: options.Strict = False
    allow: options.Allow = None
    ignore: options.Ignore = None
    fwmark: options.Fwmark = None
    mtu: options.Mtu = None
    name: options.Name = None
    shorten_names: options.ShortenNames = False
    keep_going: options.KeepGoing = False
    activation: options.Activation = "boot"
    keep_foreign_rules: options.KeepForeignRules = None
    check: options.Check = False
    prune: options.Prune = False
    overwrite: options.Overwrite = False
    trust_owner: options.TrustOwner = None
    jobs: options.Jobs = None
    fleet_checks: options.FleetChecks = False
    message_format: options.MessageFormat = "text"
    quiet: options.Quiet = False
    statistics: options.Statistics = False
    version: options.Version = False


app = command.app(Transpile, _EXAMPLES)


def run(asked: Transpile) -> int:
    """Convert the configs, and return the exit status."""
    from wgtranspile import backends  # lazy: --help needs none of it
    from wgtranspile.files import Existing
    from wgtranspile.session import hosts
    from wgtranspile.session.messages import Messages
    from wgtranspile.session.outcomes import Session

    check(asked)
    target = str(backends.find(asked.to))
    wanted = _wanted(asked)
    found = _found(asked)
    existing = Existing.COPIED if asked.overwrite else Existing.REFUSED
    staging = _staging(asked, existing)
    messages = Messages(asked.message_format, target, quiet=asked.quiet, statistics=asked.statistics)
    session = Session(
        hosts.Order(target, wanted, check=asked.check, listed=messages.names_artefacts),
        messages,
        jobs=asked.jobs or len(os.sched_getaffinity(0)),
        keep_going=asked.keep_going,
    )
    try:
        closing_note = _converted(asked, session, found, staging, existing)
    except (BrokenPipeError, KeyboardInterrupt):  # whoever read it has enough
        session.messages.stop()
        raise
    except Exception as error:  # noqa: BLE001  a traceback is of no use to anyone but us, and may quote keys
        session.fail(error)
        closing_note = []
    session.messages.sum_up(closing_note, written=not session.is_refused)
    return REFUSED if session.messages.failed or session.differs else DONE


def check(asked: Transpile) -> None:
    """Check the words of options and their combinations. Raises WrongUsageError or UnknownWordError."""
    from wgtranspile import backends, report
    from wgtranspile.files import inputs

    one_of("--message-format", asked.message_format, report.FORMATS)
    if asked.statistics and not report.load(asked.message_format).is_for_people:
        raise command.WrongUsageError(f"--statistics needs --message-format {' or '.join(report.for_people())}")
    target = backends.find(asked.to, "--to").target
    if asked.keys is not None:
        one_of("--keys", asked.keys, backends.KeyStorage)
    one_of("--activation", asked.activation, backends.Activation)
    command.check_heeded(
        target,
        activation=asked.activation != backends.Activation.BOOT,
        keep_foreign_rules=asked.keep_foreign_rules is not None,
    )
    if inputs.STANDARD_INPUT in asked.configs and asked.name is None:
        raise command.WrongUsageError("standard input has no file name; give the interface with --name IF")
    if asked.shorten_names and asked.name is not None:
        raise command.WrongUsageError("--shorten-names and --name cannot be combined")
    if asked.overwrite and asked.output is None:
        raise command.WrongUsageError("--overwrite needs -o DIR")


def _wanted(asked: Transpile) -> "pipeline.Options":
    """Return what is asked for each config."""
    from wgtranspile import backends, pipeline
    from wgtranspile.cli.findings import codes, ignored

    return pipeline.Options(
        keys=None if asked.keys is None else backends.KeyStorage(asked.keys),
        activation=backends.Activation(asked.activation),
        keep_foreign_rules=asked.keep_foreign_rules,
        fwmark=asked.fwmark,
        mtu=asked.mtu,
        strict=asked.strict,
        allow=codes("--allow", asked.allow or []),
        ignore=ignored(asked.ignore or []),
        fleet_checks=asked.fleet_checks,
    )


def _found(asked: Transpile) -> "Iterable[Host]":
    """Return the hosts with their configs. Raises WrongUsageError for an option that goes with one config only."""
    from wgtranspile.files import inputs

    together = inputs.by_folder(asked.configs) if asked.check and asked.output is None else [asked.configs]
    found: Iterator[Host] = chain.from_iterable(
        inputs.hosts(some, asked.name, without=asked.output, shorten=asked.shorten_names) for some in together
    )
    option = "--name" if asked.name is not None else "--fwmark" if asked.fwmark is not None else ""
    if not option:
        return found
    all_found = list(found)
    if (number := sum(len(host.configs) for host in all_found)) > 1:
        raise command.WrongUsageError(f"{option} applies to a single config, but there are {number}")
    return all_found


def _staging(asked: Transpile, existing: "Existing") -> "Staging | None":
    """Return where to make the files of a tree that is kept from run to run: one for a folder of configs.

    The root of a system is none: its `etc` is not ours to replace.
    """
    from wgtranspile.files.folders import Trust
    from wgtranspile.files.inputs import is_folder

    try:
        trust = Trust.of(asked.trust_owner or [])
    except LookupError as error:
        said = f"--trust-owner accepts users and groups of this machine, or *: {error.args[0]}"
        raise command.WrongUsageError(said) from None
    of_folders = any(is_folder(Path(config)) for config in asked.configs)
    kept = asked.output and not (asked.output / _OF_A_SYSTEM).exists() and of_folders
    if asked.prune and not kept:
        raise command.WrongUsageError(
            "--prune needs a folder of configs and -o DIR, where DIR is not the root of a system"
        )
    if not asked.output or not (kept or asked.check):
        return None
    from wgtranspile.files.tree import Staging  # lazy: most runs are of one config

    return Staging(asked.output, asked.prune, trust, existing)


def _converted(
    asked: Transpile, session: "Session", found: "Iterable[Host]", staging: "Staging | None", existing: "Existing"
) -> list[str]:
    """Do what is asked with the hosts, and return what to say at the end."""
    # Only the place is loaded where the results go.
    if asked.check:
        from wgtranspile.session.files import compare

        compare(session, found, staging)
        return []
    if asked.output is None:
        from wgtranspile.session.stdout import give

        give(session, found, show_keys=asked.show_keys or not (sys.stdout and sys.stdout.isatty()))
        return []
    from wgtranspile.session.files import keep, write

    if staging:
        return keep(session, found, staging)
    return write(session, found, asked.output, asked.trust_owner or [], existing=existing)
