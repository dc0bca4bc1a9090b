"""What is found below a folder of configs, and what is not."""

from __future__ import annotations

import os
from random import Random
from typing import TYPE_CHECKING

import pytest

from tests.fleet.fleet import BOUND, KEPT, PROGRAM, kept, of_hosts

if TYPE_CHECKING:
    from tests.fleet.fleet import Fleet


def hosts(fleet: Fleet, output: str = "out") -> set[str]:
    return {path.partition("/etc/")[0] for path in of_hosts(fleet.folder / output)}


def test_backups_and_lock_files_of_editors_are_no_configs(fleet: Fleet) -> None:
    text = fleet.write("fleet/host/wg0.conf", "").parent
    fleet.make(2, "A")
    good = (fleet.folder / "A/site/wg0.conf").read_text()
    (text / "wg0.conf").write_text(good)
    for name in ("wg0.conf~", "#wg0.conf#", "wg0.conf.bak", ".wg0.conf.swp", ".wg0.conf"):
        (text / name).write_text(f"[Interface]\nPrivteKey = {fleet.key(Random(name))}\n")
    (text / ".#wg0.conf").symlink_to("someone@somewhere.1234")

    ended = fleet.run("-o", "out", "fleet")

    assert (0, 0) == (ended.status, ended.stderr.count("error["))
    assert {"host"} == hosts(fleet)


def test_a_loop_of_links_is_not_followed(fleet: Fleet) -> None:
    fleet.make(4, "A")
    (fleet.folder / "A/site/loop").symlink_to("..")
    fleet.run("-o", "plain", "A/site")

    assert 0 == fleet.run("-o", "out", "A/site").status
    assert of_hosts(fleet.folder / "plain") == of_hosts(fleet.folder / "out")

    (fleet.folder / "A/site/loop.conf").symlink_to("loop.conf")

    ended = fleet.run("-o", "other", "A/site")

    assert 1 == ended.status
    assert "error[X901]: cannot read `A/site/loop.conf`: Too many levels of symbolic links\n" in ended.stderr
    assert {} == of_hosts(fleet.folder / "other")


def test_what_may_never_end_is_not_read(fleet: Fleet) -> None:
    config = fleet.write("fleet/host/wg0.conf", "")
    config.unlink()
    os.mkfifo(config)
    (config.parent / "wg1.conf").symlink_to("/dev/zero")

    ended = fleet.run("-o", "out", "fleet")

    assert 1 == ended.status
    assert "error[X901]: cannot read `fleet/host/wg0.conf`: it is not a regular file\n" in ended.stderr
    out = "it is a link that leads out of `fleet`"
    assert f"error[X901]: cannot read `fleet/host/wg1.conf`: {out}\n" in ended.stderr


@pytest.mark.parametrize("target", ["/etc/passwd", "../../secret", "../up/../../secret", "relay", "../up", "{}/secret"])
def test_a_link_out_of_the_folder_is_not_followed(fleet: Fleet, target: str) -> None:
    (fleet.folder / "secret").write_text("root:$6$hash:1::\n")
    host = fleet.write("fleet/host/wg1.conf", "").parent
    (host / "relay").symlink_to("../../secret")
    (host.parent / "up").symlink_to("..")
    (host / "wg1.conf").unlink()
    (host / "wg1.conf").symlink_to(target.format(fleet.folder))

    ended = [fleet.run(*options, "fleet") for options in (["-o", "out"], ["--check"], ["--check", "--fleet-checks"])]

    for one in ended:
        assert (1, False, False) == (one.status, "hash" in one.stdout + one.stderr, "root:" in one.stderr)
        assert "error[X901]: cannot read `fleet/host/wg1.conf`: it is a link that leads out of `fleet`\n" in one.stderr
        assert "  = help: name it as a separate argument if you want to convert it\n" in one.stderr.replace(
            "   =", "  ="
        )


@pytest.mark.parametrize("target", ["../shared/wg9.conf", "{}/fleet/shared/wg9.conf", "..data/wg9.conf"])
def test_a_link_within_the_folder_is_followed(fleet: Fleet, target: str) -> None:
    fleet.make(2, "A")
    text = (fleet.folder / "A/site/wg0.conf").read_text()
    host = fleet.write("fleet/host/..2026/wg9.conf", text).parent.parent
    fleet.write("fleet/shared/wg9.conf", text)
    (host / "..data").symlink_to("..2026")
    (host / "wg0.conf").symlink_to(target.format(fleet.folder))

    ended = fleet.run("-o", "out", "fleet")

    assert (0, {"host", "shared"}) == (ended.status, hosts(fleet))


def test_a_link_that_is_named_itself_is_followed(fleet: Fleet) -> None:
    fleet.make(2, "A")
    (fleet.folder / "wg0.conf").symlink_to("A/site/wg0.conf")

    assert 0 == fleet.run("-o", "out", "wg0.conf").status


def test_folders_without_end_are_said(fleet: Fleet) -> None:
    fleet.make(2, "A")
    place = fleet.folder / "A"
    for _ in range(300):
        place /= "d"
    place.mkdir(parents=True)

    ended = fleet.run("-o", "out", "A")

    assert 1 == ended.status
    assert "it is nested too deeply\n" in ended.stderr


