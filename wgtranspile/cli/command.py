"""How a command reads its arguments: typer makes its record of them, or says what is wrong."""

from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperCommand

from wgtranspile.spelling import question

if TYPE_CHECKING:
    from collections.abc import Callable

    from wgtranspile.backends.targets import Target

HELP = ("-h", "--help")
#: The base of all that typer says of arguments; from which package it comes depends on the version of typer.
TyperUsageError: type[Exception] = typer.BadParameter.__mro__[1]


class WrongUsageError(Exception):
    """The arguments are wrong, in a way that typer does not know."""


def check_heeded(target: "Target", **given: bool) -> None:
    """Check that a target heeds each option that was given. Raises WrongUsageError for the first that it does not."""
    for name, is_given in given.items():
        if is_given and name not in target.options:
            message = f"--{name.replace('_', '-')} has no effect with --to {target}; leave it out"
            raise WrongUsageError(message)


def app(record: "Callable[..., object]", epilog: str | None = None) -> typer.Typer:
    """Return what makes the record of a command from arguments; its fields are options, its docstring is the help."""
    made = typer.Typer(
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": [*HELP], "allow_extra_args": True},
    )
    made.command(cls=_Command, epilog=epilog)(record)
    return made


class _Command(TyperCommand):
    """A command whose usage line is that of manual pages, `CONFIG...`, and whose errors name one argument."""

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        return [piece.strip("{}") for piece in super().collect_usage_pieces(ctx)]

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if rest := super().parse_args(ctx, args):
            raise WrongUsageError(f"unexpected argument {rest[0]!r}")
        # Empty is what a variable without a value leaves; as a path it would be the current folder.
        for parameter in self.get_params(ctx):
            value = ctx.params.get(parameter.name)
            if "" in (value if isinstance(value, (list, tuple)) else (value,)):
                message = "it is empty"
                raise typer.BadParameter(message, ctx, parameter)
        return rest


def described(error: Any) -> str:
    """Return what typer does not accept, in the form of all other wrong usage."""
    if hasattr(error, "possibilities"):
        parameters = error.ctx.command.get_params(error.ctx)
        flags = (flag for parameter in parameters for flag in (*parameter.opts, *parameter.secondary_opts))
        return f"there is no option {error.option_name!r}{question(error.option_name, flags)}"
    said: str = error.format_message()
    return said[:1].lower() + said[1:].rstrip(".")
