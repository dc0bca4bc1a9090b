"""What a run writes, says and gives as its status, whatever became of the configs since the last one."""

from __future__ import annotations

import re
import subprocess
from itertools import chain, combinations
from random import Random
from typing import TYPE_CHECKING

import pytest

from tests.fleet.fleet import KEPT, STORE, kept, of_hosts, tree

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.fleet.fleet import Fleet

#: What may become of a config; one of each name is on some host, in every combination.
BECOMES = ("changed", "added", "removed", "broken", "readonly")
NEW = {"changed", "added", "readonly"}
CONFIG = """\
[Interface]
PrivateKey = {private}
Address = 10.0.{number}.{version}/32
PostUp = logger {secret}
[Peer]
PublicKey = AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA8=
PresharedKey = {preshared}
AllowedIPs = 10.{number}.0.0/24
"""
OPTIONS = [list(chosen) for count in range(4) for chosen in combinations(("--check", "--prune", "--keep-going"), count)]


@pytest.mark.parametrize("broken", [False, True], ids=["sound", "with broken"])
def test_configs_that_have_changed_in_every_way(fleet: Fleet, subtests: pytest.Subtests, broken: bool) -> None:  # noqa: FBT001  a parameter
    combined = [names for names in every_combination() if broken or "broken" not in names]
    for version in (1, 2):
        for names in combined:
            for name in ("same", *names):
                if (name, version) not in {("added", 1), ("removed", 2)}:
                    config(fleet, f"v{version}", "-".join(names) or "none", name, 1 if name == "same" else version)
    for path in (fleet.folder / "v2").rglob("readonly.conf"):
        path.chmod(0o400)
        path.parent.chmod(0o500)
    fleet.run("-o", "v1-out", "v1")
    fleet.run("-o", "v2-out", "--keep-going", "v2")
    old, new = (of_hosts(fleet.folder / f"{version}-out") for version in ("v1", "v2"))

    for number, options in enumerate(OPTIONS):
        with subtests.test(options=options):
            out = fleet.folder / f"out{number}"
            subprocess.run(["cp", "-a", fleet.folder / "v1-out", out], check=True)
            before = tree(out)

            ended = fleet.run("--message-format", "concise", "-o", out.name, *options, "v2")

            gone = {path for path in old.keys() - new.keys() if "broken" not in path} if "--prune" in options else set()
            wanted = {path: value for path, value in {**old, **new}.items() if path not in gone}
            written = "--check" not in options and (not broken or "--keep-going" in options)
            assert (wanted if written else old) == of_hosts(out)
            assert int(broken or "--check" in options) == ended.status
            assert len([names for names in combined if "broken" in names]) == ended.stderr.count(" error[")
            if "--check" in options:
                assert before == tree(out)
                assert {path for path in {*old, *wanted} if old.get(path) != wanted.get(path)} == shown(ended.stdout)
            else:
                assert "" == ended.stdout
            if written:
                after = tree(out)
                again = fleet.run("-o", out.name, *options, "--check", "v2")
                assert (int(broken), "") == (again.status, again.stdout)
                assert after == tree(out)


def every_combination() -> Iterator[tuple[str, ...]]:
    return chain.from_iterable(combinations(BECOMES, count) for count in range(len(BECOMES) + 1))


def config(fleet: Fleet, folder: str, host: str, name: str, version: int) -> Path:
    chance = Random(f"{host} {name} {version}")
    number = ("same", *BECOMES).index(name)
    text = CONFIG.format(
        number=number,
        version=version,
        private=fleet.key(chance),
        preshared=fleet.key(chance),
        secret=fleet.key(chance),
    )
    text += f"Prsharedkey = {fleet.key(chance)}\n" * (name == "broken" and version == 2)
    return fleet.write(f"{folder}/{host}/{name}.conf", text)


def shown(difference: str) -> set[str]:
    """Give the files that a difference is of."""
    return set(re.findall(r"^(?:--- a|\+\+\+ b)/(.*)", difference, re.MULTILINE))


# --- what others do below the output ---

NETWORK = "host/etc/systemd/network/50-same.network"


@pytest.fixture
def out(fleet: Fleet) -> Path:
    """Give the tree of one host."""
    config(fleet, "v1", "host", "same", 1)
    fleet.run("-o", "out", "v1")
    config(fleet, "v2", "host", "same", 2)
    return fleet.folder / "out"


