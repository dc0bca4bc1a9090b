"""The command line: arguments in, exit status out.

Exit status: 0 done, 1 refused or different, 2 wrong usage. Refused means nothing on stdout and no file touched.
"""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from wgtranspile import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wgtranspile.artefact import Artefact, Emission
    from wgtranspile.diagnostics import Diagnostic
    from wgtranspile.inputs import Input
    from wgtranspile.pipeline import Options, Result

REFUSED, USAGE, INTERRUPTED = 1, 2, 130
_SETTINGS = {"help_option_names": ["-h", "--help"]}
_APP = {"add_completion": False, "rich_markup_mode": None, "pretty_exceptions_enable": False, "context_settings": _SETTINGS}

_main_app = typer.Typer(**_APP)
_verify_app = typer.Typer(**_APP)
_explain_app = typer.Typer(**_APP)
_VERBS = {"verify": _verify_app, "explain": _explain_app}

_EXAMPLES = """\
Examples:

\b
  wgtranspile --to shell wg0.conf > wg0.sh          a script: sh wg0.sh up
  wgtranspile --to nft wg0.conf | nft -f -          the firewall of a default route
  wgtranspile --to json wg0.conf | jq .up           what wg-quick would do
  wgtranspile --to shell -o build/ wg0.conf         a tree as it lies under /
  wgtranspile verify wg0.conf                       is this host as wg-quick leaves it?
  wgtranspile explain B403                          what a finding means

\b
Commands: verify, explain (each has --help).
Exit status: 0 done, 1 refused or different, 2 wrong usage.
"""


def run() -> NoReturn:
    """Run the program with the process's arguments, and end it."""
    # A short life needs no garbage collector, and no one waits for the freeing of memory: together a quarter of the CPU
    # time of a small run.
    gc.disable()
    arguments = sys.argv[1:]
    verb = arguments[0] if arguments else ""
    app = _VERBS.get(verb, _main_app)
    try:
        status = app(
            arguments[1:] if verb in _VERBS else arguments,
            prog_name=f"wgtranspile {verb}" if verb in _VERBS else "wgtranspile",
            standalone_mode=True,
        )
    except SystemExit as end:
        status = end.code
    except KeyboardInterrupt:
        status = INTERRUPTED
    except BrokenPipeError:
        sys.stdout = None  # type: ignore[assignment]  # whoever read it has gone
        status = 0
    except Exception as error:  # noqa: BLE001  a traceback is of no use to anyone but us, and may quote keys
        status = _report_defect(error)
    _end(status)


def _end(status: object) -> NoReturn:
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream:
                stream.flush()
        except BrokenPipeError:
            pass
        except OSError:
            status = REFUSED
    os._exit(status if isinstance(status, int) else 0 if status is None else REFUSED)


def _show_version(wanted: bool) -> None:  # noqa: FBT001  typer calls it so
    if wanted:
        print(f"wgtranspile {__version__}")
        raise typer.Exit


