"""Where and with which names the program is started: neither the folder nor the names of files in it are trusted."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
CONFIG = "[Interface]\nPrivateKey = WELEsbNJnrsgryqloe/UmJ8FZarcsijnYOFo7hg14XQ=\nAddress = 10.0.0.{}/24\n"


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-B", "-m", "wgtranspile", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )


LOADED = """\
import sys, runpy

def names():
    return {name.partition(".")[0] for name in sys.modules}

before = names()
import typing, wgtranspile.session.stdout, wgtranspile.cli.transpile
from wgtranspile import backends
backends.load("shell")
import jinja2, lark
print(*names() - before)
"""


def loaded() -> set[str]:
    """Give what a run imports, but for what Python itself does before it."""
    command = [sys.executable, "-P", "-c", LOADED]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return set(subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout.split())


def test_nothing_is_imported_from_the_current_folder(tmp_path: Path) -> None:
    modules = loaded() - {"wgtranspile"}
    for name in modules:
        marker = tmp_path / f"{name}.was-here"
        (tmp_path / f"{name}.py").write_text(f"open({str(marker)!r}, 'w').close()\nraise ImportError\n")
    (tmp_path / "wg0.conf").write_text(CONFIG.format(1))

    done = run(tmp_path, "--to", "shell", "wg0.conf")

    assert {"jinja2", "lark", "typer", "typing"} <= modules
    assert [] == [path.name for path in tmp_path.glob("*.was-here")]
    assert (0, True) == (done.returncode, done.stdout.startswith("#!/bin/sh\n"))


NAMES = ("-otree/wireguard/evil.conf", "-evil.conf", "--evil.conf", "-oevil", "--output=evil", "--strict", "-h")


@pytest.mark.parametrize("name", NAMES)
def test_a_file_that_looks_like_an_option_is_not_taken_for_one_without_a_word(tmp_path: Path, name: str) -> None:
    place = tmp_path / name
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text("[Interface]\nAdress = x\n")
    (tmp_path / "wg0.conf").write_text(CONFIG.format(1))

    confused = run(tmp_path, "--check", "--to", "json", name, "wg0.conf")
    meant = run(tmp_path, "--check", "--to", "json", "--", name, "wg0.conf")

    said = f"wgtranspile: {name!r} is also the name of a file: put -- before the names of configs, or ./ before it\n"
    assert (2, f"{said}Try `wgtranspile --help`.\n") == (confused.returncode, confused.stderr)
    assert (1, True) == (meant.returncode, name in meant.stderr)


@pytest.mark.parametrize("name", ["-oevil", "--output=evil", "--check", "-h"])
def test_neither_is_a_folder(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    (tmp_path / name / "wg0.conf").write_text(CONFIG.format(1))

    confused = run(tmp_path, "--to", "networkd", "-o", "out", name)
    of_another = run(tmp_path, "explain", name)
    meant = run(tmp_path, "--to", "networkd", "-o", "out", "--", name)

    said = f"wgtranspile: {name!r} is also the name of a folder: "
    assert (2, True) == (confused.returncode, confused.stderr.startswith(said))
    assert (2, True) == (of_another.returncode, of_another.stderr.startswith(said))
    assert 0 == meant.returncode
    assert {name, "out"} == {path.name for path in tmp_path.iterdir()}


def test_a_value_of_an_option_may_be_the_name_of_a_folder(tmp_path: Path) -> None:
    (tmp_path / "build").mkdir()
    (tmp_path / "wg0.conf").write_text(CONFIG.format(1))

    assert 0 == run(tmp_path, "--to", "networkd", "-o", "build", "wg0.conf").returncode
    assert (tmp_path / "build/etc").is_dir()
