"""Keys stay hidden from people, however they are written, and nothing else does."""

from __future__ import annotations

import re
from base64 import b64encode

import hypothesis.strategies as st
import pytest
from hypothesis import given

from tests.diagnostics.samples import FORMATS
from wgtranspile.pipeline import plan_config, transpile
from wgtranspile.redact import hide, hide_key_like, mask_line
from wgtranspile.source import Source

KEY = "nbib6xMq7D7YK6pypARXiLg1O7pYfSGuAMKWKSMdvOk="
OTHER = "pMj38w9caGdqvi3ZMWGts2gsR0LQhYV79bncRRTouhQ="


def lines(key: str) -> tuple[str, ...]:
    """Give lines that hold a secret where it belongs, and where it does not."""
    return (
        f"PrivateKey = {key}",
        f"PrivateKey = {key[:-1]}",
        f"PrivateKey = {key[:30]}",
        f"PrivateKey = {key}{key}",
        f"PrivateKey = {key} {key}",
        f"PrivateKey = '{key}'",
        f"PrivateKey = # {key}",
        f"PrivateKey = {key[:20]} {key[20:]}",
        f"PrivateKey={key[:20]}={key[20:]}",
        f"P r i v a t e Key = {key}",
        f"PrivatKey = {key}",
        f"Presharedkeys = {key}",
        f"PSK = {key}",
        f"Secret = {key}",
        f"Foo = {key}",
        f"Foo = {key[:30]}",
        f"Privatekey {key}",
        f"PrivateKey: {key}",
        f"PreSharedKey {key}",
        f"; PrivateKey = {key}",
        f"// PrivateKey = {key}",
        f"{key}",
        f"{key[:-1]}",
        f"{key} = PrivateKey",
        f"[{key}]",
        f"[{key}",
        f"[Interface] PrivateKey = {key}",
        *(f"{name} = {key}" for name in ("MTU", "DNS", "Table", "Address", "SaveConfig", "ListenPort", "FwMark")),
        *(f"[Peer]\n{name} = {key}" for name in ("PresharedKey", "AllowedIPs", "Endpoint", "PersistentKeepalive")),
        f"[Peer]\nPresharedKey = {key}x",
        f"MTU = x # {key}",
        f"[Peer]\nAllowedIPs = x # PresharedKey = {key}",
        f"PostUp = wg set $MTU private-key <(echo {key})",
    )


LINES = lines(KEY)


@pytest.mark.parametrize("line", LINES)
def test_no_finding_shows_a_secret(line: str) -> None:
    diagnostics = plan_config(Source("wg0.conf", f"[Interface]\nMTU = y\n{line}\n"), "wg0").diagnostics

    for render in FORMATS.values():
        said = render(diagnostics)
        assert re.search("MTU|mtu", said)
        assert [] == [part for part in (KEY[2:18], KEY[22:40]) if part in said]


@given(st.binary(min_size=32, max_size=32), st.lists(st.integers(0, len(LINES) - 1), min_size=1, max_size=6))
def test_no_format_shows_any_part_of_any_secret(secret: bytes, chosen: list[int]) -> None:
    key = b64encode(secret).decode()
    config = "\n".join(["[Interface]\nMTU = y", *(lines(key)[at] for at in chosen), ""])

    diagnostics = transpile(Source("wg0.conf", config), "wg0", "networkd").diagnostics

    for name, render in FORMATS.items():
        said = render(diagnostics)
        assert "C218" in said, name
        assert [] == [key[at : at + 12] for at in range(32) if key[at : at + 12] in said], name


@pytest.mark.parametrize("line", [line for line in LINES if "\n" not in line])
def test_a_masked_line_is_as_long_as_it_was(line: str) -> None:
    assert len(line) == len(mask_line(line))


@given(st.text() | st.from_regex(r"[A-Za-z ]{0,12}=? ?[A-Za-z0-9+/]{0,60}=?#?[a-z=]{0,9}", fullmatch=True))
def test_masking_replaces_characters_and_moves_none(line: str) -> None:
    masked = mask_line(line)

    assert len(line) == len(masked)
    assert all(after in (before, "*") for before, after in zip(line, masked, strict=True))


@pytest.mark.parametrize(
    "line",
    [
        "[Interface]",
        "Address = 10.0.0.1/24, fd00::1/64",
        f"PublicKey = {KEY}",
        "Endpoint = a-rather-long-name.of-some-host.example.net:51820",
        "AllowedIPs = fd00:1111:2222:3333:4444:5555:6666:7777/128",
        "PostUp = iptables -A FORWARD -i %i -j ACCEPT; iptables -t nat -A POSTROUTING -o eth0 -j MASQUERADE",
        "SaveConfig = true # as ever",
        "Adress = 10.0.0.1",
        "",
    ],
)
def test_what_is_no_secret_is_shown(line: str) -> None:
    assert line == mask_line(line)


def test_exactly_the_given_keys_are_hidden() -> None:
    content = f'PrivateKey = {KEY}\nPublicKey = {OTHER}\n"{KEY}"{KEY}{OTHER}x{KEY}'

    assert f'PrivateKey = (hidden)\nPublicKey = {OTHER}\n"(hidden)"(hidden){OTHER}x(hidden)' == hide(content, [KEY])


@pytest.mark.parametrize("comment", [f"old: {KEY}", f"{KEY}{KEY}", f"'{KEY}'", f"x{KEY}", KEY[1:]])
def test_whatever_looks_like_a_key_is_hidden_in_a_comment(comment: str) -> None:
    assert KEY[2:20] not in hide_key_like(comment)
    assert "(hidden)" in hide_key_like(comment)
