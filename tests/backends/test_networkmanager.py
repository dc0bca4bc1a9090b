"""What `--to networkmanager` writes, read by GLib and by shells: each value stays what it is.

Whether the tunnel is that of wg-quick, tests/vm tells.
"""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, Any
from uuid import UUID

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from tests.backends.glib import Keyfile
from tests.backends.hostile import COMMENTS, HOOKS, KEY, ODD_DOMAINS, ODD_NAMES, PEER, Texts, hostile
from tests.cases import CASES, transpile
from wgtranspile.backends import Activation, KeyStorage
from wgtranspile.backends.quoting import keyfile_list, keyfile_setting
from wgtranspile.diagnostics.catalogue.backends import RESOLVER_HOOK_UNDONE
from wgtranspile.pipeline import Options
from wgtranspile.pipeline import transpile as transpile_config
from wgtranspile.source import Source

if TYPE_CHECKING:
    from wgtranspile.artefact import Emission

NEEDS_GLIB = pytest.mark.needs("glib")
# What a line can hold at all: no control characters, and nothing that turns the direction of the text.
LINES = st.text(st.characters(exclude_categories=["Cc", "Cs", "Cf", "Zl", "Zp"]))


@NEEDS_GLIB
@given(text=LINES)
def test_a_value_is_what_it_was(text: str) -> None:
    read = Keyfile(f"[group]\n{keyfile_setting('key', text)}\n")

    assert ["key"] == read.keys("group")
    # GLib takes off the blanks at the end of a line.
    assert text.rstrip(" ") == read.value("group", "key").rstrip(" ")


@NEEDS_GLIB
@given(texts=st.lists(LINES, min_size=1))
def test_a_list_is_what_it_was(texts: list[str]) -> None:
    read = Keyfile(f"[group]\n{keyfile_list('key', texts)}\n")

    assert texts == read.items("group", "key")


@pytest.mark.parametrize("text", ["one\nkey=two", "one\r", "\0"])
def test_a_value_that_is_no_line_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="control characters"):
        keyfile_setting("key", text)


@NEEDS_GLIB
@given(texts=hostile("file", *HOOKS, *COMMENTS, name=ODD_NAMES, search=ODD_DOMAINS))
@settings(max_examples=50)
def test_no_text_becomes_a_group_or_a_key(texts: Texts) -> None:
    result = texts.transpiled("networkmanager")
    if result.failed:
        return
    assert result.emission

    read = Keyfile(result.emission.artefacts[0].content)

    assert ["connection", "wireguard", f"wireguard-peer.{PEER}", "ipv4", "ipv6", "user"] == read.groups()
    assert ["endpoint", "allowed-ips"] == read.keys(f"wireguard-peer.{PEER}")
    assert texts.name == read.value("connection", "interface-name")
    assert KEY == read.value("wireguard", "private-key")
    assert ["10.0.0.53"] == read.items("ipv4", "dns")
    assert [texts.search, "~."] == [domain.lower() for domain in read.items("ipv4", "dns-search")]


@pytest.mark.needs("shellcheck")
def test_the_scripts_are_clean_under_shellcheck() -> None:
    scripts = {
        artefact.content
        for case in CASES.values()
        for result in transpile(case, "networkmanager")
        for artefact in (result.emission.artefacts if result.emission else ())
        if artefact.content.startswith("#!/bin/sh") and artefact.link_to is None
    }
    assert scripts

    for script in scripts:
        done = subprocess.run(["shellcheck", "-"], input=script, text=True, capture_output=True, check=False)
        assert "" == done.stdout


def test_a_profile_is_known_again_by_its_interface() -> None:
    ids = {name: Texts(name=name).transpiled("networkmanager") for name in ("wg0", "wg1")}
    uuids = {
        name: next(line for line in result.emission.artefacts[0].content.splitlines() if line.startswith("uuid="))
        for name, result in ids.items()
        if result.emission
    }

    assert 2 == len(set(uuids.values()))
    assert "uuid=4d35f417-5eda-567d-bda5-0146b8bbb338" == uuids["wg0"]
    assert 5 == UUID(uuids["wg0"].removeprefix("uuid=")).version


BASE = f"[Interface]\nPrivateKey = {KEY}\nAddress = 10.0.0.1/24\nMTU = 1420\n"
A_PEER = f"[Peer]\nPublicKey = {PEER}\nEndpoint = 198.51.100.1:51820\nAllowedIPs = 10.20.0.0/16\n"
ALL_ALLOWED = A_PEER.replace("10.20.0.0/16", "0.0.0.0/0")
NAMED = A_PEER.replace("198.51.100.1", "vpn.example.net")


def emission(config: str, **options: Any) -> Emission:
    result = transpile_config(Source("wg0.conf", config), "wg0", "networkmanager", Options(**options))
    assert result.emission
    return result.emission


def activation(emitted: Emission) -> str:
    """Give the script that activates a tunnel and updates it."""
    return next(artefact.content for artefact in emitted.artefacts if artefact.path.suffix == ".tunnel")


