"""The results of runs: later ones replace earlier ones of the same test, and the pages tell what they tell."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests import record
from tests.record import Lived, Run, Side
from tools import generate, laboratories

if TYPE_CHECKING:
    from pathlib import Path

SIDE = Side(sent=9, clear=0, lost=1, seconds=3, first=None)
MOMENT = Lived("full", "networkd", "trixie", "boot", "equal", (), SIDE, SIDE._replace(first=7), {"systemd": "257"})
RUN = Run(
    "tests/vm/test_a.py::test_b[trixie-golden/c]", "trixie", "networkd", "equal", 20, {"systemd": "257"}, {"a": 1}
)
# A plugin and tests of another run of pytest.
ELSEWHERE = """
from pathlib import Path
from tests import record
record.FOLDER = Path("results")
record.LABORATORIES = {"test_laboratory.py": "states"}
"""
TESTS = """
import pytest

def test_equal(record_property):
    record_property("packets", 9)

def test_refused(record_property):
    record_property("verdict", "refused")

def test_fails():
    assert False

def test_fails_in_part(subtests):
    with subtests.test():
        assert False

@pytest.mark.skip
def test_is_skipped():
    pass
"""
each = pytest.mark.parametrize(
    ("result", "other"),
    [
        (MOMENT, MOMENT._replace(subject="hub", verdict="declared", codes=("B419",))),
        (RUN, RUN._replace(test="tests/vm/test_a.py::test_d")),
    ],
    ids=["moment", "run"],
)


@pytest.fixture
def _elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(record, "FOLDER", tmp_path / "results")


@each
@pytest.mark.usefixtures("_elsewhere")
def test_what_was_seen_later_replaces_what_was_seen_before(result: Lived | Run, other: Lived | Run) -> None:
    record.merge(type(result), [result, other])
    record.merge(type(result), [result._replace(verdict="different")])

    assert record.load(type(result)) == [result._replace(verdict="different"), other]


@each
@pytest.mark.usefixtures("_elsewhere")
def test_the_file_does_not_depend_on_the_order_of_runs(result: Lived | Run, other: Lived | Run) -> None:
    record.merge(type(result), [result, other])
    [file] = record.FOLDER.iterdir()
    text = file.read_text()
    file.unlink()
    record.merge(type(result), [other])
    record.merge(type(result), [result])

    assert file.read_text() == text


def test_a_run_with_record_keeps_what_its_laboratories_saw_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "elsewhere.py").write_text(ELSEWHERE)
    for name in ("test_laboratory.py", "test_other.py"):
        (tmp_path / name).write_text(TESTS)

    for option in ([], ["--record"]):
        assert not (tmp_path / "results").exists()
        subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "tests.conftest", "-p", "elsewhere", *option],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": f"{generate.ROOT}:{tmp_path}"},
            capture_output=True,
            check=False,
        )

    told = [json.loads(line) for line in (tmp_path / "results" / "runs.jsonl").read_text().splitlines()]
    assert [(run["test"].partition("::")[2], run["verdict"], run["seen"]) for run in told] == [
        ("test_equal", "equal", {"packets": 9}),
        ("test_fails", "different", {}),
        ("test_fails_in_part", "different", {}),
        ("test_refused", "refused", {}),
    ]


@pytest.mark.parametrize("path", generate.RESULTS, ids=lambda path: path.name)
def test_the_tables_of_a_page_are_those_of_the_results(path: Path) -> None:
    assert path.read_text("utf-8") == generate.with_results(path), "run python -m tools.generate"


@pytest.mark.parametrize(("page", "kind"), [("life.md", Lived), ("equivalence.md", Run)])
def test_a_page_names_the_versions_of_what_ran(page: str, kind: type[Lived | Run]) -> None:
    text = (generate.ROOT / "docs" / page).read_text("utf-8")

    versions = {f"{name} {version}" for one in record.load(kind) for name, version in one.versions.items()}
    assert versions
    assert [version for version in versions if version not in text] == []


@pytest.mark.parametrize("kind", [Lived, Run])
def test_the_results_are_in_order_and_each_is_there_once(kind: type[Lived | Run]) -> None:
    keys = [result.key for result in record.load(kind)]

    assert sorted(set(keys)) == keys


def test_what_was_recorded_of_tests_is_of_those_that_are_there() -> None:
    tests = {run.test.partition("[")[0] for run in record.load(Run) if not run.test.startswith(record.IMPORTER)}
    there = {
        f"{file}::{name}"
        for file in record.LABORATORIES
        for name in re.findall(r"^def (test_\w+)", (generate.ROOT / file).read_text("utf-8"), re.MULTILINE)
    }

    assert tests - there == set()


@pytest.mark.usefixtures("_elsewhere")
def test_a_table_tells_of_what_was_recorded_and_of_nothing_else() -> None:
    states = "tests/vm/test_networkd.py::test_the_state_is_that_of_wg_quick"
    record.merge(
        Run,
        [
            RUN._replace(test=f"{states}[trixie-golden/dns]"),
            RUN._replace(test=f"{states}[trixie-golden/hub]", verdict="different"),
            RUN._replace(test=f"{states}[trixie-golden/mtu]", verdict="refused"),
            RUN._replace(test=f"{states}[bookworm-corpus/a]", suite="bookworm"),
        ],
    )

    assert laboratories.networkd().splitlines()[2:] == [
        "| states: golden cases | `tests/vm/test_networkd.py` | 1 / 2, 1 refused | - | - | 60 |",
        "| states: configs of the corpus | `tests/vm/test_networkd.py` | - | 1 / 1 | - | 20 |",
    ]
    assert laboratories.networkmanager() == "No run of these tests has been recorded yet."


@pytest.mark.usefixtures("_elsewhere")
def test_figures_of_migrations_are_those_of_their_suites() -> None:
    held = "tests/vm/test_migration.py::test_what_is_held_back_does_not_leave_in_clear"
    timed = "tests/vm/test_migration.py::test_a_host_is_migrated_or_as_it_was"
    clear = {"in clear": 0, "in clear at a restart of wg-quick": 100}
    record.merge(
        Run,
        [
            RUN._replace(test=f"{held}[trixie-networkd-held]", seen=clear),
            RUN._replace(test=f"{timed}[trixie-networkd-a]", seen={"outage": 2.5, "stream": 3}),
            RUN._replace(test=f"{timed}[trixie-networkmanager-b]", seen={"outage": 14, "stream": 1}),
        ],
    )

    assert "| networkd with `--hold` | 0 | 100 | - | - |" in laboratories.clear().splitlines()
    assert "| disturbed | 14 s | 3 s | - | - |" in laboratories.outages().splitlines()


@pytest.mark.usefixtures("_elsewhere")
def test_each_case_that_the_importer_was_given_is_counted_by_what_became_of_it() -> None:
    runs = {"a": "different", "b": "different", "c": "refused"}
    record.merge(Run, [RUN._replace(test=f"{record.IMPORTER}trixie {case}", verdict=runs[case]) for case in runs])

    assert "| Debian 13 | 3 | 0 | 0 | 2 | 0 | 1 |" in laboratories.importer().splitlines()
