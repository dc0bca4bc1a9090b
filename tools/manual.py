"""The manual page of the command line, as roff."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tools.commands import commands
from wgtranspile import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tools.commands import Command

_FILES = {
    "/etc/wireguard/NAME.conf": "what the bare word NAME stands for",
    "DIR/.wgtranspile/manifest": "which files below DIR earlier runs over a folder have made, with their digests",
}
_SEE_ALSO = ("wg-quick(8)", "wg(8)", "systemd.netdev(5)", "systemd.network(5)", "nm-settings-keyfile(5)", "nft(8)")


def page() -> str:
    """Give wgtranspile(1)."""
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
    yield "Findings go to the standard error,"
    yield "what is made to the standard output or below DIR."
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
    """Give text that roff shows as it is."""
    return re.sub(r"^([.'])", r"\\&\1", text.replace("\\", r"\e").replace("-", r"\-"))
