"""pre-commit takes the hooks, installs them and runs them over what is staged."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from shutil import copy, copytree
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ROOT = Path(__file__).parent.parent
INSTALLED = (".pre-commit-hooks.yaml", "LICENSE", "README.md", "pyproject.toml")
FOLDERS = ("completions", "grammars", "man", "templates", "wgtranspile")
GOOD = "[Interface]\nPrivateKey = WELEsbNJnrsgryqloe/UmJ8FZarcsijnYOFo7hg14XQ=\nAddress = 10.0.0.{}/24\n"
WITHOUT_KEYS = GOOD.replace("WELEsbNJnrsgryqloe/UmJ8FZarcsijnYOFo7hg14XQ=", "{{{{ vault_wg0 }}}}")
HOSTS = {f"hosts/{host}/wireguard/wg0.conf": GOOD.format(number) for number, host in enumerate(("a", "b"), start=1)}
CONFIG = """\
repos:
  - repo: {repository}
    rev: v1
    hooks:
      - id: wgtranspile-check
      - id: wgtranspile-tree
        args: [--to, networkd, --keys, external, -o, tree, hosts]
"""
Run = subprocess.CompletedProcess[str]


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a repository of this project."""
    folder = tmp_path_factory.mktemp("wgtranspile")
    for name in INSTALLED:
        copy(ROOT / name, folder)
    for name in FOLDERS:
        copytree(ROOT / name, folder / name)
    _git(folder, "init", "--quiet")
    _git(folder, "add", ".")
    _git(folder, "commit", "--quiet", "--message=v1")
    _git(folder, "tag", "v1")
    return folder


@pytest.mark.needs("git")
def test_hooks_find_what_is_wrong_with_staged_configs_and_stale_trees(repository: Path, tmp_path: Path) -> None:
    environment = {**os.environ, "PRE_COMMIT_HOME": str(tmp_path / "home")}
    user = tmp_path / "user"
    user.mkdir()
    _git(user, "init", "--quiet")
    _stage(
        user, {**HOSTS, "nginx.conf": "server {}\n", ".pre-commit-config.yaml": CONFIG.format(repository=repository)}
    )
    _transpile(user, "tree", "hosts")

    fine = _pre_commit(user, environment)
    _stage(user, {"hosts/a/wireguard/wg0.conf": GOOD.format(3)})
    stale = _pre_commit(user, environment)
    _stage(user, {"hosts/a/wireguard/wg0.conf": GOOD.format(3) + "MTU = x\n"})
    wrong = _pre_commit(user, environment)
    _stage(user, {"-otree/wireguard/evil.conf": "[Interface]\nAdress = x\n"})
    option = _pre_commit(user, environment)

    assert (0, 2) == (fine.returncode, fine.stdout.count("Passed"))
    assert (1, 1) == (stale.returncode, stale.stdout.count("Passed"))
    assert "-Address=10.0.0.1/24\n+Address=10.0.0.3/24\n" in stale.stdout
    assert (1, 0) == (wrong.returncode, wrong.stdout.count("Passed"))
    assert "hosts/a/wireguard/wg0.conf:4:7: error[C218] `x` is not a valid MTU\n" in wrong.stdout
    assert "-otree/wireguard/evil.conf:2:1: error[C203] unknown key `Adress`\n" in option.stdout
    assert "WELEsbNJ" not in fine.stdout + stale.stdout + wrong.stdout


@pytest.mark.needs("git")
@pytest.mark.parametrize("good", [GOOD, WITHOUT_KEYS], ids=["with keys", "without keys"])
def test_the_example_runs_beside_a_checkout_as_it_is_written(good: str, repository: Path, tmp_path: Path) -> None:
    environment = {**os.environ, "PRE_COMMIT_HOME": str(tmp_path / "home")}
    user = tmp_path / "user"
    user.mkdir()
    (tmp_path / "wgtranspile").symlink_to(repository)
    config = user / ".pre-commit-config.yaml"
    copy(ROOT / "examples/pre-commit-config.yaml", config)
    _git(user, "init", "--quiet")
    _stage(user, {f"fleet/{host}/wg0.conf": good.format(number) for number, host in enumerate(("a", "b"), start=1)})
    _transpile(user, "tree/", "fleet/")
    _git(user, "add", ".")

    pin = _run([sys.executable, "-m", "pre_commit", "autoupdate", "--bleeding-edge"], user, environment)
    _git(user, "add", ".")
    fine = _pre_commit(user, environment)
    _stage(user, {"fleet/a/wg0.conf": good.format(3)})
    stale = _pre_commit(user, environment)
    _stage(user, {"fleet/a/wg0.conf": good.format(3) + "MTU = x\n"})
    wrong = _pre_commit(user, environment)

    assert (0, "rev: v1") == (pin.returncode, config.read_text().split("\n")[4].strip())
    assert (0, 2) == (fine.returncode, fine.stdout.count("Passed")), fine.stdout
    assert (1, 1) == (stale.returncode, stale.stdout.count("Passed"))
    assert (1, 0) == (wrong.returncode, wrong.stdout.count("Passed"))


def _transpile(folder: Path, tree: str, configs: str) -> None:
    order = ("--to", "networkd", "--keys", "external", "-o", tree, configs)
    program = (sys.executable, "-m", "wgtranspile")
    subprocess.run([*program, *order], cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=True)


def _stage(folder: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    _git(folder, "add", ".")


def _pre_commit(folder: Path, environment: Mapping[str, str]) -> Run:
    return _run([sys.executable, "-m", "pre_commit", "run"], folder, environment)


def _git(folder: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=tests", "-c", "user.email=tests@example.org")
    _run(["git", *identity, *arguments], folder, os.environ).check_returncode()


def _run(command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> Run:
    return subprocess.run(command, cwd=folder, env=dict(environment), capture_output=True, text=True, check=False)
