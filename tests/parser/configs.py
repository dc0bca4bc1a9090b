"""Strategies for config files: of realistic pieces with some odd ones among them, and real files with small damage."""

from __future__ import annotations

import tomllib
from pathlib import Path

from hypothesis import strategies as st

# For each key of each section: usual values, and odd ones, some of which the reference takes.
VALUES = tomllib.loads(Path(__file__).with_name("values.toml").read_text())
STRAY_LINES = (
    "; comment",
    "// comment",
    "garbage",
    "=",
    "= x",
    "[",
    "[]",
    "[Foo]",
    "Jc = 4",
    "Address",
    "PublicKey",
    "DNS",
    "Table",
    "SaveConfig",
    "PostUp",
    "PreDown",
    "PostUp # = true",
    "PostUp == true",
    "AllowedIP = 10.0.0.0/24",
    "Name = laptop",
    "ListenPort : 5",
    "\ufeff",
    "\0",
    "\u00a0",
    "\udcff",
    "# \udcff",
    "# [Peer]",
    "#PostUp = false",
    "\\",
)
HEADERS = {
    "Interface": ("[Interface]", "[interface]", " [INTERFACE] ", "[Interface] # one", "[Interface]\r"),
    "Peer": ("[Peer]", "[peer]", "  [PEER]", "[ Peer ]", "[Peer] # one", "[Peer]\r"),
}
ODD_HEADERS = (
    "[ Interface ]",
    "[Inter face]",
    "[Interface]x",
    "[Interface]]",
    "[Interface",
    "Interface]",
    "[Peer]=x",
    "[Peers]",
)

_rarely = st.integers(0, 19).map(lambda drawn: drawn == 0)


@st.composite
def _line(draw: st.DrawFn, section: str, *, odd_values: bool, odd_layout: bool) -> str:
    if odd_layout and draw(_rarely):
        return draw(st.sampled_from(STRAY_LINES))
    key = draw(st.sampled_from(sorted(VALUES[section])))
    values = VALUES[section][key]
    value = draw(st.sampled_from(values["odd" if odd_values and draw(_rarely) else "usual"]))
    if not odd_layout:
        return f"{key} = {value}"
    if draw(_rarely):
        key = draw(
            st.sampled_from((key.upper(), key.lower(), f"{key[:3]} {key[3:]}", f"\t{key}", key[:-1], f"\v{key}"))
        )
    equals = draw(st.sampled_from((" = ", "=", " =", "= ", "\t=\t", "  =  ")))
    end = draw(st.sampled_from(("", "", "", " ", "\t", " # note", "#note", "\r", " \r")))
    return f"{key}{equals}{value}{end}"


@st.composite
def built(draw: st.DrawFn, *, odd_values: str | None = None, odd_layout: bool = False) -> bytes:
    """Give a config built of pieces; odd values in the sections of one name, or odd ways to write usual values."""
    lines = []
    names = ["Interface", *draw(st.lists(st.sampled_from(["Peer", "Peer", "Peer", "Interface"]), max_size=4))]
    if odd_layout and draw(_rarely):
        names.reverse()
    for name in names:
        headers = HEADERS[name] if odd_layout else HEADERS[name][:1]
        lines.append(draw(st.sampled_from(ODD_HEADERS if odd_layout and draw(_rarely) else headers)))
        if name == "Peer" and not draw(_rarely):
            lines.append(f"PublicKey = {draw(st.sampled_from(VALUES['Peer']['PublicKey']['usual']))}")
        setting = _line(name, odd_values=odd_values == name, odd_layout=odd_layout)
        lines += draw(st.lists(setting, max_size=6))
    end = draw(st.sampled_from(("\n", "", "\n\n", " "))) if odd_layout else "\n"
    return ("\n".join(lines) + end).encode("utf-8", "surrogateescape")


@st.composite
def damaged(draw: st.DrawFn, configs: list[bytes]) -> bytes:
    """Give one of these configs with a few lines dropped, doubled, exchanged or joined, or characters changed."""
    lines = draw(st.sampled_from(configs)).split(b"\n")
    for _ in range(draw(st.integers(1, 4))):
        one, other = (draw(st.integers(0, len(lines) - 1)) for _ in range(2))
        match draw(
            st.sampled_from(("drop", "double", "exchange", "join", "change", "change", "insert", "remove", "stray"))
        ):
            case "drop" if len(lines) > 1:
                del lines[one]
            case "double":
                lines.insert(other, lines[one])
            case "exchange":
                lines[one], lines[other] = lines[other], lines[one]
            case "join" if one + 1 < len(lines):
                lines[one] += lines.pop(one + 1)
            case "stray":
                lines.insert(one, draw(st.sampled_from(STRAY_LINES)).encode("utf-8", "surrogateescape"))
            case act:
                at = draw(st.integers(0, len(lines[one])))
                new = b"" if act == "remove" else draw(_character)
                lines[one] = lines[one][:at] + new + lines[one][at + (act != "insert") :]
    return b"\n".join(lines)


_character = st.sampled_from([bytes([code]) for code in b"\t\r #%+,-./0129:=@AFa[]\\_`{~\"'$;*?\xff\0"])
