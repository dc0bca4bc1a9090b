"""Files of other programs: one finding that says what they are, instead of one for each line."""

from __future__ import annotations

import pytest

from wgtranspile.config import read
from wgtranspile.diagnostics import Collector
from wgtranspile.source import Source
from wgtranspile.syntax import parse

FILES = {
    "a .netdev file of systemd-networkd": ("[NetDev]\nName=wg0\nKind=wireguard\n[WireGuard]\nPrivateKey=x\n", 1),
    "a .network file of systemd-networkd": ("# mine\n[Match]\nName=wg0\n\n[Network]\nAddress=10.0.0.1/24\n", 2),
    "a NetworkManager profile": ("[connection]\nid=wg0\n[wireguard]\nprivate-key=x\n[ipv4]\nmethod=manual\n", 1),
    "a netplan file": ("network:\n  version: 2\n  tunnels:\n    wg0:\n      mode: wireguard\n", 1),
    "the output of `wg show`": ("interface: wg0\n  public key: x=\n  listening port: 1\n\npeer: y=\n", 1),
    "an OpenVPN config": ("setenv X=1\ndev  tun\nremote vpn.example.com 1194 udp\n<ca>\nMIIB\n</ca>\n", 2),
    "a strongSwan config": ("config setup\n  uniqueids = no\nconn home\n  left=%any\n", 1),
    "a resolv.conf": ("domain corp.example\nnameserver 192.0.2.1\n", 2),
    "a web page": ('<!DOCTYPE html>\n<html lang="en">\n', 1),
    "a JSON file": ('{\n  "outbounds": []\n}\n', 1),
}
HEADERS = ("[Interface]\n", "[Peer]\n", "[ interface ]  # mine\n")


def judged(text: str) -> Collector:
    source = Source("wg0.conf", text)
    collector = Collector("wg0.conf", source)
    assert read(parse(source, collector), "wg0", collector) is None
    return collector


@pytest.mark.parametrize(("name", "text", "line"), [(name, *file) for name, file in FILES.items()], ids=FILES)
def test_a_file_of_another_program_is_one_finding(name: str, text: str, line: int) -> None:
    (found,) = judged(text).diagnostics

    assert ("C234", f"this is {name}, not a wg-quick config") == (found.rule.code, found.message)
    assert found.place
    assert line == found.place.start.line
    assert found.help


@pytest.mark.parametrize("header", HEADERS)
@pytest.mark.parametrize("text", [text for text, _ in FILES.values()], ids=FILES)
def test_a_config_with_foreign_lines_is_still_a_config(text: str, header: str) -> None:
    assert "C234" not in {found.rule.code for found in judged(header + text).diagnostics}


def test_settings_of_amneziawg_are_one_finding_with_those_that_nobody_knows() -> None:
    text = "[Interface]\nJc = 4\nMtuu = 1\nH1 = 5\nHeaderProtectionKey = x\n[Peer]\nAdvancedSecurity = on\n"

    found = {found.rule.code: found for found in judged(text).diagnostics}

    assert {"C205", "C203", "C222"} == set(found)
    assert "unknown key `Mtuu`" == found["C203"].message
    assert [2, 4, 7, 5] == [label.place.start.line for label in found["C205"].labels]
    assert ("WireGuard does not have these settings: Jc, H1, AdvancedSecurity",) == found["C205"].notes


def test_a_setting_that_nobody_knows_is_not_taken_for_one_of_amneziawg() -> None:
    found = judged("[Interface]\nHeaderProtectionKey = x\n[Peer]\nBogus = 1\n").diagnostics

    assert ["C203", "C203", "C222"] == sorted(each.rule.code for each in found)
