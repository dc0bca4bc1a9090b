"""Every golden case, byte for byte: what each backend makes of its configs, and what is said about them.

Accept what has changed with `pytest -k test_golden --snapshot-update`, then read the diff.
"""

from __future__ import annotations

import re
from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from syrupy.data import Snapshot, SnapshotCollection
from syrupy.extensions.base import AbstractSyrupyExtension
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

from tests.cases import CASES, DIAGNOSTICS, GOLDEN, MANIFEST, Case, transpile, written
from wgtranspile.backends import TARGETS, firewall
from wgtranspile.pipeline import lower_config
from wgtranspile.report.text import render
from wgtranspile.source import Source

if TYPE_CHECKING:
    from collections.abc import Iterator

    from syrupy.assertion import SnapshotAssertion
    from syrupy.location import PyTestLocation
    from syrupy.types import PropertyFilter, PropertyMatcher, SerializableData, SerializedData, SnapshotIndex

# For all other tests: syrupy looks there for what they no longer use, and must find nothing.
NOWHERE = GOLDEN / ".none"
TEMPLATES = GOLDEN.parent / "templates"


def _parts() -> dict[str, str]:
    """Give the parts of scripts, by their paths below golden/parts: templates without values, and the firewall."""
    config = GOLDEN / "full-tunnel/input/wg0.conf"
    tunnel = lower_config(Source.from_bytes(config.name, config.read_bytes()), config.stem).tunnel
    assert tunnel
    paths = sorted(TEMPLATES.rglob("*.sh"))
    constant = {str(path.relative_to(TEMPLATES)).replace("parts/", ""): path.read_text("utf-8") for path in paths}
    return {**constant, "shell/firewall.sh": firewall.functions(tunnel)}


PARTS = _parts()


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


FOLDERS = [
    *(("parts", folder) for folder in sorted({path.split("/")[0] for path in PARTS})),
    *((name, "refused") for name, case in CASES.items() if case.refused),
    *((name, folder) for name, case in CASES.items() if not case.refused for folder in ("shared", *case.backends)),
]


@pytest.mark.parametrize(("case", "folder"), [pytest.param(*each, id="/".join(each)) for each in FOLDERS])
def test_golden(case: str, folder: str, snapshot: SnapshotAssertion, subtests: pytest.Subtests) -> None:
    golden = snapshot.use_extension(GoldenFile)

    for path, content in _held(case, folder).items():
        with subtests.test(path=path):
            assert content == golden(name=path), "to accept it, run pytest -k test_golden --snapshot-update"


@pytest.mark.parametrize(
    ("case", "backend"),
    [(name, backend) for name, case in CASES.items() if not case.refused for backend in case.backends],
)
def test_the_golden_files_alone_tell_all_that_is_made(case: str, backend: str) -> None:
    made = {path: content.encode("utf-8", "surrogateescape") for path, content in _made(case, backend).items()}

    assert made == written(CASES[case], backend)


def test_golden_holds_no_file_that_is_no_longer_made(request: pytest.FixtureRequest) -> None:
    """Syrupy tells of these only when all tests run. `--snapshot-update` removes them, too."""
    held = {GOLDEN / case / folder / path for case, folder in FOLDERS for path in _held(case, folder)}
    inputs = {path for case in CASES.values() for path in case.configs}

    found = {path for path in GOLDEN.rglob("*") if path.is_file() and path.name != "case.toml"}
    if request.config.option.update_snapshots:
        for path in found - held - inputs:
            path.unlink()
    else:
        assert [] == sorted(found - held - inputs), "to remove them, run pytest -k test_golden --snapshot-update"


def test_golden_holds_nothing_that_no_test_claims() -> None:
    claimed = {GOLDEN / case / folder for case, folder in FOLDERS}
    claimed |= {GOLDEN / case / name for case in CASES for name in ("case.toml", "input")}

    assert set(GOLDEN.glob("*/*")) <= claimed
    assert [] == list(GOLDEN.rglob(".*"))


@pytest.mark.parametrize("case", CASES)
def test_a_case_says_why_it_exists_and_has_configs_only(case: str) -> None:
    assert CASES[case].why.strip()
    assert CASES[case].configs == sorted((GOLDEN / case / "input").iterdir())
    assert CASES[case].options.keys() | CASES[case].versions.keys() <= {"all", *TARGETS}


@pytest.mark.parametrize("case", [case for case in CASES.values() if case.like], ids=lambda case: case.name)
def test_a_case_is_like_one_that_has_all_its_files(case: Case) -> None:
    assert not CASES[case.like].like
    assert not CASES[case.like].refused


def _held(case: str, folder: str) -> dict[str, str]:
    """Give the golden files of a folder, by their paths below it."""
    if case == "parts":
        return {path.removeprefix(f"{folder}/"): text for path, text in PARTS.items() if path.startswith(f"{folder}/")}
    files = {"refused": _refused, "shared": _shared}[folder](case) if folder not in TARGETS else _own(case, folder)
    return {path: _shortened(content) for path, content in files.items()}


def _own(case: str, backend: str) -> dict[str, str]:
    """Give what is told of a backend nowhere else, and what is elsewhere but not made as empty."""
    made = _made(case, backend)
    elsewhere = {**_made_alike(case, backend), **_shared(case)}
    absent = {path: "" for path in (MANIFEST, DIAGNOSTICS) if path in elsewhere.keys() - made.keys()}
    return absent | {path: content for path, content in made.items() if elsewhere.get(path) != content}


def _shared(case: str) -> dict[str, str]:
    """Give the artefacts that several backends make of a case, except those that they make of what it is like."""
    makers = defaultdict(list)
    for backend in CASES[case].backends:
        for path, content in _made(case, backend).items():
            if path not in {MANIFEST, DIAGNOSTICS}:
                makers[path, content].append(backend)
    return {
        path: content
        for (path, content), backends in makers.items()
        if len(backends) > 1 and any(_made_alike(case, backend).get(path) != content for backend in backends)
    }


def _made_alike(case: str, backend: str) -> dict[str, str]:
    """Give what a backend makes of the case that this one is like, if any."""
    return _made(CASES[case].like, backend) if CASES[case].like else {}


def _shortened(content: str) -> str:
    """Give a file with a line in the place of each part."""
    for path, text in PARTS.items():
        content = content.replace(text, f". parts/{path}\n")
    return content


@cache
def _made(case: str, backend: str) -> dict[str, str]:
    """Give the golden files of a backend for a case, by their paths."""
    results = transpile(CASES[case], backend)
    emissions = [result.emission for result in results if result.emission]
    artefacts = list(dict.fromkeys(artefact for emission in emissions for artefact in emission.artefacts))
    assert len({artefact.path for artefact in artefacts}) == len(artefacts)
    files = {str(artefact.path): artefact.content for artefact in artefacts if artefact.link_to is None}
    if artefacts:
        files[MANIFEST] = "".join(
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
        files[DIAGNOSTICS] = said
    return files


def _refused(case: str) -> dict[str, str]:
    """Give what is said of a case that every backend refuses, in the same words."""
    made = [_made(case, backend) for backend in TARGETS]
    assert all(made[0] == files for files in made)
    assert {*made[0]} == {DIAGNOSTICS}
    return made[0]


def _decoded(data: SerializedData) -> str:
    return data.decode("utf-8", "backslashreplace") if isinstance(data, bytes) else data
