"""Whose a file is that is in the way: ours is replaced, somebody else's is not, unless asked, and then a copy stays."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import pytest

from wgtranspile.artefact import Artefact
from wgtranspile.files import CannotWriteError, write
from wgtranspile.files.folders import Trust
from wgtranspile.files.tree import Staging, Tree

if TYPE_CHECKING:
    from collections.abc import Callable

GOLDEN = Path(__file__).parents[2] / "golden"
CONFIG = GOLDEN / "full-tunnel/input/wg0.conf"
OTHER_CONFIG = GOLDEN / "split-tunnel/input/wg0.conf"
NETWORK = "etc/systemd/network/50-wg0.network"
KEY = "etc/systemd/network/50-wg0.keys/private"
LINK = "etc/systemd/system/multi-user.target.wants/wireguard-wg0.service"
KINDS = ("one config", "a folder")


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "wgtranspile", "--to", "networkd", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture(params=KINDS)
def source(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Give a config, or a folder with this one alone: a tree of one host, kept from run to run."""
    folder = tmp_path / "configs"
    folder.mkdir()
    (folder / "wg0.conf").write_bytes(CONFIG.read_bytes())
    return folder if request.param == "a folder" else folder / "wg0.conf"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Give where to write: it has something else, too."""
    root = tmp_path / "root"
    root.mkdir()
    return root


def tree(root: Path) -> dict[str, str | bytes]:
    """Give all files and links with what they hold, but for what is kept of runs."""
    return {
        str(path.relative_to(root)): str(path.readlink()) if path.is_symlink() else path.read_bytes()
        for path in sorted(root.rglob("*"))
        if (path.is_symlink() or path.is_file()) and ".wgtranspile" not in path.parts
    }


@pytest.mark.parametrize("place", [NETWORK, KEY, LINK])
def test_a_file_of_somebody_else_is_refused_by_its_name(root: Path, source: Path, place: str) -> None:
    (root / place).parent.mkdir(parents=True)
    (root / place).write_text("mine\n")

    refused = run("-o", root, source)

    assert (1, {place: b"mine\n"}) == (refused.returncode, tree(root))
    assert f"error[X905]: `{root / place}` exists and was not created by wgtranspile" in refused.stderr


def generated() -> list[str]:
    """Give all that is made of the config, but for keys, which cannot say whose they are."""
    manifest = (GOLDEN / "full-tunnel/networkd/manifest.txt").read_text("utf-8")
    return [place for place in re.findall(r"(?m)^\d{4} \S+ (etc/.*)$", manifest) if place != KEY]


@pytest.mark.parametrize("place", generated())
def test_that_files_of_ours_name_it_makes_no_other_file_ours(root: Path, source: Path, place: str) -> None:
    run("-o", root, source)
    (root / place).write_text("mine\n")
    shutil.rmtree(root / ".wgtranspile", ignore_errors=True)
    before = tree(root)

    refused = run("-o", root, source)

    assert (1, before) == (refused.returncode, tree(root))
    assert f"error[X905]: `{root / place}`" in refused.stderr


def test_no_comment_of_a_config_makes_a_file_ours(root: Path, tmp_path: Path) -> None:
    hostile, other = tmp_path / "wg0.conf", tmp_path / "wg1.conf"
    key = KEY.replace("wg0", "wg1")
    hostile.write_text(f"{CONFIG.read_text()}\n# /{key}\n# x = /{key}\n")
    other.write_bytes(CONFIG.read_bytes())
    run("-o", root, hostile)
    (root / key).parent.mkdir()
    (root / key).write_text("mine\n")

    assert 1 == run("-o", root, hostile, other).returncode
    assert "mine\n" == (root / key).read_text()


def test_what_a_user_has_put_in_place_of_a_recorded_file_is_his(root: Path, tmp_path: Path) -> None:
    folder = tmp_path / "configs"
    folder.mkdir()
    (folder / "wg0.conf").write_bytes(CONFIG.read_bytes())
    run("-o", root, folder)
    (root / NETWORK).write_text("mine\n")

    refused = run("-o", root, folder)
    done = run("-o", root, "--overwrite", folder)

    assert (1, 0) == (refused.returncode, done.returncode)
    assert b"mine\n" == tree(root)[f"{NETWORK}.~1~"]


@pytest.mark.parametrize("files", ["{}", '{"etc/x": []}', json.dumps({"a/" * 300 + "x": ["0" * 64]})])
def test_a_manifest_that_no_run_writes_is_not_believed(root: Path, tmp_path: Path, files: str) -> None:
    folder = tmp_path / "configs"
    folder.mkdir()
    (folder / "wg0.conf").write_bytes(CONFIG.read_bytes())
    (root / ".wgtranspile").mkdir()
    (root / ".wgtranspile/manifest").write_text(f'{{"host": ".", "files": {files}}}\n')

    refused = run("-o", root, folder)

    assert 1 == refused.returncode
    assert "error[X902]" in refused.stderr


@pytest.mark.parametrize("header", ["", "# Made by wgtranspile\n"])
@pytest.mark.parametrize("options", [[], ["--check"], ["--check", "--overwrite"]])
def test_a_file_may_be_larger_than_memory(root: Path, source: Path, header: str, options: list[str]) -> None:
    (root / NETWORK).parent.mkdir(parents=True)
    (root / NETWORK).write_text(header)
    os.truncate(root / NETWORK, 2**40)

    done = run("-o", root, *options, source)

    assert "X999" not in done.stderr
    assert done.returncode == (0 if header and not options else 1)


def change_a_folder(root: Path) -> None:
    (root / "etc/new").write_text("mine\n")


def change_a_folder_within(root: Path) -> None:
    (root / NETWORK).with_name("mine.network").write_text("mine\n")


def save_as_an_editor_does(root: Path) -> None:
    (root / "etc/notes.tmp").write_text("second\n")
    (root / "etc/notes.tmp").rename(root / "etc/notes")


@pytest.mark.parametrize("change", [change_a_folder, change_a_folder_within, save_as_an_editor_does])
def test_what_comes_during_a_run_is_not_lost(root: Path, change: Callable[[Path], None]) -> None:
    host = PurePosixPath()
    old, new = (Artefact(PurePosixPath(NETWORK), f"# Made by wgtranspile: {version}\n") for version in ("old", "new"))
    write([old], root)
    (root / "etc/notes").write_text("first\n")
    staging = Staging(root, prune=False, trust=Trust(everyone=True))

    with Tree(staging) as tree_of_hosts:
        tree_of_hosts.record(host, tree_of_hosts.staging.prepare(host, [new], {}))
        change(root)
        before = tree(root)
        with pytest.raises(CannotWriteError, match="it changed during the run"):
            tree_of_hosts.replace()

    assert before == tree(root)


def test_so_is_a_link_of_somebody_else(root: Path, source: Path) -> None:
    (root / LINK).parent.mkdir(parents=True)
    (root / LINK).symlink_to("/dev/null")  # which masks a unit

    assert (1, {LINK: "/dev/null"}) == (run("-o", root, source).returncode, tree(root))


@pytest.mark.parametrize("place", [NETWORK, KEY, LINK])
def test_with_overwrite_a_copy_stays(root: Path, source: Path, place: str) -> None:
    clean = root.with_name("clean")
    run("-o", clean, source)
    (root / place).parent.mkdir(parents=True)
    (root / place).write_text("mine\n")
    (root / f"{place}.~1~").write_text("of an earlier time\n")

    assert 0 == run("-o", root, "--overwrite", source).returncode
    assert {**tree(clean), f"{place}.~1~": b"of an earlier time\n", f"{place}.~2~": b"mine\n"} == tree(root)


def test_files_of_an_earlier_run_are_replaced_without_a_copy(root: Path) -> None:
    first = run("-o", root, CONFIG)
    again = run("-o", root, CONFIG)
    other = run("-o", root, OTHER_CONFIG)

    assert [0, 0, 0] == [first.returncode, again.returncode, other.returncode]
    assert not [name for name in tree(root) if name.endswith("~")]


def test_a_key_is_ours_where_a_file_of_ours_names_it(root: Path) -> None:
    run("-o", root, CONFIG)
    (root / KEY).write_text("another key\n")

    assert 0 == run("-o", root, CONFIG).returncode
    assert b"another key\n" != (root / KEY).read_bytes()


#: Where each backend looks for the private key.
KEYS = {"networkd": KEY, "shell": "etc/wireguard/wg0.keys/private"}
#: With a hook, a script of the tunnel's service names the keys, without one a .netdev.
HOOKS = {"no hook": "", "a hook": "PostUp = true\n"}


def edit(source: Path, before: str, after: str) -> None:
    """Change the config, or that in the folder."""
    config = source / "wg0.conf" if source.is_dir() else source
    text = config.read_text()
    assert before in text
    config.write_text(text.replace(before, after, 1))


@pytest.mark.parametrize("hook", HOOKS.values(), ids=HOOKS)
@pytest.mark.parametrize("backend", KEYS)
def test_a_key_that_a_version_without_keys_names_is_not_ours(root: Path, source: Path, backend: str, hook: str) -> None:
    edit(source, "[Peer]\n", f"{hook}[Peer]\n")
    key = KEYS[backend]
    run("--to", backend, "--keys", "external", "-o", root, source)
    (root / key).parent.mkdir(parents=True)
    (root / key).write_text("mine\n")
    before = tree(root)

    refused = run("--to", backend, "--keys", "file", "-o", root, source)
    is_same = before == tree(root)
    done = run("--to", backend, "--keys", "file", "-o", root, "--overwrite", source)

    assert (1, True) == (refused.returncode, is_same)
    assert f"error[X905]: `{root / key}` exists and was not created by wgtranspile" in refused.stderr
    assert (0, b"mine\n") == (done.returncode, tree(root)[f"{key}.~1~"])
    assert b"mine\n" != tree(root)[key]


@pytest.mark.parametrize("hook", HOOKS.values(), ids=HOOKS)
@pytest.mark.parametrize("backend", KEYS)
def test_a_new_key_of_a_config_replaces_the_old_one(root: Path, source: Path, backend: str, hook: str) -> None:
    edit(source, "[Peer]\n", f"{hook}[Peer]\n")
    order = ("--to", backend, "--keys", "file", "-o", root, source)
    run(*order)
    before = tree(root)
    edit(source, "PrivateKey = 6", "PrivateKey = 4")

    again = run(*order)

    assert (0, before.keys()) == (again.returncode, tree(root).keys())
    assert before[KEYS[backend]] != tree(root)[KEYS[backend]]


def test_of_a_tree_the_manifest_tells_which_keys_are_ours(root: Path, tmp_path: Path) -> None:
    folder = tmp_path / "configs"
    folder.mkdir()
    (folder / "wg0.conf").write_bytes(CONFIG.read_bytes())
    run("--keys", "external", "-o", root, folder)
    for path in (root / NETWORK).parent.glob("50-wg0.*"):  # as an earlier version has made them
        path.write_text(path.read_text().replace(" --keys external", ""))
    (root / KEY).parent.mkdir()
    (root / KEY).write_text("mine\n")

    assert 1 == run("-o", root, folder).returncode
    assert "mine\n" == (root / KEY).read_text()


@pytest.mark.parametrize("options", [[], ["--check"], ["--overwrite"]])
@pytest.mark.parametrize("place", [NETWORK, KEY, LINK])
def test_a_folder_in_the_place_of_a_file_is_named_as_it_is(
    root: Path, source: Path, place: str, options: list[str]
) -> None:
    (root / place).mkdir(parents=True)

    refused = run("-o", root, *options, source)

    assert (1, {}) == (refused.returncode, tree(root))
    assert f"error[X902]: cannot write `{root / place}`: it is a folder\n" in refused.stderr


def test_what_a_single_config_has_written_is_taken_over_by_a_tree(root: Path, tmp_path: Path) -> None:
    folder = tmp_path / "configs"
    folder.mkdir()
    (folder / "wg0.conf").write_bytes(OTHER_CONFIG.read_bytes())
    run("-o", root, CONFIG)

    assert 0 == run("-o", root, folder).returncode
    assert b"10.20.0.0/16" in (root / NETWORK).read_bytes()


def test_a_check_refuses_what_a_run_would(root: Path, source: Path) -> None:
    (root / NETWORK).parent.mkdir(parents=True)
    (root / NETWORK).write_text("mine\n")

    assert "error[X905]" in run("-o", root, "--check", source).stderr
    assert "-mine\n" in run("-o", root, "--check", "--overwrite", source).stdout


def test_overwrite_without_a_folder_is_wrong_usage() -> None:
    done = run("--overwrite", CONFIG)

    assert (2, "wgtranspile: --overwrite needs -o DIR\nTry `wgtranspile --help`.\n") == (done.returncode, done.stderr)
