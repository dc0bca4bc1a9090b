from __future__ import annotations

import json
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from tests.report.samples import KEY, SAMPLES
from wgtranspile.artefact import Artefact
from wgtranspile.diagnostics import Kind, Severity, Summary
from wgtranspile.report import Written
from wgtranspile.report.json import as_dict, render, render_lines, render_summary

if TYPE_CHECKING:
    from syrupy.assertion import SnapshotAssertion


def test_json_form(snapshot: SnapshotAssertion) -> None:
    assert render(SAMPLES.values()) == snapshot


def test_columns_count_code_points_from_1_and_the_end_is_exclusive() -> None:
    found = as_dict(SAMPLES["tabs"])

    assert found["start"] == {"line": 2, "column": 14}
    assert found["end"] == {"line": 2, "column": 25}


def test_the_report_tells_what_was_made_but_not_its_content() -> None:
    path = PurePosixPath("etc/wireguard/wg0.sh")
    report = render(
        [], Written([Artefact(path, KEY, 0o700, secret=True)], ["up"], ["down"], ["reload"], target="networkd@252")
    )

    assert json.loads(report) == {
        "schema": 1,
        "target": "networkd@252",
        "diagnostics": [],
        "artefacts": [
            {
                "path": "etc/wireguard/wg0.sh",
                "mode": "0700",
                "owner": "root",
                "group": "root",
                "secret": True,
                "link_to": None,
            }
        ],
        "activate": ["up"],
        "deactivate": ["down"],
        "update": ["reload"],
        "keys": [],
    }
    assert KEY not in report


def test_the_report_is_plain_ascii_whatever_the_config_holds() -> None:
    report = render(SAMPLES.values())

    assert report.isascii()
    assert "\\udce9" not in report
    assert "caf\\ufffd" in report


def test_lines_are_the_findings_of_the_report_each_with_its_kind() -> None:
    lines = [json.loads(line) for line in render_lines(SAMPLES.values()).splitlines()]

    assert [{"kind": "finding", **found} for found in json.loads(render(SAMPLES.values()))["diagnostics"]] == lines


def test_lines_of_several_calls_follow_one_another_and_a_summary_ends_them() -> None:
    one, two, *_ = SAMPLES.values()

    assert render_lines([one, two]) == render_lines([one]) + render_lines([two])
    assert not render_lines([])
    found = {
        Kind(Severity.WARNING, "P308", "search-domain-without-server"): 1,
        Kind(Severity.WARNING, "K501", "world-readable-input"): 2,
        Kind(Severity.NOTE, "B403", "mark-assumed", ignored=True): 7,
    }
    assert (
        '{"kind": "summary", "schema": 1, "configs": 3, "artefacts": 9, "errors": 0, "warnings": 3, "notes": 7, '
        '"ignored": 7, "codes": {"B403": 7, "K501": 2, "P308": 1}, "seconds": 0.125}\n'
    ) == render_summary(Summary(3, 9, found, 0.125))
