"""The results of runs: later ones replace earlier ones of the same tunnel and moment, whatever order they come in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.vm import record
from tests.vm.record import Result, Side

if TYPE_CHECKING:
    from pathlib import Path

SIDE = Side(sent=9, clear=0, lost=1, seconds=3, first=None)
RESULT = Result("full", "networkd", "trixie", "boot", "equal", (), SIDE, SIDE._replace(first=7), {"systemd": "257"})
OTHER = RESULT._replace(subject="hub", verdict="declared", codes=("B419",))


@pytest.fixture(autouse=True)
def _elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(record, "FILE", tmp_path / "results" / "moments.jsonl")


def test_what_was_seen_later_replaces_what_was_seen_before() -> None:
    record.merge([RESULT, OTHER])
    record.merge([RESULT._replace(verdict="different")])

    assert record.load() == [RESULT._replace(verdict="different"), OTHER]


def test_the_file_does_not_depend_on_the_order_of_runs() -> None:
    record.merge([RESULT, OTHER])
    text = record.FILE.read_text()
    record.FILE.unlink()
    record.merge([OTHER])
    record.merge([RESULT])

    assert record.FILE.read_text() == text
