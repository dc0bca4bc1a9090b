"""The importer that NetworkManager has itself, judged as ours: each case by wg-quick and by it, on the same machine.

`python -m tests.vm.importer trixie`: what becomes of all cases that NetworkManager's tests run there; or of some, by
their names or as paths to NAME.conf, and then what differs.
"""

# ruff: noqa: T201  it prints to people
from __future__ import annotations

import re
import shlex
import time
from argparse import ArgumentParser
from collections import Counter
from enum import StrEnum
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

from tests import record
from tests.lab.snapshot import Snapshot
from tests.vm.cases import named
from tests.vm.course import Course, config_files, hook_notes, prepare, reference
from tests.vm.image import SUITES
from tests.vm.lived import versions
from tests.vm.machine import boot
from tests.vm.snapshot import tunnel
from tests.vm.test_networkmanager import BACKEND, DECLARED, as_seen, cases_on, less

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.vm.cases import Case
    from tests.vm.machine import Machine, Result

# NetworkManager brings the tunnel up by itself, and says in the journal how that ended.
_IMPORT = """\
cursor=$(journalctl --quiet --lines 0 --show-cursor | sed 's/^-- cursor: //')
nmcli connection import type wireguard file {file} || exit 1
ended=$(grep --max-count 1 --fixed-strings --regexp="device ("{name}"): Activation: "{{successful,failed}} < <(
    timeout 60 journalctl --follow --after-cursor "$cursor" --unit NetworkManager --output cat 2>/dev/null
))
[[ $ended == *successful* ]] || exit 2
"""
# What is overlooked for the importer beside what is declared for us, that it be judged by what matters: what of IPv6 is
# always different (B419, B420), and names and numbers that lead to the same. As LEFT_OUT in snapshot.py.
OVERLOOKED = (
    DECLARED["B419"],
    DECLARED["B420"],
    ("routes of IPv[46]", r'"metric": \d+, '),
    ("links", r'"mtu": \d+, '),
    ("sysctl", r".*/mtu:.*"),
    # The mark of a default route is also the number of its table.
    ("routes of IPv[46]|rules of IPv[46]|firewall|devices", r'"(table|right)": "?5[12]\d{3}"?|0xc[abc][0-9a-f]{2}\b'),
    ("rules of IPv[46]", r'"priority": 3\d{4}, '),
    ("firewall", r"\b(wg-quick|nm-wg)-"),
    # The uplink's servers are gone beside a tunnel that is asked for all names: nobody would ask them.
    ("resolver", r".*DNS Servers: 100\.127\.254\.1$|.*(Current Scopes|Protocols|Default Route): .*"),
)


class Verdict(StrEnum):
    """What becomes of a case."""

    EQUAL = "equal"
    ALIKE = "alike"  # equal but for what is overlooked
    DIFFERENT = "different"
    NOT_ACTIVATED = "not activated"
    REFUSED = "refused"


class Imported(NamedTuple):
    """How each import ended, and the course of all."""

    results: tuple[Result, ...]
    course: Course


def import_command(file: str) -> str:
    """Give what imports a config and waits for its tunnel; its status is 1 where that is refused, 2 where it fails."""
    return _IMPORT.format(file=shlex.quote(file), name=shlex.quote(PurePosixPath(file).stem))


def imported(machine: Machine, configs: Mapping[str, bytes], needs: str = "") -> Imported:
    """Give the course of configs that are imported, come up, and are deleted."""
    prepare(machine, configs, needs)
    machine.put(config_files(configs))
    results = tuple(machine.run(import_command(f"/root/{name}.conf")) for name in configs)
    state = machine.snapshot()
    machine.run(f"nmcli connection delete {shlex.join(configs)}")
    return Imported(results, Course(tunnel(state), hook_notes(machine)))


def verdict(case: Case, theirs: Course, mine: Imported) -> Verdict:
    """Judge by what a test asks of ours; theirs is the course of wg-quick."""
    if status := max(result.status for result in mine.results):
        return Verdict.NOT_ACTIVATED if status > 1 else Verdict.REFUSED
    if [*as_seen(theirs.hooks)] != [*as_seen(mine.course.hooks)]:
        return Verdict.DIFFERENT
    findings = case.findings(BACKEND)
    if less(theirs.tunnel, findings) == less(mine.course.tunnel, findings):
        return Verdict.EQUAL
    return Verdict.DIFFERENT if difference(case, theirs, mine.course) else Verdict.ALIKE


def difference(case: Case, theirs: Course, mine: Course) -> str:
    """Give how states differ, but for what is declared or overlooked."""
    findings = case.findings(BACKEND)
    before, after = (_overlooking(less(course.tunnel, findings)) for course in (theirs, mine))
    return before.difference(after)


def _overlooking(state: Snapshot) -> Snapshot:
    parts = dict(state.parts)
    for names, pattern in OVERLOOKED:
        for name in filter(re.compile(names).fullmatch, parts):
            kept = filter(None, (re.sub(pattern, "", line) for line in parts[name]))
            # Routes are sorted by all that they say, also by what is gone now.
            parts[name] = tuple(sorted(kept) if name.startswith("routes") else kept)
    return Snapshot(parts)


def main() -> None:
    """Print what becomes of each case, and of how many."""
    parser = ArgumentParser(prog="python -m tests.vm.importer", description=__doc__)
    parser.add_argument("suite", choices=SUITES)
    parser.add_argument("case", nargs="*")
    parser.add_argument("--record", action="store_true", help="keep what becomes of them in tests/results/")
    arguments = parser.parse_args()
    cases = [named(name) for name in arguments.case] or cases_on(arguments.suite)
    verdicts: Counter[Verdict] = Counter()
    with boot(arguments.suite, "NetworkManager") as machine:
        told = versions(machine)
        for case in cases:
            began = time.monotonic()
            theirs = reference(machine, case.configs, case.needs)
            mine = imported(machine, case.configs, case.needs)
            found = verdict(case, theirs, mine)
            verdicts[found] += 1
            print(f"{found:13} {case.name}", *(result.err.strip() for result in mine.results), flush=True)
            if arguments.record:
                test, seconds = f"{record.IMPORTER}{arguments.suite} {case.name}", round(time.monotonic() - began)
                run = record.Run(test, arguments.suite, "NetworkManager", found.value, seconds, told, {})
                record.merge(record.Run, [run])
            if arguments.case and found is Verdict.DIFFERENT:
                print(difference(case, theirs, mine.course))
    print(*(f"{number} {found}" for found, number in verdicts.items()), sep=", ")


if __name__ == "__main__":
    main()
