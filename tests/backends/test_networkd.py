"""What `--to networkd` writes, read by networkd and systemd themselves: each value stays what it is.

Whether the tunnel is that of wg-quick, tests/vm tells.
"""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis.strategies as st
import pytest
from hypothesis import assume, example, given, settings

from tests.backends import systemd
from tests.backends.hostile import BLANKS, COMMENTS, HOOKS, ODD_DOMAINS, ODD_NAMES, PEER, Texts, hostile
from tests.cases import CASES
from tests.cases import transpile as transpiled_case
from wgtranspile.backends import KeyStorage
from wgtranspile.pipeline import Options, transpile
from wgtranspile.source import Source

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wgtranspile.pipeline import Result

NEEDS_SYSTEMD = pytest.mark.needs("root", "systemd")
INLINE = Options(KeyStorage.INLINE)
HOSTS = st.from_regex(r"[a-z_][a-z0-9_]{0,9}(-[a-z])?(\.[a-z_])?[.]?", fullmatch=True)
# What networkd makes the device of.
KEPT = {"pre_up": "", "post_up": "", "host": "198.51.100.1"}
LONG = f"{'a' * 63}.{'b' * 63}.{'c' * 63}.{'d' * 61}"


def written(results: Iterable[Result], kind: str) -> dict[str, str]:
    """Give the texts of files of a kind by their names."""
    files = {}
    for result in results:
        assert result.emission, result.diagnostics
        for artefact in result.emission.artefacts:
            if artefact.path.suffix == kind and artefact.link_to is None:
                files[artefact.path.name] = artefact.content
    return files


def codes(result: Result) -> set[str]:
    return {found.rule.code for found in result.diagnostics}


def tunnels(*fields: str, **strategies: st.SearchStrategy[str]) -> st.SearchStrategy[list[Texts]]:
    """Give tunnels of one host."""
    some = hostile("file", *COMMENTS, *fields, **strategies)
    return st.lists(some, min_size=1, max_size=30, unique_by=lambda texts: texts.name)


@NEEDS_SYSTEMD
@given(
    devices=tunnels(name=ODD_NAMES).map(lambda many: [texts._replace(**KEPT) for texts in many]),
    links=tunnels(*HOOKS, name=ODD_NAMES, host=HOSTS, search=ODD_DOMAINS),
)
@example(devices=[], links=[Texts(name="long", search=LONG, host=LONG), Texts(name="dot", search=f"~{LONG}.")])
@settings(max_examples=10)
def test_networkd_has_no_word_against_any_line(devices: list[Texts], links: list[Texts]) -> None:
    results = [
        result for result in (texts.transpiled("networkd", INLINE) for texts in (*links, *devices)) if not result.failed
    ]
    made = written(results, ".netdev")
    assume(results)

    said, _ = systemd.networkd(made | written(results, ".network"))

    assert [] == said
    assert bool(made) == any(not texts.transpiled("networkd", INLINE).failed for texts in devices)


@NEEDS_SYSTEMD
@given(many=tunnels(name=st.from_regex(r"[a-z][a-zA-Z0-9_=+.-]{0,9}", fullmatch=True), search=ODD_DOMAINS))
@settings(max_examples=10)
def test_networkd_sets_the_servers_and_domains_of_the_config_and_no_others(many: list[Texts]) -> None:
    results = [texts.transpiled("networkd", INLINE) for texts in many]

    _, noted = systemd.networkd(written(results, ".network"), [texts.name for texts in many])

    for texts in many:
        name = texts.search.removesuffix(".")
        known = not name.removeprefix("~").startswith(".")
        assert "10.0.0.53" == noted[texts.name]["DNS"]
        assert (name if known and name[0] != "~" else "") == noted[texts.name]["DOMAINS"]
        assert {".", *([name[1:]] if known and name[0] == "~" else [])} == {*noted[texts.name]["ROUTE_DOMAINS"].split()}


