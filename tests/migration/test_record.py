"""What a migration keeps on disk, and what may not be lost of it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from tests.files.attacker import SWAPS, hard_link, limited, other_folder, seen, watch
from tests.fleet.fleet import NOBODY_ID
from tests.migration.test_command import ROOT
from wgtranspile.migration import record
from wgtranspile.migration.model import About, Status
from wgtranspile.migration.record import Record

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

# As the tool that migrates begins, which holds a lock until it ends: store, name, file to be replaced.
BEGIN = """\
import sys
from pathlib import Path
from wgtranspile.migration import record
from wgtranspile.migration.model import About

record.STORE = Path(sys.argv[1])
try:
    record.Record(record.STORE / sys.argv[2]).begin(About("networkd", {"wg0": ()}), [Path(sys.argv[3])])
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

    assert "another migration exists" == begin(store, "wg0")

    assert [store / name] == list(store.iterdir())
    assert ["theirs"] == [path.read_text() for path in store.rglob("replaced")]


@pytest.mark.parametrize("status", [Status.BACK, Status.FAILED])
def test_of_one_that_went_back_nothing_stays(store: Path, status: Status) -> None:
    assert "" == begin(store, "wg0,wg1")
    (store / "wg0,wg1" / status).touch()

    assert "" == begin(store, "wg0")

    assert [store / "wg0"] == list(store.iterdir())


# --- root's own state is root's ---


@pytest.fixture
def standing(store: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the folder of a migration that stands; its script says that it has run."""
    monkeypatch.setattr(record, "STORE", store)
    assert "" == begin(store, "wg0")
    (store / "wg0" / Status.MIGRATED).touch()
    (store / "wg0/rollback.sh").write_text(f"touch {store.with_name('has-run')}\n")
    (store / "wg0/rollback.sh").chmod(0o700)
    return store / "wg0"


def has_run(standing: Path) -> bool:
    return (standing.parent.parent / "has-run").exists()


def test_the_script_is_run_where_all_is_as_it_should_be(standing: Path) -> None:
    assert (0, "") == Record(standing).bring_back()
    assert has_run(standing)


@pytest.mark.needs("root")
@pytest.mark.parametrize("place", ["", "wg0", "wg0/rollback.sh"])
@pytest.mark.parametrize("change", ["owner", "mode", "link"])
def test_what_is_not_roots_alone_is_not_run(standing: Path, place: str, change: str) -> None:
    found = standing.parent / place
    if change == "owner":
        os.chown(found, NOBODY_ID, NOBODY_ID)
    elif change == "mode":
        found.chmod(0o777)
    else:
        found.rename(found.with_name("moved"))
        found.symlink_to("moved")
        os.chown(found, NOBODY_ID, NOBODY_ID, follow_symlinks=False)

    with pytest.raises(OSError, match=r"can change it|a link leads elsewhere"):
        Record(standing).bring_back()

    assert not has_run(standing)


@pytest.mark.needs("root")
@pytest.mark.parametrize("swap", [swap for swap in SWAPS if swap is not hard_link])  # as only root could make one
@pytest.mark.parametrize("target", ["wg0", "wg0/rollback.sh", "wg0/about.json", "wg0/lock", "wg0/log"])
def test_nothing_else_is_changed_or_run_whatever_is_swapped_meanwhile(
    standing: Path, swap: Callable[[Path, Path, Path], None], target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = standing.parent.parent
    made, victim = folder / "made", folder / "victim"
    shutil.copytree(standing.parent, made)
    shutil.copytree(standing.parent, victim)
    (victim / "wg0/rollback.sh").write_text(f"touch {folder / 'pwned'}\n")
    calls = watch(monkeypatch)

    def act() -> None:
        if (standing.parent / target).parent.is_dir():
            swap(standing.parent / target, victim / target, folder / "aside")

    def run() -> None:
        here = Record(standing)
        here.log_line("began")
        _ = here.about, here.is_busy
        here.bring_back()
        here.end()
        here.keep(Status.MIGRATED)

    calls.begin(0, lambda: None)
    run()
    before = seen(victim)
    for at in range(1, calls.number + 1):
        for place in (folder / "aside", standing.parent):
            shutil.rmtree(place) if place.is_dir() else place.unlink(missing_ok=True)
        shutil.copytree(made, standing.parent)
        calls.begin(at, act)
        with limited(), suppress(OSError):
            run()
        assert before == seen(victim)
        assert not (folder / "pwned").exists() or swap is other_folder


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[" * 100_000,
        "9" * 5_000,
        "[]",
        "{}",
        '{"target": "networkd", "differences": []}',
        '{"target": "other", "differences": {"wg0": []}}',
        '{"target": "networkd", "differences": {"wg0": [1]}}',
        '{"target": "networkd", "differences": {"wg0": 1}}',
        '{"target": "networkd", "differences": {"wg0": [{}]}}',
        '{"target": "networkd", "differences": {"../../tmp/wg0": []}}',
        '{"target": "networkd", "differences": {"wg0": [], "wg1": []}}',
        '{"target": ["networkd"], "differences": {"wg0": []}}',
    ],
    ids=lambda text: text[:60],
)
def test_a_record_that_no_migration_can_have_written_is_said_and_not_believed(standing: Path, text: str) -> None:
    (standing / "about.json").write_text(text)

    with pytest.raises(OSError, match="it is not what a migration writes") as refused:
        _ = Record(standing).about

    assert str(standing / "about.json") == refused.value.filename


def test_what_was_noted_is_read_again(standing: Path) -> None:
    assert About("networkd", {"wg0": ()}) == Record(standing).about
    assert json.loads((standing / "about.json").read_text())
