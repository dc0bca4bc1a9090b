"""What is read of a file: which sections and keys count, whose comments they are, what is reported and where."""

from __future__ import annotations

import gzip
from ipaddress import ip_interface, ip_network

import pytest

from wgtranspile.config import Config, read
from wgtranspile.config.foreign import KINDS
from wgtranspile.config.keys import KNOWN, KnownKey
from wgtranspile.diagnostics import Collector
from wgtranspile.diagnostics.catalogue import config as catalogue
from wgtranspile.diagnostics.catalogue.syntax import NUL_CHARACTER
from wgtranspile.model import Endpoint, ExternalKey, Phase
from wgtranspile.source import Source
from wgtranspile.spelling import closest
from wgtranspile.syntax import parse

ADVICE = {kind.name: kind.advice for kind in KINDS}
PRIVATE = "WELEsbNJnrsgryqloe/UmJ8FZarcsijnYOFo7hg14XQ="
KEYS = ("pMj38w9caGdqvi3ZMWGts2gsR0LQhYV79bncRRTouhQ=", "nbib6xMq7D7YK6pypARXiLg1O7pYfSGuAMKWKSMdvOk=")
HEAD = f"[Interface]\nPrivateKey = {PRIVATE}\n"
PEER = f"[Peer]\nPublicKey = {KEYS[0]}\n"


def judged(text: str, name: str = "wg0", *, external_keys: bool = False) -> tuple[Config | None, Collector]:
    source = Source(f"{name}.conf", text)
    collector = Collector(source.path, source)
    return read(parse(source, collector), name, collector, external_keys=external_keys), collector


def config(text: str, *, external_keys: bool = False) -> Config:
    found, collector = judged(text, external_keys=external_keys)
    assert found, collector.diagnostics
    return found


def findings(text: str, *, external_keys: bool = False) -> list[tuple[str, str]]:
    """Give the code of each finding with the text that it points at."""
    _, collector = judged(text, external_keys=external_keys)
    return [
        (found.rule.code, text[slice(*found.labels[0].span)] if found.labels else "") for found in collector.diagnostics
    ]


# --- values ---


def test_every_key_is_read_with_its_place() -> None:
    text = (
        f"{HEAD}Address = 10.0.0.1/24, fd00::1/64\nListenPort = 51820\nFwMark = 0x10\nMTU = 1420\nTable = 0x10\n"
        f"DNS = 10.0.0.53 corp.example,fd00::53\nSaveConfig = true\n"
        f"{PEER}PresharedKey = {KEYS[1]}\nEndpoint = vpn.example:1\nAllowedIPs = 10.0.0.0/8,fd00::/8\n"
        "PersistentKeepalive = 25\n"
    )
    interface, [peer] = config(text).interface, config(text).peers

    assert [ip_interface("10.0.0.1/24"), ip_interface("fd00::1/64")] == [item.value for item in interface.addresses]
    assert ["10.0.0.53", "fd00::53"] == [str(item.value) for item in interface.dns_servers]
    assert ["corp.example"] == [item.value for item in interface.dns_search]
    singles = (interface.listen_port, interface.fwmark, interface.mtu, interface.table, interface.save_config)
    assert [51820, 16, 1420, "16", True] == [item and item.value for item in singles]
    assert interface.private_key
    assert PRIVATE == interface.private_key.value == text[slice(*interface.private_key.span)]
    assert "fd00::1/64" == text[slice(*interface.addresses[1].span)]
    assert "corp.example" == text[slice(*interface.dns_search[0].span)]
    assert KEYS[0] == peer.public_key == text[slice(*peer.span)]
    assert peer.preshared_key
    assert peer.endpoint
    assert peer.persistent_keepalive
    assert (KEYS[1], Endpoint("vpn.example", 1), 25) == (
        peer.preshared_key.value,
        peer.endpoint.value,
        peer.persistent_keepalive.value,
    )
    assert [ip_network("10.0.0.0/8"), ip_network("fd00::/8")] == [item.network for item in peer.allowed_ips]
    assert "fd00::/8" == text[slice(*peer.allowed_ips[1].span)]


def test_wg_deletes_blanks_inside_its_keys_and_values() -> None:
    text = f"[Interface]\nP r\tivateKey = {PRIVATE[:20]} \t{PRIVATE[20:]}\n L isten Port=5 18 20 # 1\n{PEER}"

    interface = config(text).interface

    assert interface.private_key
    assert interface.listen_port
    assert (PRIVATE, 51820) == (interface.private_key.value, interface.listen_port.value)