@NEEDS_SYSTEMD
@pytest.mark.parametrize(
    ("interface", "peer"),
    [
        ("ListenPort = 65535\nFwMark = 0xffffffff\nMTU = 65535", "PersistentKeepalive = 65535"),
        ("ListenPort = 1\nFwMark = 1\nMTU = 1280", "PersistentKeepalive = 1"),
        ("ListenPort = 0\nFwMark = 0", "PersistentKeepalive = 0"),
        ("Table = 4294967295\nDNS = ::1, 255.255.255.255", "Endpoint = 255.255.255.255:65535"),
        ("Table = 1\nDNS = fe80::1", "Endpoint = [ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:1"),
        ("Table = main\nAddress = 10.0.0.1/0, fd00::1/0", "Endpoint = [::ffff:198.51.100.1]:51820"),
        ("Table = default\nAddress = ::ffff:1.2.3.4/128", "AllowedIPs = ::ffff:1.2.3.4, ::1.2.3.4, 127.0.0.1, ff02::1"),
        ("Table = local\nAddress = 169.254.0.1/16, fe80::1/64", "AllowedIPs = 224.0.0.1, 255.255.255.255, ::1, ::"),
        ("FwMark = 4294967294", "AllowedIPs = 0.0.0.0/0, ::/0"),
    ],
)
def test_networkd_takes_the_smallest_and_the_largest_values(interface: str, peer: str) -> None:
    config = f"[Interface]\nPrivateKey = {PEER}\n{interface}\n[Peer]\nPublicKey = {PEER}\n{peer}\n"
    if "AllowedIPs" not in peer:
        config += "AllowedIPs = 10.20.0.0/16, fd20::/16\n"
    result = transpile(Source("wg0.conf", config), "wg0", "networkd", INLINE)

    said, _ = systemd.networkd(written([result], ".netdev") | written([result], ".network"))

    assert [] == said


@NEEDS_SYSTEMD
@given(
    names=st.lists(ODD_NAMES | st.from_regex(r"[+-]?(0[xXbBoO])?[0-9]{1,12}", fullmatch=True), min_size=1, unique=True)
)
@example(names=["0", "00", "08", "010", "+1", "-1", "0x", "0x1", "0X1", "0b1", "0b2", "0o7", "1e4", "1_0", "12ab"])
@settings(max_examples=20)
def test_a_name_that_networkd_refuses_is_refused(names: list[str]) -> None:
    config = "[NetDev]\nName={}\nKind=wireguard\n"
    refused = {name for name in names if "B412" in codes(Texts(name=name).transpiled("networkd"))}

    said, _ = systemd.networkd({f"{number}.netdev": config.format(name) for number, name in enumerate(names)})

    for name in names:
        if any(line.endswith(f"ignoring assignment: {name}") for line in said):
            assert name in refused
        elif name in refused:  # a program takes it for an option, or it is a number out of range
            assert name[0] in "+-" or int(name, 0) not in range(1, 2**31)


@NEEDS_SYSTEMD
def test_what_networkd_would_pass_over_is_named() -> None:
    result = Texts(search=".corp.example").transpiled("networkd")
    network = written([result], ".network")["50-wg0.network"].replace("Domains=", "Domains=.corp.example ")

    said, _ = systemd.networkd({"50-wg0.network": network})

    assert ["'.corp.example' is not a valid domain name, ignoring."] == [line.split(": ", 1)[1] for line in said]
    assert "B414" in codes(result)


DEVICES = {
    "numeric endpoints": ("", "Endpoint = 198.51.100.1:51820", True),
    "default route": ("", "Endpoint = 198.51.100.1:51820\nAllowedIPs = 0.0.0.0/0", True),
    "no peers": ("", "", True),
    "no endpoint": ("", "AllowedIPs = 10.0.0.2/32", False),
    "name": ("", "Endpoint = vpn.example.net:51820", False),
    "port 0": ("", "Endpoint = 198.51.100.1:0", False),
    "zone": ("", "Endpoint = [fe80::1%eth0]:51820", False),
    "hook": ("PreDown = true", "Endpoint = 198.51.100.1:51820", False),
    "no private key": (
        "PrivateKey = AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        "Endpoint = 198.51.100.1:51820",
        False,
    ),
}


@pytest.mark.parametrize(("interface", "peer", "expected"), DEVICES.values(), ids=DEVICES)
def test_networkd_makes_only_devices_that_it_can_keep(interface: str, peer: str, *, expected: bool) -> None:
    section = f"[Peer]\nPublicKey = {PEER}\n{peer}\n" if peer else ""
    config = f"[Interface]\nPrivateKey = {PEER}\nAddress = 10.0.0.1/24\n{interface}\n{section}"

    result = transpile(Source("wg0.conf", config), "wg0", "networkd")

    assert result.emission
    made = {artefact.path.suffix for artefact in result.emission.artefacts}
    assert expected == (".netdev" in made)
    assert (not expected or "0.0.0.0/0" in peer) == (".service" in made)
    assert (expected and bool(peer)) == ("B428" in codes(result))


