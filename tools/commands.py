"""The commands as `--help` has them: what the manual page and the completions are made from."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from typer.main import get_command

from wgtranspile.backends.targets import DAEMONS, SHORT, TARGETS, Activation, KeyStorage
from wgtranspile.cli import COMMANDS, load
from wgtranspile.report import FORMATS

if TYPE_CHECKING:
    from collections.abc import Sequence

CODE, CONFIG, FOLDER, INTERFACE = "CODE", "CONFIG", "DIR", "IF"
#: The words that an argument may be, by its metavar.
WORDS: dict[str, Sequence[str]] = {
    "BACKEND": [*TARGETS, *SHORT],
    "FORMAT": tuple(FORMATS),
    "TARGET": [*DAEMONS, *SHORT],
    "WHEN": list(Activation),
    "WHERE": list(KeyStorage),
}


class Parameter(NamedTuple):
    """An option, or an argument without flags. `usage` and `help` are the two columns of `--help`."""

    flags: tuple[str, ...]
    metavar: str
    usage: str
    help: str
    repeated: bool


class Command(NamedTuple):
    """A command: its word is empty for the main one."""

    word: str
    usage: str
    summary: str
    closing: str
    parameters: tuple[Parameter, ...]

    @property
    def options(self) -> list[Parameter]:
        """Return the parameters that have flags."""
        return [parameter for parameter in self.parameters if parameter.flags]

    @property
    def argument(self) -> str:
        """Return what the command is about: the metavar of its argument."""
        return next(parameter.metavar for parameter in self.parameters if not parameter.flags)


def commands() -> list[Command]:
    """Return all commands, the main one first."""
    return [_command(word) for word in COMMANDS]


def _command(word: str) -> Command:
    command = get_command(load(word).app)
    context = command.context_class(command, **command.context_settings)
    parameters = []
    for parameter in command.get_params(context):
        usage, text = parameter.get_help_record(context) or ("", "")
        opts = (*sorted(parameter.opts, key=len), *parameter.secondary_opts)
        flags = opts if parameter.param_type_name == "option" else ()
        metavar = (parameter.metavar or "").removesuffix("...")
        parameters.append(Parameter(flags, metavar, usage, text, getattr(parameter, "multiple", False)))
    usage = " ".join(command.collect_usage_pieces(context))
    return Command(word, usage, command.help or "", command.epilog or "", tuple(parameters))
