"""Our script and firewall against the real wg-quick: the same state of a whole host, after `up` and after `down`.

Every config of golden/ and of the corpus runs in fresh namespaces, its hooks made harmless (see `tests.lab.cases`).
"""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest

from tests.lab.cases import ROOT, Case, corpus, golden, harmless
from tests.lab.namespace import Host, Namespace, host_names

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from tests.lab.snapshot import Snapshot

pytestmark = pytest.mark.usefixtures("laboratory")

CASES = [*golden(), *corpus("valid")]


@dataclass(frozen=True, slots=True)
class Course:
    """What happened to a host: before, after `up`, after `down`, and what both said."""

    before: Snapshot
    up: subprocess.CompletedProcess[str]
    between: Snapshot
    down: subprocess.CompletedProcess[str]
    after: Snapshot

    @property
    def hooks(self) -> tuple[list[str], list[str]]:
        """The hooks that ran on the way up and down, as they were printed before they ran."""
        return _hooks(self.up.stderr), _hooks(self.down.stderr)


def _hooks(said: str) -> list[str]:
    return [line for line in said.splitlines() if line.startswith("[#] exit 0; ")]


def reference(case: Case, host: Host) -> Course:
    """Give the course of `wg-quick up NAME.conf` and `wg-quick down NAME.conf`."""
    return course(host, f"{case.name}.conf", case.content, lambda path, verb: ("wg-quick", verb, path))


def ours(script: str, host: Host, *shell: str) -> Course:
    """Give the course of `sh SCRIPT up` and `sh SCRIPT down`."""
    return course(host, "tunnel.sh", script, lambda path, verb: (*(shell or ("sh",)), path, verb))


def course(host: Host, file: str, content: str | bytes, command: Callable[[Path, str], Sequence[str | Path]]) -> Course:
    """Give the course of a program, whose command line follows from the path of its file and the verb."""
    with Namespace(host) as namespace:
        path = namespace.write(file, content)
        before = namespace.snapshot()
        up = namespace.run(*command(path, "up"))
        between = namespace.snapshot()
        down = namespace.run(*command(path, "down"))
        return Course(before, up, between, down, namespace.snapshot())


def transpile(case: Case, target: str) -> str:
    """Give what the command line prints for a config."""
    command = (sys.executable, "-m", "wgtranspile", "--to", target, "--name", case.name, "-")
    done = subprocess.run(command, cwd=ROOT, input=case.content, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode("utf-8", "surrogateescape")


def assert_same(theirs: Course, mine: Course) -> None:
    assert not theirs.before.difference(mine.before)
    assert mine.up.returncode == theirs.up.returncode, mine.up.stderr
    assert not theirs.between.difference(mine.between)
    assert mine.hooks == theirs.hooks
    assert mine.down.returncode == theirs.down.returncode, mine.down.stderr
    assert not theirs.after.difference(mine.after)


@pytest.mark.parametrize("case", CASES)
def test_the_state_is_that_of_wg_quick(case: Case, subtests: pytest.Subtests) -> None:
    """On an ordinary host; on one with a small uplink and a tunnel that holds table 51820; with a link-local address."""
    case = replace(case, content=harmless(case.content))
    script = transpile(case, "shell")
    ordinary = Host(names=host_names(case.text))
    hosts = {"ordinary": ordinary, "small and busy": replace(ordinary, mtu=1400, taken=(51820,))}
    if "/0" in case.text:
        hosts["link-local"] = replace(ordinary, link_local=True)

    for name, host in hosts.items():
        with subtests.test(host=name):
            theirs = reference(case, host)
            assert theirs.up.returncode == 0, theirs.up.stderr
            assert_same(theirs, ours(script, host))
