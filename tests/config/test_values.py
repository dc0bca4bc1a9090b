"""Which spellings of a value are taken, and for what; which are refused, and with which finding."""

from __future__ import annotations

from ipaddress import ip_address, ip_interface, ip_network
from typing import TYPE_CHECKING, Any

import pytest

from wgtranspile.config import values
from wgtranspile.model import Endpoint

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

KEY = "WELEsbNJnrsgryqloe/UmJ8FZarcsijnYOFo7hg14XQ="

# What wg and ip take, and as what. Refused is also some of what they take, on purpose: see `Rule.is_stricter`.
ACCEPTED: Mapping[Callable[..., Any], Mapping[str, object]] = {
    values.key: {KEY: KEY, "A" * 43 + "=": "A" * 43 + "=", "/" * 42 + "8=": "/" * 42 + "8="},
    values.port: {"0": 0, "1": 1, "00080": 80, "51820": 51820, "65535": 65535},
    values.fwmark: {
        **dict.fromkeys(("0", "00", "off", "OFF", "Off", "0x0"), 0),
        "010": 10,
        "08": 8,
        "51820": 51820,
        "0x10": 16,
        "0xCA6C": 51820,
        "4294967295": 2**32 - 1,
        "0xffffffff": 2**32 - 1,
    },
    values.keepalive: {"0": 0, "off": 0, "OFF": 0, "1": 1, "025": 25, "65535": 65535},
    values.mtu: {"68": 68, "1420": 1420, "+1420": 1420, "0x58c": 1420, "0X58C": 1420, "65535": 65535},
    values.boolean: {"true": True, "TRUE": True, "False": False},
    values.table: {
        "": "auto",
        "auto": "auto",
        "off": "off",
        "main": "main",
        "local": "local",
        "default": "default",
        "unspec": "unspec",
        "0": "0",
        "1234": "1234",
        "+5": "5",
        "0x10": "16",
        "0XCA6C": "51820",
        "4294967295": "4294967295",
        "vpn": "vpn",
        "Main": "Main",
        "OFF": "OFF",
    },
    values.dns_server: {
        "10.0.0.1": ip_address("10.0.0.1"),
        "FD00:0::1": ip_address("fd00::1"),
        "::ffff:1.2.3.4": ip_address("::ffff:1.2.3.4"),
    },
    values.search_domain: {
        text: text for text in ("corp.example", "corp", "corp.example.", "~.", "~corp", "_x.a-b.C", "x" * 63, "9.corp")
    },
    values.address: {
        "10.1.2.3/24": ip_interface("10.1.2.3/24"),
        "10.1.2.3": ip_interface("10.1.2.3/32"),
        "10.1.2.3/0": ip_interface("10.1.2.3/0"),
        "10.1.2.3/+24": ip_interface("10.1.2.3/24"),
        "10.1.2.3/0x18": ip_interface("10.1.2.3/24"),
        "10.1.2.3/255.255.255.0": ip_interface("10.1.2.3/24"),
        "10.1.2.3/0.0.0.0": ip_interface("10.1.2.3/0"),
        "10.1.2.0/24": ip_interface("10.1.2.0/24"),
        "10.1.2.255/24": ip_interface("10.1.2.255/24"),
        "127.0.0.2/8": ip_interface("127.0.0.2/8"),
        "255.255.255.255": ip_interface("255.255.255.255/32"),
        "240.0.0.1/24": ip_interface("240.0.0.1/24"),
        "fd00::1/64": ip_interface("fd00::1/64"),
        "FD00::AB": ip_interface("fd00::ab/128"),
        "fd00::1/0": ip_interface("fd00::1/0"),
        "fd00::1/+64": ip_interface("fd00::1/64"),
        "fd00::1/0x40": ip_interface("fd00::1/64"),
        "fd00::1.2.3.4/64": ip_interface("fd00::102:304/64"),
        "::ffff:10.0.0.1": ip_interface("::ffff:10.0.0.1/128"),
        "fe80::1/64": ip_interface("fe80::1/64"),
    },
    values.allowed_ip: {
        "10.0.0.0/24": (ip_network("10.0.0.0/24"), "", False),
        "10.0.0.0/024": (ip_network("10.0.0.0/24"), "", False),
        "10.0.0.7": (ip_network("10.0.0.7/32"), "", False),
        "10.0.0.7/24": (ip_network("10.0.0.0/24"), "", True),
        "0.0.0.0/0": (ip_network("0.0.0.0/0"), "", False),
        "1.2.3.4/0": (ip_network("0.0.0.0/0"), "", True),
        "+10.0.0.0/24": (ip_network("10.0.0.0/24"), "+", False),
        "-10.0.0.0/24": (ip_network("10.0.0.0/24"), "-", False),
        "::/0": (ip_network("::/0"), "", False),
        "::": (ip_network("::/128"), "", False),
        "FD00::1/64": (ip_network("fd00::/64"), "", True),
        "::ffff:1.2.3.0/120": (ip_network("::ffff:1.2.3.0/120"), "", False),
        "224.0.0.0/4": (ip_network("224.0.0.0/4"), "", False),
    },
    values.endpoint: {
        "192.0.2.1:51820": Endpoint("192.0.2.1", 51820),
        "[2001:db8::1]:51820": Endpoint("2001:db8::1", 51820),
        "2001:DB8::9:5": Endpoint("2001:db8::9", 5),
        "[fe80::1%eth0]:5": Endpoint("fe80::1%eth0", 5),
        "vpn.example.net:51820": Endpoint("vpn.example.net", 51820),
        "vpn.example.net.:5": Endpoint("vpn.example.net.", 5),
        "[vpn]:1": Endpoint("vpn", 1),
        "a_b:5": Endpoint("a_b", 5),
        "192.0.2.1:0": Endpoint("192.0.2.1", 0),
        "[::ffff:1.2.3.4]:5": Endpoint("::ffff:1.2.3.4", 5),
    },
}
REFUSED: Mapping[Callable[..., Any], Mapping[str, str]] = {
    values.key: dict.fromkeys(
        (
            KEY[:-2] + "R=",  # a character that cannot end 32 bytes
            KEY[:-1],
            KEY + "=",
            KEY.replace("/", "_"),
            f'"{KEY}"',
            KEY[:20] + "=" + KEY[21:],
            KEY[:-1] + "A",
            "é" * 44,
            "00" * 32,
            "00" * 22,
        ),
        "C207",
    ),
    values.port: {
        **dict.fromkeys(("65536", "-1", "+5", "99999999999", "18446744073709551617", "\u0663"), "C214"),
        **dict.fromkeys(("http", "domain", "0x50", "off", "80x", "1.5"), "C215"),
    },
    values.fwmark: dict.fromkeys(
        ("0X10", "4294967296", "0x100000000", "-1", "+1", "1.5", "on", "0x", "0xg", "\u0663"), "C216"
    ),
    values.keepalive: dict.fromkeys(("65536", "-1", "+25", "0x19", "25s", "on", "22-30", "\u0663"), "C217"),
    values.mtu: {
        **dict.fromkeys(
            ("0", "1", "67", "-1", "65536", "1280.5", "1420b", "abc", "4294967295", "1420 1400", "MTU", "\u0663"),
            "C218",
        ),
        **dict.fromkeys(("01420", "08", "+010"), "C228"),
    },
    values.boolean: dict.fromkeys(("", "yes", "1", "true x", "truE ", "on"), "C219"),
    values.table: {
        **dict.fromkeys(("4294967296", "99999999999", "5 6", "a/b", "a\tb"), "C229"),
        **dict.fromkeys(("08", "010"), "C228"),
    },
    values.dns_server: dict.fromkeys(
        ("999.9.9.9", "1", "...", ":", "a:b", "[::1]", "1.1.1.1:53", "dns.example:853", "http://x/", "fe80::1%eth0"),
        "C220",
    ),
    values.search_domain: dict.fromkeys(
        (
            "*",
            "$(id)",
            "é.example",
            "a b",
            "-h",
            "a-",
            "a..b",
            ";",
            "a'b",
            '"',
            "\\",
            "x" * 64,
            "a." * 127 + "a",
            "a\x1b",
        ),
        "C221",
    ),
    values.address: {
        **dict.fromkeys(
            (
                *("10.1.2.3/33", "10.1.2.3/", "10.1.2.3/24/24", "10.1.2.3/-1", "10.1.2.3/8x", "10.1.2.3/255.0.255.0"),
                *(
                    "256.1.1.1",
                    "1.2.3.4.5",
                    "any",
                    "all",
                    "inet",
                    "10.0.0.1:80",
                    "a:b",
                    "-4",
                    "-h",
                    "",
                    "/24",
                    "\u0661.2.3.4",
                ),
                *("fd00::1/129", "[fd00::1]", "fe80::1%eth0", "fd00:00000::1", "fd00::01.2.3.4", "fd00:::1", "1::2::3"),
            ),
            "C208",
        ),
        **dict.fromkeys(("10.1/16", "10.1", "1", "010.1.2.3/24", "0x0a.1.2.3", "0/0", "default"), "C209"),
        **dict.fromkeys(("10.1.2.3/024", "fd00::1/064"), "C228"),
        **dict.fromkeys(
            ("0.0.0.0/32", "0.0.0.0/0", "224.0.0.1/24", "239.1.1.1", "::", "::1", "ff02::1", "::/0"), "C230"
        ),
    },
    values.allowed_ip: dict.fromkeys(
        (
            *("", "+", "/", "10.0/16", "10.1", "010.0.0.1/32", "0x0a.0.0.0/8", "0/0", "0", "any", "1.2.3.4.5", "vpn"),
            *("10.0.0.0/33", "10.0.0.0/+24", "10.0.0.0/-1", "10.0.0.0/255.255.255.0", "10.0.0.0/0x18", "10.0.0.0/24x"),
            *("++10.0.0.0/24", "--10.0.0.0/24", "10.0.0.0/", "10.0.0.0/8/8", "::/129", "[::]/0", "fe80::1%eth0/64"),
            *("10.0.0.0/8;10.1.0.0/16", "10.0.0.0/\u0663"),
        ),
        "C211",
    ),
    values.endpoint: {
        **dict.fromkeys(
            (
                *(
                    "vpn",
                    "vpn:",
                    ":5",
                    "[2001:db8::1]",
                    "[2001:db8::1]5",
                    "[2001:db8::1",
                    "1:2:3",
                    "2001:db8::9",
                    "[]:5",
                ),
                *("[:]:5", "http://x:5", "user@x:5", "1.2.3.4/24:5", "(none)", "-x:5", "a b:5"),
                *("256.1.1.1:5", "1.2.3.4.5:5", "$(id):5", "x" * 64 + ":5", "[fe80::1%a/b]:5", "é:5", "", ":"),
            ),
            "C213",
        ),
        **dict.fromkeys(("10.1:5", "0x7f.1:5", "010.1.1.1:5", "1:5", "*:5"), "C209"),
        **dict.fromkeys(("vpn:65536", "vpn:-1", "[::1]:99999"), "C214"),
        **dict.fromkeys(("vpn:http", "[::1]:x", "[::1]:5]:6"), "C215"),
    },
}


