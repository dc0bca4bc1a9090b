"""What goes from the process that makes a host's files to the one that collects."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import pytest

from wgtranspile import hosts, inputs, pipeline

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("check", [False, True])
def test_what_is_only_checked_has_no_contents(check: bool, tmp_path: Path) -> None:  # noqa: FBT001  a parameter
    config = tmp_path / "wg0.conf"
    config.write_text("[Interface]\nAddress = 10.0.0.1/24\n")
    host = inputs.Host(PurePosixPath("alpha"), (inputs.Named(config, "wg0"),))

    order = hosts.Order("shell", pipeline.Options(), check=check, listed=True)
    (outcome,) = hosts.transpile_all(order, [(host, {})])

    assert [not check] == [bool(artefact.content) for artefact in outcome.artefacts()]
    assert outcome.number == 1
