"""The command line: arguments in, exit status out.

Exit status: 0 success, 1 refused or different, 2 incorrect usage. Refused means that nothing is written to stdout and
no file is changed.
"""

import os
import sys
from contextlib import suppress
from io import TextIOWrapper
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer
from typer.core import TyperCommand

from wgtranspile import __version__
from wgtranspile.channels import is_colored, visible
from wgtranspile.spelling import UnknownWordError, one_of, question

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import TextIO

    from wgtranspile.folders import Trust
    from wgtranspile.inputs import Host
    from wgtranspile.session import Session, Writing
    from wgtranspile.writer import Existing
    from wgtranspile.writer.tree import Staging

REFUSED, USAGE, INTERRUPTED = 1, 2, 130
# Of the text that explains a finding.
_WIDTH = 80
# The base of all that typer says of arguments; from which package it comes depends on the version of typer.
_UsageError: type[Exception] = typer.BadParameter.__mro__[1]
# What no tree of hosts has, but every root of a system.
_OF_A_SYSTEM = "etc/passwd"
_STANDARD_INPUT = "-"
_HELP = ("-h", "--help")


class _WrongUsageError(Exception):
    """The arguments are wrong, in a way that typer does not know."""


class _Command(TyperCommand):
    """A command whose usage line is that of manual pages, `CONFIG...`, and whose errors name one argument."""

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        return [piece.strip("{}") for piece in super().collect_usage_pieces(ctx)]

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if rest := super().parse_args(ctx, args):
            _wrong_usage(f"unexpected argument {rest[0]!r}")
        # Empty is what a variable without a value leaves; as a path it would be the current folder.
        for parameter in self.get_params(ctx):
            value = ctx.params.get(parameter.name)
            if "" in (value if isinstance(value, (list, tuple)) else (value,)):
                message = "it is empty"
                raise typer.BadParameter(message, ctx, parameter)
        return rest


def _app() -> typer.Typer:
    return typer.Typer(
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": [*_HELP], "allow_extra_args": True},
    )


_main_app, _verify_app, _explain_app, _migrate_app, _confirm_app, _rollback_app = (_app() for _ in range(6))
#: The commands by their words on the command line.
APPS = {
    "": _main_app,
    "verify": _verify_app,
    "explain": _explain_app,
    "migrate": _migrate_app,
    "confirm": _confirm_app,
    "rollback": _rollback_app,
}

_EXAMPLES = """\
Examples:

\b
  wgtranspile --to networkd -o build/ wg0.conf      write files: build/etc/systemd/network/...
  wgtranspile --to nm -o build/ wg0.conf            the same for NetworkManager
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


def main() -> NoReturn:
    """Run the command that the process's arguments ask for, and end the process."""
    arguments = sys.argv[1:]
    verb = arguments[0] if arguments and arguments[0] in APPS else ""
    if isinstance(sys.stdout, TextIOWrapper):  # what it cannot hold shows as its code; artefacts go there as bytes
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        _refuse_files_for_options(arguments)
        if not verb:
            _refuse_mistyped_command(arguments)
        status = APPS[verb](
            arguments[1:] if verb else arguments,
            prog_name=f"wgtranspile {verb}".rstrip(),
            standalone_mode=False,
        )
    except SystemExit as end:
        # With this, typer ends where a pipe is broken.
        status = _reader_gone(verb, arguments) if isinstance(end.__context__, BrokenPipeError) else end.code
    except KeyboardInterrupt:
        status = INTERRUPTED
    except BrokenPipeError:
        status = _reader_gone(verb, arguments)
    except _WrongUsageError as error:
        status = _say_usage(str(error), verb)
    except _UsageError as error:
        status = _report_usage(error, verb)
    except Exception as error:  # noqa: BLE001  a traceback is of no use to anyone but us, and may quote keys
        # In the making of a class, as in imports, Python 3.11 has Ctrl-C be the cause of another error.
        status = INTERRUPTED if isinstance(error.__cause__, KeyboardInterrupt) else _report_defect(error)
    _end(status)


def _refuse_files_for_options(arguments: list[str]) -> None:
    """End where an option may be meant for the name of a file, as when a shell or another program lists files."""
    options = arguments[: arguments.index("--")] if "--" in arguments else arguments
    for option in options:
        if option.startswith("-") and option != _STANDARD_INPUT and os.path.lexists(option):
            kind = "folder" if os.path.isdir(option) else "file"  # noqa: PTH112  never raises
            _wrong_usage(
                f"{option!r} is also the name of a {kind}: put -- before the names of configs, or ./ before it"
            )