@pytest.mark.parametrize(
    ("hook", "options", "expected"),
    [
        ("resolvectl dns %i 10.0.0.53", Options(), True),
        ("systemd-resolve -i %i --set-dns 10.0.0.53", Options(), True),
        ("ip -6 route add fd99::/48 dev %i", Options(), False),
        ("ip -6 route add fd99::/48 dev %i", Options(keep_foreign_rules=False), True),
        ("ip addr add 10.0.0.9/32 peer 10.0.0.8/32 dev %i", Options(keep_foreign_rules=False), True),
        ("ip rule add from 10.0.0.1 table 7", Options(keep_foreign_rules=False), True),
        ("wg set %i peer x remove", Options(keep_foreign_rules=False), False),
        ("echo my-resolvectl dns skip rule", Options(keep_foreign_rules=False), False),
    ],
)
def test_a_hook_of_which_networkd_undoes_something_is_named(hook: str, options: Options, *, expected: bool) -> None:
    config = f"[Interface]\nPrivateKey = {PEER}\nAddress = 10.0.0.1/24\nPostUp = {hook}\n"

    result = transpile(Source("wg0.conf", config), "wg0", "networkd", options)

    found = [found for found in result.diagnostics if found.rule.code == "B429"]
    assert expected == bool(found)
    assert all(hook.replace("%i", "wg0") or found.labels for found in found)


@pytest.mark.parametrize(
    ("hook", "target", "expected"),
    [
        ("ip -6 route add fd99::/48 dev %i", "networkd", True),
        ("ip addr add 10.0.0.9/32 peer 10.0.0.8/32 dev %i", "networkd", True),
        ("ip -6 route add fd99::/48 dev %i", "networkd@257", False),
        ("ip -6 route add fd99::/48 dev %i", "networkd@249", True),
        ("ip -6 route add fd99::/48 dev eth0", "networkd", False),
        ("ip rule add from 10.0.0.1 table 7", "networkd", False),
    ],
)
def test_a_hook_that_an_older_networkd_undoes_is_named(hook: str, target: str, *, expected: bool) -> None:
    config = f"[Interface]\nPrivateKey = {PEER}\nAddress = 10.0.0.1/24\nPostUp = {hook}\n"

    result = transpile(Source("wg0.conf", config), "wg0", target)

    found = [found for found in result.diagnostics if found.rule.code == "B445"]
    assert expected == bool(found)
    assert all(found.place for found in found)


@pytest.mark.needs("systemd")
@given(texts=hostile("file", *HOOKS, *COMMENTS, name=ODD_NAMES))
@settings(max_examples=20)
def test_systemd_has_no_word_against_the_service(texts: Texts) -> None:
    result = texts.transpiled("networkd")
    if result.failed:
        return
    [(name, text)] = written([result], ".service").items()

    said = systemd.parsed(name, text)

    # What verify misses is no program of this machine: the script of the tunnel.
    assert [] == [
        line for line in said.splitlines() if f"/etc/systemd/network/50-{texts.name}.sh is not executable" not in line
    ]


@pytest.mark.needs("systemd")
@given(texts=hostile("file", *HOOKS, *COMMENTS, name=ODD_NAMES))
@settings(max_examples=30)
def test_a_hook_is_the_text_of_the_config(texts: Texts) -> None:
    result = texts.transpiled("networkd")
    if result.failed:
        return
    script = written([result], ".hooks")[f"{texts.name}.hooks"]
    evaluated = 'eval() { printf \'%s\\0\' "$INTERFACE" "$1"; }; . "$0" '

    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "hooks").write_bytes(script.encode("utf-8", "surrogateescape"))
        for phase, command in (("PreUp", texts.pre_up), ("PostUp", texts.post_up), ("PreDown", "")):
            done = subprocess.run(
                ["bash", "-c", f"{evaluated} {phase}", "./hooks"], cwd=folder, capture_output=True, check=True
            )

            stripped = command.strip(BLANKS).replace("%i", texts.name)
            expected = f"{texts.name}\0{stripped}\0" if stripped else ""
            assert expected.encode("utf-8", "surrogateescape") == done.stdout
        assert ["hooks"] == [file.name for file in Path(folder).iterdir()]


@pytest.mark.needs("shellcheck")
def test_the_scripts_are_clean_under_shellcheck() -> None:
    scripts = {
        artefact.content
        for case in CASES.values()
        for result in transpiled_case(case, "networkd")
        for artefact in (result.emission.artefacts if result.emission else ())
        if artefact.path.suffix == ".sh"
    }
    assert scripts

    for script in scripts:
        done = subprocess.run(["shellcheck", "-"], input=script, text=True, capture_output=True, check=False)
        assert "" == done.stdout
