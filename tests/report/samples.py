"""One list of diagnostics that every renderer is shown: each case that a renderer could get wrong, once."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from wgtranspile.diagnostics import Diagnostic, Fidelity, Label, Rule, Severity
from wgtranspile.report import github, json, sarif, text
from wgtranspile.source import Place, Source, Span

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

#: What makes text of diagnostics, by its name on the command line.
FORMATS: dict[str, Callable[[Sequence[Diagnostic]], str]] = {
    "text": partial(text.render, color=False),
    "concise": text.render_concise,
    "json": json.render,
    "json-lines": json.render_lines,
    "github": github.render,
    "sarif": sarif.render,
}
KEY = "yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk="
ERROR = Rule("C201", "unknown-key", Severity.ERROR, "", "")
WARNING = Rule("B401", "hook-not-expressible", Severity.WARNING, "", "", fidelity=Fidelity.DROPPED)
NOTE = Rule("P301", "moved-allowed-ip", Severity.NOTE, "", "")
UNREADABLE = Rule("X901", "cannot-read", Severity.ERROR, "", "")


def diagnostic(  # noqa: PLR0913  the parts of a diagnostic
    config: str,
    *marked: str,
    rule: Rule = ERROR,
    words: tuple[str, ...] = (),
    message: str = "unknown key",
    notes: tuple[str, ...] = (),
    help: str = "",  # noqa: A002  the word of the diagnostic itself
    backend: str | None = None,
    path: str = "wg0.conf",
) -> Diagnostic:
    """Give a diagnostic about a config of that text, pointing at the first place of each of the `marked` strings."""
    starts = [config.index(part) for part in marked]
    source = Source(path, config)
    places = [Place(source, Span(at, at + len(part))) for at, part in zip(starts, marked, strict=True)]
    return Diagnostic(
        rule=rule,
        severity=rule.severity,
        message=message,
        path=path,
        labels=tuple(map(Label, places, words or [""] * len(places))),
        notes=notes,
        help=help,
        backend=backend,
    )


def _with_place_in_another_file(found: Diagnostic) -> Diagnostic:
    """Give a diagnostic with a second place, on a line that a key ends."""
    other = Source("other/wg1.conf", "\n" * 9 + f"ListenPort = 51820 # {KEY}\n")
    at = other.text.index("51820")
    return found._replace(labels=(*found.labels, Label(Place(other, Span(at, at + 5)), "first here")))


_TWELVE_LINES = "".join(f"# {number}\n" for number in range(1, 9)) + "[Interface]\nMTU = 1400\n\nMTU = 1500\n"

SAMPLES = {
    "plain": diagnostic(
        "[Peer]\nAllowedIP = 10.0.0.2/32\n",
        "AllowedIP",
        message="unknown key `AllowedIP`",
        words=("not a key of [Peer]",),
        help="did you mean `AllowedIPs`?",
    ),
    "of a backend, with notes and long help": diagnostic(
        "[Interface]\nPostUp = iptables -A FORWARD -i %i -j ACCEPT\n",
        "PostUp",
        rule=WARNING,
        message="networkd cannot run `PostUp` commands",
        words=("not written to wg0.network",),
        notes=("2 more hooks: lines 8, 9", "they run as root"),
        help="use `--to shell`, or\nmove the commands to a unit",
        backend="networkd",
    ),
    "two places, the primary one below": diagnostic(
        _TWELVE_LINES,
        "1500",
        "1400",
        rule=NOTE,
        message="`MTU` is given twice",
        words=("this one counts", "not this one"),
    ),
    "a place in another file": _with_place_in_another_file(
        diagnostic(
            "[Interface]\nListenPort = 51820\n",
            "51820",
            rule=WARNING,
            message="port 51820 is also used in other/wg1.conf:10",
            help="give each interface its own `ListenPort`",
        )
    ),
    "two places on one line": diagnostic(
        "AllowedIPs = 10.0.0.0/24, 10.0.0.0/24 # twice\n",
        "10.0.0.0/24 #",
        "10.0.0.0/24,",
        words=("again", "first here"),
    ),
    "without a source": Diagnostic(
        rule=UNREADABLE,
        severity=Severity.ERROR,
        message="cannot read the file: no such file",
        path="absent.conf",
        help="the bare name of an interface is looked up in /etc/wireguard",
    ),
    "about the whole file": diagnostic("[Interface]\n", rule=NOTE, message="no peers"),
    "tabs": diagnostic("[Peer]\n\tAllowedIP\t=\t10.0.0.2/32\n", "10.0.0.2/32"),
    "wide and combining characters": diagnostic("# 鍵 e\u0301 = \N{FULLWIDTH LATIN SMALL LETTER A}x\n", "x"),
    "CR LF": diagnostic("[Peer]\r\nKey = value\r\n", "value"),
    "last line without newline": diagnostic("[Peer]\nKey = value", "value"),
    "end of the file": Diagnostic(
        ERROR, Severity.ERROR, "no [Interface]", "wg0.conf", (Label(Place(Source("wg0.conf", "a\nb\n"), Span(4, 4))),)
    ),
    "past a masked key": diagnostic(f"[Interface]\nPrivateKey = {KEY} trailing\n", "trailing"),
    "a masked key itself": diagnostic(f"[Peer]\nPresharedKey = {KEY}\n", KEY),
    "more than a line": diagnostic("[Peer]\nPublicKey = x\n[Peer]\n", "[Peer]\nPublicKey = x\n"),
    "long line, mark in the middle": diagnostic(f"# {'long ' * 1000}here {'long ' * 1000}\n", "here"),
    "long line, long mark": diagnostic(f"# {'long ' * 40}{'mark ' * 2000}\n", "mark " * 2000),
    "what would drive a terminal": diagnostic(
        "Key\x1b[2J\x9b1m = \u202eevil\x00\n",
        "evil",
        message="unknown key `\x1b]0;owned\x07`\nok",
        words=("\x1b[1m",),
        notes=("\x1b[2J",),
        help="\x9b1m",
        path="a\x1b[2J.conf",
    ),
    "no UTF-8": diagnostic("# caf\udce9 = x\n", "x", message="`caf\udce9`", path="caf\udce9.conf"),
}