def test_the_case_of_keys_does_not_matter() -> None:
    interface = config(f"[INTERFACE]\nPRIVATEKEY = {PRIVATE}\nmtu = 1420\npOSTuP = x\n").interface

    assert interface.mtu
    assert interface.private_key
    assert [Phase.POST_UP] == [hook.phase for hook in interface.hooks]


def test_a_hook_is_everything_behind_the_equals_sign() -> None:
    interface = config(f"{HEAD}PostUp =  echo '#' %i = \\ # no comment \t\r\nPreDown = a\nPostUp = b\n").interface

    assert ["echo '#' %i = \\ # no comment", "a", "b"] == [hook.command for hook in interface.hooks]
    assert [Phase.POST_UP, Phase.PRE_DOWN, Phase.POST_UP] == [hook.phase for hook in interface.hooks]


def test_of_mtu_and_table_only_the_last_is_judged() -> None:
    interface = config(f"{HEAD}MTU = x\nMTU = 1420\nTable = 1/2\nTable = off\n").interface

    assert interface.mtu
    assert interface.table
    assert (1420, "off") == (interface.mtu.value, interface.table.value)


def test_an_empty_mtu_or_table_resets_an_earlier_one() -> None:
    interface = config(f"{HEAD}MTU = 1420\nMTU =\nTable = off\nTable = # x\n").interface

    assert interface.mtu is None
    assert interface.table is None


def test_addresses_and_servers_add_up() -> None:
    interface = config(f"{HEAD}Address = 10.0.0.1\nAddress = 10.0.0.2,,\nDNS=1.1.1.1\nDNS=9.9.9.9\n").interface

    assert 2 == len(interface.addresses) == len(interface.dns_servers)


@pytest.mark.parametrize(
    ("lines", "incremental"),
    [
        ("AllowedIPs = 10.0.0.0/8\n", False),
        ("AllowedIPs = +10.0.0.0/8\n", True),
        ("AllowedIPs = 10.0.0.0/8, -10.1.0.0/16\n", True),
        ("AllowedIPs = +10.0.0.0/8\nAllowedIPs = 10.1.0.0/16\n", False),
        ("AllowedIPs = 10.0.0.0/8\nAllowedIPs = + 10.1.0.0/16\n", True),
        ("", False),
    ],
)
def test_the_last_line_of_allowed_ips_tells_whether_it_is_incremental(lines: str, incremental: bool) -> None:  # noqa: FBT001
    [peer] = config(HEAD + PEER + lines).peers

    assert incremental == peer.incremental


# --- what is refused, and where it points ---


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"{HEAD}[Foo]\nX = 1\n", [("C201", "[Foo]")]),
        (f"{HEAD}[Peeer] # x\n", [("C201", "[Peeer]")]),
        ("MTU = 1420\n" + HEAD, [("C202", "MTU")]),
        ("MTU = 1420\nDNS = 10.0.0.53\n", [("C202", "MTU")]),
        ("Foo = 1\n" + HEAD, [("C203", "Foo")]),
        (HEAD + "Adress = 10.0.0.1\n", [("C203", "Adress")]),
        (HEAD + "Add ress = 10.0.0.1\n", [("C203", "Add ress")]),
        (HEAD + "AllowedIPs = 10.0.0.0/8\n", [("C204", "AllowedIPs")]),
        (HEAD + PEER + "Address = 10.0.0.1\n", [("C204", "Address")]),
        (f"[ Interface ]\nPrivateKey = {PRIVATE}\nMTU = 1420\n", [("C204", "MTU")]),
        (HEAD + "Jc = 4\nS1 = 5\n", [("C205", "Jc")]),
        (HEAD + "ListenPort = # 5\n" + PEER + "AllowedIPs =\n", [("C206", "ListenPort"), ("C206", "AllowedIPs")]),
        (HEAD + "SaveConfig =\n", [("C219", "")]),
        (HEAD + "SaveConfig = x\nSaveConfig = true\n", [("C219", "x")]),
        (HEAD + "ListenPort = x\nListenPort = 5\n", [("C215", "x")]),
        (HEAD + "Address = 10.0.0.1, 10.0.0.1/32\n", [("C210", "10.0.0.1/32")]),
        (HEAD + "Address = fd00::1/64 fd00:0::1/128\n", [("C210", "fd00:0::1/128")]),
        (HEAD + "Address = 10.0.0.1/33\nMTU = 1\n", [("C208", "10.0.0.1/33"), ("C218", "1")]),
        (HEAD + PEER + "AllowedIPs = 10.0.0.0/8,,x\n", [("C211", ","), ("C211", "x")]),
        (HEAD + "[Peer]\nEndpoint = a:1\n", [("C222", "[Peer]")]),
        (HEAD + "[Peer]\nPublicKey = x\n", [("C207", "x")]),
        (HEAD + "; x = 1\n // y\n;z\n", [("S103", ";"), ("S104", "// y"), ("S103", ";")]),
        (HEAD + "MTU\nAddress 10.0.0.1 # x\n", [("S104", "MTU"), ("S104", "Address 10.0.0.1")]),
        (HEAD + "[Peer\n", [("S105", "[Peer")]),
        (HEAD + "[Peer]x # y\n[\n[]]\n", [("S105", "[Peer]x"), ("S105", "["), ("S105", "[]]")]),
        ("[Interface]\rMTU = 1420\r[Peer]\r", [("S105", "[Interface]")]),
        (HEAD + "\N{NO-BREAK SPACE}MTU = 1420\n", [("C203", "\N{NO-BREAK SPACE}MTU")]),
        (HEAD + "\N{CYRILLIC CAPITAL LETTER EM}TU = 1420\n", [("C203", "\N{CYRILLIC CAPITAL LETTER EM}TU")]),
    ],
)
def test_a_finding_points_at_what_it_is_about(text: str, expected: list[tuple[str, str]]) -> None:
    assert expected == findings(text)
    assert judged(text)[0] is None