def test_an_output_that_is_a_loop_of_links_is_said(fleet: Fleet) -> None:
    fleet.make(2, "A")
    (fleet.folder / "out").symlink_to("out")

    for options in ([], ["--check"]):
        ended = fleet.run("-o", "out", *options, "A")

        assert 1 == ended.status
        assert "error[X902]: cannot write `out" in ended.stderr


@pytest.mark.needs("root", "setpriv")
@pytest.mark.parametrize("unread", ["A/site/rack/h003/wg0.conf", "A/site/rack", "A/site", "A"])
@pytest.mark.parametrize("options", [[], ["--keep-going", "--prune"]], ids=" ".join)
def test_what_cannot_be_read_keeps_its_files(fleet: Fleet, unread: str, options: list[str]) -> None:
    fleet.make(12, "A")
    fleet.write("more/host/wg0.conf", (fleet.folder / "A/site/wg0.conf").read_text())
    fleet.run("-o", "out", "A", "more")
    old = of_hosts(fleet.folder / "out")
    (fleet.folder / unread).chmod(0)

    ended = fleet.run("-o", "out", *options, "A", "more", program=(*BOUND, *PROGRAM))

    (fleet.folder / unread).chmod(0o700)
    assert 1 == ended.status
    assert f"error[X901]: cannot read `{unread}`: Permission denied\n" in ended.stderr
    assert old == of_hosts(fleet.folder / "out") != {}


@pytest.mark.parametrize("missing", ["folder", "empty"])
def test_files_of_configs_that_lie_nowhere_stay_unless_all_is_found(fleet: Fleet, missing: str) -> None:
    fleet.make(12, "A")
    fleet.make(2, "B")
    (fleet.folder / "empty").mkdir()
    fleet.run("-o", "out", "A")
    old = of_hosts(fleet.folder / "out")

    ended = fleet.run("-o", "out", "--prune", "--keep-going", "B", f"./{missing}")

    assert 1 == ended.status
    assert old.keys() <= of_hosts(fleet.folder / "out").keys()


def test_several_folders_make_one_tree(fleet: Fleet) -> None:
    fleet.make(4, "A")
    text = (fleet.folder / "A/site/wg0.conf").read_text()
    fleet.write("more/site/wg9.conf", text.replace("51820", "51829"))
    fleet.write("more/new/wg0.conf", text)

    first, second = fleet.run("-o", "out", "A", "more"), fleet.run("-o", "turned", "more", "A")

    assert (0, 0) == (first.status, second.status)
    assert {*hosts(fleet)} == {"new", "only-A/h000", "site", "site/h002", "site/rack/h003"}
    assert {"etc/systemd/network/50-wg0.network", "etc/systemd/network/50-wg9.network"} <= {
        path.removeprefix("site/") for path in of_hosts(fleet.folder / "out")
    }
    assert of_hosts(fleet.folder / "out").keys() == of_hosts(fleet.folder / "turned").keys()


@pytest.mark.parametrize("again", ["A/", "copy"])
def test_the_same_config_of_the_same_host_twice_is_refused(fleet: Fleet, again: str) -> None:
    fleet.make(4, "A")
    (fleet.folder / "copy").symlink_to("A")

    ended = fleet.run("--message-format", "concise", "-o", "out", "A", again)

    assert (1, 4) == (ended.status, ended.stderr.count("error[X903]"))
    assert not hosts(fleet)


@pytest.mark.parametrize("output", ["A/out", "A/site/out", "A/../A/out"])
def test_an_output_among_the_configs_is_none_of_them(fleet: Fleet, output: str) -> None:
    fleet.make(4, "A")
    expected = [fleet.run("-o", "out", "--keep-foreign-rules", "A").status, of_hosts(fleet.folder / "out")]

    for _ in range(2):  # there are files named `*.conf` among those that the first run makes
        assert expected == [
            fleet.run("-o", output, "--keep-foreign-rules", "A").status,
            of_hosts(fleet.folder / output),
        ]


def test_an_output_that_is_the_folder_of_the_configs_is_refused(fleet: Fleet) -> None:
    fleet.make(4, "A")
    before = of_hosts(fleet.folder / "A")

    ended = fleet.run("-o", "A/site/..", "A")

    assert 1 == ended.status
    assert "error[X901]: cannot read `A`: it is also the output folder\n" in ended.stderr
    assert before == of_hosts(fleet.folder / "A")


@pytest.mark.parametrize("name", [b"h\xff", b"h \xc3\xa9", b"-h", b"etc", b"a\nb"])
def test_a_host_may_have_any_name(fleet: Fleet, name: bytes) -> None:
    fleet.make(2, "A")
    folder = fleet.folder / "fleet" / os.fsdecode(name)
    folder.mkdir(parents=True)
    for place in (folder, folder.parent):
        (place / "wg0.conf").touch(0o600)
        (place / "wg0.conf").write_text((fleet.folder / "A/site/wg0.conf").read_text())

    differs = fleet.run("-o", "out", "--check", "fleet", LC_ALL="C.UTF-8")
    statuses = [fleet.run("-o", "out", *options, "fleet").status for options in ([], ["--check"], ["--prune"])]

    assert (1, [0, 0, 0]) == (differs.status, statuses)
    assert (fleet.folder / "out" / os.fsdecode(name) / "etc/systemd/network/50-wg0.network").exists()
    assert KEPT == kept(fleet.folder / "out")
