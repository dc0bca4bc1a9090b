"""The manual page of the command line, as roff."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tools.commands import commands
from wgtranspile import __version__
from wgtranspile.cli import INTERRUPTED
from wgtranspile.migration import Outcome
from wgtranspile.report.address import VARIABLE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tools.commands import Command

# Exit statuses that the help of the main command does not list.
_STATUSES = {
    Outcome.ROLLED_BACK: "migrate: the migration failed or was not confirmed, and was rolled back",
    Outcome.ROLLBACK_FAILED: "migrate or rollback: the rollback failed",
    INTERRUPTED: "interrupted with Ctrl-C; a migration that has begun ends with 1 or 3 instead",
}
_ENVIRONMENT = {
    "NO_COLOR": "If this is not empty, findings, diffs and explanations are shown without colour.",
    "PATH": "verify and migrate look here for ip, wg, nft and the other programs that they run.",
    "SSH_CONNECTION": "migrate reads this from its own environment and from those of its parent processes, to find out "
    "whether your session runs through a tunnel.",
    VARIABLE: "The web address at which docs/diagnostics.md is published, for example by a fork. If it is set, json, "
    "json-lines and sarif link to the description of each finding.",
    "TERM": "If this is dumb or unknown, no progress is shown.",
}
_FILES = {
    "/etc/wireguard/NAME.conf": "The config that the bare word NAME stands for.",
    "/var/lib/wgtranspile/": "For each migration, a folder with copies of the files that it replaced, the script that "
    "rolls it back, and its log. Only root can access it.",
    "DIR/.wgtranspile/manifest": "The files under DIR that earlier runs over a folder have created, with their "
    "digests.",
    "DIR/.wgtranspile/key": "The key for the digests of files that contain secrets. Only its owner can read it.",
}
_SEE_ALSO = ("wg-quick(8)", "wg(8)", "systemd.netdev(5)", "systemd.network(5)", "nm-settings-keyfile(5)", "nft(8)")


def page() -> str:
    """Return wgtranspile(1)."""
    return "".join(f"{line}\n" for line in _lines())


def _lines() -> Iterator[str]:
    main, *others = commands()
    yield r".\" Made by tools/generate.py."
    yield f'.TH WGTRANSPILE 1 "" "wgtranspile {__version__}"'
    yield ".SH NAME"
    yield r"wgtranspile \- " + _text(main.summary[0].lower() + main.summary[1:].rstrip("."))
    yield ".SH SYNOPSIS"
    for command in (main, *others):
        yield ".PP"
        yield f".B {_name(command)}"
        yield _text(command.usage)
    yield ".SH DESCRIPTION"
    yield _text(main.summary)
    yield "Findings go to standard error."
    yield "The result goes to standard output, or to files under DIR."
    yield "On a terminal, keys are hidden; output to a pipe or a file contains them."
    yield ".SH OPTIONS"
    yield from _parameters(main)
    yield ".SH COMMANDS"
    for command in others:
        yield f".SS {_name(command)}"
        yield _text(command.summary)
        yield from _parameters(command)
    yield ".SH EXIT STATUS"
    for status, meaning in re.findall(r"(\d) ([^,.]+)", main.closing.rpartition("Exit status:")[2]):
        yield from _item(status, meaning)
    for status, meaning in _STATUSES.items():
        yield from _item(str(status), meaning)
    yield ".SH ENVIRONMENT"
    for variable, meaning in _ENVIRONMENT.items():
        yield from _item(variable, meaning)
    yield ".SH FILES"
    for path, what in _FILES.items():
        yield from _item(path, what)
    yield ".SH EXAMPLES"
    for example, meaning in re.findall(r"^  (wgtranspile .*?)  +(.+)$", main.closing, re.MULTILINE):
        yield from _item(example, meaning)
    yield ".SH SEE ALSO"
    *pages, last = [re.sub(r"(.*)(\(.\))", r".BR \1 \2", _text(name)) for name in _SEE_ALSO]
    yield from (f"{page} ," for page in pages)
    yield last


def _name(command: Command) -> str:
    return f"wgtranspile {command.word}".rstrip()


def _parameters(command: Command) -> Iterator[str]:
    for parameter in command.parameters:
        yield from _item(parameter.usage, parameter.help)


def _item(term: str, text: str) -> Iterator[str]:
    yield ".TP"
    yield f".B {_text(term)}"
    yield _text(" ".join(text.split()))


def _text(text: str) -> str:
    """Return text that roff shows as it is."""
    return re.sub(r"^([.'])", r"\\&\1", text.replace("\\", r"\e").replace("-", r"\-"))
