"""The one file on a host that has nothing but Debian's own Python, as `scp` leaves it there."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.vm.migration import SPLIT, config, kept, prepare, state
from tools import bundle

if TYPE_CHECKING:
    from pathlib import Path

    from tests.vm.machine import Machine

FILE = "/tmp/wgtranspile.pyz"  # noqa: S108  of the machine


@pytest.mark.thorough
@pytest.mark.parametrize("machine", ["bookworm", "trixie"], indirect=True)
def test_it_transpiles_and_migrates_and_nobody_needs_it_afterwards(machine: Machine, tmp_path: Path) -> None:
    tunnel = config(SPLIT)
    (tmp_path / "wg0.conf").write_bytes(tunnel)
    bundle.write(tmp_path / "file", bundle.contents((sys.executable,)))
    prepare(machine, {"wg0": tunnel})
    before = state(machine)

    assert machine.run("python3 -c 'import jinja2, lark, typer'").status == 1
    assert machine.run(f"cat >{FILE}", (tmp_path / "file").read_bytes()).status == 0
    transpiled = machine.run(f"python3 {FILE} --to networkd wg0")
    here = [sys.executable, "-m", "wgtranspile", "--to", "networkd", str(tmp_path / "wg0.conf")]
    assert subprocess.run(here, capture_output=True, text=True, check=True).stdout == transpiled.out

    migration = machine.run(f"python3 {FILE} migrate --to networkd wg0", timeout=400)
    assert (0, "700\nmigrated\n") == (migration.status, kept(machine)), migration
    machine.run(f"rm {FILE}")
    assert machine.run("sh /var/lib/wgtranspile/wg0/rollback.sh back", timeout=400).status == 0
    assert before.difference(state(machine)) == ""
    assert kept(machine) == "700\nback\n"
