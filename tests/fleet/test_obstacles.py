"""Where nothing can be written: a clear finding, and all that was there stays."""

from __future__ import annotations

import os
import subprocess
from random import Random
from typing import TYPE_CHECKING

import pytest

from tests.fleet.fleet import BOUND, KEPT, LIMIT, NOBODY, NOBODY_ID, PROGRAM, STORE, kept, of_hosts, tree

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.fleet.fleet import Fleet

HOSTS = 10
PAGE = 4096


@pytest.fixture
def disk(fleet: Fleet) -> Iterator[Path]:
    """Give a file system of its own."""
    place = fleet.folder / "disk"
    place.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", place], check=True)
    yield place
    subprocess.run(["umount", place], check=True)


@pytest.mark.needs("root", "mount")
@pytest.mark.parametrize("options", [[], ["--keep-going"]], ids=" ".join)
def test_a_full_disk_leaves_the_old_files(fleet: Fleet, disk: Path, options: list[str]) -> None:
    out = disk / "out"
    fleet.make(36, "A")
    fleet.make(36, "B")
    fleet.run("-o", "fresh", "B")
    fleet.run("-o", str(out), "A")
    old, new = of_hosts(out), of_hosts(fleet.folder / "fresh")
    whole = os.statvfs(disk)
    used, more = whole.f_blocks - whole.f_bfree, len(new)
    states = set()

    for pages in sorted({0, 1, *(Random("pages").randrange(more + 20) for _ in range(3)), more + 15}):
        subprocess.run(["mount", "-o", f"remount,size={(used + pages) * PAGE}", disk], check=True)

        ended = fleet.run("-o", str(out), *options, "B")

        full = "No space left on device" in ended.stderr
        assert int(full) == ended.status
        found = of_hosts(out)
        if options:
            hosts = {path.partition("/etc/")[0] for path in {*old, *new}}
            for host in hosts:
                before, after, now = (
                    {p: v for p, v in f.items() if p.startswith(f"{host}/etc/")} for f in (old, {**old, **new}, found)
                )
                assert now in (before, after)
        else:
            assert (old if full else {**old, **new}) == found
        assert KEPT == kept(out)
        states.add(full)
        subprocess.run(["mount", "-o", "remount,size=16m", disk], check=True)
        fleet.run("-o", str(out), "--prune", "A")
        assert old == of_hosts(out)

    assert True in states


@pytest.mark.needs("root", "mount")
def test_a_disk_that_can_only_be_read_can_be_compared_with(fleet: Fleet, disk: Path) -> None:
    fleet.make(HOSTS, "A")
    fleet.make(HOSTS, "B")
    fleet.run("-o", "disk/out", "A")
    before = tree(disk)
    subprocess.run(["mount", "-o", "remount,ro", disk], check=True)

    refused = fleet.run("-o", "disk/out", "B")
    first = fleet.run("-o", "disk/first", "B")
    same, other = (fleet.run("-o", "disk/out", "--check", version) for version in ("A", "B"))

    assert [1, 1, 0, 1] == [ended.status for ended in (refused, first, same, other)]
    assert "error[X902]: cannot write `disk/out/.wgtranspile/lock`: Read-only file system\n" in refused.stderr
    assert "error[X902]: cannot write `disk/first`: Read-only file system\n" in first.stderr
    assert "" == same.stdout
    assert before == tree(disk)


@pytest.mark.needs("root", "setpriv")
@pytest.mark.parametrize("folder", ["", "site/rack", "site/rack/h003", "site/rack/h003/etc", f"{STORE}"])
def test_a_folder_that_must_not_be_changed_leaves_the_old_files(fleet: Fleet, folder: str) -> None:
    out = fleet.folder / "out"
    fleet.make(HOSTS, "A")
    fleet.make(HOSTS + 10, "B")  # some are new below every folder
    fleet.folder.chmod(0o755)
    out.mkdir()
    os.chown(out, NOBODY_ID, NOBODY_ID)
    assert 0 == fleet.run("-o", "out", "A", program=(*NOBODY, *PROGRAM)).status
    old = of_hosts(out)
    (out / folder).chmod(0o555)

    ended = fleet.run("-o", "out", "B", program=(*NOBODY, *PROGRAM))

    assert 1 == ended.status
    assert "error[X902]: cannot write `out" in ended.stderr
    assert "Permission denied" in ended.stderr
    assert old == of_hosts(out)
    assert KEPT == kept(out)


