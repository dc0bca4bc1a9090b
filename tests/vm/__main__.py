"""One case by hand: what differs between a machine after wg-quick and after what a backend makes of the config.

`python -m tests.vm trixie golden/full-tunnel`: a case by its name in the tests, or a path to NAME.conf.
"""

# ruff: noqa: T201  it prints to people
from __future__ import annotations

import sys
import time
from argparse import ArgumentParser
from difflib import unified_diff

from tests.vm.cases import named
from tests.vm.course import compared
from tests.vm.image import SUITES
from tests.vm.machine import boot


def main() -> int:
    """Run a case and print the differences; 1 when there are any, or the case is refused."""
    parser = ArgumentParser(prog="python -m tests.vm", description=__doc__)
    parser.add_argument("suite", choices=SUITES)
    parser.add_argument("case")
    parser.add_argument("--to", default="networkd", metavar="BACKEND")
    parser.add_argument("--state", action="store_true", help="print the whole state that wg-quick leaves, too")
    arguments = parser.parse_args()
    case = named(arguments.case)
    if refusals := case.refusals(arguments.to):
        print(f"refused: {', '.join(sorted(refusals))}")
        return 1
    manager = "NetworkManager" if arguments.to == "networkmanager" else "networkd"
    with boot(arguments.suite, manager) as machine:
        start = time.monotonic()
        theirs, mine = compared(machine, case, arguments.to)
        end = time.monotonic()
    if arguments.state:
        print("\n".join(f"{name}: {line}" for name, lines in theirs.tunnel.parts.items() for line in lines))
    findings = {
        "after activation: - wg-quick, + ours": theirs.tunnel.difference(mine.tunnel),
        "hooks: - wg-quick, + ours": "\n".join(unified_diff(theirs.hooks, mine.hooks, lineterm="")),
        "verify": "\n".join(mine.verdicts),
        "left after deactivation and removal": mine.left,
        "remembered by the daemon": "\n".join(mine.remembered),
        "warnings": "\n".join(mine.warnings),
    }
    for title, text in findings.items():
        print(f"# {title}", text or "  nothing", sep="\n")
    print(f"# {end - start:.1f} s")
    return 1 if any(findings.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
