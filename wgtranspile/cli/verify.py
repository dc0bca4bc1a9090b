"""`wgtranspile verify`: compare this host with a config."""

import sys
from typing import TYPE_CHECKING, NamedTuple

from wgtranspile.channels import is_colored
from wgtranspile.cli import command, options
from wgtranspile.cli.ending import DONE, REFUSED, refuse

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wgtranspile.diagnostics import Diagnostic


class Verify(NamedTuple):
    """Compare this host with the state that wg-quick would create from CONFIG. Exit status: 0 equal, 1 different."""

    config: options.Config = None
    name: options.Name = None
    json: options.Json = False
    normalisations: options.Normalisations = False


app = command.app(Verify)


def run(asked: Verify) -> int:
    """Print how the host differs from a config, and return the exit status."""
    from wgtranspile import backends, compare, pipeline  # lazy: --help needs none of it
    from wgtranspile.files import inputs
    from wgtranspile.readers import SnapshotError
    from wgtranspile.verify import verified

    if asked.normalisations:
        print(compare.render_normalisations(), end="")
        return DONE
    if asked.config is None:
        raise command.WrongUsageError("CONFIG is missing")
    if asked.config == inputs.STANDARD_INPUT and asked.name is None:
        raise command.WrongUsageError("standard input has no file name; give the interface with --name IF")
    found = inputs.read(next(inputs.hosts([asked.config], asked.name)).configs[0])
    if isinstance(found, inputs.Unreadable):
        return _show(found.diagnostics)
    wanted = pipeline.Options(keys=backends.KeyStorage.EXTERNAL)  # what a placeholder stands for is not compared
    result = pipeline.lower_config(found.source, found.name, wanted)
    if result.tunnel is None:
        return _show(result.diagnostics)
    try:
        verdict = verified(result.tunnel)
    except SnapshotError as error:
        return refuse(error.message, error.help)
    if asked.json:
        from json import dumps

        print(dumps(compare.as_json(result.tunnel.interface, verdict), indent=2))
    else:
        print(compare.render(result.tunnel.interface, verdict, color=is_colored(sys.stdout)), end="")
    return REFUSED if verdict.differences else DONE


def _show(diagnostics: "Iterable[Diagnostic]") -> int:
    """Show why there is nothing to compare, and return the exit status."""
    from wgtranspile.diagnostics.limit import limited
    from wgtranspile.report.text import render

    print(render(limited(diagnostics), color=is_colored(sys.stderr)), end="", file=sys.stderr)
    return REFUSED