@pytest.mark.parametrize(
    ("content", "code", "help"),
    [
        (HEAD.encode("utf-16"), "S102", "the file is UTF-16: convert it with `iconv -f UTF-16 -t UTF-8`"),
        (HEAD.encode("utf-16-le"), "S102", "the file is UTF-16: convert it with `iconv -f UTF-16 -t UTF-8`"),
        (HEAD.encode("utf-16-be"), "S102", "the file is UTF-16: convert it with `iconv -f UTF-16 -t UTF-8`"),
        (gzip.compress(HEAD.encode(), mtime=0), "S102", NUL_CHARACTER.help),
        (b"\x7fELF\2\1\1\0\n[\n=\n", "S102", NUL_CHARACTER.help),
        (HEAD.encode() + b"Adress = 10.0.0.1\0\nFoo = 1\n", "S102", NUL_CHARACTER.help),
        (b'<!DOCTYPE html>\n<meta charset="utf-8">\n[hidden]\n<p class="a">\n', "C234", ADVICE["a web page"]),
        (b'{\n  "PrivateKey": "x",\n  "Address": [\n    "10.0.0.1"\n  ]\n}\n', "C234", ADVICE["a JSON file"]),
        (b"$ANSIBLE_VAULT;1.1;AES256\n6331\n3334\n", "C237", catalogue.NOT_A_CONFIG.help),
        (b"-----BEGIN PGP MESSAGE-----\n\nhQEM\n=abcd\n", "C237", catalogue.NOT_A_CONFIG.help),
        (b"network:\n  version: 2\n  tunnels:\n", "C234", ADVICE["a netplan file"]),
        (
            b"[NetDev]\nName=wg0\n[WireGuard]\nPrivateKey=x\n[WireGuardPeer]\n",
            "C234",
            ADVICE["a .netdev file of systemd-networkd"],
        ),
    ],
)
def test_a_file_that_is_something_else_is_one_finding(content: bytes, code: str, help: str) -> None:  # noqa: A002
    found, collector = judged(Source.from_bytes("wg0.conf", content).text)

    assert found is None
    assert [(code, help)] == [(each.rule.code, each.help) for each in collector.diagnostics]


@pytest.mark.parametrize(
    ("text", "code"),
    [("[Interfce]\n", "C201"), ("[Peer\n", "S105"), ("Adress = x\n", "C203"), ("MTU\n", "S104")],
)
def test_what_is_only_mistyped_is_still_a_config(text: str, code: str) -> None:
    assert [code] == [code for code, _ in findings(text)]