def digest(config: str) -> str:
    profile = next(a.content for a in emission(config).artefacts if a.path.suffix == ".nmconnection")
    return str(Keyfile(profile).value("user", "wgtranspile.digest"))


@NEEDS_GLIB
@pytest.mark.parametrize(
    "later",
    [
        BASE + A_PEER.replace("198.51.100.1", "198.51.100.2"),
        BASE + A_PEER.replace("10.20.0.0/16", "10.20.0.0/16, 10.30.0.0/16"),
        BASE + A_PEER + A_PEER.replace(PEER, "Teuz88las2OQnmPE4Q8mjtzYmxCIVx4nAeB7ji42L2M="),
        BASE.replace(KEY, "6Cpf9qnrgRu/JPk+VjhEanLsm/WExfhI0FkKVji+Qp0=") + A_PEER,
        "# a comment\n" + BASE + A_PEER,
        BASE,
    ],
    ids=["endpoint", "allowed", "another peer", "key", "comment", "no peer"],
)
def test_other_peers_keys_and_endpoints_can_be_applied_to_a_running_tunnel(later: str) -> None:
    assert digest(BASE + A_PEER) == digest(later)


@NEEDS_GLIB
@pytest.mark.parametrize(
    "later",
    [
        BASE.replace("10.0.0.1", "10.0.0.2") + A_PEER,
        BASE.replace("1420", "1400") + A_PEER,
        BASE + "ListenPort = 5\n" + A_PEER,
        BASE + "DNS = 10.0.0.53\n" + A_PEER,
        BASE + "PostUp = true\n" + A_PEER,
        BASE + ALL_ALLOWED,
        BASE + A_PEER.replace("10.20.0.0/16", "fd00::/64"),
        BASE + "DNS = 10.0.0.53\n" + NAMED,
    ],
    ids=["address", "MTU", "port", "DNS", "hook", "default route", "IPv6", "name"],
)
def test_anything_else_cannot(later: str) -> None:
    assert digest(BASE + A_PEER) != digest(later)


@pytest.mark.parametrize(
    ("config", "options", "resolved", "at_boot"),
    [
        (BASE + "DNS = 10.0.0.53\n" + NAMED, {}, True, True),
        (BASE + NAMED.replace("10.20.0.0/16", "0.0.0.0/0"), {}, True, True),
        (BASE + "PostUp = true\n" + NAMED, {}, True, True),
        (BASE + "PostUp = true\n" + NAMED, {"activation": Activation.MANUAL}, True, False),
        (BASE + "DNS = 10.0.0.53\n" + NAMED, {"keys": KeyStorage.EXTERNAL}, True, False),
        (BASE + NAMED, {}, False, False),
        (BASE + "DNS = 10.0.0.53\n" + ALL_ALLOWED, {}, False, False),
    ],
    ids=["DNS", "default route", "hooks", "by hand", "keys asked for", "split tunnel", "address"],
)
def test_names_are_resolved_before_anything_goes_into_the_tunnel(
    config: str, options: dict[str, Any], *, resolved: bool, at_boot: bool
) -> None:
    paths = [str(artefact.path) for artefact in emission(config, **options).artefacts]

    assert resolved == ("etc/wireguard/wg0.connect" in paths)
    assert resolved != ("etc/NetworkManager/system-connections/wg0.nmconnection" in paths)
    assert at_boot == ("etc/systemd/system/multi-user.target.wants/wireguard-wg0.service" in paths)


def test_a_resolver_hook_is_undone() -> None:
    config = BASE + "PostUp = resolvectl dns %i 10.0.0.53\nPostDown = resolvectl revert %i\n" + A_PEER

    assert [RESOLVER_HOOK_UNDONE] == [gap.rule for gap in emission(config).gaps if gap.rule is RESOLVER_HOOK_UNDONE]


@pytest.mark.parametrize(
    ("config", "option", "checked"),
    [(BASE + ALL_ALLOWED, None, True), (BASE + ALL_ALLOWED, 7, False), (BASE + A_PEER, None, False)],
    ids=["assumed", "pinned", "no mark"],
)
def test_a_mark_that_is_assumed_is_checked(config: str, option: int | None, *, checked: bool) -> None:
    assert checked == ("--fwmark" in activation(emission(config, fwmark=option)))


@pytest.mark.parametrize(
    ("hook", "updates"),
    [
        ("iptables -t nat -A POSTROUTING -o up0 -j MASQUERADE", True),
        ("ip rule add from 10.0.0.1 table 7", True),
        ("ip route add 10.9.0.0/16 dev %i", False),
        ("wg set %i peer x preshared-key /etc/psk", False),
    ],
)
def test_an_update_does_not_undo_what_hooks_did(hook: str, *, updates: bool) -> None:
    script = activation(emission(BASE + f"PostUp = {hook}\n" + A_PEER))

    assert updates == ("device reapply" in script)
    assert updates == ("\tfail 'cannot be updated without undoing" not in script)
