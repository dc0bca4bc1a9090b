"""Every golden case, byte for byte: what each backend makes of its configs, and what is said about them.

Accept what has changed with `pytest -k test_golden --snapshot-update`, then read the diff.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from syrupy.data import Snapshot, SnapshotCollection
from syrupy.extensions.base import AbstractSyrupyExtension
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

from tests.cases import CASES, GOLDEN, transpile
from wgtranspile.backends import BACKENDS
from wgtranspile.report.text import render

if TYPE_CHECKING:
    from collections.abc import Iterator

    from syrupy.assertion import SnapshotAssertion
    from syrupy.location import PyTestLocation
    from syrupy.types import PropertyFilter, PropertyMatcher, SerializableData, SerializedData, SnapshotIndex

# For all other tests: syrupy looks there for what they no longer use, and must find nothing.
NOWHERE = GOLDEN / ".none"


class GoldenFile(SingleFileSnapshotExtension):
    """A file below golden/CASE/FOLDER of the test `test_golden[CASE/FOLDER]`; its name is the path below that."""

    _write_mode = WriteMode.BINARY
    file_extension = ""

    @classmethod
    def dirname(cls, *, test_location: PyTestLocation) -> str:
        # From the name alone: under xdist the items that do the reckoning have no more than that.
        found = re.fullmatch(r"test_golden\[([^]]+)\]", test_location.testname)
        return str(GOLDEN / found[1] if found else NOWHERE)

    @classmethod
    def discovery_dirname(cls, *, test_location: PyTestLocation) -> str:
        return cls.dirname(test_location=test_location)

    @classmethod
    def get_file_basename(cls, *, test_location: PyTestLocation, index: SnapshotIndex) -> str:  # noqa: ARG003
        return str(index)

    @classmethod
    def get_snapshot_name(cls, *, test_location: PyTestLocation, index: SnapshotIndex = 0) -> str:
        # Of the base class: a single file's name would lose its slashes.
        return AbstractSyrupyExtension.get_snapshot_name(test_location=test_location, index=index)

    @classmethod
    def matches_test_location(cls, *, test_location: PyTestLocation, snapshot_location: str) -> bool:
        return Path(snapshot_location).is_relative_to(cls.dirname(test_location=test_location))

    def is_snapshot_location(self, *, location: str) -> bool:  # noqa: ARG002
        return True

    def read_snapshot_collection(self, *, snapshot_location: str) -> SnapshotCollection:
        case, folder, *below = Path(snapshot_location).relative_to(GOLDEN).parts
        collection = SnapshotCollection(location=snapshot_location)
        collection.add(Snapshot(name=f"test_golden[{case}/{folder}][{'/'.join(below)}]"))
        return collection

    def serialize(
        self,
        data: SerializableData,
        *,
        exclude: PropertyFilter | None = None,  # noqa: ARG002
        include: PropertyFilter | None = None,  # noqa: ARG002
        matcher: PropertyMatcher | None = None,  # noqa: ARG002
    ) -> SerializedData:
        return str(data).encode("utf-8", "surrogateescape")

    def diff_lines(self, serialized_data: SerializedData, snapshot_data: SerializedData) -> Iterator[str]:
        return super().diff_lines(_decoded(serialized_data), _decoded(snapshot_data))


@pytest.mark.parametrize(
    ("case", "folder"),
    [
        pytest.param(name, folder, id=f"{name}/{folder}")
        for name, case in CASES.items()
        for folder in (["refused"] if case.refused else BACKENDS)
    ],
)
def test_golden(case: str, folder: str, snapshot: SnapshotAssertion, subtests: pytest.Subtests) -> None:
    files = _refused(case) if folder == "refused" else _made(case, folder)
    golden = snapshot.use_extension(GoldenFile)

    for path, content in files.items():
        with subtests.test(path=path):
            assert content == golden(name=path)


def test_golden_holds_no_file_that_is_no_longer_made() -> None:
    """Syrupy itself tells of these only in some runs. Remove them by hand."""
    made = {
        GOLDEN / name / folder / path
        for name, case in CASES.items()
        for folder in (["refused"] if case.refused else BACKENDS)
        for path in (_refused(name) if folder == "refused" else _made(name, folder))
    }
    inputs = {path for case in CASES.values() for path in case.configs}

    found = {path for path in GOLDEN.rglob("*") if path.is_file() and path.name != "case.toml"}
    assert [] == sorted(found - made - inputs)


def test_golden_holds_nothing_that_no_test_claims() -> None:
    for folder in GOLDEN.iterdir():
        case = CASES[folder.name]
        made = {"refused"} if case.refused else set(BACKENDS)

        assert {path.name for path in folder.iterdir()} <= {"case.toml", "input", *made}
        assert [] == list(folder.rglob(".*"))


@pytest.mark.parametrize("case", CASES)
def test_a_case_says_why_it_exists_and_has_configs_only(case: str) -> None:
    assert CASES[case].why.strip()
    assert CASES[case].configs == sorted((GOLDEN / case / "input").iterdir())
    assert CASES[case].options.keys() <= BACKENDS.keys()


def _made(case: str, backend: str) -> dict[str, str]:
    """Give the golden files of a backend for a case, by their paths."""
    results = transpile(CASES[case], backend)
    emissions = [result.emission for result in results if result.emission]
    artefacts = list(dict.fromkeys(artefact for emission in emissions for artefact in emission.artefacts))
    assert len({artefact.path for artefact in artefacts}) == len(artefacts)
    files = {str(artefact.path): artefact.content for artefact in artefacts if artefact.link_to is None}
    if artefacts:
        files["manifest.txt"] = "".join(
            f"{line}\n"
            for line in (
                *(
                    f"{file.path} -> {file.link_to}"
                    if file.link_to
                    else f"{file.mode:04o} {file.owner}:{file.group} {file.path}"
                    for file in artefacts
                ),
                *(
                    f"needs: {file.mode:04o} {file.owner}:{file.group} {file.path}, {file.setting}, {file.placeholder}"
                    for emission in emissions
                    for file in emission.key_files
                ),
                *(f"activate: {command}" for emission in emissions for command in emission.activate),
                *(f"update: {command}" for emission in emissions for command in emission.update),
                *(f"deactivate: {command}" for emission in emissions for command in emission.deactivate),
            )
        )
    if said := render([found for result in results for found in result.diagnostics], color=False):
        files["diagnostics.txt"] = said
    return files


def _refused(case: str) -> dict[str, str]:
    """Give what is said of a case that every backend refuses, in the same words."""
    made = [_made(case, backend) for backend in BACKENDS]
    assert all(made[0] == files for files in made)
    assert {*made[0]} == {"diagnostics.txt"}
    return made[0]


def _decoded(data: SerializedData) -> str:
    return data.decode("utf-8", "backslashreplace") if isinstance(data, bytes) else data
