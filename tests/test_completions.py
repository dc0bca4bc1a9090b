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

from wgtranspile.backends import BACKENDS, SHORT, KeyStorage
from wgtranspile.cli import APPS
from wgtranspile.diagnostics.catalogue import RULES
from wgtranspile.migration import Target
from wgtranspile.session import MESSAGE_FORMATS

if TYPE_CHECKING:
    from collections.abc import Callable

COMPLETIONS = Path(__file__).parent.parent / "completions"
LIMIT = 60  # seconds
TABULATOR, FORGET_THE_LINE = b"\t", b"\x15"

# Each notes what it has found before it shows it.
BASH = f"""
. {COMPLETIONS}/wgtranspile
noting() {{ _wgtranspile "$@"; printf '%s\\n' "${{COMPREPLY[@]}}" >> "$FOUND"; }}
complete -F noting wgtranspile
PS1=ready
"""
ZSH = f"""
fpath=({COMPLETIONS} $fpath)
autoload -U compinit && compinit -u -D
compadd() {{
    local -a found
    builtin compadd -O found "$@"
    print -rl -- $found >> $FOUND
    builtin compadd "$@"
}}
PS1=ready
"""


def bash(line: str, folder: Path) -> set[str]:
    (folder / ".rc").write_text(BASH)
    return _typed(["bash", "--rcfile", str(folder / ".rc"), "-i"], line, folder)


def zsh(line: str, folder: Path) -> set[str]:
    (folder / ".zshrc").write_text(ZSH)
    return _typed(["zsh", "-d", "-i"], line, folder)


def fish(line: str, folder: Path) -> set[str]:
    ask = f"source {quote(str(COMPLETIONS / 'wgtranspile.fish'))}; complete -C {quote(line)}"
    run = subprocess.run(["fish", "--no-config", "-c", ask], cwd=folder, capture_output=True, text=True, check=True)
    assert not run.stderr
    return {found.partition("\t")[0].rpartition("=")[2] for found in run.stdout.splitlines()}


@pytest.mark.needs("bash", "fish", "zsh")
@pytest.mark.parametrize("shell", [bash, fish, zsh], ids=lambda shell: shell.__name__)
@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("--to ", {*BACKENDS, *SHORT}),
        ("--to=net", {"networkd", "networkmanager"}),
        ("--to networkd --keys ", set(KeyStorage)),
        ("--message-format ", set(MESSAGE_FORMATS)),
        ("--allow B40", {rule.code for rule in RULES if rule.code.startswith("B40")}),
        ("--ignore B40", {rule.code for rule in RULES if rule.code.startswith("B40")}),
        ("--kee", {"--keep-going", "--keep-foreign-rules"}),
        ("-o ", {"fleet", "wireguard"}),
        ("", {*filter(None, APPS), "wg0.conf", "fleet", "wireguard"}),
        ("migrate --to ", {*Target, *SHORT}),
        ("migrate --co", {"--confirm"}),
        ("--to nft w", {"wg0.conf", "wireguard"}),
        ("verify ", {"wg0.conf", "fleet", "wireguard"}),
        ("verify --no", {"--normalisations"}),
        ("explain ", {rule.code for rule in RULES}),
        ("--mtu ", set()),
    ],
)
def test_a_shell_offers_what_may_come_next(
    shell: Callable[[str, Path], set[str]], line: str, words: set[str], tmp_path: Path
) -> None:
    for folder in ("fleet", "wireguard"):
        (tmp_path / folder).mkdir()
    for file in ("wg0.conf", "notes.txt"):
        (tmp_path / file).touch()

    found = shell(f"wgtranspile {line}", tmp_path)

    assert words == {word.rstrip("/") for word in found} - {""}


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
