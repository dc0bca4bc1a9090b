"""What a person is told to type in another login starts the program that runs here, whatever it was started as."""

from __future__ import annotations

import shlex
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from wgtranspile.artefact import Command
from wgtranspile.migration.commands import perform, this_program

if TYPE_CHECKING:
    from pathlib import Path

SCRIPT = f"#!{sys.executable}\nimport sys\nprint('started', sys.argv[1])\n"


@pytest.mark.parametrize("mode", [0o755, 0o644], ids=["executable", "not executable"])
@pytest.mark.parametrize("name", ["wgtranspile", "wgtranspile.pyz", "new tools; rm -r/wgtranspile.pyz"])
def test_a_file_is_started_by_what_is_shown(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, mode: int
) -> None:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(SCRIPT)
    path.chmod(mode)
    monkeypatch.chdir(path.parent)
    monkeypatch.setattr(sys, "argv", [path.name, "migrate"])

    shown = this_program()

    assert "started confirm\n" == subprocess.check_output(["sh", "-c", f"{shown} confirm"], cwd="/", text=True)


def test_a_program_that_the_path_finds_is_shown_by_its_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "wgtranspile"
    path.write_text(SCRIPT)
    path.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "argv", [str(path)])

    assert "wgtranspile" == this_program()


def test_a_module_is_shown_with_its_python(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["/lib/wgtranspile/__main__.py"])

    assert f"{shlex.quote(sys.executable)} -m wgtranspile" == this_program()


@pytest.mark.parametrize(
    "argv",
    [("true",), ("false",), ("sh", "-c", "exit 3"), ("printf", "%s;", "a b", "$HOME", "'"), ("no-such-program",)],
    ids=" ".join,
)
@pytest.mark.parametrize("inverted", [False, True])
def test_a_command_does_what_its_text_does_in_a_shell(argv: tuple[str, ...], *, inverted: bool) -> None:
    command = Command(argv, inverted)

    done = perform(command)

    shell = subprocess.run(["sh", "-c", str(command)], stdout=subprocess.PIPE, text=True, check=False)
    assert shell.returncode == done.returncode
    assert shell.stdout in ("", done.stdout)
