"""`migrate`, `confirm` and `rollback` on a host that has no such tunnel: they say so, and change nothing."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.fleet.fleet import NOBODY

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).parents[2]
PROGRAM = (sys.executable, "-B", "-m", "wgtranspile")
_HOST = """
from wgtranspile.__main__ import run
from wgtranspile.migration import facts
facts.is_root, facts.has_systemd = (lambda: True), (lambda: {})
run()
"""
# The same as root, on a host that systemd runs, and on one that it does not.
BOOTED, UNBOOTED = ((*PROGRAM[:2], "-c", _HOST.format(booted)) for booted in (True, False))
NOWHERE = "nowhere0"


def wgtranspile(
    *arguments: str, program: Sequence[str] = BOOTED, **environment: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*program, *arguments],
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
    command = f"{shlex.join(BOOTED)} migrate --to networkd {NOWHERE} {deaf}"

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
    assert f"--to must be one of networkd, networkmanager, not '{target}'" in run.stderr


@pytest.mark.parametrize("options", [(), ("--dry-run",)], ids=str)
def test_a_host_that_systemd_does_not_run_is_told_so_and_nothing_else(options: tuple[str, ...]) -> None:
    run = wgtranspile("migrate", "--to", "networkd", *options, NOWHERE, program=UNBOOTED)

    assert 1 == run.returncode
    assert ["error[M825]: systemd is not running as the init system of this host"] == re.findall(
        r"(?m)^\w+\[\w+\]: .*$", run.stderr
    )


@pytest.mark.needs("root", "setpriv")
@pytest.mark.parametrize("options", [(), ("--dry-run",)], ids=str)
def test_a_user_without_rights_is_told_so_before_all_else(options: tuple[str, ...]) -> None:
    run = wgtranspile("migrate", "--to", "networkd", *options, NOWHERE, program=(*NOBODY, *PROGRAM))

    assert 1 == run.returncode
    assert ["error[M824]: a migration needs root privileges"] == re.findall(r"(?m)^\w+\[\w+\]: .*$", run.stderr)


@pytest.mark.needs("root", "setpriv")
@pytest.mark.parametrize("command", ["confirm", "rollback"])
def test_nothing_is_kept_or_brought_back_without_rights(command: str) -> None:
    run = wgtranspile(command, NOWHERE, program=(*NOBODY, *PROGRAM))

    assert (1, f"wgtranspile: {command} needs root privileges\n  help: run it as root\n") == (
        run.returncode,
        run.stderr,
    )


@pytest.mark.needs("root", "setpriv")
def test_a_link_that_may_not_be_read_is_not_missing(tmp_path: Path) -> None:
    config = tmp_path / f"{NOWHERE}.conf"
    config.write_text("[Interface]\nAddress = 10.0.0.1/24\n")

    run = wgtranspile("verify", str(config), program=(*NOBODY, *PROGRAM))

    assert (1, "") == (run.returncode, run.stdout)
    assert run.stderr.startswith("wgtranspile: reading the state of WireGuard needs root (CAP_NET_ADMIN)\n")


@pytest.mark.needs("root")
@pytest.mark.parametrize("command", ["confirm", "rollback"])
def test_what_was_not_migrated_cannot_be_kept_or_brought_back(command: str) -> None:
    run = wgtranspile(command, NOWHERE)

    assert 1 == run.returncode
    assert NOWHERE in run.stderr
