"""What networkd does to policy rules of others, and that it is named as the cause where they are missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.compare.states import live, wanted, with_link
from wgtranspile import verify
from wgtranspile.verify import verified

if TYPE_CHECKING:
    from pathlib import Path

    from wgtranspile.model.host import Host

KEEPS = "[Network]\nManageForeignRoutingPolicyRules=no"
CAUSE = "networkd manages foreign policy rules on this host and removes the rules of wg-quick; see docs/networkd.md"


def host(monkeypatch: pytest.MonkeyPatch, folder: Path, found: Host, *, active: bool, config: str) -> None:
    """Have this process find a host with a tunnel, whose networkd is active or not, and has a config."""
    programs = {"systemctl": f"exit {0 if active else 3}", "systemd-analyze": f"echo '{config}'"}
    for name, script in programs.items():
        (folder / name).write_text(f"#!/bin/sh\n{script}\n")
        (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setattr(verify, "snapshot", lambda *_: found)


def causes() -> list[str]:
    return [cause.text for cause in verified(wanted()).causes]


def without_rules() -> Host:
    return live()._replace(rules=())


@pytest.mark.parametrize(
    ("active", "config", "named"),
    [(True, "[Network]", True), (True, KEEPS, False), (False, "[Network]", False)],
)
def test_missing_rules_have_a_networkd_that_removes_them_as_cause(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, config: str, *, active: bool, named: bool
) -> None:
    host(monkeypatch, tmp_path, without_rules(), active=active, config=config)

    assert named is (causes() == [CAUSE])


def test_the_missing_rules_follow_from_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    host(monkeypatch, tmp_path, without_rules(), active=True, config="[Network]")

    found = verified(wanted())

    assert found.differences == found.causes[0].following


def test_other_differences_have_not(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    host(monkeypatch, tmp_path, with_link(live(), addresses=()), active=True, config="[Network]")

    assert CAUSE not in causes()


def test_a_host_without_systemd_has_no_such_cause(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(verify, "snapshot", lambda *_: without_rules())
    monkeypatch.setenv("PATH", str(tmp_path))

    assert CAUSE not in causes()
