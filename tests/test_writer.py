"""What is written: complete files at their places with their modes, or nothing at all."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import pytest

from tests.acl import let_write
from wgtranspile.artefact import Artefact
from wgtranspile.files import CannotWriteError, Existing, write

if TYPE_CHECKING:
    from collections.abc import Iterator

SECRET = Artefact(PurePosixPath("etc/wireguard/wg0.sh"), "#!/bin/sh\n", 0o700, secret=True)
PUBLIC = Artefact(PurePosixPath("etc/nftables/wg0.nft"), "# Made by wgtranspile\n")


@pytest.fixture(params=[0o000, 0o022, 0o077], ids="umask {:03o}".format)
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def files(root: Path) -> list[str]:
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if not path.is_dir() or path.is_symlink())


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o7777


@pytest.mark.usefixtures("umask")
def test_files_lie_at_their_places_with_their_modes_whatever_the_umask(tmp_path: Path) -> None:
    write([SECRET, PUBLIC], tmp_path / "not/there")

    assert ["etc/nftables/wg0.nft", "etc/wireguard/wg0.sh"] == files(tmp_path / "not/there")
    assert "#!/bin/sh\n" == (tmp_path / "not/there/etc/wireguard/wg0.sh").read_text()
    assert 0o700 == mode(tmp_path / "not/there/etc/wireguard/wg0.sh")
    assert 0o644 == mode(tmp_path / "not/there/etc/nftables/wg0.nft")


@pytest.mark.needs("root")
def test_a_default_acl_lets_no_one_read_a_key(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    let_write(tmp_path / "etc", 65534, "default")

    write([Artefact(PurePosixPath("etc/key"), "a key\n", 0o640, secret=True)], tmp_path)

    assert (0o640, []) == (mode(tmp_path / "etc/key"), os.listxattr(tmp_path / "etc/key"))


class Watching(str):
    """A content that looks at the files of a folder at the moment when it is about to be written."""

    __slots__ = ("folder", "seen")

    folder: Path
    seen: list[tuple[int, int]]

    def encode(self, encoding: str = "utf-8", errors: str = "strict") -> bytes:
        self.seen = [(mode(path), path.stat().st_size) for path in self.folder.iterdir()]
        return super().encode(encoding, errors)


@pytest.mark.usefixtures("umask")
@pytest.mark.parametrize("expected", [0o600, 0o640, 0o644, 0o755])
def test_a_file_has_its_final_mode_before_it_has_content(tmp_path: Path, expected: int) -> None:
    content = Watching("a key\n")
    content.folder = tmp_path / "etc"

    write([Artefact(PurePosixPath("etc/key"), content, expected)], tmp_path)

    assert [(expected, 0)] == content.seen


def test_what_stood_there_is_replaced_with_its_mode(tmp_path: Path) -> None:
    place = tmp_path / SECRET.path
    place.parent.mkdir(parents=True)
    place.write_text("a longer text than the new one\n" * 9)
    place.chmod(0o666)

    write([SECRET], tmp_path, existing=Existing.REPLACED)

    assert "#!/bin/sh\n" == place.read_text()
    assert 0o700 == mode(place)


def test_whoever_reads_the_old_file_goes_on_reading_it(tmp_path: Path) -> None:
    write([PUBLIC], tmp_path)
    with (tmp_path / PUBLIC.path).open() as reader:
        write([PUBLIC._replace(content="new\n")], tmp_path)

        assert PUBLIC.content == reader.read()


def test_bytes_that_are_no_utf_8_are_written_as_they_were(tmp_path: Path) -> None:
    content = b"\xff\xc3 \xc3\xa9 \x80\r\n"

    write([PUBLIC._replace(content=content.decode("utf-8", "surrogateescape"))], tmp_path)

    assert content == (tmp_path / PUBLIC.path).read_bytes()


def test_nothing_is_written_for_nothing(tmp_path: Path) -> None:
    write([], tmp_path / "root")

    assert not (tmp_path / "root").exists()


@pytest.mark.parametrize("artefacts", [[SECRET, PUBLIC], [PUBLIC, SECRET]])
def test_nothing_is_replaced_when_a_folder_is_in_the_way_of_one(tmp_path: Path, artefacts: list[Artefact]) -> None:
    (tmp_path / SECRET.path).mkdir(parents=True)
    (tmp_path / PUBLIC.path).parent.mkdir()
    (tmp_path / PUBLIC.path).write_text("old\n")

    with pytest.raises(CannotWriteError) as refused:
        write(artefacts, tmp_path, existing=Existing.REPLACED)

    assert SECRET.path == refused.value.path
    assert ["etc/nftables/wg0.nft"] == files(tmp_path)
    assert "old\n" == (tmp_path / PUBLIC.path).read_text()


@pytest.mark.parametrize("artefacts", [[SECRET, PUBLIC], [PUBLIC, SECRET]])
def test_nothing_is_replaced_when_a_file_is_where_a_folder_should_be(tmp_path: Path, artefacts: list[Artefact]) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/wireguard").write_text("a file\n")

    with pytest.raises(CannotWriteError) as refused:
        write(artefacts, tmp_path)

    assert SECRET.path == refused.value.path
    assert ["etc/wireguard"] == files(tmp_path)


@pytest.mark.needs("root")
def test_an_owner_that_the_machine_does_not_know_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CannotWriteError):
        write([PUBLIC, SECRET._replace(group="nobody-has-this-name")], tmp_path)

    assert [] == files(tmp_path)


@pytest.mark.needs("root")
def test_a_file_belongs_to_its_owner_and_group(tmp_path: Path) -> None:
    write([SECRET._replace(owner="nobody", group="nogroup", mode=0o640)], tmp_path)

    assert ("nobody", "nogroup") == ((tmp_path / SECRET.path).owner(), (tmp_path / SECRET.path).group())


def test_a_root_that_cannot_be_written_to_is_refused() -> None:
    with pytest.raises(CannotWriteError) as refused:
        write([PUBLIC, SECRET], Path("/proc"))

    assert (PUBLIC.path, "No such file or directory") == (refused.value.path, refused.value.why)


def test_a_root_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(CannotWriteError):
        write([PUBLIC], tmp_path / "file")


def test_nothing_is_replaced_when_the_space_runs_out(tmp_path: Path) -> None:
    write([PUBLIC], tmp_path)
    script = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (9, 9))\n"
        "from tests.test_writer import *\n"
        "with pytest.raises(CannotWriteError, match='File too large'):\n"
        "    write([PUBLIC._replace(content='short'), SECRET._replace(content='x' * 10_000)], Path(sys.argv[1]))"
    )

    subprocess.run([sys.executable, "-Bc", script, tmp_path], cwd=Path(__file__).parent.parent, check=True)

    assert [str(PUBLIC.path)] == files(tmp_path)
    assert PUBLIC.content == (tmp_path / PUBLIC.path).read_text()


@pytest.mark.parametrize("link", ["etc", "etc/wireguard"])
def test_a_link_to_a_folder_below_the_root_is_not_followed(tmp_path: Path, link: str) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    root = tmp_path / "root"
    (root / link).parent.mkdir(parents=True)
    (root / link).symlink_to(elsewhere)

    with pytest.raises(CannotWriteError):
        write([SECRET], root)

    assert [] == files(elsewhere)
    assert [link] == files(root)


def test_a_link_in_the_place_of_a_file_is_replaced_not_written_through(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text("old\n")
    place = tmp_path / "root" / SECRET.path
    place.parent.mkdir(parents=True)
    place.symlink_to(tmp_path / "elsewhere")

    write([SECRET], tmp_path / "root", existing=Existing.REPLACED)

    assert "old\n" == (tmp_path / "elsewhere").read_text()
    assert not place.is_symlink()
    assert "#!/bin/sh\n" == place.read_text()


def test_the_root_itself_may_be_a_link(tmp_path: Path) -> None:
    (tmp_path / "build").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "build")

    write([PUBLIC], tmp_path / "link")

    assert ["etc/nftables/wg0.nft"] == files(tmp_path / "build")


def test_an_artefact_does_not_show_its_content() -> None:
    assert "Artefact(etc/wireguard/wg0.sh, 0700)" == repr(SECRET)