def _refuse_mistyped_command(arguments: list[str]) -> None:
    """End where the first word is nearly a command; the main command would only say that it needs `--to`."""
    word = arguments[0] if arguments else ""
    of_main = any(argument.startswith("--to") for argument in arguments)
    if not of_main and (meant := question(word, filter(None, APPS))):
        _wrong_usage(f"there is no command {word!r}{meant}")


def _reader_gone(verb: str, arguments: list[str]) -> int:
    """Return the exit status where whoever read stdout has gone; nothing is written to it any more."""
    sys.stdout = None
    # Of the other commands, the end is what matters.
    return 0 if verb in ("", "explain") or {*_HELP} & {*arguments} else REFUSED


def _report_usage(error: Any, verb: str) -> int:
    """Say what typer does not accept, in the form of all other wrong usage."""
    said: str = error.format_message()
    if hasattr(error, "possibilities"):
        parameters = error.ctx.command.get_params(error.ctx)
        options = (flag for parameter in parameters for flag in (*parameter.opts, *parameter.secondary_opts))
        said = f"there is no option {error.option_name!r}{question(error.option_name, options)}"
    return _say_usage(said[:1].lower() + said[1:].rstrip("."), verb)


def _one_of(what: str, word: str, words: "Iterable[str]") -> None:
    try:
        one_of(what, word, words)
    except UnknownWordError as error:
        _wrong_usage(str(error))


def _end(status: object) -> NoReturn:
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream:
                stream.flush()
        except BrokenPipeError:
            pass
        except OSError:
            status = REFUSED
    # Without the freeing of all that was made, for which no one waits: a tenth of the time of a small run.
    os._exit(status if isinstance(status, int) else 0 if status is None else REFUSED)


def _show_version(wanted: bool) -> None:
    if wanted:
        print(f"wgtranspile {__version__}")
        raise typer.Exit


def _folder(text: str) -> Path:
    if not text:
        message = "it is empty; use . for the current folder"
        raise typer.BadParameter(message)
    return Path(text)


def _mark(text: str) -> int:
    try:
        mark = int(text, 0)
    except ValueError:
        mark = 0
    if not 0 < mark < 2**32:
        message = f"{text!r} is not a number from 1 to 4294967295"
        raise typer.BadParameter(message)
    return mark


