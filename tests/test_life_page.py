"""The page on the life of a tunnel tells what the results of runs tell."""

from __future__ import annotations

from tests.vm import record
from tools import generate


def test_the_tables_are_those_of_the_results() -> None:
    text = generate.LIFE.read_text("utf-8")

    assert generate.life_page(text) == text


def test_the_page_names_the_versions_of_what_ran() -> None:
    text = generate.LIFE.read_text("utf-8")

    versions = {f"{name} {version}" for one in record.load() for name, version in one.versions.items()}
    assert versions
    assert [version for version in versions if version not in text] == []


def test_the_results_are_in_order_and_each_is_there_once() -> None:
    keys = [result.key for result in record.load()]

    assert sorted(set(keys)) == keys