def test_a_file_of_ours_that_was_changed_by_hand_is_made_anew(fleet: Fleet, out: Path) -> None:
    expected = of_hosts(out)
    with (out / NETWORK).open("a") as file:
        file.write(f"# {fleet.key(Random(0))}\n")

    check = fleet.run("-o", "out", "--check", "v1")
    ended = fleet.run("-o", "out", "v1")

    assert (1, {NETWORK}) == (check.status, shown(check.stdout))
    assert "\n-# (hidden)\n" in check.stdout
    assert 0 == ended.status
    assert expected == of_hosts(out)


def test_a_stale_file_that_was_changed_by_hand_is_not_ours_any_more(fleet: Fleet, out: Path) -> None:
    (out / NETWORK).write_text("by hand\n")
    config(fleet, "v3", "other", "same", 1)

    ended = fleet.run("-o", "out", "--prune", "v3")

    assert 0 == ended.status
    assert [NETWORK] == [path for path in of_hosts(out) if path.startswith("host/")]


@pytest.mark.parametrize("options", [[], ["--prune"], ["--prune", "--keep-going"]], ids=" ".join)
def test_files_of_others_stay_the_same_files(fleet: Fleet, out: Path, options: list[str]) -> None:
    others = [
        out / "host/etc/systemd/network/10-other.network",
        out / "host/etc/a/b/c",
        out / "host/d",
        out / "e/etc/f",
    ]
    for other in others:
        other.parent.mkdir(parents=True, exist_ok=True)
        other.write_text("of others\n")
        other.chmod(0o604)
    (out / "host/etc/a").chmod(0o711)
    before = tree(out)

    assert 0 == fleet.run("-o", "out", *options, "v2").status

    after = tree(out)
    for other in others:
        path = str(other.relative_to(out))
        assert before[path] == after[path]
    assert before["host/etc/a"].value() == after["host/etc/a"].value()


@pytest.mark.parametrize("place", [NETWORK, "host/etc/systemd/network", "host/etc", "host"])
@pytest.mark.parametrize("kind", ["file", "link", "loop"])
def test_what_others_have_put_in_the_way_of_a_file_is_refused(fleet: Fleet, place: str, kind: str) -> None:
    config(fleet, "v1", "host", "same", 1)
    config(fleet, "v1", "other", "same", 1)
    obstacle = fleet.folder / "out" / place
    obstacle.parent.mkdir(parents=True)
    if kind == "file":
        obstacle.write_text("of others\n")
    else:
        (fleet.folder / "elsewhere").mkdir()
        obstacle.symlink_to(fleet.folder / "elsewhere" if kind == "link" else obstacle)
    before = tree(fleet.folder / "out")

    check = fleet.run("-o", "out", "--check", "v1")
    assert before == tree(fleet.folder / "out")
    refused = fleet.run("-o", "out", "v1")
    assert before.keys() == tree(fleet.folder / "out").keys()
    going_on = fleet.run("-o", "out", "--keep-going", "v1")

    said = "error[X905]: `out/host" if place == NETWORK else "error[X902]: cannot write `out/host"
    for ended in (check, refused, going_on):
        assert (1, 1) == (ended.status, ended.stderr.count(said))
    assert {"other"} == {path.partition("/")[0] for path in shown(check.stdout)}
    assert {**before, **tree(fleet.folder / "out")} == {**tree(fleet.folder / "out"), place: before[place]}
    assert (fleet.folder / "out/other/etc").exists()
    assert KEPT == kept(fleet.folder / "out")
    assert kind != "link" or not any((fleet.folder / "elsewhere").iterdir())


def test_a_host_whose_folder_has_become_a_link_is_refused(fleet: Fleet, out: Path) -> None:
    (out / "host").rename(fleet.folder / "elsewhere")
    (out / "host").symlink_to(fleet.folder / "elsewhere")
    before = tree(fleet.folder)

    for version in ("v1", "v2"):
        ended = fleet.run("-o", "out", version)

        assert (1, 1) == (ended.status, ended.stderr.count("cannot write `out/host`: a link leads elsewhere"))
        assert {**before, f"out/{STORE}": None}.keys() == tree(fleet.folder).keys()
        assert before["elsewhere/etc"] == tree(fleet.folder)["elsewhere/etc"]
