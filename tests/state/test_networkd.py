"""What networkd does to policy rules of others, and that it is named as the cause where they are missing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.state.states import live, wanted
from wgtranspile.state import causes, compare, keeps_foreign_rules

if TYPE_CHECKING:
    from pathlib import Path

    from wgtranspile.state import State

KEEPS = "[Network]\nManageForeignRoutingPolicyRules=no"
CAUSE = "networkd manages foreign policy rules on this host and removes those of wg-quick; see docs/networkd.md"


def host(monkeypatch: pytest.MonkeyPatch, folder: Path, *, active: bool, config: str) -> None:
    """Have this process find a host whose networkd is active or not, and has a config."""
    programs = {"systemctl": f"exit {0 if active else 3}", "systemd-analyze": f"echo '{config}'"}
    for name, script in programs.items():
        (folder / name).write_text(f"#!/bin/sh\n{script}\n")
        (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))


def without_rules(found: State) -> State:
    return replace(found, rules=())


@pytest.mark.parametrize(
    ("active", "config", "found"),
    [
        (True, "[Network]", [CAUSE]),
        (True, KEEPS, []),
        (False, "[Network]", []),
    ],
)
def test_missing_rules_have_a_networkd_that_removes_them_as_cause(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, config: str, found: list[str], *, active: bool
) -> None:
    host(monkeypatch, tmp_path, active=active, config=config)

    assert found == [*causes(compare(wanted(), without_rules(live())))]


def test_other_differences_have_not(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    host(monkeypatch, tmp_path, active=True, config="[Network]")

    assert [] == [*causes(compare(wanted(), replace(live(), addresses=())))]


def test_a_host_without_systemd_has_no_such_cause(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    assert [] == [*causes(compare(wanted(), without_rules(live())))]


@pytest.mark.parametrize(
    ("text", "keeps"),
    [
        ("", False),
        ("[Network]\nManageForeignRoutingPolicyRules=no\n", True),
        ("[Network]\n#ManageForeignRoutingPolicyRules=no\n", False),
        ("[Network]\nManageForeignRoutingPolicyRules = false\n", True),
        ("[Network]\nManageForeignRoutingPolicyRules=no\n# more\nManageForeignRoutingPolicyRules=yes\n", False),
    ],
)
def test_the_last_word_on_rules_of_others_decides(text: str, *, keeps: bool) -> None:
    assert keeps_foreign_rules(text) is keeps
