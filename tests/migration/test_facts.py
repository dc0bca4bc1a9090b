"""What a migration asks of its host, where a test can be that host."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.migration.test_command import ROOT
from wgtranspile.backends.targets import NETWORKD, NETWORKMANAGER
from wgtranspile.migration import facts

if TYPE_CHECKING:
    from pathlib import Path

    from wgtranspile.backends.targets import Target, Version

CONNECTION = "192.0.2.7 50000 198.51.100.1 22"
PRINT = "from wgtranspile.migration import facts; print(facts.connection())"
# As sudo does.
WITHOUT = (
    f"import subprocess, sys; subprocess.run([sys.executable, '-c', {PRINT!r}], env={{'PYTHONPATH': {str(ROOT)!r}}})"
)


def printed(script: str, **environment: str) -> str:
    without = {name: value for name, value in os.environ.items() if name != "SSH_CONNECTION"}
    return subprocess.run(
        [sys.executable, "-c", script],
        env={**without, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()


def test_the_connection_of_a_login_is_known() -> None:
    assert CONNECTION == printed(PRINT, SSH_CONNECTION=CONNECTION)


def test_it_is_known_also_where_the_environment_was_cleaned() -> None:
    assert CONNECTION == printed(WITHOUT, SSH_CONNECTION=CONNECTION)


@pytest.mark.parametrize(
    ("target", "printed", "version"),
    [
        (NETWORKD, {"systemctl": "systemd 252 (252.39-1~deb12u2)\n+PAM +AUDIT"}, (252,)),
        (NETWORKMANAGER, {"NetworkManager": "1.52.1"}, (1, 52, 1)),
        (NETWORKMANAGER, {"NetworkManager": ""}, ()),
        (NETWORKMANAGER, {"systemctl": "systemd 252"}, ()),
    ],
)
def test_the_version_of_a_target_is_what_its_program_prints(
    target: Target, printed: dict[str, str], version: Version, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for program, text in printed.items():
        (tmp_path / program).write_text(f"#!/bin/sh\necho '{text}'\n")
        (tmp_path / program).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))

    assert version == facts.version(target)


NETDEV = """\
[NetDev]
Name=wg7
Kind=wireguard

[WireGuard]
PrivateKey=WELEsbNJnrsgryqloe/UmJ8FZarcsijnYOFo7hg14XQ=
{}
"""
NETWORK = "[Match]\nName=eth0\n\n{}\n\n[Network]\nDHCP=yes\n"
PROFILE = "[connection]\nid=x\ntype=wireguard\n\n{}\n"


@pytest.mark.parametrize(
    ("file", "text", "numbers"),
    [
        ("70-wg7.netdev", NETDEV.format("FirewallMark=51820"), [51820]),
        ("70-wg7.netdev", NETDEV.format("FirewallMark = 0xca6c\nRouteTable=51821"), [51820, 51821]),
        ("70-wg7.netdev", NETDEV.format("#FirewallMark=51820"), []),
        ("70-wg7.netdev", NETDEV.format("FirewallMark=off"), []),
        ("70-wg7.netdev.d/mark.conf", "[WireGuard]\nFirewallMark=7\n", [7]),
        ("70-vrf.netdev", "[NetDev]\nName=vrf0\nKind=vrf\n[VRF]\nTable=8\n", [8]),
        ("10-eth0.network", NETWORK.format("[Route]\nGateway=192.0.2.1\nTable=9"), [9]),
        ("10-eth0.network", NETWORK.format("[DHCPv4]\nRouteTable=9"), [9]),
        ("10-eth0.network", NETWORK.format("[Route]\nGateway=192.0.2.1\nTable=main"), []),
        ("10-eth0.network", NETWORK.format("[RoutingPolicyRule]\nFirewallMark=51820\nTable=9"), []),
        ("10-eth0.network", NETWORK.format(f"[Route]\nTable={'9' * 5000}"), []),
        ("README", "Table=9", []),
        ("x.nmconnection", PROFILE.format("[wireguard]\nfwmark=51820"), [51820]),
        ("x.nmconnection", PROFILE.format("[ipv4]\nmethod=auto\nroute-table=9"), [9]),
        (
            "x.nmconnection",
            PROFILE.format("[ipv4]\nroute1=0.0.0.0/0\nroute1_options=mtu=1400,table=9,src=192.0.2.1"),
            [9],
        ),
        ("x.nmconnection", PROFILE.format("[ipv6]\nroute2=::/0\nroute2_options=table=9"), [9]),
        ("x.nmconnection", PROFILE.format("[ipv4]\nrouting-rule1=priority 5 fwmark 51820 table 9"), []),
        ("x.nmconnection", PROFILE.format("[ipv4]\nroute-table=0"), []),
        ("x.nmconnection", PROFILE.format("[wireguard]\nfwmark=51820\n[.nmmeta]\nnm-generated=true"), []),
    ],
)
def test_marks_and_tables_in_use_are_known(tmp_path: Path, file: str, text: str, numbers: list[int]) -> None:
    networkd, profiles = tmp_path / "network", tmp_path / "system-connections"
    path = (profiles if file == "x.nmconnection" else networkd) / file
    path.parent.mkdir(parents=True)
    path.write_text(text)

    assert dict.fromkeys(numbers, (path,)) == facts.numbered([str(networkd)], {str(profiles): "*"})
