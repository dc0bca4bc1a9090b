"""The fixture of the laboratory of whole systems, and what of it the part leaves out."""

from __future__ import annotations

import os
import shutil
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from tests.vm.lived import versions
from tests.vm.machine import boot

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.vm.machine import Machine

PROGRAMS = ("cpio", "mke2fs", "mmdebstrap", "qemu-system-x86_64", "setpriv")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out of the part what is marked as thorough."""
    if config.getoption("--vm") == "part" and (
        left_out := [item for item in items if item.get_closest_marker("thorough")]
    ):
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


class Running:
    """The machine that runs: it stays until another is asked for, for what pytest keeps it boots anew for each case."""

    def __init__(self) -> None:
        self._ends, self._names = ExitStack(), ""
        self._machine: Machine | None = None

    def give(self, names: str) -> Machine:
        """Give the machine of these names, as `boot` takes them, as the test before has left it."""
        if self._machine is None or names != self._names:
            self.end()
            self._machine, self._names = self._ends.enter_context(boot(*names.split())), names
        return self._machine

    def end(self) -> None:
        """End it."""
        self._machine = None
        self._ends.close()


@pytest.fixture(scope="session")
def running() -> Iterator[Running]:
    """Give what gives machines."""
    machines = Running()
    yield machines
    machines.end()


@pytest.fixture
def machine(request: pytest.FixtureRequest, running: Running) -> Machine:
    """Give a booted trixie, or what its parameter names: a suite, and who manages its network.

    Skip where it cannot be had, which in CI is a failure.
    """
    missing = ["root"] if os.geteuid() else [program for program in PROGRAMS if not shutil.which(program)]
    if missing:
        message = f"THE PROOF IN WHOLE SYSTEMS DID NOT RUN: it needs {', '.join(missing)}"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    given = running.give(getattr(request, "param", "trixie"))
    if request.config.getoption("--record"):
        versions(given)  # which are kept: after a test it may not answer
    return given