@_main_app.command(cls=_Command, epilog=_EXAMPLES)
def transpile(
    configs: Annotated[
        list[str], typer.Argument(metavar="CONFIG...", help="NAME.conf, an interface in /etc/wireguard, a folder, or -")
    ],
    to: Annotated[
        str, typer.Option(metavar="BACKEND", help="The target: networkd, networkmanager (nm), shell, nft or json.")
    ],
    output: Annotated[
        Path | None,
        typer.Option(
            "-o", "--output", metavar="DIR", parser=_folder, help="Write files under DIR instead of to stdout."
        ),
    ] = None,
    keys: Annotated[
        str | None,
        typer.Option(metavar="WHERE", help="Where to store keys: file, inline, external (not written) or credential."),
    ] = None,
    show_keys: Annotated[bool, typer.Option("--show-keys", help="Show keys on a terminal.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Treat warnings as errors.")] = False,
    allow: Annotated[
        list[str] | None, typer.Option(metavar="CODE", help="Treat this warning as a note; can be repeated.")
    ] = None,
    ignore: Annotated[
        list[str] | None,
        typer.Option(metavar="CODE", help="Count this warning or note without showing it; can be repeated."),
    ] = None,
    fwmark: Annotated[
        int | None, typer.Option(metavar="N", parser=_mark, help="Pin the mark and table of a default route.")
    ] = None,
    mtu: Annotated[
        int | None, typer.Option(metavar="N", min=1280, max=65535, help="Pin the MTU if the config sets none.")
    ] = None,
    name: Annotated[
        str | None, typer.Option(metavar="IF", help="The interface name, if the file name is not NAME.conf.")
    ] = None,
    shorten_names: Annotated[
        bool, typer.Option("--shorten-names", help="Shorten interface names of more than 15 characters.")
    ] = False,
    keep_going: Annotated[
        bool, typer.Option("--keep-going", help="Write the valid configs even if others are refused.")
    ] = False,
    activation: Annotated[
        str, typer.Option(metavar="WHEN", help="When the tunnel comes up: boot, or manual (only on request).")
    ] = "boot",
    keep_foreign_rules: Annotated[
        bool | None,
        typer.Option(
            "--keep-foreign-rules/--no-keep-foreign-rules",
            help="Have networkd keep policy rules of other programs (default: with a default route or hooks).",
        ),
    ] = None,
    check: Annotated[
        bool,
        typer.Option(
            "--check",
            help="Write nothing; show what would change under DIR as a diff (in a git work tree: only what git keeps).",
        ),
    ] = False,
    prune: Annotated[
        bool, typer.Option("--prune", help="Remove files of earlier runs that this run does not write.")
    ] = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace files not created by wgtranspile, and keep copies of them.")
    ] = False,
    trust_owner: Annotated[
        list[str] | None,
        typer.Option(metavar="USER", help="As root, also write under folders of USER, USER:GROUP, :GROUP or *."),
    ] = None,
    jobs: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="The number of processes (default: one per processor).")
    ] = None,
    fleet_checks: Annotated[
        bool, typer.Option("--fleet-checks", help="Find contradictions between the configs of a fleet.")
    ] = False,
    message_format: Annotated[
        str,
        typer.Option(
            metavar="FORMAT", help="The format of findings: text, concise, json, json-lines, github or sarif."
        ),
    ] = "text",
    quiet: Annotated[bool, typer.Option("--quiet", help="Show only errors (in text and concise).")] = False,
    statistics: Annotated[
        bool, typer.Option("--statistics", help="At the end, show how often each finding occurred.")
    ] = False,
    version: Annotated[  # noqa: ARG001  it is shown before anything else
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Convert wg-quick(8) configs for other network managers."""
    from wgtranspile import backends, hosts, inputs, pipeline, report, session, writer  # lazy: --help needs none of it

    _one_of("--message-format", message_format, report.FORMATS)
    shown = report.load(message_format)(quiet=quiet, statistics=statistics, color=is_colored(sys.stderr))
    if statistics and not shown.is_for_people:
        _wrong_usage(f"--statistics needs --message-format {' or '.join(report.for_people())}")
    to = backends.SHORT.get(to, to)
    if to not in backends.BACKENDS:
        _one_of("--to", to, backends.names())
    if keys is not None:
        _one_of("--keys", keys, backends.KeyStorage)
    _one_of("--activation", activation, backends.Activation)
    if inputs.STANDARD_INPUT in configs and name is None:
        _wrong_usage("standard input has no file name; give the interface with --name IF")
    if shorten_names and name is not None:
        _wrong_usage("--shorten-names and --name cannot be combined")
    if overwrite and output is None:
        _wrong_usage("--overwrite needs -o DIR")
    options = pipeline.Options(
        keys=None if keys is None else backends.KeyStorage(keys),
        activation=backends.Activation(activation),
        keep_foreign_rules=keep_foreign_rules,
        fwmark=fwmark,
        mtu=mtu,
        strict=strict,
        allow=_codes("--allow", allow or []),
        ignore=_ignored(ignore or []),
        fleet_checks=fleet_checks,
    )
    together = inputs.by_folder(configs) if check and output is None else [configs]
    found: Iterator[Host] = chain.from_iterable(
        inputs.hosts(some, name, without=output, shorten=shorten_names) for some in together
    )
    if one := "--name" if name is not None else "--fwmark" if fwmark is not None else "":
        found = iter(_of_one_config(list(found), one))
    existing = writer.Existing.COPIED if overwrite else writer.Existing.REFUSED
    staging = _staging(configs, output, _trust(trust_owner or []), existing, check=check, prune=prune)
    order = hosts.Order(to, options, staging, check, listed=shown.names_artefacts)
    run = session.Session(
        order,
        shown,
        jobs=jobs or len(os.sched_getaffinity(0)),
        keep_going=keep_going,
    )
    writing = session.Writing(output, trust_owner or [], existing) if output else None
    _run(run, found, writing, staging, check=check, show_keys=show_keys)
    run.sum_up()
    raise typer.Exit(REFUSED if run.failed or run.differs else 0)


def _run(
    run: "Session",
    found: "Iterator[Host]",
    writing: "Writing | None",
    staging: "Staging | None",
    *,
    check: bool,
    show_keys: bool,
) -> None:
    """Do what is asked; a defect is said as all is said."""
    try:
        if check:
            run.check(found, staging)
        elif writing is None:
            run.give(found, show_keys=show_keys or not (sys.stdout and sys.stdout.isatty()))
        elif staging is None:
            run.write(found, writing)
        else:
            run.keep(found, staging)
    except (BrokenPipeError, KeyboardInterrupt):  # whoever read it has enough
        run.stop()
        raise
    except Exception as error:  # noqa: BLE001  a traceback is of no use to anyone but us, and may quote keys
        run.fail(error)


def _of_one_config(hosts: "list[Host]", option: str) -> "list[Host]":
    """Return hosts that have one config together: what an option goes with."""
    if (number := sum(len(host.configs) for host in hosts)) > 1:
        _wrong_usage(f"{option} applies to a single config, but there are {number}")
    return hosts


def _codes(option: str, names: list[str]) -> frozenset[str]:
    """Return the codes of findings that an option names by their codes or names."""
    from wgtranspile.diagnostics import catalogue

    rules = {name: catalogue.rule(name) for name in names}
    if unknown := next((name for name, rule in rules.items() if rule is None), None):
        _wrong_usage(f"{option}: {catalogue.no_finding(unknown)}")
    return frozenset(rule.code for rule in rules.values() if rule)


def _ignored(names: list[str]) -> frozenset[str]:
    """Return the codes of findings that are to be ignored: none is an error, or stands for findings that may be."""
    from wgtranspile.diagnostics import Severity, catalogue
    from wgtranspile.diagnostics.catalogue.environment import MORE_FINDINGS

    codes = _codes("--ignore", names)
    for rule in catalogue.rules():
        if rule.code in codes and rule.severity is Severity.ERROR:
            _wrong_usage(f"--ignore: {rule.code} ({rule.name}) is an error, which cannot be ignored")
    if MORE_FINDINGS.code in codes:
        _wrong_usage(f"--ignore: {MORE_FINDINGS.code} stands for findings that are not shown, which may be errors")
    return codes


def _trust(owners: list[str]) -> "Trust":
    from wgtranspile.folders import Trust

    try:
        return Trust.of(owners)
    except LookupError as error:
        _wrong_usage(f"--trust-owner accepts users and groups of this machine, or *: {error.args[0]}")


def _staging(
    configs: list[str], output: Path | None, trust: "Trust", existing: "Existing", *, check: bool, prune: bool
) -> "Staging | None":
    """Return where to make the files of a tree that is kept from run to run: one for a folder of configs.

    The root of a system is none: its `etc` is not ours to replace.
    """
    from wgtranspile.inputs import is_folder
    from wgtranspile.writer.tree import Staging

    kept = output and not (output / _OF_A_SYSTEM).exists() and any(is_folder(Path(config)) for config in configs)
    if prune and not kept:
        _wrong_usage("--prune needs a folder of configs and -o DIR, where DIR is not the root of a system")
    return Staging(output, prune, trust, existing) if output and (kept or check) else None


@_verify_app.command(cls=_Command)
def verify(
    config: Annotated[
        str | None, typer.Argument(metavar="CONFIG", help="NAME.conf, an interface in /etc/wireguard, or -")
    ] = None,
    name: Annotated[
        str | None, typer.Option(metavar="IF", help="The interface name, if the file name is not NAME.conf.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")] = False,
    normalisations: Annotated[
        bool, typer.Option("--normalisations", help="Show which differences are ignored, and why.")
    ] = False,
) -> None:
    """Compare this host with the state that wg-quick would create from CONFIG. Exit status: 0 equal, 1 different."""
    from wgtranspile import backends, inputs, pipeline, state
    from wgtranspile.diagnostics.limit import limited
    from wgtranspile.report.text import render

    if normalisations:
        print(state.render_normalisations(), end="")
        raise typer.Exit
    if config is None:
        _wrong_usage("CONFIG is missing")
    if config == inputs.STANDARD_INPUT and name is None:
        _wrong_usage("standard input has no file name; give the interface with --name IF")
    found = inputs.read(next(inputs.hosts([config], name)).configs[0])
    if isinstance(found, inputs.Unreadable):
        print(render(limited(found.diagnostics), color=is_colored(sys.stderr)), end="", file=sys.stderr)
        raise typer.Exit(REFUSED)
    options = pipeline.Options(keys=backends.KeyStorage.EXTERNAL)  # what a placeholder stands for is not compared
    result = pipeline.lower_config(found.source, found.name, options)
    if result.tunnel is None:
        print(render(limited(result.diagnostics), color=is_colored(sys.stderr)), end="", file=sys.stderr)
        raise typer.Exit(REFUSED)
    try:
        verdict = state.verify(result.tunnel)
    except state.SnapshotError as error:
        print(f"wgtranspile: {error.message}\n  help: {error.help}", file=sys.stderr)
        raise typer.Exit(REFUSED) from None
    if json:
        from json import dumps

        print(dumps(state.as_json(result.tunnel.interface, verdict), indent=2))
    else:
        print(state.render(result.tunnel.interface, verdict, color=is_colored(sys.stdout)), end="")
    raise typer.Exit(REFUSED if verdict.differences else 0)


@_explain_app.command(cls=_Command)
def explain(
    code: Annotated[str, typer.Argument(metavar="CODE", help="The code or name of a finding, such as C203.")],
) -> None:
    """Explain a finding: what it means, what to do about it, and an example."""
    from textwrap import fill, indent

    from wgtranspile import examples  # lazy: it loads what transpiles
    from wgtranspile.diagnostics.catalogue import no_finding, rule

    row = rule(code)
    if row is None:
        _wrong_usage(no_finding(code))
    bold, plain = ("\x1b[1m", "\x1b[0m") if is_colored(sys.stdout) else ("", "")
    fidelity = f", {row.fidelity}" if row.fidelity else ""
    print(f"{bold}{row.code} {row.name}{plain} ({row.severity}{fidelity})\n\n{fill(row.explanation, _WIDTH)}")
    if row.advice:
        print(f"\n{fill(f'What to do: {row.advice}', _WIDTH).replace('What to do:', f'{bold}What to do:{plain}', 1)}")
    for title, blocks in examples.sections(row):
        texts = (indent(block.text.rstrip(), "    ") for block in blocks)
        print(f"\n{bold}{title}:{plain}", *texts, sep="\n\n")


_MIGRATE_EXAMPLES = """\
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


@_migrate_app.command(cls=_Command, epilog=_MIGRATE_EXAMPLES)
def migrate(
    interfaces: Annotated[
        list[str],
        typer.Argument(metavar="IF...", help="Interfaces brought up by wg-quick from /etc/wireguard/IF.conf."),
    ],
    to: Annotated[str, typer.Option(metavar="TARGET", help="The target: networkd or networkmanager (nm).")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Change nothing; show the steps and any obstacles.")
    ] = False,
    confirm: Annotated[
        int,
        typer.Option(metavar="SECONDS", min=0, help="Roll back unless the migration is confirmed within this time."),
    ] = 0,
    hold: Annotated[
        bool, typer.Option("--hold", help="Block traffic that would leave unencrypted while the tunnel is down.")
    ] = False,
    keys: Annotated[
        str | None, typer.Option(metavar="WHERE", help="Where to store keys, as for the main command.")
    ] = None,
    keep_foreign_rules: Annotated[
        bool | None,
        typer.Option(
            "--keep-foreign-rules/--no-keep-foreign-rules",
            help="Have networkd keep policy rules of other programs (default: with a default route or hooks).",
        ),
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Treat warnings as errors.")] = False,
    allow: Annotated[
        list[str] | None, typer.Option(metavar="CODE", help="Treat this warning as a note; can be repeated.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")] = False,
) -> None:
    """Migrate tunnels of this host from wg-quick to another network manager, or roll back if their state changes."""
    from wgtranspile import backends, migration, pipeline
    from wgtranspile.migration import report

    to = backends.SHORT.get(to, to)
    _one_of("--to", to, migration.Target)
    if keys is not None:
        _one_of("--keys", keys, backends.KeyStorage)
    if keys == backends.KeyStorage.EXTERNAL and to == migration.Target.NETWORKMANAGER:
        _wrong_usage("--keys external makes NetworkManager ask for keys, which nobody can enter during a migration")
    options = pipeline.Options(
        keys=None if keys is None else backends.KeyStorage(keys),
        keep_foreign_rules=keep_foreign_rules,
        strict=strict,
        allow=_codes("--allow", allow or []),
    )
    names = list(dict.fromkeys(interfaces))
    try:
        prepared = migration.prepare(names, migration.Target(to), options, seconds_to_confirm=confirm, hold=hold)
    except OSError as error:
        _record_not_readable(error)
    if not json:
        print(report.render_findings(prepared, dry_run=dry_run), end="", file=sys.stderr)
    if dry_run or prepared.refused:
        outcome, done = (
            migration.Outcome.REFUSED if prepared.refused else migration.Outcome.DONE,
            list[migration.Done](),
        )
    else:
        outcome, done = migration.migrate(prepared, report.silent if json else report.tell)
    if json:
        _say_last(report.as_json(prepared, outcome, done, dry_run=dry_run), sys.stdout)
    else:
        _say_last(report.render_outcome(prepared, outcome, dry_run=dry_run), sys.stderr)
    raise typer.Exit(outcome)


@_confirm_app.command(cls=_Command, epilog="Exit status: 0 confirmed; 1 nothing to confirm; 2 incorrect usage.")
def confirm(
    interface: Annotated[str, typer.Argument(metavar="IF", help="The interface being migrated.")],
) -> None:
    """Confirm a migration, so that it is not rolled back."""
    from wgtranspile import migration

    _need_root("confirm")
    try:
        confirmed = migration.confirm(interface)
    except LookupError:
        confirmed = False
    except OSError as error:
        _record_not_readable(error)
    if not confirmed:
        print(f"wgtranspile: no migration of {visible(interface)} is waiting for confirmation", file=sys.stderr)
    raise typer.Exit(0 if confirmed else REFUSED)


@_rollback_app.command(
    cls=_Command,
    epilog="Exit status: 0 under wg-quick; 1 refused, nothing changed; 2 incorrect usage; 4 the rollback failed.",
)
def rollback(interface: Annotated[str, typer.Argument(metavar="IF", help="An interface that was migrated.")]) -> None:
    """Return a tunnel to wg-quick, together with all tunnels that were migrated with it."""
    from wgtranspile import migration

    _need_root("rollback")
    try:
        outcome = migration.rollback(interface)
    except LookupError:
        print(f"wgtranspile: {visible(interface)} has not been migrated on this host", file=sys.stderr)
        raise typer.Exit(REFUSED) from None
    except migration.BusyError:
        print(
            f"wgtranspile: a migration of {visible(interface)} is running; stop it, or wait until it ends",
            file=sys.stderr,
        )
        raise typer.Exit(REFUSED) from None
    except migration.CannotReturnError:
        print(
            f"wgtranspile: wg-quick could not bring {visible(interface)} up\n"
            "  help: check that wg-quick is installed and that the config in /etc/wireguard is valid",
            file=sys.stderr,
        )
        raise typer.Exit(REFUSED) from None
    except OSError as error:
        _record_not_readable(error)
    said = "is back under wg-quick" if outcome is migration.Outcome.DONE else "is not in its earlier state; see the log"
    _say_last(f"{visible(interface)} {said}", sys.stderr)
    raise typer.Exit(outcome)


def _say_last(text: str, stream: "TextIO") -> None:
    """Say how it ended; where nobody reads it, the exit status tells it all the same."""
    with suppress(OSError):
        print(text, file=stream, flush=True)
        return
    # What is left of it must not change the exit status.
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _need_root(command: str) -> None:
    """End where a command could only say what it may not read."""
    if os.geteuid() != 0:
        print(f"wgtranspile: {command} needs root privileges\n  help: run it as root", file=sys.stderr)
        raise typer.Exit(REFUSED)


def _record_not_readable(error: OSError) -> NoReturn:
    advice = "it must belong to root, and only root may access it; find out what changed it before you move it away"
    print(
        f"wgtranspile: cannot read {visible(str(error.filename))}: {error.strerror}\n  help: {advice}",
        file=sys.stderr,
    )
    raise typer.Exit(REFUSED)


def _wrong_usage(message: str) -> NoReturn:
    raise _WrongUsageError(message)


def _say_usage(message: str, verb: str) -> int:
    print(f"wgtranspile: {visible(message)}\nTry `{f'wgtranspile {verb}'.rstrip()} --help`.", file=sys.stderr)
    return USAGE


def _report_defect(error: Exception) -> int:
    """Say where the defect is, without the values it met."""
    from wgtranspile.diagnostics.defect import defect
    from wgtranspile.report.text import render

    print(render([defect("wgtranspile", error)], color=is_colored(sys.stderr)), end="", file=sys.stderr)
    return REFUSED
