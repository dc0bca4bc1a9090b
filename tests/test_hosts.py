"""What goes from the process that makes a host's files to the one that collects."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

import pytest

from wgtranspile import pipeline
from wgtranspile.files import inputs
from wgtranspile.session import hosts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from wgtranspile.source import Source


@pytest.mark.parametrize("check", [False, True])
def test_what_is_only_checked_has_no_contents(check: bool, tmp_path: Path) -> None:  # noqa: FBT001  a parameter
    config = tmp_path / "wg0.conf"
    config.write_text("[Interface]\nAddress = 10.0.0.1/24\n")
    host = inputs.Host(PurePosixPath("alpha"), (inputs.Named(config, "wg0"),))

    order = hosts.Order("shell", pipeline.Options(), check=check, listed=True)
    (outcome,) = hosts.transpile_all(order, [(host, {})])

    assert [not check] == [bool(artefact.content) for artefact in outcome.artefacts()]
    assert outcome.number == 1


class DefectError(Exception):
    """What a stage must never raise."""


@pytest.mark.parametrize("alone", [True, False])
def test_a_config_that_meets_a_defect_stops_only_itself(
    alone: bool,  # noqa: FBT001  a parameter
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("wg0", "wg1", "wg2"):
        (tmp_path / f"{name}.conf").write_text("[Interface]\nAddress = 10.0.0.1/24\n")
    transpile_host = pipeline.transpile_host

    def failing(configs: Iterable[tuple[Source, str]], *rest: Any) -> Iterator[pipeline.Result]:
        configs = list(configs)
        if any(name == "wg1" for _, name in configs) if alone else len(configs) > 1:
            raise DefectError
        return transpile_host(configs, *rest)

    monkeypatch.setattr(pipeline, "transpile_host", failing)
    configs = tuple(inputs.Named(tmp_path / f"{name}.conf", name) for name in ("wg0", "wg1", "wg2"))

    (outcome,) = hosts.transpile_all(
        hosts.Order("shell", pipeline.Options()), [(inputs.Host(PurePosixPath(), configs), {})]
    )

    defects = [found for found in outcome.diagnostics if found.rule.code == "X999"]
    expected = ["wg1"] if alone else ["wg0", "wg1", "wg2"]
    assert [str(tmp_path / f"{name}.conf") for name in expected] == [found.path for found in defects]
    assert all("DefectError in test_hosts.py:" in found.message for found in defects)
    assert sorted({"wg0", "wg1", "wg2"} - {*expected}) == [made.name for made in outcome.made]


@pytest.mark.parametrize("given", [True, False])
def test_a_config_that_is_larger_than_any_is_not_read(
    given: bool,  # noqa: FBT001  a parameter
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(inputs, "LARGEST", 1 << 20)
    config = tmp_path / "wg0.conf"
    monkeypatch.setattr(inputs, "MOST_LINES", 100)
    found = []
    for content in (b"#" * (1 << 20), b"#" * ((1 << 20) + 1), b"\n" * 100, b"\n" * 101):
        config.write_bytes(content)
        found.append(inputs.read(inputs.Named(config, "wg0", content if given else None)))

    said = [each.diagnostics[0].message if isinstance(each, inputs.Unreadable) else "" for each in found]
    assert ["", "it is larger than 1 MiB", "", "it has more than 100 lines"] == [
        said.rpartition(": ")[2] for said in said
    ]
