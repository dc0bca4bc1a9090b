"""A finding points at the setting that it is about: of each kind, the table says which one that is."""

from __future__ import annotations

import pytest

from tests import cases
from wgtranspile.backends import TARGETS
from wgtranspile.pipeline import Options, transpile
from wgtranspile.source import Source

HOOKS = ("preup", "postup", "predown", "postdown")
ROUTES = ("allowedips",)
#: The settings that a finding may point at, by its code; those of S and C are tested where configs are read.
SETTINGS = {
    "P301": ROUTES,
    "P302": ("publickey",),
    "P303": ("publickey",),
    "P304": ("mtu",),
    "P305": ROUTES,
    "P306": ("fwmark",),
    "P307": ROUTES,
    "P308": ("dns",),
    "P309": HOOKS,
    "P310": ROUTES,
    "P311": ("preup",),
    "P312": ("publickey",),
    "P313": HOOKS,
    "B401": ("saveconfig",),
    "B402": HOOKS,
    "B403": ROUTES,
    "B407": ("table",),
    "B409": ("predown",),
    "B410": ("dns",),
    "B411": ("endpoint",),
    "B413": ("endpoint",),
    "B414": ("dns",),
    "B415": ROUTES,
    "B417": ("preup",),
    "B418": ("predown", "postdown"),
    "B419": ("address", "allowedips"),
    "B421": ("dns",),
    "B422": ("dns",),
    "B423": ("dns",),
    "B424": ("address",),
    "B425": ("dns",),
    "B427": ("dns",),
    "B429": HOOKS,
    "B431": HOOKS,
    "B440": HOOKS,
    "B441": ("endpoint",),
    "B442": HOOKS,
    "B443": HOOKS,
    "B445": HOOKS,
    "H601": ("privatekey",),
    "H602": ("listenport",),
    "H603": ("address",),
    "H604": ROUTES,
}
PEER = "[Peer]\nPublicKey = pMj38w9caGdqvi3ZMWGts2gsR0LQhYV79bncRRTouhQ=\n"
HEAD = "[Interface]\nPrivateKey = WELEsbNJnrsgryqloe/UmJ8FZarcsijnYOFo7hg14XQ=\n"


@pytest.mark.parametrize("backend", TARGETS)
@pytest.mark.parametrize("case", cases.CASES.values(), ids=cases.CASES)
def test_a_finding_points_at_the_setting_it_is_about(case: cases.Case, backend: str) -> None:
    for result in cases.transpile(case, backend):
        for found in result.diagnostics:
            if found.place and found.rule.code[0] not in "SC":
                line = found.place.source.line(found.place.start.line)
                assert "".join(line.partition("=")[0].split()).lower() in SETTINGS[found.rule.code], found.rule.code


@pytest.mark.parametrize(
    ("config", "backend", "code", "place"),
    [
        ("Address = 10.0.0.1/24\nDNS = 10.0.0.53\nDNS = fd00::53\n", "networkmanager", "B421", "fd00::53"),
        ("Address = 10.0.0.1/24\nDNS = fd00::53\n", "networkmanager", "B422", "fd00::53"),
        ("Address = 10.0.0.1/24\nDNS = 10.0.0.53\nDNS = a.example, .b.example\n", "networkd", "B414", ".b.example"),
    ],
)
def test_of_a_list_it_points_at_the_item(config: str, backend: str, code: str, place: str) -> None:
    text = HEAD + config
    result = transpile(Source("wg0.conf", text), "wg0", backend)

    [span] = [found.labels[0].span for found in result.diagnostics if found.rule.code == code]

    assert place == text[span.start : span.end]


def test_a_pinned_mark_is_not_that_of_a_setting_that_is_off() -> None:
    text = f"{HEAD}FwMark = off\n{PEER}AllowedIPs = ::/0\n"
    result = transpile(Source("wg0.conf", text), "wg0", "json", Options(fwmark=254))

    [found] = result.diagnostics

    assert ("P306", "::/0") == (found.rule.code, text[slice(*found.labels[0].span)])


def test_a_name_of_a_table_is_one_finding_for_all_its_routes() -> None:
    text = f"{HEAD}Table = vpn\n{PEER}AllowedIPs = 10.1.0.0/16, ::/1\n"
    result = transpile(Source("wg0.conf", text), "wg0", "networkd")

    assert 1 == [found.rule.code for found in result.diagnostics].count("B407")
