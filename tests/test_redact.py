"""Keys stay hidden from people, however they are written and wherever they stand; what is no secret is shown."""

from __future__ import annotations

import ast
import os
from base64 import b64encode
from errno import errorcode
from itertools import product
from pathlib import Path

import hypothesis.strategies as st
import pytest
from hypothesis import given

import wgtranspile
from tests.leaks import PUBLIC, SECRET, WORDS, WRITTEN, forms, leaks, shown, ways
from tests.report.samples import FORMATS
from wgtranspile.backends import TARGETS
from wgtranspile.config.keys import AMNEZIAWG, KNOWN
from wgtranspile.files import inputs
from wgtranspile.pipeline import transpile
from wgtranspile.redact import FEW, conceal, conceal_artefact, hide, mask_line
from wgtranspile.source import Source

WAYS = tuple(ways())


@pytest.mark.parametrize("form", forms(SECRET))
def test_no_format_shows_a_part_of_a_secret(form: str) -> None:
    leaking = {way.place: [*shown(way)] for way in WAYS if way.form == form}

    assert {} == {place: formats for place, formats in leaking.items() if formats}


@pytest.mark.parametrize("form", forms(SECRET))
def test_no_diff_and_no_terminal_shows_a_part_of_a_secret(form: str) -> None:
    leaking = set()
    for config, backend in product(WRITTEN, TARGETS):
        source = Source("wg0.conf", config.format(forms(SECRET)[form]))
        emission = transpile(source, "wg0", backend).emission  # none where the form has lines of its own
        for artefact in emission.artefacts if emission else ():
            shown = "\n".join(map(conceal_artefact, artefact.content.split("\n")))
            if leaks(shown):
                leaking.add((backend, str(artefact.path), config))

    assert set() == leaking


@given(st.binary(min_size=32, max_size=32), st.lists(st.integers(0, len(WAYS) - 1), min_size=1, max_size=3))
def test_no_format_shows_a_part_of_any_secret(raw: bytes, chosen: list[int]) -> None:
    key = b64encode(raw).decode()
    written = forms(key)
    config = "".join(WAYS[at].config.replace(forms(SECRET)[WAYS[at].form], written[WAYS[at].form]) for at in chosen)

    diagnostics = transpile(Source("wg0.conf", config), "wg0", "networkmanager").diagnostics  # which always has some

    assert diagnostics
    for name, render in FORMATS.items():
        said = render(diagnostics)
        # Together only: a key of few letters, as from zeros, is in part one of another kind of text.
        assert [] == [key[at : at + 12] for at in range(32) if key[at : at + 12] in said], name


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
        "Endpoint = a-rather-long-name.of-some-host.example.net:51820",
        "AllowedIPs = fd00:1111:2222:3333:4444:5555:6666:7777/128",
        "PostUp = iptables -A FORWARD -i %i -j ACCEPT; iptables -t nat -A POSTROUTING -o eth0 -j MASQUERADE",
        "PostUp = ip6tables -t mangle -A POSTROUTING -p tcp --tcp-flags SYN,RST SYN -j TCPMSS --clamp-mss-to-pmtu",
        "PreUp = /usr/local/bin/open-firewall.sh %i 51820 0xca6c",
        "SaveConfig = true # as ever",
        "Adress = 10.0.0.1",
        "ExcludedApplications = com.example.app",
        "Table = 4294967295",
        "MTU = 1420 # on the line of the office, see https://example.org/wiki/mtu.html",
        "PrivateKey = {{ vault_wg0_private_key }}",
        "PresharedKey = {{vault_hub}}",
        "PostUp = tc qdisc add dev wg0 root handle 1: hfsc default 1; ip -6 r s t 7 | grep -q x && wg show wg0 dump",
        "# Überbrückung für das Büro in Köln",
        "; a comment elsewhere",
        "",
    ],
)
def test_what_is_no_secret_is_shown(line: str) -> None:
    assert line == mask_line(line)
    assert line == conceal(line)


def test_options_that_are_repeated_count_once() -> None:
    command = "; ".join(f"iptables -t nat -A POSTROUTING -s 10.{n}.0.0/24 -o eth{n} -j SNAT" for n in range(20))

    assert command == conceal(command) == mask_line(command)


@pytest.mark.parametrize(
    "value",
    ["{{ vault.key }}", "{{ vault | trim }}", "{{ vault }} # vault", "{{ vault }}x", "${VAULT}", "<vault>", "vault"],
)
def test_what_is_no_placeholder_is_hidden_in_the_place_of_a_key(value: str) -> None:
    assert f"PrivateKey = {'*' * len(value)}" == mask_line(f"PrivateKey = {value}")


