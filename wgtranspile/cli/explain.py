"""`wgtranspile explain`: what a finding means."""

import sys
from typing import NamedTuple

from wgtranspile.channels import is_colored
from wgtranspile.cli import command, options
from wgtranspile.cli.ending import DONE

# Of the text that explains a finding.
_WIDTH = 80


class Explain(NamedTuple):
    """Explain a finding: what it means, what to do about it, and an example."""

    code: options.Code


app = command.app(Explain)


def run(asked: Explain) -> int:
    """Print the explanation of a finding, and return the exit status."""
    from textwrap import fill, indent

    from wgtranspile import examples  # lazy: it loads what transpiles
    from wgtranspile.diagnostics.catalogue import no_finding, rule

    row = rule(asked.code)
    if row is None:
        raise command.WrongUsageError(no_finding(asked.code))
    bold, plain = ("\x1b[1m", "\x1b[0m") if is_colored(sys.stdout) else ("", "")
    fidelity = f", {row.fidelity}" if row.fidelity else ""
    print(f"{bold}{row.code} {row.name}{plain} ({row.severity}{fidelity})\n\n{fill(row.explanation, _WIDTH)}")
    if row.advice:
        print(f"\n{fill(f'What to do: {row.advice}', _WIDTH).replace('What to do:', f'{bold}What to do:{plain}', 1)}")
    for title, blocks in examples.sections(row):
        texts = (indent(block.text.rstrip(), "    ") for block in blocks)
        print(f"\n{bold}{title}:{plain}", *texts, sep="\n\n")
    return DONE
