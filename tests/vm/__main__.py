"""One case by hand: what differs between a machine after wg-quick and after what a backend makes of the config.

`python -m tests.vm trixie golden/full-tunnel`, or a path to NAME.conf instead of the case.
"""

# ruff: noqa: T201  it prints to people
from __future__ import annotations

import sys
import time
from argparse import ArgumentParser
from difflib import unified_diff
from pathlib import Path

from tests.cases import CASES, options
from tests.vm.course import ours, recorded, reference
from tests.vm.image import SUITES
from tests.vm.machine import boot
from wgtranspile.pipeline import Options, transpile_host
from wgtranspile.source import Source


def main() -> int:
    """Run a case and print the differences; 1 when there are any."""
    parser = ArgumentParser(prog="python -m tests.vm", description=__doc__)
    parser.add_argument("suite", choices=SUITES)
    parser.add_argument("case")
    parser.add_argument("--to", default="networkd", metavar="BACKEND")
    parser.add_argument("--state", action="store_true", help="print the whole state that wg-quick leaves, too")
    arguments = parser.parse_args()
    golden = CASES.get(arguments.case.removeprefix("golden/").rstrip("/"))
    paths = golden.configs if golden else [Path(arguments.case)]
    configs = {path.stem: recorded(path.read_bytes()) for path in paths}
    sources = [(Source.from_bytes(f"{name}.conf", config), name) for name, config in configs.items()]
    chosen = options(golden, arguments.to) if golden else Options()
    results = list(transpile_host(sources, arguments.to, chosen))
    for result in results:
        for found in result.diagnostics:
            print(f"{found.severity}[{found.rule.code}]: {found.message}")
    emissions = [result.emission for result in results if result.emission]
    with boot(arguments.suite) as machine:
        start = time.monotonic()
        theirs = reference(machine, configs)
        middle = time.monotonic()
        mine = ours(machine, configs, emissions, verify=True)
        end = time.monotonic()
    if arguments.state:
        print("\n".join(f"{name}: {line}" for name, lines in theirs.tunnel.parts.items() for line in lines))
    findings = {
        "after activation: - wg-quick, + ours": theirs.tunnel.difference(mine.tunnel),
        "hooks: - wg-quick, + ours": "\n".join(unified_diff(theirs.hooks, mine.hooks, lineterm="")),
        "verify": "\n".join(mine.verdicts),
        "left after deactivation and removal": mine.left,
        "remembered by networkd": "\n".join(mine.remembered),
        "warnings": "\n".join(mine.warnings),
    }
    for title, text in findings.items():
        print(f"# {title}", text or "  nothing", sep="\n")
    print(f"# {middle - start:.1f} s wg-quick, {end - middle:.1f} s ours")
    return 1 if any(findings.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
