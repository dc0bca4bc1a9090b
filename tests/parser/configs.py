"""Strategies for config files: of realistic pieces with some odd ones among them, and real files with small damage."""

from __future__ import annotations

from hypothesis import strategies as st

KEYS = (
    "WELEsbNJnrsgryqloe/UmJ8FZarcsijnYOFo7hg14XQ=",
    "pMj38w9caGdqvi3ZMWGts2gsR0LQhYV79bncRRTouhQ=",
    "nbib6xMq7D7YK6pypARXiLg1O7pYfSGuAMKWKSMdvOk=",
    "ClHg0vwa/lTm5Sob1pHcYjzQXdbOjSTKL2cpIuYYNC8=",  # the first one's public key
)
ODD_KEYS = (
    "A" * 43 + "=",
    "WELEsbNJnrsgryqloe/UmJ8FZarcsijnYOFo7hg14XR=",
    "WELEsbNJnrsgryqloe_UmJ8FZarcsijnYOFo7hg14XQ=",
    "WELEsbNJnrs gryqloe/UmJ8FZarcsijnYOFo7hg14XQ=",
    "WELEsbNJnrsgryqloe/UmJ8FZarcsijnYOFo7hg14XQ",
    "WELEsbNJnrsgryqloe/UmJ8FZarcsijnYOFo7hg14XQ==",
    '"WELEsbNJnrsgryqloe/UmJ8FZarcsijnYOFo7hg14XQ="',
    "WELEsbNJnrsgryqloe/U=J8FZarcsijnYOFo7hg14XQ=",
    "00" * 32,
)
# For each key: usual values, and odd ones, some of which the reference takes.
VALUES = {
    "Interface": {
        "PrivateKey": (KEYS[:1], ODD_KEYS),
        "ListenPort": (
            ("51820", "1", "65535"),
            ("0", "00080", "65536", "-1", "+5", "0x50", "http", "off", "80x", "5 6", "4294967376", "1.5", "٣"),
        ),
        "FwMark": (
            ("51820", "0xca6c", "off", "0"),
            (
                "OFF",
                "00",
                "010",
                "08",
                "0X10",
                "4294967295",
                "4294967296",
                "0x100000000",
                "-1",
                "+1",
                "0x",
                "5,6",
                "254",
            ),
        ),
        "Address": (
            (
                "10.0.0.1/24",
                "10.1.0.1/16",
                "10.2.0.1",
                "fd00::1/64",
                "fd01::1",
                "fe80::1/64",
                "10.3.0.1/24, fd02::1/48",
            ),
            (
                "10.4/16 10.5.1 010.6.0.1 0x0a.7.0.1 10.8.0.1/255.255.255.0 10.8.0.1/255.0.255.0 10.8.0.1/0 10.8.0.1/33 "
                "10.8.0.1/+24 10.8.0.1/024 10.8.0.1/0x18 10.8.0.1/ 10.8.0.1/24/24 0.0.0.0 0.0.0.0/0 224.0.0.1/24 "
                "127.0.0.1/8 255.255.255.255 any default all 256.1.1.1 1.2.3.4.5 10.8.0.1. 1 :: ::1 ::ffff:10.0.0.1 "
                "ff02::1 fe80::1%up0/64 fd03::1/129 fd03::1/064 fd03::1/0 FD03::AB/64 fd03:00000::1 fd03:::1 1::2::3 "
                "[fd03::1]/64 fd03::1.2.3.4 fd03::01.2.3.4 a:b 10.0.0.1:80 -4 10.8.0.1/-1 10.8.0.1/8x 10.0.0.1/24 "
                "10.0.0.1/16 FD00:0::1/32 ,, 10.8.0.1,,10.9.0.1 10.8.0.1;10.9.0.1 $(id) 'a' 1.2.3.4/24=5 10.8.0.٣"
            ).split(" ")
            + ["10.8.0.1 / 24", "10.8.0.1/24 10.9.0.1/24", "10.8.0.1/24 peer 10.0.0.9", ""],
        ),
        "MTU": (
            ("1420", "1280", "9000"),
            (
                "0 67 68 576 1279 65535 65536 01420 0x58c 0X58C +1420 -1 1280.5 1420b abc 4294967295 99999999999 08 1e3 ٣"
            ).split(" ")
            + ["1 420", ""],
        ),
        "DNS": (
            ("10.0.0.1", "10.0.0.1, fd00::53", "10.0.0.1, corp.example", "corp.example"),
            (
                "999.9.9.9 1 ... : a:b [::1] 1.1.1.1:53 1.1.1.1#53 dns.example:853 ~. $(id) a_b -h é.example fe80::1%up0 ,,"
            ).split(" ")
            + ["a b c", ""],
        ),
        "Table": (
            ("auto", "off", "51820", "1234"),
            (
                "0 main local default vpn nonsense 0x10 010 08 -1 +5 4294967295 4294967296 Main OFF Auto all unspec 1.5 -h 5#6 ٣"
            ).split(" ")
            + ["5 6", ""],
        ),
        "SaveConfig": (("true", "false"), ("TRUE", "False", "1", "yes", "on", "", "true false", "true,")),
        "PreUp": (("true",), ("",)),
        "PostUp": (("echo %i # first", "iptables -A FORWARD -i %i -j ACCEPT"), ("",)),
        "PreDown": (("true",), ("",)),
        "PostDown": (("true; # x = y",), ("",)),
    },
    "Peer": {
        "PublicKey": (KEYS[1:], ODD_KEYS),
        "PresharedKey": (KEYS[2:3], ODD_KEYS),
        "AllowedIPs": (
            (
                "10.0.0.2/32 10.0.0.0/24 10.9.0.0/16 0.0.0.0/0 ::/0 fd00::2/128 fd09::/64 0.0.0.0/0,::/0 192.168.1.0/24 "
                "0.0.0.0/1,128.0.0.0/1 10.9.0.1/16"
            ).split(" "),
            (
                "10.0/16 10.1 010.0.0.1/32 10.0.0.0/33 10.0.0.0/024 10.0.0.0/+24 10.0.0.0/-1 10.0.0.0/255.255.255.0 "
                "10.0.0.0/ 10.0.0.0/24, 10.0.0.0/24,,10.1.0.0/24 ,10.0.0.0/24 +10.7.0.0/24 -10.7.0.0/24 ++10.7.0.0/24 "
                "+fd07::/64 10.7.0.0/24,-10.7.0.0/24 any :: 0/0 0 fd00::1/129 FD00::1/64 fe80::1%up0/128 ::ffff:1.2.3.4/96 "
                "[fd00::]/64 10.0.0.0/24;10.1.0.0/24 10.0.0.0/x 10.0.0.0/0x18 localhost 0.0.0.0/32 ::/128 224.0.0.0/4 "
                "127.0.0.0/8 ff02::1/128 255.255.255.255/32 fe80::/10 10.٣.0.0/16"
            ).split(" ")
            + ["10.0.0.0/24 10.1.0.0/24", "10.0.0.0 /24", "+ 10.7.0.0/24", ""],
        ),
        "Endpoint": (
            ("198.51.100.1:51820", "vpn.example.net:51820", "[2001:db8::9]:51820"),
            (
                "198.51.100.1:0 198.51.100.1:00080 198.51.100.1:65536 198.51.100.1:+80 198.51.100.1:-1 198.51.100.1:http "
                "198.51.100.1: :51820 198.51.100.1 [198.51.100.1]:5 [2001:db8::9] [2001:db8::9]5 [2001:db8::9: "
                "[fe80::1%up0]:5 [fe80::1%nonsense]:5 [vpn.example.net]:1 1:2:3 2001:db8::9 2001:db8::9:5 10.1:5 0x7f.1:5 "
                "010.1.1.1:5 1:5 256.1.1.1:5 1.2.3.4.5:5 [::ffff:1.2.3.4]:5 [::]:5 0.0.0.0:5 *:5 []:5 [:]:5 127.0.0.1:5 "
                "198.51.100.1:5:6 198.51.100.1:80x http://vpn.example.net:5 a@vpn.example.net:5 198.51.100.1/24:5 "
                "[2001:db8::9]:5]:6 (none) vpn_1.example.net:5 -vpn.example.net:5 vpn.example.net.:5 198.51.100.1:٣ é.net:5"
            ).split(" ")
            + ["198.51. 100.1 : 5", ""],
        ),
        "PersistentKeepalive": (
            ("25", "0", "off"),
            ("OFF", "00025", "65535", "65536", "-1", "+25", "0x19", "25s", "on", "22-30", "2 5", "", "1.5", "٣"),
        ),
    },
}
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
    usual, odd = VALUES[section][key]
    value = draw(st.sampled_from(odd if odd_values and draw(_rarely) else usual))
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
            lines.append(f"PublicKey = {draw(st.sampled_from(KEYS[1:]))}")
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