@_main_app.command(epilog=_EXAMPLES)
def transpile(  # noqa: PLR0913  the options of the program
    configs: Annotated[
        list[str], typer.Argument(metavar="CONFIG...", help="NAME.conf, an interface of /etc/wireguard, a folder, or -")
    ],
    to: Annotated[str, typer.Option(metavar="BACKEND", help="What to write: shell, nft or json.")],
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="DIR", help="Write a tree below DIR instead of to stdout.")
    ] = None,
    keys: Annotated[
        str | None, typer.Option(metavar="WHERE", help="Where keys go: file, inline or external (not written).")
    ] = None,
    show_keys: Annotated[bool, typer.Option("--show-keys", help="Show keys on a terminal, too.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Make every warning an error.")] = False,
    allow: Annotated[
        list[str] | None, typer.Option(metavar="CODE", help="Take this warning for a note; may be repeated.")
    ] = None,
    fwmark: Annotated[
        int | None, typer.Option(metavar="N", min=1, max=2**32 - 1, help="Pin mark and table of a default route.")
    ] = None,
    mtu: Annotated[int | None, typer.Option(metavar="N", min=1280, max=65535, help="Pin an MTU that is not set.")] = None,
    name: Annotated[str | None, typer.Option(metavar="IF", help="The interface, where the file name does not tell.")] = None,
    keep_going: Annotated[
        bool, typer.Option("--keep-going", help="Write the configs that are fine although others are refused.")
    ] = False,
    message_format: Annotated[
        str, typer.Option(metavar="FORMAT", help="How findings are shown on stderr: text, concise or json.")
    ] = "text",
    version: Annotated[  # noqa: ARG001  it is shown before anything else
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Write wg-quick(8) configs for other network managers."""
    from wgtranspile import backends, inputs, pipeline  # lazy: --help and --version need none of it
    from wgtranspile.diagnostics import catalogue

    if message_format not in ("text", "concise", "json"):
        _wrong_usage("--message-format is text, concise or json")
    if backends.load(to) is None:
        _wrong_usage(f"--to is one of {', '.join(sorted(backends.BACKENDS))}, not {to!r}")
    if keys is not None and keys not in list(backends.KeyStorage):
        _wrong_usage("--keys is file, inline or external")
    if unknown := next((code for code in allow or () if catalogue.rule(code) is None), None):
        _wrong_usage(f"--allow takes the code or name of a finding, not {unknown!r}")
    if inputs.STANDARD_INPUT in configs and name is None:
        _wrong_usage("standard input has no name; add --name IF")
    found = list(inputs.find(configs, name))
    if len(found) > 1 and (name is not None or fwmark is not None):
        _wrong_usage(f"{'--name' if name is not None else '--fwmark'} goes with one config, not with {len(found)}")
    options = pipeline.Options(
        keys=None if keys is None else backends.KeyStorage(keys),
        fwmark=fwmark,
        mtu=mtu,
        strict=strict,
        allow=frozenset(rule.code for code in allow or () if (rule := catalogue.rule(code))),
    )
    run_ = _Run(to, options, message_format)
    run_.transpile(found)
    if run_.failed and not (keep_going and output):
        run_.report()
        raise typer.Exit(REFUSED)
    if output is None:
        run_.report()
        _print(run_, show_keys=show_keys or not sys.stdout.isatty())
    else:
        _write(run_, output)
    raise typer.Exit(REFUSED if run_.failed else 0)


class _Run:
    """One run of the main command: what was read, what became of it, and what was found."""

    def __init__(self, backend: str, options: Options, message_format: str) -> None:
        self.backend = backend
        self.options = options
        self.message_format = message_format
        self.diagnostics: list[Diagnostic] = []
        self.done: list[tuple[Input, Result, Emission]] = []
        self.failed = False

    def transpile(self, found: Iterable[object]) -> None:
        """Transpile the configs, those of one folder as configs of one host."""
        from wgtranspile import pipeline
        from wgtranspile.diagnostics import Severity
        from wgtranspile.inputs import Input, Unreadable

        hosts: dict[object, list[Input]] = {}
        for item in found:
            if isinstance(item, Unreadable):
                self.diagnostics += item.diagnostics
                self.failed = True
            elif isinstance(item, Input):
                hosts.setdefault(item.prefix, []).append(item)
        for host in hosts.values():
            results = pipeline.transpile_host(
                [(item.source, item.name) for item in host], self.backend, self.options
            )
            for item, result in zip(host, results, strict=True):
                diagnostics = [*pipeline.judge(item.diagnostics, self.options), *result.diagnostics]
                self.diagnostics += diagnostics
                if result.emission is None or any(found.severity is Severity.ERROR for found in diagnostics):
                    self.failed = True
                else:
                    self.done.append((item, result, result.emission))
        self._refuse_same_outputs()

    def artefacts(self) -> list[Artefact]:
        """Give all artefacts, at their places below the output's root."""
        from dataclasses import replace

        return [
            replace(artefact, path=item.prefix / artefact.path)
            for item, _, emission in self.done
            for artefact in emission.artefacts
        ]

    def report(self) -> None:
        """Show what was found, on stderr."""
        if self.message_format == "json":
            from wgtranspile.diagnostics import json  # lazy: the other formats need less

            emissions = [] if self.failed else [emission for _, _, emission in self.done]
            text = json.render(
                self.diagnostics,
                [] if self.failed else self.artefacts(),
                [command for emission in emissions for command in emission.activate],
                [command for emission in emissions for command in emission.deactivate],
            )
        elif self.message_format == "concise":
            from wgtranspile.diagnostics.text import render_concise

            text = render_concise(self.diagnostics)
        else:
            from wgtranspile.diagnostics.text import render

            text = render(self.diagnostics, color=sys.stderr.isatty() and "NO_COLOR" not in os.environ)
        print(text, end="", file=sys.stderr)

    def _refuse_same_outputs(self) -> None:
        from wgtranspile.diagnostics import Collector, catalogue

        owners: dict[object, Input] = {}
        for item, _, emission in self.done:
            for artefact in emission.artefacts:
                path = item.prefix / artefact.path
                if path in owners:
                    collector = Collector(item.source.path)
                    collector.report(catalogue.SAME_OUTPUT, file=path, other=owners[path].source.path)
                    self.diagnostics += collector.diagnostics
                    self.done.clear()
                    self.failed = True
                    return
                owners[path] = item


def _print(run_: _Run, *, show_keys: bool) -> None:
    from wgtranspile.redact import hide, keys_of

    artefacts = run_.artefacts()
    keys = frozenset().union(*(keys_of(result.plan) for _, result, _ in run_.done if result.plan))
    for artefact in artefacts:
        text = artefact.content if show_keys else hide(artefact.content, keys)
        if len(artefacts) > 1:
            text = f"# {artefact.path} ({artefact.mode:04o} {artefact.owner}:{artefact.group})\n{text}"
        sys.stdout.buffer.write(text.encode("utf-8", "surrogateescape"))
    sys.stdout.buffer.flush()


def _write(run_: _Run, root: Path) -> None:
    from wgtranspile.diagnostics import Collector, catalogue
    from wgtranspile.writer import CannotWriteError, write

    artefacts = run_.artefacts()
    try:
        write(artefacts, root)
    except CannotWriteError as error:
        collector = Collector(str(root))
        collector.report(catalogue.CANNOT_WRITE, file=root / error.path, why=error.why)
        run_.diagnostics += collector.diagnostics
        run_.failed = True
    run_.report()
    if run_.failed or run_.message_format != "text":
        return
    lines = [f"wrote {root / artefact.path} ({artefact.mode:04o})" for artefact in artefacts]
    commands = [f"  {command}" for _, _, emission in run_.done for command in emission.activate]
    if commands:
        lines += ["to bring it up, once the tree lies under /:", *commands]
    if os.geteuid() != 0:
        lines.append("the files belong to you: install them as root, `install -o root -g root`")
    print("\n".join(lines), file=sys.stderr)


@_verify_app.command()
def verify(
    config: Annotated[
        str | None, typer.Argument(metavar="CONFIG", help="NAME.conf, an interface of /etc/wireguard, or -")
    ] = None,
    name: Annotated[str | None, typer.Option(metavar="IF", help="The interface, where the file name does not tell.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print an object for programs.")] = False,
    normalisations: Annotated[
        bool, typer.Option("--normalisations", help="Show what a comparison overlooks, and why.")
    ] = False,
) -> None:
    """Compare this host with what wg-quick would make of CONFIG: exit status 0 when they agree, 1 when not."""
    from wgtranspile import inputs, pipeline, state
    from wgtranspile.diagnostics.text import render

    if normalisations:
        print(state.render_normalisations(), end="")
        raise typer.Exit
    if config is None:
        _wrong_usage("CONFIG is missing")
    if config == inputs.STANDARD_INPUT and name is None:
        _wrong_usage("standard input has no name; add --name IF")
    found = next(inputs.find([config], name), None)
    if not isinstance(found, inputs.Input):
        print(render(found.diagnostics if found else (), color=False), end="", file=sys.stderr)
        raise typer.Exit(REFUSED)
    result = pipeline.plan_config(found.source, found.name)
    if result.plan is None:
        print(render(result.diagnostics, color=False), end="", file=sys.stderr)
        raise typer.Exit(REFUSED)
    wanted = state.expected(result.plan)
    try:
        live = state.snapshot(result.plan.interface, state.host_names(wanted))
    except state.SnapshotError as error:
        print(f"wgtranspile: {error.message}\n  help: {error.help}", file=sys.stderr)
        raise typer.Exit(REFUSED) from None
    differences, unchecked = state.compare(wanted, live), state.unchecked(wanted, live)
    if json:
        from json import dumps

        print(dumps(state.as_json(result.plan.interface, differences, unchecked), indent=2))
    else:
        print(state.render(result.plan.interface, differences, unchecked), end="")
    raise typer.Exit(REFUSED if differences else 0)


@_explain_app.command()
def explain(code: Annotated[str, typer.Argument(metavar="CODE", help="The code or name of a finding, such as C203.")]) -> None:
    """Explain a finding: what it means, and what to do."""
    from textwrap import fill

    from wgtranspile.diagnostics.catalogue import RULES, rule

    row = rule(code)
    if row is None:
        _wrong_usage(f"there is no finding {code!r}; there are {', '.join(row.code for row in RULES)}")
    fidelity = f", {row.fidelity}" if row.fidelity else ""
    print(f"{row.code} {row.name} ({row.severity}{fidelity})\n\n{fill(row.explanation, 100)}")
    if row.help and not row.help.startswith("{"):
        print(f"\nWhat to do: {row.help}")


def _wrong_usage(message: str) -> NoReturn:
    print(f"wgtranspile: {message}\nTry `wgtranspile --help`.", file=sys.stderr)
    raise typer.Exit(USAGE)


def _report_defect(error: Exception) -> int:
    """Say where the defect is, without the values it met."""
    from wgtranspile.diagnostics import Collector, catalogue
    from wgtranspile.diagnostics.text import render

    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    place = f" in {Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace else ""
    collector = Collector("wgtranspile")
    collector.report(catalogue.INTERNAL_ERROR, why=f"{type(error).__name__}{place}")
    print(render(collector.diagnostics, color=False), end="", file=sys.stderr)
    return REFUSED
