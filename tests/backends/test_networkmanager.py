"""What `--to networkmanager` writes, read by GLib and by shells: each value stays what it is.

Whether the tunnel is that of wg-quick, tests/vm tells.
"""

from __future__ import annotations

import subprocess
from uuid import UUID

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from tests.backends.glib import Keyfile
from tests.backends.hostile import COMMENTS, HOOKS, KEY, ODD_DOMAINS, ODD_NAMES, PEER, Texts, hostile
from tests.cases import CASES, transpile
from wgtranspile.backends.quoting import keyfile_list, keyfile_setting

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

    assert ["connection", "wireguard", f"wireguard-peer.{PEER}", "ipv4", "ipv6"] == read.groups()
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
        if artefact.path.suffix == ".sh" and artefact.link_to is None
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
