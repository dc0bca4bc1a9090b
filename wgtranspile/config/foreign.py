"""Files of other programs that are taken for configs: what they are, told by a line that no config has.

In: a document. Out: the kind of file and the place that tells it, where there is neither `[Interface]` nor `[Peer]`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from wgtranspile.syntax.model import BLANKS, Bare

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wgtranspile.source import Span
    from wgtranspile.syntax import Document
    from wgtranspile.syntax.model import Header

_OWN = re.compile(r"\[\s*(?:interface|peer)\s*\].*", re.IGNORECASE | re.DOTALL)


class Kind(NamedTuple):
    """A kind of file: its name in a sentence, the lines that only it has, and what to do about it."""

    name: str
    line: str
    advice: str


_SOURCE = "use the wg-quick config that it was generated from"
_OTHER_VPN = "it is not for WireGuard; ask the operator of the VPN for a WireGuard config"
_FETCHED = "look at the file: it may be an error page; then download the config again"

KINDS = (
    Kind("a .netdev file of systemd-networkd", r"\[netdev\]", _SOURCE),
    Kind("a .network file of systemd-networkd", r"\[(?:match|network)\]", _SOURCE),
    Kind("a NetworkManager profile", r"\[connection\]", _SOURCE),
    Kind("a netplan file", r"network:", _SOURCE),
    Kind("the output of `wg show`", r"interface: \S+", "use the config itself, or the output of `wg showconf`"),
    Kind("an OpenVPN config", r"client|dev tun\d*|remote \S+ \d+(?: \w+)?|<ca>", _OTHER_VPN),
    Kind("a strongSwan config", r"config setup|conn \S+|connections ?\{", _OTHER_VPN),
    Kind("a resolv.conf", r"nameserver \S+", "set DNS servers with `DNS = ...` in the config of the tunnel"),
    Kind("a web page", r"<!doctype html.*|<html.*", _FETCHED),
    Kind("a JSON file", r"\{", _SOURCE),
)


def kind(document: Document) -> tuple[Kind, Span] | None:
    """Return what else a document is, and the first line that tells it."""
    if any(section.header and _OWN.fullmatch(section.header.text) for section in document.sections):
        return None
    for line in _lines(document):
        text = " ".join(line.text.partition("#")[0].strip(BLANKS).split())
        for each in KINDS:
            if re.fullmatch(each.line, text, re.IGNORECASE):
                return each, line.span
    return None


def _lines(document: Document) -> Iterator[Header | Bare]:
    """Yield the lines that are no settings."""
    for section in document.sections:
        if section.header:
            yield section.header
        for line in section.lines:
            if isinstance(line, Bare):
                yield line
