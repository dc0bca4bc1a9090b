"""What a migration keeps on disk, and what may not be lost of it."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.migration.test_command import ROOT
from wgtranspile.migration.model import Status

if TYPE_CHECKING:
    from pathlib import Path

# As the tool that migrates begins, which holds a lock until it ends: store, name, file to be replaced.
BEGIN = """\
import sys
from pathlib import Path
from wgtranspile.migration import record
from wgtranspile.migration.model import About, Target

record.STORE = Path(sys.argv[1])
try:
    record.Record(record.STORE / sys.argv[2]).begin(About(Target.NETWORKD, {"wg0": ()}), [Path(sys.argv[3])])
except OSError as error:
    sys.exit(error.strerror)
"""


@pytest.fixture
def store(tmp_path: Path) -> Path:
    (tmp_path / "replaced").write_text("theirs")
    return tmp_path / "store"


def begin(store: Path, name: str) -> str:
    """Begin a migration; give why it cannot be made, or nothing."""
    return subprocess.run(
        [sys.executable, "-c", BEGIN, store, name, store.with_name("replaced")],
        env={"PYTHONPATH": str(ROOT)},
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    ).stderr.strip()


@pytest.mark.parametrize("status", [Status.CHANGING, Status.UNCONFIRMED, Status.MIGRATED])
@pytest.mark.parametrize("name", ["wg0", "wg0,wg1", "wg1,wg0"])
def test_the_copies_of_one_that_stands_are_not_lost(store: Path, status: Status, name: str) -> None:
    assert "" == begin(store, name)
    (store / name / status).touch()
    store.with_name("replaced").write_text("ours")

    assert "there is another migration" == begin(store, "wg0")

    assert [store / name] == list(store.iterdir())
    assert ["theirs"] == [path.read_text() for path in store.rglob("replaced")]


@pytest.mark.parametrize("status", [Status.BACK, Status.FAILED])
def test_of_one_that_went_back_nothing_stays(store: Path, status: Status) -> None:
    assert "" == begin(store, "wg0,wg1")
    (store / "wg0,wg1" / status).touch()

    assert "" == begin(store, "wg0")

    assert [store / "wg0"] == list(store.iterdir())