@pytest.mark.needs("root", "setpriv")
def test_folders_of_others_that_must_not_be_changed_are_no_obstacle(fleet: Fleet) -> None:
    out = fleet.folder / "out"
    fleet.make(HOSTS, "A")
    fleet.make(HOSTS, "B")
    fleet.run("-o", "out", "A")
    other = out / "site/rack/h003/etc/other"
    other.mkdir()
    (other / "file").touch()
    other.chmod(0o555)

    ended = fleet.run("-o", "out", "B", program=(*BOUND, *PROGRAM))

    assert (0, 0o555) == (ended.status, other.stat().st_mode & 0o777)
    assert (other / "file").exists()
    assert KEPT == kept(out)


@pytest.mark.needs("root", "setpriv")
@pytest.mark.parametrize("unread", ["etc/systemd/network/50-A1.network", "etc/systemd", "etc/other"])
@pytest.mark.parametrize("options", [["--check"], [], ["--keep-going", "--prune"]], ids=" ".join)
def test_what_cannot_be_read_below_the_output_stays_as_it_is(fleet: Fleet, unread: str, options: list[str]) -> None:
    out = fleet.folder / "out"
    fleet.make(HOSTS, "A")
    fleet.make(HOSTS, "B")
    fleet.run("-o", "out", "A")
    host = "site/rack/h003"
    (out / host / "etc/other").mkdir()
    (out / host / "etc/other/file").touch()
    old = of_hosts(out)
    (out / host / unread).chmod(0)

    ended = fleet.run("-o", "out", *options, "B", program=(*BOUND, *PROGRAM))

    (out / host / unread).chmod(0o644 if unread.endswith(".network") else 0o755)
    assert 1 == ended.status
    if options != ["--check"] or unread != "etc/other":
        assert f"error[X902]: cannot write `out/{host}/{unread}" in ended.stderr
    assert of_one(old, host) == of_one(of_hosts(out), host)
    assert KEPT == kept(out)
    if options:
        fleet.run("-o", "out", "--prune", "B")
        assert f"{host}/etc/systemd/network/50-A1.network" in old
        assert f"{host}/etc/systemd/network/50-A1.network" not in of_hosts(out)  # it was known that it is ours


def of_one(files: dict[str, tuple[object, ...]], host: str) -> dict[str, tuple[object, ...]]:
    return {path: value for path, value in files.items() if path.startswith(f"{host}/")}


@pytest.mark.parametrize("text", ["", "<<<<<<< ours\n", "{}\n", "[]\n"])
def test_a_manifest_that_is_none_is_said(fleet: Fleet, text: str) -> None:
    fleet.make(2, "A")
    fleet.run("-o", "out", "A")
    (fleet.folder / "out" / STORE / "manifest").write_text(text)

    ended = [fleet.run("-o", "out", *options, "A") for options in ([], ["--check"])]

    said = "error[X902]: cannot write `out/.wgtranspile/manifest`: it is not what a run writes"
    assert [(int(bool(text)), bool(text))] * 2 == [(one.status, said in one.stderr) for one in ended]


@pytest.mark.parametrize("name", ["manifest", ""])
def test_something_else_in_the_place_of_the_record_is_said(fleet: Fleet, name: str) -> None:
    fleet.make(2, "A")
    place = fleet.folder / "out" / STORE / name
    if name:
        place.mkdir(parents=True)
    else:
        place.parent.mkdir()
        place.touch()

    for options in ([], ["--check"]):
        ended = fleet.run("-o", "out", *options, "A")

        assert 1 == ended.status
        assert f"error[X902]: cannot write `out/{STORE}" in ended.stderr


def test_of_two_runs_at_once_one_is_refused(fleet: Fleet) -> None:
    for version in ("A", "B"):
        fleet.make(2, version)
    config = fleet.folder / "waiting.conf"
    os.mkfifo(config)

    first = fleet.start("-o", "out", "B", config.name)
    with config.open("w") as text:  # it has come to the point where it reads
        second = fleet.run("-o", "out", "A")
        compared = fleet.run("-o", "out", "--check", "A")
        text.write((fleet.folder / "A/site/wg0.conf").read_text())
    first.communicate(timeout=LIMIT)

    assert 1 == second.status
    assert "error[X902]: cannot write `out/.wgtranspile`: another run is changing this tree\n" in second.stderr
    assert (1, 0) == (compared.status, first.returncode)
    written = of_hosts(fleet.folder / "out")
    assert "etc/systemd/network/50-waiting.network" in written
    assert not any(path.startswith("only-A") for path in written)
