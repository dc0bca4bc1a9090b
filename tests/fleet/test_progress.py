"""A run on a terminal: how far it is shows while it lasts, and nothing of that is left behind."""

from __future__ import annotations

import os
import pty
import re
import signal
import subprocess
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from tests.fleet.fleet import LIMIT, PROGRAM, ROOT
from wgtranspile.session.progress import Line

if TYPE_CHECKING:
    from tests.fleet.fleet import Fleet

HOSTS = 40
SHOW, HIDE = "\x1b[?25h", "\x1b[?25l"
COMMAND = ("--to", "networkd", "--message-format", "concise", "-o", "out", "A")


def test_what_a_terminal_shows_in_the_end_is_what_a_pipe_is_given(fleet: Fleet) -> None:
    fleet.make(HOSTS, "A")

    status, shown = on_a_terminal(fleet)
    piped = fleet.run(*COMMAND[2:])

    assert status == piped.status == 0
    assert "configs: " in shown
    assert "\x1b" not in piped.stderr
    assert screen(shown) == piped.stderr.splitlines()
    assert shown.rindex(SHOW) > shown.rindex(HIDE)


def test_ctrl_c_gives_the_cursor_back(fleet: Fleet) -> None:
    fleet.make(HOSTS, "A")

    status, shown = on_a_terminal(fleet, interrupted_at=b"configs: ")

    assert status == 128 + signal.SIGINT
    assert shown.rindex(SHOW) > shown.rindex(HIDE)
    assert not any("configs: " in line for line in screen(shown))


def test_the_line_counts_the_errors_that_are_told_at_the_end(fleet: Fleet) -> None:
    fleet.make(HOSTS, "A")
    fleet.write("A/broken/wg0.conf", "[Interface]\nMTU = x\n")

    status, shown = on_a_terminal(fleet, *COMMAND[:2], *COMMAND[4:])

    assert status == 1
    assert "errors: 1" in shown
    assert not any("errors: 1" in line for line in screen(shown))
    assert 1 == sum("error[C218]" in line for line in screen(shown))


def test_ctrl_c_while_the_line_goes_is_heard_when_it_has_gone(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")  # has rich take stderr for a terminal
    monkeypatch.setenv("TERM", "xterm")
    clear_live = Console.clear_live

    def interrupted(console: Console) -> None:  # which is called in the midst of it
        signal.raise_signal(signal.SIGINT)
        clear_live(console)

    monkeypatch.setattr(Console, "clear_live", interrupted)
    line = Line()
    line.advance(1, PurePosixPath("host"), 0)

    with pytest.raises(KeyboardInterrupt):
        line.clear()

    shown = capsys.readouterr().err
    assert shown.rindex(SHOW) > shown.rindex(HIDE)
    assert not any("configs: " in line for line in screen(shown))


def on_a_terminal(fleet: Fleet, *command: str, interrupted_at: bytes = b"") -> tuple[int, str]:
    """Run the program on a terminal; give its exit status and all that it wrote there."""
    ours, its = pty.openpty()
    program = subprocess.Popen(
        ["env", "--default-signal=INT", *PROGRAM, *(command or COMMAND)],
        stdout=its,
        stderr=its,
        cwd=fleet.folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm", "COLUMNS": "300"},
    )
    os.close(its)
    shown = b""
    while part := _read(ours):
        shown += part
        if interrupted_at and interrupted_at in shown:
            program.send_signal(signal.SIGINT)
            interrupted_at = b""
    os.close(ours)
    text = shown.decode()
    fleet.assert_sound(text)
    return program.wait(LIMIT), text


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # no one has the other end any more
        return b""


def screen(shown: str) -> list[str]:
    """Give the lines that stand on a terminal after all that was written to it."""
    lines, row = [""], 0
    for part in re.findall(r"\x1b\[[?0-9;]*[A-Za-z]|\r|\n|[^\x1b\r\n]+", shown):
        if part == "\n":
            row += 1
            lines += [""] * (row == len(lines))
        elif part == "\x1b[1A":
            row -= 1
        elif part == "\x1b[2K":
            lines[row] = ""
        elif not part.startswith(("\x1b", "\r")):
            lines[row] += part
    return lines[:-1] if not lines[-1] else lines
