"""What two configs of one host must not share, and what they may."""

from __future__ import annotations

import pytest

from wgtranspile.diagnostics import Severity
from wgtranspile.pipeline import Options, Result, transpile_host
from wgtranspile.report.text import render
from wgtranspile.source import Source

KEYS = ("WELEsbNJnrsgryqloe/UmJ8FZarcsijnYOFo7hg14XQ=", "6Cpf9qnrgRu/JPk+VjhEanLsm/WExfhI0FkKVji+Qp0=")
PEER = "[Peer]\nPublicKey = pMj38w9caGdqvi3ZMWGts2gsR0LQhYV79bncRRTouhQ=\n"


def transpiled(
    first: str,
    second: str,
    names: tuple[str, str] = ("wg0", "wg1"),
    options: Options = Options(),  # noqa: B008  frozen
) -> list[Result]:
    """Give the results for two configs with keys of their own and these lines besides."""
    configs = [
        (Source(f"{number}/{name}.conf", f"[Interface]\nPrivateKey = {key}\n{lines}\n"), name)
        for number, name, key, lines in zip("12", names, KEYS, (first, second), strict=True)
    ]
    return list(transpile_host(configs, "json", options))


def found(first: str, second: str) -> list[tuple[str, int, str]]:
    """Give code, line and message of each finding about the host: none may be at the first config."""
    results = transpiled(first, second)
    findings = [finding for result in results for finding in result.diagnostics if finding.rule.code.startswith("H")]
    assert {"2/wg1.conf"} >= {finding.path for finding in findings}
    return [(finding.rule.code, finding.place.start.line, finding.message) for finding in findings if finding.place]


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (
            "ListenPort = 51820",
            "MTU = 1400\nListenPort = 51820",
            ("H602", 4, "port 51820 is also used in 1/wg0.conf:3"),
        ),
        (
            "Address = 10.0.0.1/24",
            "Address = 10.0.0.1",
            ("H603", 3, "address 10.0.0.1 is also used in 1/wg0.conf:3"),
        ),
        (
            "Address = 10.0.0.1/24, fd00::1/64",
            "Address = 10.1.0.1/24\nAddress = fd00:0::1/128",
            ("H603", 4, "address fd00::1 is also used in 1/wg0.conf:3"),
        ),
        (
            f"{PEER}AllowedIPs = 0.0.0.0/0",
            f"{PEER}AllowedIPs = ::/0, 0.0.0.0/0",
            ("H604", 5, "the default route 0.0.0.0/0 competes with the one in 1/wg0.conf:5"),
        ),
        (
            f"PrivateKey = {KEYS[1]}",
            "",
            ("H601", 2, "this `PrivateKey` is also used in 1/wg0.conf:3"),
        ),
    ],
)
def test_what_belongs_to_one_interface_is_found_at_the_second(
    first: str, second: str, expected: tuple[str, int, str]
) -> None:
    assert [expected] == found(first, second)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("", ""),
        ("ListenPort = 0", "ListenPort = 0"),
        ("ListenPort = 51820", "ListenPort = 51821"),
        (f"PrivateKey = {'A' * 43}=", f"PrivateKey = {'A' * 43}="),
        ("Address = 10.0.0.1/24", "Address = 10.0.0.2/24"),
        ("Address = fe80::1/64, 169.254.0.1/32", "Address = fe80::1/64, 169.254.0.1/32"),
        (f"{PEER}AllowedIPs = 0.0.0.0/0", f"{PEER}AllowedIPs = ::/0"),
        (f"{PEER}AllowedIPs = 0.0.0.0/0", f"Table = off\n{PEER}AllowedIPs = 0.0.0.0/0"),
        (f"{PEER}AllowedIPs = 0.0.0.0/0", f"{PEER}AllowedIPs = 0.0.0.0/1, 128.0.0.0/1"),
        (f"{PEER}AllowedIPs = 10.0.0.0/8", f"{PEER}AllowedIPs = 10.0.0.0/8"),
        ("MTU = x\nListenPort = 51820", "ListenPort = 51820"),  # the first is refused
    ],
)
def test_what_two_interfaces_may_have_is_not(first: str, second: str) -> None:
    assert [] == found(first, second)


def test_two_configs_of_one_interface_are_not_compared() -> None:
    lines = f"PrivateKey = {KEYS[1]}\nListenPort = 51820\nAddress = 10.0.0.1/24"

    twice = transpiled(lines, lines, ("wg0", "wg0"))

    assert ["C223", "C223"] == [finding.rule.code for result in twice for finding in result.diagnostics]
    assert ["H601", "H602", "H603"] == [code for code, _, _ in found(lines, lines)]


def test_names_that_differ_in_case_are_two() -> None:
    lines = "ListenPort = 51820"

    results = transpiled(lines, lines, ("wg0", "WG0"))

    assert ["H602"] == [finding.rule.code for result in results for finding in result.diagnostics]


def test_no_finding_shows_a_key_and_each_counts_as_a_warning() -> None:
    results = transpiled(f"PrivateKey = {KEYS[1]}", "", options=Options(strict=True))

    [finding] = [finding for result in results for finding in result.diagnostics if finding.rule.code == "H601"]
    assert Severity.ERROR is finding.severity
    assert results[1].emission is None
    assert not any(key in render([finding], color=False) for key in KEYS)


def test_each_further_config_is_compared_with_the_first() -> None:
    configs = [
        (Source(f"{name}.conf", f"[Interface]\nListenPort = {port}\n"), name)
        for name, port in (("a", 1), ("b", 2), ("c", 1), ("d", 2), ("e", 1))
    ]

    messages = [
        finding.message
        for result in transpile_host(configs, "json", Options())
        for finding in result.diagnostics
        if finding.rule.code == "H602"
    ]

    ports = {"a": 1, "b": 2}
    assert [f"port {ports[name]} is also used in {name}.conf:2" for name in "aba"] == messages
