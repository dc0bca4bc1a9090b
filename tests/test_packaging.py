"""What is built and installed works elsewhere, and holds what it should."""

from __future__ import annotations

import re
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
RESOURCES, SHARED = ("grammars", "templates"), ("completions", "man")
CONFIG = "[Interface]\nAddress = 10.0.0.1/24\n"

CONSUMER = """\
from concurrent.futures import ThreadPoolExecutor

from wgtranspile.api import KeyStorage, Options, Result, Source, transpile, transpile_many

result: Result = transpile(Source("wg0.conf", ""), "wg0", "shell", Options(keys=KeyStorage.EXTERNAL))
artefacts = result.emission.artefacts if result.emission else ()
modes: list[int] = [artefact.mode for artefact in artefacts]
with ThreadPoolExecutor() as executor:
    for results in transpile_many([[(Source("wg0.conf", ""), "wg0")]], "shell", executor=executor):
        codes: list[str] = [found.rule.code for result in results for found in result.diagnostics]
"""
MISTAKES = {
    'Source("wg0.conf", ""), "wg0", "shell"': '"wg0.conf", "wg0", "shell"',
    "result.emission.artefacts if result.emission else ()": "result.emission.artefacts",
    "modes: list[int]": "modes: list[str]",
    '"shell", executor=executor': '"shell", {}, executor=executor',
    "found.rule.code": "found.rule.number",
}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with the sdist of this tree and the wheel made from that sdist."""
    folder = tmp_path_factory.mktemp("dist")
    _run(sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(ROOT))
    return folder


@pytest.fixture
def environment(tmp_path: Path) -> Path:
    """Give a new virtual environment that has the dependencies, but nothing of this tree."""
    _run(sys.executable, "-m", "venv", "--without-pip", str(tmp_path / "venv"))
    return tmp_path / "venv"


def test_the_sdist_holds_all_that_the_tests_need(built: Path) -> None:
    (sdist,) = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        held = {name.partition("/")[2] for name in archive.getnames()}

    assert ".pre-commit-hooks.yaml" in held
    for folder in (*RESOURCES, *SHARED, "benchmarks", "docs", "examples", "golden", "tests", "tools", "wgtranspile"):
        assert _files(folder) <= held


def test_the_wheel_holds_the_package_its_resources_and_what_is_shared_and_nothing_else(built: Path) -> None:
    (wheel,) = built.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}

    held = {name for name in names if ".data/" not in name}
    resources = {f"wgtranspile/{name}" for folder in RESOURCES for name in _files(folder)}
    assert held == _files("wgtranspile") | resources
    assert {name.partition(".data/data/share/")[2] for name in names - held} == {
        "bash-completion/completions/wgtranspile",
        "fish/vendor_completions.d/wgtranspile.fish",
        "man/man1/wgtranspile.1",
        "zsh/site-functions/_wgtranspile",
    }


def test_the_wheel_works_in_another_environment(built: Path, environment: Path, tmp_path: Path) -> None:
    (wheel,) = built.glob("*.whl")
    _pip_install(environment, str(wheel))
    _offer_dependencies(environment)

    assert _transpile_here() == _transpile_with(environment, tmp_path)


def test_an_editable_install_works_from_another_directory(environment: Path, tmp_path: Path) -> None:
    _offer_dependencies(environment)
    _pip_install(environment, "--no-build-isolation", "--editable", str(ROOT))

    assert _transpile_here() == _transpile_with(environment, tmp_path)


def test_the_types_of_the_wheel_hold_for_a_program_that_is_strict(
    built: Path, environment: Path, tmp_path: Path
) -> None:
    (wheel,) = built.glob("*.whl")
    _pip_install(environment, str(wheel))
    (tmp_path / "right.py").write_text(CONSUMER)
    wrong = CONSUMER
    for right, mistake in MISTAKES.items():
        wrong = wrong.replace(right, mistake, 1)
    (tmp_path / "wrong.py").write_text(wrong)

    mypy = (sys.executable, "-m", "mypy", "--strict", "--no-pretty", "--python-executable", environment / "bin/python")
    run = subprocess.run([*mypy, "right.py", "wrong.py"], cwd=tmp_path, capture_output=True, text=True, check=False)

    found = re.findall(r"^(.*): error: .*  \[(.*)\]$", run.stdout, re.MULTILINE)
    assert found == [
        ("wrong.py:5", "arg-type"),
        ("wrong.py:6", "union-attr"),
        ("wrong.py:7", "misc"),
        ("wrong.py:9", "arg-type"),
        ("wrong.py:10", "attr-defined"),
    ]


def _files(folder: str) -> set[str]:
    return {
        str(path.relative_to(ROOT))
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def _pip_install(environment: Path, *arguments: str) -> None:
    pip = (sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check")
    _run(*pip, "--python", str(environment / "bin/python"), "install", "--no-index", "--no-deps", *arguments)


def _offer_dependencies(environment: Path) -> None:
    """Let the environment see the libraries of this one: a path file of another folder is not followed, so no more."""
    (packages,) = environment.glob("lib/python3*/site-packages")
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")


def _transpile_with(environment: Path, cwd: Path) -> str:
    return _run(str(environment / "bin/wgtranspile"), "--to", "shell", "-", "--name", "wg0", cwd=cwd)


def _transpile_here() -> str:
    return _run(sys.executable, "-m", "wgtranspile", "--to", "shell", "-", "--name", "wg0")


def _run(*command: str, cwd: Path = ROOT) -> str:
    return subprocess.run(command, cwd=cwd, input=CONFIG, stdout=subprocess.PIPE, text=True, check=True).stdout
