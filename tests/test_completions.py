"""Shells complete the command line: real ones, in which the keys are typed."""

from __future__ import annotations

import os
import pty
import select
import subprocess
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

import pytest

from wgtranspile.backends.targets import DAEMONS, SHORT, TARGETS, KeyStorage
from wgtranspile.cli import COMMANDS
from wgtranspile.diagnostics.catalogue import rules
from wgtranspile.report import FORMATS

if TYPE_CHECKING:
    from collections.abc import Callable

COMPLETIONS = Path(__file__).parent.parent / "completions"
INTERFACES, LINKS, MIGRATED = "/etc/wireguard", "/sys/class/net", "/var/lib/wgtranspile"
LIMIT = 60  # seconds
TABULATOR, FORGET_THE_LINE = b"\t", b"\x15"

# Each notes what it has found before it shows it.
BASH = """
. ../completions/wgtranspile
noting() { _wgtranspile "$@"; printf '%s\\n' "${COMPREPLY[@]}" >> "$FOUND"; }
complete -F noting wgtranspile
PS1=ready
"""
ZSH = """
fpath=(${PWD:h}/completions $fpath)
autoload -U compinit && compinit -u -D
compadd() {
    local -a found
    builtin compadd -O found "$@"
    print -rl -- $found >> $FOUND
    builtin compadd "$@"
}
PS1=ready
"""


def bash(line: str, folder: Path) -> set[str]:
    (folder / ".rc").write_text(BASH)
    return _typed(["bash", "--rcfile", str(folder / ".rc"), "-i"], line, folder)


def zsh(line: str, folder: Path) -> set[str]:
    (folder / ".zshrc").write_text(ZSH)
    return _typed(["zsh", "-d", "-i"], line, folder)


def fish(line: str, folder: Path) -> set[str]:
    ask = f"source {'../completions/wgtranspile.fish'}; complete -C {quote(line)}"
    run = subprocess.run(["fish", "--no-config", "-c", ask], cwd=folder, capture_output=True, text=True, check=True)
    assert not run.stderr
    return {found.partition("\t")[0].rpartition("=")[2] for found in run.stdout.splitlines()}


@pytest.mark.needs("bash", "fish", "zsh")
@pytest.mark.parametrize("shell", [bash, fish, zsh], ids=lambda shell: shell.__name__)
@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("--to ", {*TARGETS, *SHORT}),
        ("--to=net", {"networkd", "networkmanager"}),
        ("--to networkd --keys ", set(KeyStorage)),
        ("--message-format ", set(FORMATS)),
        ("--allow B40", {rule.code for rule in rules() if rule.code.startswith("B40")}),
        ("--ignore B40", {rule.code for rule in rules() if rule.code.startswith("B40")}),
        ("--kee", {"--keep-going", "--keep-foreign-rules"}),
        ("-o ", {"fleet", "wireguard"}),
        ("", {*filter(None, COMMANDS), "wg0.conf", "fleet", "wireguard"}),
        ("migrate --to ", {*DAEMONS, *SHORT}),
        ("migrate --co", {"--confirm"}),
        ("--to nft w", {"wg0.conf", "wireguard"}),
        ("verify ", {"wg0.conf", "fleet", "wireguard", "up0", "up1", "wg7"}),
        ("migrate --to nm ", {"up0", "up1", "wg7"}),
        ("migrate --to nm up", {"up0", "up1"}),
        ("confirm ", {"old0", "old1", "old2"}),
        ("rollback old", {"old0", "old1", "old2"}),
        ("verify --no", {"--normalisations"}),
        ("explain ", {rule.code for rule in rules()}),
        ("--mtu ", set()),
    ],
)
def test_a_shell_offers_what_may_come_next(
    shell: Callable[[str, Path], set[str]], line: str, words: set[str], tmp_path: Path
) -> None:
    here = _laid_out(tmp_path)
    for folder in ("fleet", "wireguard"):
        (here / folder).mkdir()
    for file in ("wg0.conf", "notes.txt"):
        (here / file).touch()

    found = shell(f"wgtranspile {line}", here)

    assert words == {word.partition(" (")[0].rstrip("/") for word in found} - {""}


@pytest.mark.needs("fish")
def test_a_code_is_offered_with_its_title(tmp_path: Path) -> None:
    here = _laid_out(tmp_path)
    ask = "source ../completions/wgtranspile.fish; complete -C 'wgtranspile explain B4'"

    run = subprocess.run(["fish", "--no-config", "-c", ask], cwd=here, capture_output=True, text=True, check=True)

    titles = [f"{rule.code}\t{rule.headline}" for rule in rules() if rule.code.startswith("B4")]
    assert titles == run.stdout.splitlines()


@pytest.mark.needs("bash")
def test_in_bash_a_title_is_shown_only_beside_other_codes(tmp_path: Path) -> None:
    here = _laid_out(tmp_path)

    several = bash("wgtranspile explain B40", here)
    (here / ".found").unlink()
    one = bash("wgtranspile explain B401", here)

    assert {f"{rule.code} ({rule.headline})" for rule in rules() if rule.code.startswith("B40")} == several
    assert {"B401"} == one


def _laid_out(folder: Path) -> Path:
    """Write the completions, as of a host that has its interfaces below the folder, and give a folder beside them."""
    host = folder / "host"
    for name in ("up0.conf", "up1.conf", "$(touch PWNED).conf", "a name too long.conf", "up0.conf.bak"):
        _made(host / "etc" / name, "")
    for name, kind in {"wg7": "wireguard", "eth0": "", "wg8": "wireguard2"}.items():
        _made(host / "net" / name / "uevent", f"INTERFACE={name}\nDEVTYPE={kind}\n")
    for name in ("old0,old1", "old2"):
        (host / "store" / name).mkdir(parents=True)
    (folder / "completions").mkdir()
    for file in COMPLETIONS.iterdir():
        text = file.read_text()
        for place, there in {INTERFACES: "etc", LINKS: "net", MIGRATED: "store"}.items():
            text = text.replace(place, str(host / there))
        (folder / "completions" / file.name).write_text(text)
    (folder / "here").mkdir()
    return folder / "here"


def _made(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def _typed(shell: list[str], line: str, folder: Path) -> set[str]:
    """Type a line and the tabulator into a shell, and give what it found."""
    keyboard, terminal = pty.openpty()
    environment = {**os.environ, "FOUND": str(folder / ".found"), "ZDOTDIR": str(folder), "TERM": "dumb"}
    run = subprocess.Popen(shell, stdin=terminal, stdout=terminal, stderr=terminal, cwd=folder, env=environment)
    os.close(terminal)
    try:
        _read(keyboard, b"ready")
        os.write(keyboard, line.encode() + TABULATOR + FORGET_THE_LINE + b"exit\n")
        _read(keyboard, None)
        assert run.wait(LIMIT) == 0
    finally:
        run.kill()
        run.wait()
        os.close(keyboard)
    return set((folder / ".found").read_text().splitlines())


def _read(keyboard: int, until: bytes | None) -> None:
    """Read what a shell shows, until it has shown that, or has ended."""
    shown = b""
    while until is None or until not in shown:
        assert select.select([keyboard], [], [], LIMIT)[0], shown
        try:
            shown += os.read(keyboard, 4096)
        except OSError:
            assert until is None, shown
            return
