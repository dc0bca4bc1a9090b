"""`migrate`, `confirm` and `rollback` on a host that has no such tunnel: they say so, and change nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROGRAM = (sys.executable, "-B", "-m", "wgtranspile")
NOWHERE = "nowhere0"


def wgtranspile(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*PROGRAM, *arguments],
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_tunnel_that_is_not_up_is_refused() -> None:
    run = wgtranspile("migrate", "--to", "networkd", NOWHERE)

    assert 1 == run.returncode
    assert f"error[M801]: no active WireGuard interface `{NOWHERE}` on this host" in run.stderr
    assert run.stderr.endswith("nothing was changed\n")


def test_programs_are_told_as_well() -> None:
    run = wgtranspile("migrate", "--to", "nm", "--json", NOWHERE)

    report = json.loads(run.stdout)
    assert (1, "refused", []) == (run.returncode, report["outcome"], report["steps"])
    assert ["M801"] == [found["code"] for found in report["diagnostics"]]


def test_a_host_that_cannot_be_read_is_refused() -> None:
    run = wgtranspile("migrate", "--to", "networkd", NOWHERE, PATH="/nonexistent")

    assert 1 == run.returncode
    assert "error[M802]: `ip` is not installed" in run.stderr


@pytest.mark.parametrize("deaf", ["2>&-", "2>/dev/full", "--json >/dev/full", "2>&1 | true; exit ${PIPESTATUS[0]}"])
def test_the_status_tells_how_it_ended_where_nothing_else_can(deaf: str) -> None:
    command = f"{' '.join(PROGRAM)} migrate --to networkd {NOWHERE} {deaf}"

    run = subprocess.run(["bash", "-c", command], cwd=ROOT, capture_output=True, text=True, check=False)

    assert (1, "", "") == (run.returncode, run.stdout, run.stderr)


def test_a_manager_that_asks_for_keys_is_no_target() -> None:
    run = wgtranspile("migrate", "--to", "nm", "--keys", "external", NOWHERE)

    assert 2 == run.returncode
    assert "--keys external makes NetworkManager ask for keys" in run.stderr


@pytest.mark.parametrize("target", ["shell", "nft", "json", "openwrt"])
def test_only_managers_of_networks_are_targets(target: str) -> None:
    run = wgtranspile("migrate", "--to", target, NOWHERE)

    assert 2 == run.returncode
    assert f"--to is one of networkd, networkmanager, not '{target}'" in run.stderr


@pytest.mark.parametrize("command", ["confirm", "rollback"])
def test_what_was_not_migrated_cannot_be_kept_or_brought_back(command: str) -> None:
    run = wgtranspile(command, NOWHERE)

    assert 1 == run.returncode
    assert NOWHERE in run.stderr