def test_one_mistake_in_many_lines_is_one_finding_that_names_them() -> None:
    _, collector = judged("MTU = 1420\nDNS = 10.0.0.53\nMTU = 1400\nTable = off\n" + HEAD + "Jc = 4\nS1 = 5\n")

    assert [
        ("C202", ("this also applies to `DNS`, `Table`",)),
        ("C205", ("WireGuard does not have these settings: Jc, S1",)),
    ] == [(found.rule.code, found.notes) for found in collector.diagnostics]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (HEAD + PEER + "AllowedIPs = 10.0.0.0/8, 10.1.2.3/8\n", [("C212", "10.1.2.3/8")]),
        (HEAD + "MTU = 1400\nMTU = 1420\n", [("C223", "MTU")]),
        (HEAD + "Table = vpn\n", [("C224", "vpn")]),
        (HEAD + "Address =\nDNS = , # x\nPostUp =\n", [("C225", "Address"), ("C225", "DNS"), ("C225", "PostUp")]),
        ("", [("C232", "")]),
        ("# nothing yet\n", [("C232", "")]),
        ("[Interface]", [("C227", "")]),
    ],
)
def test_what_is_accepted_is_said_where_it_is_worth_knowing(text: str, expected: list[tuple[str, str]]) -> None:
    assert expected == findings(text)
    assert judged(text)[0]


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("{{ vault_wg0_private_key }}", "vault_wg0_private_key"),
        ("{{vault_key}}", "vault_key"),
        ("{{\tK2 }}  # from the vault", "K2"),
        ("{{ " + "x" * 40 + " }}", "x" * 40),
    ],
)
def test_a_placeholder_stands_for_a_key_that_the_host_has(written: str, name: str) -> None:
    text = f"[Interface]\nPrivateKey = {written}\n{PEER}PresharedKey = {written}\n"
    placeholder = written.partition("#")[0].rstrip()

    interface, [peer] = config(text, external_keys=True).interface, config(text, external_keys=True).peers

    assert interface.private_key
    assert peer.preshared_key
    assert [ExternalKey(name)] * 2 == [interface.private_key.value, peer.preshared_key.value]
    assert [("C233", placeholder)] * 2 == findings(text)


@pytest.mark.parametrize(
    "written",
    [
        "{{ vault.wg0 }}",
        "{{ vault_key | trim }}",
        "{{ vault key }}",
        "{{ 2key }}",
        "{{ }}",
        "{{{ vault_key }}}",
        "{{ " + "x" * 41 + " }}",
        f"{{{{ {PRIVATE} }}}}",
        "x{{ vault_key }}",
        "{{ vault_key }}x",
        '"{{ vault_key }}"',
        "{% vault_key %}",
        "${VAULT_KEY}",
        "$VAULT_KEY",
        "<vault_key>",
    ],
)
@pytest.mark.parametrize("external_keys", [True, False])
def test_nothing_else_stands_for_a_key(written: str, *, external_keys: bool) -> None:
    text = f"[Interface]\nPrivateKey = {written}\n{PEER}PresharedKey = {written}\n"

    assert [("C207", written)] * 2 == findings(text, external_keys=external_keys)


@pytest.mark.parametrize("setting", ["PublicKey", "Endpoint", "AllowedIPs", "PersistentKeepalive"])
def test_only_secret_keys_have_placeholders(setting: str) -> None:
    _, collector = judged(f"{HEAD}{PEER}{setting} = {{{{ vault_key }}}}\n", external_keys=True)

    assert collector.failed


def test_no_private_key_is_missing_where_the_host_has_it() -> None:
    assert [] == findings("[Interface]\n", external_keys=True)
    assert [("C227", "")] == findings("[Interface]\n")
    assert [("C232", "")] == findings("", external_keys=True)


def test_a_missing_private_key_is_not_said_where_there_is_more_to_say() -> None:
    assert [("C218", "1")] == findings("[Interface]\nMTU = 1\n")


def test_all_problems_of_a_file_are_found_at_once() -> None:
    text = "x\n[Foo]\n[Interface]\nMTU = 1\nFoo = 1\nListenPort = x\nDNS = *\n[Peer]\nAllowedIPs = x\n"

    assert {"S104", "C201", "C203", "C215", "C221", "C222", "C211", "C218"} == {code for code, _ in findings(text)}


@pytest.mark.parametrize(
    "name", ["", ".", "..", "all", "default", "lo", "a b", "a/b", "é", "x" * 16, "a%", "wg0\n", "-\x00"]
)
def test_a_name_that_no_interface_can_have_is_refused(name: str) -> None:
    found, collector = judged(HEAD, name)

    assert found is None
    assert ["C226"] == [diagnostic.rule.code for diagnostic in collector.diagnostics]


