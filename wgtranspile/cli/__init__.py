"""The command line: arguments in, exit status out. A command is a module here: its record, and what is done with one.

Exit status: 0 success, 1 refused or different, 2 incorrect usage. Refused means that nothing is written to stdout and
no file is changed.
"""

import os
import sys
from io import TextIOWrapper
from types import ModuleType
from typing import NoReturn

from wgtranspile.channels import is_colored, visible
from wgtranspile.cli.command import HELP, TyperUsageError, WrongUsageError, described
from wgtranspile.cli.ending import DONE, INTERRUPTED, REFUSED, USAGE, end
from wgtranspile.spelling import UnknownWordError, question

__all__ = ["COMMANDS", "INTERRUPTED", "load", "main"]

#: The commands by their words on the command line, with their modules.
COMMANDS = {
    "": "transpile",
    "verify": "verify",
    "explain": "explain",
    "migrate": "migrate",
    "confirm": "confirm",
    "rollback": "rollback",
}
_STANDARD_INPUT = "-"


def main() -> NoReturn:
    """Run the command that the process's arguments ask for, and end the process."""
    arguments = sys.argv[1:]
    verb = arguments[0] if arguments and arguments[0] in COMMANDS else ""
    if isinstance(sys.stdout, TextIOWrapper):  # what it cannot hold shows as its code; artefacts go there as bytes
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        status = _run(verb, arguments)
    except SystemExit as ended:
        # With this, typer ends where a pipe is broken.
        status = _reader_gone(verb, arguments) if isinstance(ended.__context__, BrokenPipeError) else REFUSED
    except KeyboardInterrupt:
        status = INTERRUPTED
    except BrokenPipeError:
        status = _reader_gone(verb, arguments)
    except (WrongUsageError, UnknownWordError) as error:
        status = _say_usage(str(error), verb)
    except TyperUsageError as error:
        status = _say_usage(described(error), verb)
    except Exception as error:  # noqa: BLE001  a traceback is of no use to anyone but us, and may quote keys
        # In the making of a class, as in imports, Python 3.11 has Ctrl-C be the cause of another error.
        status = INTERRUPTED if isinstance(error.__cause__, KeyboardInterrupt) else _report_defect(error)
    end(status)


def load(word: str) -> ModuleType:
    """Return the module of a command: `app` makes a record of arguments, `run` does what it asks."""
    module: ModuleType = __import__(f"{__name__}.{COMMANDS[word]}", fromlist=["app", "run"])
    return module


def _run(verb: str, arguments: list[str]) -> int:
    """Do what the arguments ask, and return the exit status."""
    _refuse_files_for_options(arguments)
    if not verb:
        _refuse_mistyped_command(arguments)
    command = load(verb)
    asked = command.app(
        arguments[1:] if verb else arguments, prog_name=f"wgtranspile {verb}".rstrip(), standalone_mode=False
    )
    # Where it was an option such as --help, typer has done it, and gives the status.
    status: int = asked if isinstance(asked, int) else command.run(asked)
    return status


def _refuse_files_for_options(arguments: list[str]) -> None:
    """End where an option may be meant for the name of a file, as when a shell or another program lists files."""
    options = arguments[: arguments.index("--")] if "--" in arguments else arguments
    for option in options:
        if option.startswith("-") and option != _STANDARD_INPUT and os.path.lexists(option):
            kind = "folder" if os.path.isdir(option) else "file"  # noqa: PTH112  never raises
            raise WrongUsageError(
                f"{option!r} is also the name of a {kind}: put -- before the names of configs, or ./ before it"
            )


def _refuse_mistyped_command(arguments: list[str]) -> None:
    """End where the first word is nearly a command; the main command would only say that it needs `--to`."""
    word = arguments[0] if arguments else ""
    of_main = any(argument.startswith("--to") for argument in arguments)
    if not of_main and (meant := question(word, filter(None, COMMANDS))):
        raise WrongUsageError(f"there is no command {word!r}{meant}")


def _reader_gone(verb: str, arguments: list[str]) -> int:
    """Return the exit status where whoever read stdout has gone; nothing is written to it any more."""
    sys.stdout = None
    # Of the other commands, the end is what matters.
    return DONE if verb in ("", "explain") or {*HELP} & {*arguments} else REFUSED


def _say_usage(message: str, verb: str) -> int:
    print(f"wgtranspile: {visible(message)}\nTry `{f'wgtranspile {verb}'.rstrip()} --help`.", file=sys.stderr)
    return USAGE


def _report_defect(error: Exception) -> int:
    """Say where the defect is, without the values it met."""
    from wgtranspile.diagnostics.defect import defect
    from wgtranspile.report.text import render

    print(render([defect("wgtranspile", error)], color=is_colored(sys.stderr)), end="", file=sys.stderr)
    return REFUSED