def spelled(table: Mapping[Callable[..., Any], Mapping[str, object]]) -> list[object]:
    return [
        pytest.param(parse, text, outcome, id=f"{parse.__name__}-{text!a:.60}")
        for parse, spellings in table.items()
        for text, outcome in spellings.items()
    ]


@pytest.mark.parametrize(("parse", "text", "value"), spelled(ACCEPTED))
def test_taken(parse: Callable[[str], object], text: str, value: object) -> None:
    assert value == parse(text)


@pytest.mark.parametrize(("parse", "text", "code"), spelled(REFUSED))
def test_refused(parse: Callable[[str], object], text: str, code: str) -> None:
    with pytest.raises(values.Refused) as refused:
        parse(text)

    assert code == refused.value.rule.code
    facts = {"key": "Key", **refused.value.facts}
    assert refused.value.rule.message.format(**facts)
    assert refused.value.rule.help.format(**facts)


@pytest.mark.parametrize("text", ["10.0.0.1", "1", "...", "999.9.9.9", "fd00::1", "a:b", "dns.example:53"])
def test_what_wg_quick_takes_for_a_dns_server(text: str) -> None:
    assert values.is_server(text)


@pytest.mark.parametrize("text", ["corp.example", "1a", "", "~.", "10.0.0.1#53", "\u0661"])
def test_what_wg_quick_takes_for_a_search_domain(text: str) -> None:
    assert not values.is_server(text)


def test_a_key_of_zeros_is_none() -> None:
    assert values.is_zero(values.key("A" * 43 + "="))
    assert not values.is_zero(values.key(KEY))


def test_a_key_shows_itself_to_nobody_by_accident() -> None:
    key = values.key(KEY)

    assert "Key(…)" == repr(key)
    assert KEY not in repr((key, {key: key}))


def test_an_address_that_holds_one_of_ipv4_is_written_as_by_the_c_library() -> None:
    """Versions of Python differ in it."""
    mapped = values.address("::ffff:a00:1/120")

    assert "::ffff:10.0.0.1/120" == str(mapped)
    assert "::ffff:10.0.0.1" == str(mapped.ip) == str(values.dns_server("::ffff:a00:1"))
    assert "::ffff:10.0.0.0/120" == str(mapped.network) == str(values.allowed_ip("::ffff:a00:0/120").network)
    assert "[::ffff:10.0.0.1]:1" == str(values.endpoint("[::ffff:a00:1]:1"))