@pytest.mark.parametrize("name", ["eth0", "wlan1", "eno1", "ens3f0", "enp3s0", "wlp2s0", "enP2p1s0", "enx0123456789ab"])
def test_a_name_of_a_network_card_is_said(name: str) -> None:
    found, collector = judged(HEAD, name)

    assert found is not None
    assert ["C231"] == [diagnostic.rule.code for diagnostic in collector.diagnostics]


@pytest.mark.parametrize("name", ["eth", "wg-eth0", "eth0-vpn", "ens", "end", "enter", "wlan", "wwwp", "wl0", "lo0"])
def test_a_name_that_only_begins_so_is_taken(name: str) -> None:
    assert [] == [*judged(HEAD, name)[1].diagnostics]


@pytest.mark.parametrize("name", ["wg0", "...", "a.", ".a", "0", "-", "-h", "x" * 15, "_=+.-", "up", "All"])
def test_an_odd_name_is_taken(name: str) -> None:
    found, _ = judged(HEAD, name)

    assert found
    assert name == found.name


@pytest.mark.parametrize("key", KNOWN, ids=lambda key: key.name)
def test_a_known_key_in_the_wrong_section_is_told_where_it_belongs(key: KnownKey) -> None:
    _, collector = judged(f"{HEAD if key.section == 'Peer' else HEAD + PEER}{key.name} = x\n")

    assert [f"`{key.name}` belongs in [{key.section}]"] == [found.message for found in collector.diagnostics]


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("AllowedIP", "AllowedIPs"),
        ("endpoit", "Endpoint"),
        ("PRESHAREDKEYS", "PresharedKey"),
        ("PostUP1", "PostUp"),
        ("Gateway", None),
    ],
)
def test_a_mistyped_key_is_recognised(word: str, meant: str | None) -> None:
    assert meant == closest(word, (key.name for key in KNOWN))


# --- sections ---


@pytest.mark.parametrize("header", ["[Interface]", "[INTERFACE]", "  [Interface]\t# x", "[interface]\r"])
def test_below_this_header_wg_quick_reads_its_keys(header: str) -> None:
    assert config(f"{header}\nPrivateKey = {PRIVATE}\nMTU = 1420\n").interface.mtu


@pytest.mark.parametrize("header", ["[Peer]", "[ peer ]", "[PEER]", "[P eer] # x"])
def test_this_header_begins_a_peer(header: str) -> None:
    assert 1 == len(config(f"{HEAD}{header}\nPublicKey = {KEYS[0]}\n").peers)


def test_sections_of_the_interface_add_up_in_any_order() -> None:
    found = config(f"{PEER}{HEAD}Address = 10.0.0.1\n[Peer]\nPublicKey = {KEYS[1]}\n[Interface]\nMTU = 1420\n")

    assert found.interface.mtu
    assert found.interface.addresses
    assert [*KEYS] == [peer.public_key for peer in found.peers]


# --- comments ---


def test_comments_belong_to_the_peer_below_or_around_them() -> None:
    text = (
        f"# of the file\n{HEAD}# in between\nMTU = 1420 # behind\n\n# Alice\n### begin alice ###\n"
        f"[Peer] # her phone\n# inside\nPublicKey = {KEYS[0]} # new\n\n# Bob\n"
        f"[Peer]\nPublicKey = {KEYS[1]}\n# at the end\n"
    )

    alice, bob = config(text).peers

    assert ("Alice", "begin alice ###", "her phone", "inside", "new") == alice.comments
    assert ("Bob",) == bob.comments[:1]


def test_a_comment_that_a_blank_line_parts_from_a_peer_belongs_to_the_one_above() -> None:
    alice, bob = config(f"{HEAD}{PEER}# Alice's\n\n[Peer]\nPublicKey = {KEYS[1]}\n").peers

    assert ("Alice's",) == alice.comments
    assert () == bob.comments


@pytest.mark.parametrize("comment", [f"PrivateKey = {KEYS[1]}", f"# old: {KEYS[1]}", KEYS[1][:-1] + "= x", KEYS[1] * 2])
def test_a_key_that_is_commented_out_stays_hidden(comment: str) -> None:
    [peer] = config(f"{HEAD}# {comment}\n[Peer] # {comment}\n# {comment}\nPublicKey = {KEYS[0]}\n").peers

    assert 3 == len(peer.comments)
    assert all(KEYS[1][:20] not in text and "(hidden)" in text for text in peer.comments)
