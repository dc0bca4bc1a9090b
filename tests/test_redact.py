"""Keys stay hidden from people, however they are written, and nothing else does."""

from __future__ import annotations

import hypothesis.strategies as st
import pytest
from hypothesis import given

from wgtranspile.diagnostics import json, text
from wgtranspile.pipeline import plan_config
from wgtranspile.redact import hide, hide_key_like, mask_line
from wgtranspile.source import Source

KEY = "nbib6xMq7D7YK6pypARXiLg1O7pYfSGuAMKWKSMdvOk="
OTHER = "pMj38w9caGdqvi3ZMWGts2gsR0LQhYV79bncRRTouhQ="
#: Lines that hold a secret where it belongs, and where it does not.
LINES = (
    f"PrivateKey = {KEY}",
    f"PrivateKey = {KEY[:-1]}",
    f"PrivateKey = {KEY[:30]}",
    f"PrivateKey = {KEY}{KEY}",
    f"PrivateKey = {KEY} {KEY}",
    f"PrivateKey = '{KEY}'",
    f"PrivateKey = # {KEY}",
    f"PrivateKey = {KEY[:20]} {KEY[20:]}",
    f"PrivateKey={KEY[:20]}={KEY[20:]}",
    f"P r i v a t e Key = {KEY}",
    f"PrivatKey = {KEY}",
    f"Presharedkeys = {KEY}",
    f"PSK = {KEY}",
    f"Secret = {KEY}",
    f"Foo = {KEY}",
    f"Foo = {KEY[:30]}",
    f"Privatekey {KEY}",
    f"PrivateKey: {KEY}",
    f"PreSharedKey {KEY}",
    f"; PrivateKey = {KEY}",
    f"// PrivateKey = {KEY}",
    f"{KEY}",
    f"{KEY[:-1]}",
    f"{KEY} = PrivateKey",
    f"[{KEY}]",
    f"[{KEY}",
    f"[Interface] PrivateKey = {KEY}",
    *(f"{name} = {KEY}" for name in ("MTU", "DNS", "Table", "Address", "SaveConfig", "ListenPort", "FwMark")),
    *(f"[Peer]\n{name} = {KEY}" for name in ("PresharedKey", "AllowedIPs", "Endpoint", "PersistentKeepalive")),
    f"[Peer]\nPresharedKey = {KEY}x",
    f"MTU = x # {KEY}",
    f"[Peer]\nAllowedIPs = x # PresharedKey = {KEY}",
    f"PostUp = wg set $MTU private-key <(echo {KEY})",
)


@pytest.mark.parametrize("line", LINES)
def test_no_finding_shows_a_secret(line: str) -> None:
    diagnostics = plan_config(Source("wg0.conf", f"[Interface]\nMTU = y\n{line}\n"), "wg0").diagnostics

    for said in (text.render(diagnostics, color=True), text.render_concise(diagnostics), json.render(diagnostics)):
        assert "MTU" in said
        assert [] == [part for part in (KEY[2:18], KEY[22:40]) if part in said]


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
