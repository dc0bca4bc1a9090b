"""Names that are too long for an interface, and the short ones that `--shorten-names` gives them."""

from __future__ import annotations

import re
import subprocess
import sys
from itertools import count
from typing import TYPE_CHECKING

import pytest

from tests.lab.cases import ROOT
from wgtranspile.files.inputs import short_name

if TYPE_CHECKING:
    from pathlib import Path

CONFIG = """\
[Interface]
PrivateKey = WELEsbNJnrsgryqloe/UmJ8FZarcsijnYOFo7hg14XQ=
Address = 10.{}.0.1/24
PostUp = {}
"""
LONDON = "customer-london-office"
SHORT = "customer-l-f7be"


def wgtranspile(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-B", "-m", "wgtranspile", "--to", "shell", *arguments]
    return subprocess.run(
        command, cwd=cwd, env={"PYTHONPATH": str(ROOT)}, capture_output=True, encoding="utf-8", check=False
    )


def write(path: Path, number: int = 0, hook: str = "true") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(0o600)
    path.write_text(CONFIG.format(number, hook))


def colliding() -> tuple[str, str]:
    """Give two long names with one short one."""
    seen: dict[str, str] = {}
    for number in count():
        name = f"customer-london-{number}"
        if (other := seen.setdefault(short_name(name), name)) != name:
            return other, name
    raise AssertionError


@pytest.mark.parametrize(
    ("name", "short"),
    [
        (LONDON, SHORT),
        ("se-got-wg-001-mullvad", "se-got-wg-e67e"),
        ("a.b+c=d_e-f.g+h=i_j", "a.b+c=d_e-"),
        ("----------------", "wg-"),
        ("1234567890123456", "1234567890-"),
    ],
)
def test_a_short_name_is_the_beginning_of_the_long_one_and_digits_of_its_digest(name: str, short: str) -> None:
    assert short_name(name).startswith(short)
    assert re.fullmatch(r"[a-zA-Z0-9_=+.-]{1,10}-[0-9a-f]{4}", short_name(name))


def test_a_long_name_is_refused_and_the_option_suggested(tmp_path: Path) -> None:
    write(tmp_path / f"{LONDON}.conf")

    done = wgtranspile(f"{LONDON}.conf", cwd=tmp_path)

    assert 1 == done.returncode
    assert "error[C226]" in done.stderr
    assert "is not a valid interface name: it has more than 15 characters" in done.stderr
    assert "help: use `--shorten-names`, " in done.stderr


def test_the_option_does_not_help_a_name_with_other_characters(tmp_path: Path) -> None:
    write(tmp_path / "an office in London.conf")

    done = wgtranspile("--shorten-names", "an office in London.conf", cwd=tmp_path)

    assert 1 == done.returncode
    assert "it must consist of letters, digits and `_=+.-`" in done.stderr
    assert "C235" not in done.stderr


def test_names_do_not_depend_on_other_configs_and_short_ones_stay(tmp_path: Path) -> None:
    write(tmp_path / f"fleet/one/{LONDON}.conf")
    write(tmp_path / f"fleet/two/{LONDON}.conf")
    write(tmp_path / "fleet/two/customer-lisbon-office.conf", 1)
    write(tmp_path / "fleet/two/wg0.conf", 2)

    done = wgtranspile("--shorten-names", "-o", "out", "fleet", cwd=tmp_path)

    assert 0 == done.returncode, done.stderr
    of_two = (SHORT, short_name("customer-lisbon-office"), "wg0")
    assert {f"one/etc/wireguard/{SHORT}.sh", *(f"two/etc/wireguard/{name}.sh" for name in of_two)} == {
        str(path.relative_to(tmp_path / "out")) for path in tmp_path.glob("out/*/etc/wireguard/*")
    }
    assert f"note[C235]: the interface is called `{SHORT}`, short for `{LONDON}`" in done.stderr
    assert f"also at: fleet/two/{LONDON}.conf" in done.stderr


def test_a_hook_gets_the_short_name_and_one_that_spells_the_long_one_is_reported(tmp_path: Path) -> None:
    hook = f"ip route add 10.9.0.0/16 dev %i; ip link set {LONDON} alias x; cat /etc/wireguard/{LONDON}.key"
    write(tmp_path / f"{LONDON}.conf", hook=hook)
    write(tmp_path / "customer-lisbon-office.conf", hook="cat /etc/wireguard/customer-lisbon-office")

    spelled = wgtranspile("--shorten-names", f"{LONDON}.conf", cwd=tmp_path)
    of_file = wgtranspile("--shorten-names", "customer-lisbon-office.conf", cwd=tmp_path)

    assert f"dev {SHORT};" in spelled.stdout
    assert 1 == spelled.stderr.count("warning[C236]")
    assert f"--> {LONDON}.conf:4:10" in spelled.stderr
    assert "C236" not in of_file.stderr


def test_names_that_become_the_same_are_refused_with_both_places(tmp_path: Path) -> None:
    one, other = colliding()
    write(tmp_path / f"fleet/{one}.conf")
    write(tmp_path / f"fleet/{other}.conf", 1)

    done = wgtranspile("--shorten-names", "-o", "out", "fleet", cwd=tmp_path)

    assert 1 == done.returncode
    assert "error[X903]" in done.stderr
    assert {f"fleet/{one}.conf", f"fleet/{other}.conf"} <= set(re.findall(r"[\w/-]+\.conf", done.stderr))
    assert [] == [*tmp_path.glob("out/etc/**/*")]


def test_one_name_is_given_by_one_option(tmp_path: Path) -> None:
    write(tmp_path / "wg0.conf")

    done = wgtranspile("--shorten-names", "--name", "wg1", "wg0.conf", cwd=tmp_path)

    assert 2 == done.returncode
    assert "--shorten-names and --name cannot be combined" in done.stderr
