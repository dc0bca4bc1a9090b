"""The examples are what their programs take, and do what they say."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import sysconfig
from pathlib import Path
from shutil import copy, copytree
from typing import TYPE_CHECKING

import pytest
import yaml

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).parent.parent
EXAMPLES = ROOT / "examples"
PROGRAMS = Path(sys.executable).parent
ALPHA = "fleet/alpha/wg0.conf"

Run = subprocess.CompletedProcess[str]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Give an environment in which `wgtranspile` is that of this tree, and a tunnel's script notes what it is told.

    It cannot update while there is a file `changed`.
    """
    programs = tmp_path / "programs"
    programs.mkdir()
    scripts = {
        "wgtranspile": f'PYTHONPATH={ROOT} exec {sys.executable} -m wgtranspile "$@"',
        "wg0.tunnel": f'cd {tmp_path} && echo "$@" >>told && {{ [ "$1" != update ] || [ ! -e changed ]; }}',
    }
    for name, script in scripts.items():
        (programs / name).write_text(f"#!/bin/sh\n{script}\n")
        (programs / name).chmod(0o755)
    path = f"{programs}:{PROGRAMS}:{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "HOME": str(tmp_path), "ANSIBLE_PIPELINING": "1"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a wheel of this tree, made as the examples say; what builds it is here already."""
    folder = tmp_path_factory.mktemp("wheel")
    pip = (sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", folder)
    subprocess.run([*pip, ROOT], check=True)
    (made,) = folder.glob("*.whl")
    return made


@pytest.fixture
def job(tmp_path: Path, folder: Path, wheel: Path) -> dict[str, str]:
    """Return the environment of a CI job whose checkout holds the wheel, and which has no wgtranspile yet.

    Its pip installs what it is told to, without an index: the libraries that it needs are those of this environment.
    """
    copy(wheel, folder)
    place = tmp_path / "job"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", place], check=True)
    (packages,) = place.glob("lib/python3*/site-packages")
    (packages / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n")
    (place / "bin/pip").write_text(f'#!/bin/sh\nexec {sys.executable} -m pip --python {place}/bin/python "$@"\n')
    (place / "bin/pip").chmod(0o755)
    settings = {"PIP_NO_INDEX": "1", "PIP_NO_DEPS": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    return {**os.environ, "PATH": f"{place}/bin:{_without_program(os.environ['PATH'])}", **settings}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a copy of the example for Ansible, whose fleet serves all."""
    return Path(copytree(EXAMPLES / "ansible", tmp_path / "ansible"))


# --- CI ---


@pytest.mark.parametrize(("file", "schema"), [("github.yml", "github-workflows"), ("gitlab.yml", "gitlab-ci")])
def test_a_ci_example_is_what_the_schema_of_its_system_asks_for(file: str, schema: str) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{schema}", EXAMPLES / "ci" / file],
        capture_output=True,
        text=True,
        check=False,
    )

    assert 0 == run.returncode, run.stdout


def test_the_steps_for_github_show_findings_and_stale_trees(folder: Path, job: dict[str, str]) -> None:
    workflow = yaml.safe_load((EXAMPLES / "ci/github.yml").read_text())
    install, judge, compare = (step["run"] for step in workflow["jobs"]["tunnels"]["steps"] if "run" in step)
    job |= workflow["env"]
    installed = _run(install, folder, job)
    assert 0 == installed.returncode, installed.stderr
    _run(compare.replace("--check ", ""), folder, job).check_returncode()  # the tree that is committed

    assert [0, 0] == [_run(step, folder, job).returncode for step in (judge, compare)]

    _edit(folder / ALPHA, "MTU = 1420", "MTU = 1400")
    assert [0, 1] == [_run(step, folder, job).returncode for step in (judge, compare)]

    _edit(folder / ALPHA, "MTU = 1400", "MTU = x")
    assert [1, 1] == [_run(step, folder, job).returncode for step in (judge, compare)]
    assert '"C218"' in (folder / "wgtranspile.sarif").read_text()


def test_the_script_for_gitlab_makes_a_tree_or_fails_with_the_findings(folder: Path, job: dict[str, str]) -> None:
    example = yaml.safe_load((EXAMPLES / "ci/gitlab.yml").read_text())["tunnels"]
    script = "set -e\n" + "\n".join(example["before_script"] + example["script"])
    job |= example["variables"]

    fine = _run(script, folder, job)
    _edit(folder / ALPHA, "MTU = 1420", "MTU = x")
    wrong = _run(script, folder, job)

    assert 0 == fine.returncode, fine.stderr
    assert "MTUBytes=1420" in (folder / "tree/alpha/etc/systemd/network/50-wg0.network").read_text()
    assert (folder / example["variables"]["FINDINGS"]).exists()
    assert 1 == wrong.returncode
    assert f"{ALPHA}:6:7: error[C218] `x` is not a valid MTU\n" in wrong.stderr


# --- Ansible ---


def test_ansible_lint_finds_nothing(folder: Path, environment: dict[str, str]) -> None:
    run = _run("ansible-lint --offline --strict --nocolor .", folder, environment)

    assert 0 == run.returncode, run.stdout
    assert "0 failure(s), 0 warning(s)" in run.stderr


@pytest.mark.needs("root", "systemd")
def test_a_play_installs_what_has_changed_and_nothing_when_a_config_is_refused(
    folder: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    told, changed = tmp_path / "told", tmp_path / "changed"

    changed.touch()
    assert {"alpha": 4, "beta": 3} == _play(folder, environment)  # two are of the tree, which is made once
    assert ["activate", "activate", "update", "update"] == sorted(told.read_text().split())
    for host, keys in {"alpha": "600 root:root", "beta": "640 root:systemd-network"}.items():
        installed = _listed(folder / "root" / host)
        assert _listed(folder / "tree" / host) == installed
        assert f"50-wg0.keys/private {keys}" in installed
        assert "-> /etc/systemd/system/wireguard-wg0.service" in installed

    told.unlink()
    assert {"alpha": 0, "beta": 0} == _play(folder, environment)
    assert not told.exists()

    changed.unlink()
    _edit(folder / ALPHA, "AllowedIPs = 10.10.0.2/32", "AllowedIPs = 10.10.0.2/32, 10.10.0.3/32")
    assert {"alpha": 4, "beta": 0} == _play(folder, environment)
    assert "update\n" == told.read_text()

    told.unlink()
    changed.touch()
    _edit(folder / ALPHA, "MTU = 1420", "MTU = 1400")
    assert {"alpha": 4, "beta": 0} == _play(folder, environment)
    assert "update\nactivate\n" == told.read_text()

    before = _listed(folder / "root")
    _edit(folder / ALPHA, "MTU = 1400", "MTU = 1300")
    _edit(folder / "fleet/beta/wg0.conf", "MTU = 1420", "MTU = x")
    run = _run(_playbook(folder), folder, environment)
    assert 2 == run.returncode
    assert "error[C218]" in run.stdout
    assert before == _listed(folder / "root")


@pytest.mark.needs("root", "systemd")
def test_a_check_of_the_play_changes_nothing_and_says_what_it_leaves_out(
    folder: Path, environment: dict[str, str]
) -> None:
    left_out = "a check does not change it: the hosts are not compared with it."

    before_the_first_run = _check(folder, environment)
    assert left_out in before_the_first_run
    assert not (folder / "tree").exists()

    _run("wgtranspile --to networkd --output tree fleet", folder, environment).check_returncode()
    before_the_first_host = _check(folder, environment)
    assert left_out not in before_the_first_host
    assert re.search(r"^alpha +: .*changed=1 ", before_the_first_host, re.MULTILINE)  # the files to be installed
    assert not (folder / "root/alpha/etc").exists()

    _play(folder, environment)
    installed = _listed(folder / "root")
    assert re.search(r"^alpha +: .*changed=0 ", _check(folder, environment), re.MULTILINE)

    _edit(folder / ALPHA, "MTU = 1420", "MTU = 1400")
    assert left_out in _check(folder, environment)
    assert installed == _listed(folder / "root")
    assert "MTUBytes=1420" in (folder / "tree/alpha/etc/systemd/network/50-wg0.network").read_text()


def _check(folder: Path, environment: Mapping[str, str]) -> str:
    """Run the play as a check, which must succeed, and return what it says."""
    run = _run(f"{_playbook(folder)} --check", folder, environment)
    assert 0 == run.returncode, run.stdout
    return run.stdout


def _without_program(path: str) -> str:
    """Return a PATH without the folders in which there is a wgtranspile already."""
    return ":".join(folder for folder in path.split(":") if not Path(folder, "wgtranspile").exists())


def _edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def _play(folder: Path, environment: Mapping[str, str]) -> dict[str, int]:
    """Run the play over folders that stand for the hosts, and give how much it changed on each."""
    run = _run(_playbook(folder), folder, environment)
    assert 0 == run.returncode, run.stdout
    return {host: int(count) for host, count in re.findall(r"^(\w+) +: .*changed=(\d+)", run.stdout, re.MULTILINE)}


def _playbook(folder: Path) -> str:
    variables = f"ansible_python_interpreter={sys.executable} tunnels_root={folder}/root/{{{{inventory_hostname}}}}"
    play = f"ansible-playbook --inventory inventory.yml --connection local --user root -e '{variables}' tunnels.yml"
    # The script of a tunnel is called by its path: it lies in an /etc of our own, which only the play sees.
    etc = folder.parent / "etc"
    if not etc.exists():
        _run(f"cp --archive /etc {etc}; mkdir --parents {etc}/wireguard", folder, os.environ).check_returncode()
        copy(folder.parent / "programs/wg0.tunnel", etc / "wireguard")
    return f"unshare --mount sh -c 'mount --bind {etc} /etc && exec \"$@\"' - {play}"


def _listed(folder: Path) -> str:
    """Give all files below a folder with their modes, owners and contents."""
    listing = (
        r"find . -type f -printf '%P %m %u:%g ' -exec sh -c 'sha256sum < $1' - {} \; -o -type l -printf '%P -> %l\n'"
    )
    return "\n".join(sorted(_run(listing, folder, os.environ).stdout.splitlines()))


def _run(script: str, folder: Path, environment: Mapping[str, str]) -> Run:
    return subprocess.run(
        ["bash", "-c", script], cwd=folder, env=dict(environment), capture_output=True, text=True, check=False
    )
