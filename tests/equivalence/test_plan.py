"""The plan against the real wg-quick: after `wg-quick up`, `verify` finds the plan on the host, and every change to it.

`verify` runs inside the namespace, as a user would run it.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.lab.cases import ROOT, corpus, golden, harmless
from tests.lab.namespace import Host, Namespace, host_names

if TYPE_CHECKING:
    import subprocess

    from tests.lab.cases import Case

pytestmark = pytest.mark.usefixtures("laboratory")

CASES = [*golden(), *corpus("valid")]

# The laboratory's resolvconf keeps what it is told, but has no word for `-x`.
UNTOLD = [{"area": "DNS", "item": "exclusive servers", "reason": "`resolvconf` does not tell"}]

KEY = "pMj38w9caGdqvi3ZMWGts2gsR0LQhYV79bncRRTouhQ="
OTHER_KEY = "nbib6xMq7D7YK6pypARXiLg1O7pYfSGuAMKWKSMdvOk="
FULL_TUNNEL = f"""\
[Interface]
PrivateKey = WELEsbNJnrsgryqloe/UmJ8FZarcsijnYOFo7hg14XQ=
Address = 10.8.0.2/24, fd08::2/64
DNS = 10.8.0.1, example.org
[Peer]
PublicKey = {KEY}
PresharedKey = {OTHER_KEY}
Endpoint = vpn.example.net:51820
AllowedIPs = 0.0.0.0/0, ::/0
[Peer]
PublicKey = {OTHER_KEY}
Endpoint = 198.51.100.7:51820
AllowedIPs = 10.9.0.0/16, fd09::/64
"""
HOST = Host(names=("vpn.example.net",))


def verify(namespace: Namespace, file: str, *options: str) -> subprocess.CompletedProcess[str]:
    environment = {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1", "PATH": _path(namespace)}
    return namespace.run(sys.executable, "-m", "wgtranspile", "verify", *options, file, environment=environment)


def up(namespace: Namespace, file: str, config: str | bytes) -> None:
    path = namespace.write(file, config)
    done = namespace.run("wg-quick", "up", path)
    assert done.returncode == 0, done.stderr


def report(namespace: Namespace, file: str) -> Any:
    done = verify(namespace, file, "--json")
    assert not done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("case", CASES)
def test_the_plan_is_the_state_that_wg_quick_leaves(case: Case, subtests: pytest.Subtests) -> None:
    """On an ordinary host; on one with a small uplink and a tunnel that holds table 51820; with a link-local address."""
    case = replace(case, content=harmless(case.content))
    ordinary = Host(names=host_names(case.text))
    hosts = {"ordinary": ordinary, "small and busy": replace(ordinary, mtu=1400, taken=(51820,))}
    if "/0" in case.text:
        hosts["link-local"] = replace(ordinary, link_local=True)

    for name, host in hosts.items():
        with subtests.test(host=name), Namespace(host) as namespace:
            up(namespace, f"{case.name}.conf", case.content)

            found = report(namespace, f"{case.name}.conf")

            assert [] == found["differences"]
            assert found["unchecked"] in ([], UNTOLD)
