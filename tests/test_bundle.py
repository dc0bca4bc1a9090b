"""The one file gives what the package gives, with nothing but Python, and has the same bytes wherever it is made."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from pathlib import Path
from shutil import copy, copytree
from typing import TYPE_CHECKING

import pytest

from tests.cases import CASES
from tools import bundle
from wgtranspile.backends import TARGETS

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = bundle.ROOT
NEEDED = ("completions", "grammars", "man", "templates", "tools", "wgtranspile")
# A Python that sees neither its own libraries nor those of the user.
BARE = (sys.executable, "-I", "-S")
CONFIG = "[Interface]\nAddress = 10.0.0.1/24\n"


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the one file, made by its tool."""
    made = tmp_path_factory.mktemp("bundle") / "wgtranspile.pyz"
    _make(ROOT, made)
    return made


def test_it_has_the_same_bytes_wherever_and_whenever_it_is_made(file: Path, tmp_path: Path) -> None:
    tree = tmp_path / "other"
    for folder in NEEDED:
        copytree(ROOT / folder, tree / folder, copy_function=copy)
    for name in ("LICENSE", "pyproject.toml"):
        copy(ROOT / name, tree)
    for path in tree.rglob("*"):
        os.utime(path, (1e9, 1e9))
    old_mask = os.umask(0o077)
    try:
        _make(tree, tmp_path / "again.pyz", PYTHONHASHSEED="7", TZ="Asia/Tokyo", LC_ALL="C", TMPDIR=str(tmp_path))
    finally:
        os.umask(old_mask)

    assert file.read_bytes() == (tmp_path / "again.pyz").read_bytes()
    assert 0o755 == (tmp_path / "again.pyz").stat().st_mode & 0o777
    for path in (ROOT, Path(sys.prefix)):
        assert os.fsencode(path) not in file.read_bytes()


@pytest.mark.parametrize("backend", TARGETS)
def test_it_gives_for_each_golden_case_what_the_package_gives(file: Path, tmp_path: Path, backend: str) -> None:
    order = ("--to", backend, "--keep-going", "--jobs", "2", "-o", "out", "fleet")
    given = []
    for name, program in {"package": (sys.executable, "-m", "wgtranspile"), "file": (*BARE, str(file))}.items():
        for case in CASES.values():
            (tmp_path / name / "fleet" / case.name).mkdir(parents=True)
            for config in case.configs:
                copy(config, tmp_path / name / "fleet" / case.name)
        run = _run(*program, *order, cwd=tmp_path / name)
        said = re.sub(r", [\d.]+ s$", "", run.stderr)  # how long it took
        given.append((run.returncode, run.stdout, said, _tree(tmp_path / name / "out")))

    assert "No module named" in _run(*BARE, "-c", "import jinja2").stderr
    assert given[0] == given[1]
    assert 20 < len(given[1][3])


@pytest.mark.parametrize("arguments", [("--help",), ("verify", "--normalisations"), ("explain", "C203"), ("--to",)])
def test_its_commands_say_what_those_of_the_package_say(file: Path, arguments: Sequence[str]) -> None:
    package, alone = _run(sys.executable, "-m", "wgtranspile", *arguments), _run(*BARE, str(file), *arguments)

    assert (package.returncode, package.stdout, package.stderr) == (alone.returncode, alone.stdout, alone.stderr)


def test_it_can_be_run_as_a_program_from_another_folder(file: Path, tmp_path: Path) -> None:
    program = tmp_path / "wgtranspile"  # no name says that it is an archive
    program.write_bytes(file.read_bytes())
    program.chmod(0o755)

    run = _run("./wgtranspile", "--to", "shell", "-", "--name", "wg0", cwd=tmp_path)

    assert (0, "#!/bin/sh") == (run.returncode, run.stdout.partition("\n")[0])


def test_what_is_compiled_suffices_and_so_do_the_sources(file: Path, tmp_path: Path) -> None:
    sources = bundle.contents(())
    both = bundle.contents((sys.executable,))
    compiled = {place: both[place] for place in both if place not in sources or place == "__main__.py"}
    for name, files in {"sources": sources, "compiled": compiled}.items():
        bundle.write(tmp_path / f"{name}.pyz", files)

    order = ("--to", "networkd", "-", "--name", "wg0")
    runs = [_run(*BARE, str(path), *order) for path in (file, tmp_path / "sources.pyz", tmp_path / "compiled.pyz")]

    assert [0, 0, 0] == [run.returncode for run in runs], runs
    assert runs[0].stdout == runs[1].stdout == runs[2].stdout


def test_it_shows_the_progress_of_a_long_run(file: Path, tmp_path: Path) -> None:
    for number in range(300):
        (tmp_path / "fleet" / str(number)).mkdir(parents=True)
        (tmp_path / "fleet" / str(number) / "wg0.conf").write_text(CONFIG)
    ours, theirs = pty.openpty()
    command = [*BARE, str(file), "--to", "json", "--check", "fleet"]
    with subprocess.Popen(command, cwd=tmp_path, stderr=theirs, env={**os.environ, "TERM": "xterm"}) as run:
        os.close(theirs)
        shown = b""
        while True:
            try:
                shown += os.read(ours, 65536)
            except OSError:  # the program has ended
                break
    os.close(ours)

    assert 0 == run.returncode
    assert b"configs: " in shown


def test_a_python_that_is_too_old_is_told_so(file: Path) -> None:
    old = "import runpy, sys; sys.version_info = (3, 9, 2); runpy.run_path(sys.argv[1], run_name='__main__')"

    run = _run(*BARE, "-c", old, str(file))

    assert (1, "") == (run.returncode, run.stdout)
    assert "wgtranspile needs Python 3.11 or later, and this is Python 3.9\n" == run.stderr


def test_a_python_that_does_not_exist_is_wrong_usage(tmp_path: Path) -> None:
    run = _run(sys.executable, str(ROOT / "tools/bundle.py"), "--python", "python9", "-o", str(tmp_path / "made"))

    assert (2, True) == (run.returncode, run.stderr.endswith("No such file or directory: 'python9'\n"))
    assert not (tmp_path / "made").exists()


def _make(tree: Path, target: Path, **environment: str) -> None:
    command = [sys.executable, str(tree / "tools/bundle.py"), "-o", str(target)]
    subprocess.run(command, env={**os.environ, **environment}, stdout=subprocess.DEVNULL, check=True)


def _tree(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Return the files of hosts with their modes; what the writer keeps for itself has a key of its own each time."""
    files = (path for path in folder.rglob("*") if ".wgtranspile" not in path.parts and not path.is_dir())
    return {
        str(path.relative_to(folder)): (
            path.lstat().st_mode,
            os.fsencode(path.readlink()) if path.is_symlink() else path.read_bytes(),
        )
        for path in files
    }


def _run(*command: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=cwd, input=CONFIG, capture_output=True, text=True, check=False)
