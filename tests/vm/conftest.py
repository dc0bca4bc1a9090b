"""The fixture of the laboratory of whole systems."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

from tests.vm.machine import boot

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.vm.machine import Machine

PROGRAMS = ("cpio", "mke2fs", "mmdebstrap", "qemu-system-x86_64", "setpriv")


@pytest.fixture(scope="session")
def machine() -> Iterator[Machine]:
    """Give a booted trixie; skip where it cannot be had, which in CI is a failure."""
    missing = ["root"] if os.geteuid() else [program for program in PROGRAMS if not shutil.which(program)]
    if missing:
        message = f"THE PROOF IN WHOLE SYSTEMS DID NOT RUN: it needs {', '.join(missing)}"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    with boot("trixie") as booted:
        yield booted
