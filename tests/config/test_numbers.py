"""Numbers that Python makes no number of, and digits of other scripts."""

from __future__ import annotations

import pytest

from wgtranspile.backends import TARGETS
from wgtranspile.model import Open, Reason
from wgtranspile.pipeline import lower_config, transpile
from wgtranspile.source import Source

KEY = "WELEsbNJnrsgryqloe/UmJ8FZarcsijnYOFo7hg14XQ="
PEER = "pMj38w9caGdqvi3ZMWGts2gsR0LQhYV79bncRRTouhQ="
INTERFACE = f"[Interface]\nPrivateKey = {KEY}\n"
HUGE = "9" * 4301


@pytest.mark.parametrize("backend", TARGETS)
@pytest.mark.parametrize(
    ("setting", "code"),
    [
        ("ListenPort = {}", "C214"),
        ("FwMark = {}", "C216"),
        ("MTU = {}", "C218"),
        ("Table = {}", "C229"),
        ("Address = 10.0.0.1/{}", "C208"),
        ("Address = {}", "C208"),
        ("[Peer]\nPublicKey = {peer}\nPersistentKeepalive = {}", "C217"),
        ("[Peer]\nPublicKey = {peer}\nEndpoint = vpn.example:{}", "C214"),
        ("[Peer]\nPublicKey = {peer}\nEndpoint = {}:1", "C213"),
        ("[Peer]\nPublicKey = {peer}\nAllowedIPs = 10.0.0.0/{}", "C211"),
    ],
)
def test_a_number_of_any_length_is_refused_as_one_that_is_too_large(backend: str, setting: str, code: str) -> None:
    config = f"{INTERFACE}{setting.format(HUGE, peer=PEER)}\n"

    found = transpile(Source("wg0.conf", config), "wg0", backend).diagnostics

    assert [code] == [each.rule.code for each in found if each.severity == "error"]
    assert all(len(each.message) < 1000 for each in found)


def test_zeros_before_a_number_change_nothing_however_many() -> None:
    config = f"{INTERFACE}ListenPort = {'0' * 5000}51820\n"

    tunnel = lower_config(Source("wg0.conf", config), "wg0").tunnel

    assert tunnel
    assert 51820 == tunnel.device.listen_port


@pytest.mark.parametrize("digits", ["٣", "\N{FULLWIDTH DIGIT THREE}", "۱۲", "४"])
def test_digits_of_other_scripts_name_a_table(digits: str) -> None:
    config = f"{INTERFACE}Table = {digits}\n[Peer]\nPublicKey = {PEER}\nAllowedIPs = 10.0.0.0/8\n"

    result = lower_config(Source("wg0.conf", config), "wg0")

    assert result.tunnel
    assert "C224" in [found.rule.code for found in result.diagnostics]
    assert [Open(Reason.NAMED_TABLE, usual=digits)] == [route.table for route in result.tunnel.routes]


@pytest.mark.parametrize("backend", TARGETS)
@pytest.mark.parametrize("table", ["a\x1bb", "a\x9bb", "a\u202eb", "a\u061cb", "a\u200bb"])
def test_a_table_whose_name_cannot_be_seen_is_refused(backend: str, table: str) -> None:
    config = f"{INTERFACE}Table = {table}\n[Peer]\nPublicKey = {PEER}\nAllowedIPs = 10.0.0.0/8\n"

    found = transpile(Source("wg0.conf", config), "wg0", backend).diagnostics

    assert "C229" in [each.rule.code for each in found]
