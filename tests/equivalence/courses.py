"""Runs wg-quick and our script on hosts of their own, and compares the courses of both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.lab.namespace import Host, Namespace
from wgtranspile.pipeline import transpile
from wgtranspile.source import Source

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from tests.lab.cases import Case
    from tests.lab.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Course:
    """What happened to a host: what `up` said and left, what `down` said and left."""

    up: subprocess.CompletedProcess[str]
    between: Snapshot
    down: subprocess.CompletedProcess[str]
    after: Snapshot

    @property
    def hooks(self) -> tuple[list[str], list[str]]:
        """The hooks of the way up and down, as they were printed before they ran (see `harmless`)."""
        return _hooks(self.up.stderr), _hooks(self.down.stderr)


def _hooks(said: str) -> list[str]:
    return [line for line in said.splitlines() if line.startswith("[#] : # ")]


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
        up = namespace.run(*command(path, "up"))
        between = namespace.snapshot()
        down = namespace.run(*command(path, "down"))
        return Course(up, between, down, namespace.snapshot())


def assert_same(theirs: Course, mine: Course) -> None:
    """Ask that both courses gave the same statuses, hooks and states; show what differs."""
    assert mine.up.returncode == theirs.up.returncode, mine.up.stderr
    assert_no_difference(theirs.between, mine.between, "after up")
    assert mine.hooks == theirs.hooks
    assert mine.down.returncode == theirs.down.returncode, mine.down.stderr
    assert_no_difference(theirs.after, mine.after, "after down")


def assert_no_difference(theirs: Snapshot, mine: Snapshot, when: str) -> None:
    """Ask that two snapshots are equal; show their difference whole, which an assert would cut."""
    if difference := theirs.difference(mine):
        pytest.fail(f"{when} (- wg-quick, + ours):\n{difference}", pytrace=False)


def emitted(case: Case, target: str) -> str:
    """Give the one artefact that a backend makes of a config."""
    result = transpile(Source.from_bytes(f"{case.name}.conf", case.content), case.name, target)
    assert result.emission is not None, result.diagnostics
    (artefact,) = result.emission.artefacts
    return artefact.content
