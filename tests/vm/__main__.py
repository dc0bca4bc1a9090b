"""One case by hand: what differs between a machine after wg-quick and after what a backend makes of the config.

`python -m tests.vm trixie golden/full-tunnel`, or a path to NAME.conf instead of the case.
"""

from __future__ import annotations

import sys
import time
from argparse import ArgumentParser
from pathlib import Path

from tests.cases import CASES
from tests.vm.course import ours, recorded, reference
from tests.vm.image import SUITES
from tests.vm.machine import boot
from tests.vm.snapshot import tunnel
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
    configs = {path.stem: recorded(path.read_bytes()) for path in (golden.configs if golden else [Path(arguments.case)])}
    sources = [(Source.from_bytes(f"{name}.conf", config), name) for name, config in configs.items()]
    results = list(transpile_host(sources, arguments.to, Options()))
    for result in results:
        for found in result.diagnostics:
            print(f"{found.severity}[{found.rule.code}]: {found.message}")
    emissions = [result.emission for result in results if result.emission]
    with boot(arguments.suite) as machine:
        start = time.monotonic()
        theirs = reference(machine, configs)
        middle = time.monotonic()
        mine = ours(machine, configs, emissions)
        end = time.monotonic()
    if arguments.state:
        print("\n".join(f"{name}: {line}" for name, lines in theirs.between.parts.items() for line in lines))
    up = tunnel(theirs.between).difference(tunnel(mine.between))
    down = "\n".join(filter(None, (theirs.after.difference(mine.after), *mine.claims)))
    print("# after activation: - wg-quick, + ours", up or "  no difference", sep="\n")
    print("# after deactivation and removal: - wg-quick, + ours", down or "  no difference", sep="\n")
    print(f"# {middle - start:.1f} s wg-quick, {end - middle:.1f} s ours")
    return 1 if up or down else 0


if __name__ == "__main__":
    sys.exit(main())