@pytest.mark.parametrize("name", sorted({*(key.name for key in KNOWN), *AMNEZIAWG, "Interface", "Peer"}))
def test_the_names_of_keys_are_shown(name: str) -> None:
    assert [name, name.lower(), name.upper()] == [conceal(text) for text in (name, name.lower(), name.upper())]
    assert name == mask_line(f"{name} = 1", [f"{name} = 1"] * 8, [f"{name} = 1"] * 8)[: len(name)]


def test_what_the_program_says_by_itself_is_shown() -> None:
    said = {
        node.value.value
        for module in Path(wgtranspile.__file__).parent.rglob("*.py")
        for node in ast.walk(ast.parse(module.read_bytes()))
        if isinstance(node, ast.keyword) and node.arg in {"why", "advice", "help", "reason"}
        if isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
    }

    assert len(said) > 10
    assert [] == [text for text in said if conceal(text) != text]


@pytest.mark.parametrize("number", errorcode)
def test_what_the_system_says_is_shown(number: int) -> None:
    assert os.strerror(number) == conceal(os.strerror(number))


@pytest.mark.parametrize("name", ["infra/k8s-fra1", "fleet/vps-3fa9c1", f"fleet/{SECRET[:11]}"])
def test_the_name_of_a_file_is_shown_in_advice_as_it_is_above(name: str, tmp_path: Path) -> None:
    path = tmp_path / name / "wg0.conf"
    path.parent.mkdir(parents=True)
    path.write_text(f"[Interface]\nPrivateKey = {SECRET}\n")
    path.chmod(0o644)

    read = inputs.read(inputs.Named(path, "wg0"))

    [found] = read.diagnostics
    assert str(path) == found.path
    assert f"run `chmod 600 {path}`" in found.help


def test_a_key_of_a_peer_is_shown_as_far_as_it_tells_peers_apart() -> None:
    assert f"PublicKey = {PUBLIC[:7]}{'*' * 37}" == mask_line(f"PublicKey = {PUBLIC}")
    assert f"PublicKey = {'*' * 30}" == mask_line(f"PublicKey = {PUBLIC[:30]}")


@pytest.mark.parametrize("size", range(1, 8))
def test_a_secret_in_pieces_among_known_words_is_hidden_and_the_words_are_shown(size: int) -> None:
    written = forms(SECRET)[f"among words, in pieces of {size}"]

    concealed = conceal(f"MTU = {written}")

    assert set() == leaks(concealed)
    assert {*WORDS} <= {*concealed.split()}
    pieces = [piece for piece in written.split() if piece not in WORDS]
    assert sum(len(piece) for piece in pieces if piece in concealed.split()) <= FEW  # those that look like words


@pytest.mark.parametrize("size", [1, 3, 6])
def test_a_line_that_is_a_piece_of_a_key_is_hidden_for_what_is_around_it(size: int) -> None:
    pieces = [SECRET[at : at + size] for at in range(0, len(SECRET), size)]

    masked = [mask_line(piece, pieces[max(0, at - 8) : at], pieces[at + 1 : at + 9]) for at, piece in enumerate(pieces)]

    assert set() == leaks(" ".join(masked))


def test_exactly_the_given_keys_are_hidden() -> None:
    content = f'PrivateKey = {SECRET}\nPublicKey = {PUBLIC}\n"{SECRET}"{SECRET}{PUBLIC}x{SECRET}'

    assert f'PrivateKey = (hidden)\nPublicKey = {PUBLIC}\n"(hidden)"(hidden){PUBLIC}x(hidden)' == hide(
        content, [SECRET]
    )


@pytest.mark.parametrize(
    "form", ["whole", "half", "doubled", "hexadecimal", "URL-safe", "a quarter", "too short by a third"]
)
@pytest.mark.parametrize("line", ["# old: {}", "PostUp = echo {} | wg set wg0 private-key /dev/stdin", "{}", "psk={}"])
def test_an_artefact_shows_no_part_of_a_secret(line: str, form: str) -> None:
    concealed = conceal_artefact(line.format(forms(SECRET)[form]))

    assert set() == leaks(concealed)
    assert "(hidden)" in concealed


@pytest.mark.parametrize(
    "line", [f"PublicKey = {PUBLIC}", f'  "public_key": "{PUBLIC}",', f"[wireguard-peer.{PUBLIC}]"]
)
def test_an_artefact_shows_public_keys(line: str) -> None:
    assert line == conceal_artefact(line)
