"""The steps of wg-quick and their order, for configs that differ in one thing."""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, TypeVar

import pytest

from wgtranspile.backends import KeyStorage
from wgtranspile.diagnostics import Severity
from wgtranspile.model import ExternalKey, Family, Peer, Tunnel
from wgtranspile.pipeline import Options, lower_config, transpile_host
from wgtranspile.procedure import (
    AddRoute,
    AddRules,
    AssignAddress,
    BringUp,
    ConfigureDevice,
    CreateLink,
    InstallFirewall,
    Procedure,
    RunHook,
    SaveConfig,
    SetMark,
    SetResolver,
    SetSourceValidMark,
    SkipRoute,
    TearDown,
    procedure,
)
from wgtranspile.source import Source

if TYPE_CHECKING:
    from collections.abc import Iterable

PRIVATE = "WELEsbNJnrsgryqloe/UmJ8FZarcsijnYOFo7hg14XQ="
OWN = "ClHg0vwa/lTm5Sob1pHcYjzQXdbOjSTKL2cpIuYYNC8="
A, B = "pMj38w9caGdqvi3ZMWGts2gsR0LQhYV79bncRRTouhQ=", "nbib6xMq7D7YK6pypARXiLg1O7pYfSGuAMKWKSMdvOk="
OTHER = "kd63dDS+OsnPq3KQb28fAQy6Db17uczR4Qek7UQYgVA="
ZERO = "A" * 43 + "="

Kind = TypeVar("Kind")


def config(interface: str = "", *peers: str) -> str:
    """Give a config with these lines for the interface, and a section of these lines for each peer."""
    return "\n".join([f"[Interface]\nPrivateKey = {PRIVATE}", interface, *(f"[Peer]\n{peer}" for peer in peers), ""])


def peer(allowed_ips: str, key: str = A) -> str:
    return f"PublicKey = {key}\nAllowedIPs = {allowed_ips}"


def planned(text: str, options: Options = Options(), name: str = "wg0") -> Procedure:  # noqa: B008  frozen
    return procedure(lowered(text, options, name))


def lowered(text: str, options: Options = Options(), name: str = "wg0") -> Tunnel:  # noqa: B008  frozen
    result = lower_config(Source(f"{name}.conf", text), name, options)
    assert result.tunnel, result.diagnostics
    return result.tunnel


def codes(text: str, name: str = "wg0") -> list[str]:
    return [found.rule.code for found in lower_config(Source(f"{name}.conf", text), name).diagnostics]


def steps(kind: type[Kind], steps_: Iterable[object]) -> list[Kind]:
    return [step for step in steps_ if isinstance(step, kind)]


def routes(text: str) -> list[str]:
    return [str(step.destination) for step in steps(AddRoute, planned(text).up)]


def peers(text: str) -> tuple[Peer, ...]:
    [device] = steps(ConfigureDevice, planned(text).up)
    return device.peers


# --- order ---


def test_the_order_of_up_and_down_is_that_of_wg_quick() -> None:
    made = planned(
        config(
            "PostDown = 4\nPreDown = 3\nPostUp = 2\nPreUp = 1\nSaveConfig = true\nDNS = 10.0.0.53\n"
            "Address = 10.0.0.1/24",
            peer("0.0.0.0/0, ::/0, 10.0.0.0/25, 10.9.0.0/16"),
        )
    )

    assert [
        *(CreateLink, RunHook, ConfigureDevice, AssignAddress, BringUp, SetResolver, SkipRoute, AddRoute),
        *(SetMark, AddRules, AddRoute, InstallFirewall),
        *(AddRules, AddRoute, SetSourceValidMark, InstallFirewall, RunHook),
    ] == [type(step) for step in made.up]
    assert [RunHook, SaveConfig, TearDown, RunHook] == [type(step) for step in made.down]
    assert ["1", "2", "3", "4"] == [step.command for step in steps(RunHook, (*made.up, *made.down))]


def test_routes_are_ordered_by_falling_prefix_length_then_falling_text() -> None:
    text = config("", peer("10.9.0.0/16, fd00::/16, 10.10.0.0/16, 192.0.2.1"), peer("10.8.0.0/24", B))

    assert ["192.0.2.1/32", "10.8.0.0/24", "fd00::/16", "10.9.0.0/16", "10.10.0.0/16"] == routes(text)


def test_hooks_of_one_moment_keep_their_order_and_get_the_name_of_the_interface() -> None:
    made = planned(config("PostUp = a %i\nPreUp = b\nPostUp = %%i %I c"), name="up0")

    assert ["b", "a up0", "%up0 %I c"] == [step.command for step in steps(RunHook, made.up)]


# --- routes ---


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("10.0.0.1/24", "10.0.0.0/24"),
        ("10.0.0.1/24", "10.0.0.128/25"),
        ("10.0.0.1/24", "10.0.0.7/32"),
        ("10.0.0.0/31", "10.0.0.1/32"),
        ("fd00::1/64", "fd00::/64"),
        ("fd00::1", "fd00::1/128"),
        ("fd00::1/0", "fd99::/64"),
    ],
)
def test_a_network_within_that_of_an_address_gets_no_route(address: str, network: str) -> None:
    made = planned(config(f"Address = {address}", peer(network)))

    assert [] == steps(AddRoute, made.up)
    [skipped] = steps(SkipRoute, made.up)
    assert ip_network(network) == skipped.destination
    assert ip_network(address, strict=False) == skipped.covered_by


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("10.0.0.1/24", "10.0.0.0/23"),
        ("10.0.0.1/24", "10.0.1.0/24"),
        ("10.0.0.1", "10.0.0.1/32"),
        ("10.0.0.1/0", "10.0.0.0/8"),
        ("fd00::1/64", "fd00::/63"),
        ("fd00::1/64", "10.0.0.0/8"),
    ],
)
def test_any_other_network_gets_its_route(address: str, network: str) -> None:
    assert [network] == routes(config(f"Address = {address}", peer(network)))


def test_networks_of_peers_do_not_cover_each_other() -> None:
    assert ["10.0.0.0/24", "10.0.0.0/8"] == routes(config("", peer("10.0.0.0/8"), peer("10.0.0.0/24", B)))


@pytest.mark.parametrize(
    ("table", "expected"),
    [("auto", None), ("main", 254), ("0", 254), ("unspec", 254), ("default", 253), ("0x10", 16), ("vpn", "vpn")],
)
def test_the_table_of_a_route(table: str, expected: object) -> None:
    [route] = steps(AddRoute, planned(config(f"Table = {table}", peer("10.0.0.0/8"))).up)

    assert expected == route.table


def test_a_table_of_its_own_gets_every_route_also_those_that_main_has() -> None:
    made = planned(config("Address = 10.0.0.1/24\nTable = 123", peer("10.0.0.0/24, 0.0.0.0/0")))

    assert [(123, False), (123, False)] == [(step.table, step.default) for step in steps(AddRoute, made.up)]
    assert [] == steps(SetMark, made.up)


def test_table_off_gives_no_routes_at_all() -> None:
    made = planned(config("Table = off", peer("10.0.0.0/24, 0.0.0.0/0")))

    assert [] == [step for step in made.up if isinstance(step, AddRoute | SkipRoute | SetMark | InstallFirewall)]


@pytest.mark.parametrize(
    ("table", "address", "network"),
    [("main", "10.0.0.1/24", "10.0.0.0/24"), ("local", "10.0.0.1/24", "10.0.0.1/32"), ("255", "10.0.0.1", "10.0.0.1")],
)
def test_a_route_that_an_address_makes_cannot_be_added(table: str, address: str, network: str) -> None:
    assert ["P305"] == codes(config(f"Address = {address}\nTable = {table}", peer(network)))


@pytest.mark.parametrize(
    ("table", "address", "network"),
    [("main", "10.0.0.1", "10.0.0.1"), ("main", "fd00::1/64", "fd00::/64"), ("local", "fd00::1", "fd00::1")],
)
def test_a_route_beside_that_of_an_address_can(table: str, address: str, network: str) -> None:
    assert [] == codes(config(f"Address = {address}\nTable = {table}", peer(network)))


# --- the default route ---


def test_the_mark_is_the_first_that_wg_quick_would_try() -> None:
    [mark] = steps(SetMark, planned(config("", peer("0.0.0.0/0"))).up)

    assert (51820, True, False) == (mark.mark, mark.automatic, mark.from_config)


def test_the_mark_of_the_config_counts_also_over_a_pinned_one() -> None:
    made = planned(config("FwMark = 0x10", peer("0.0.0.0/0")), Options(fwmark=99))

    [mark] = steps(SetMark, made.up)
    assert (16, False, True) == (mark.mark, mark.automatic, mark.from_config)
    assert {16} == {step.mark for step in made.up if isinstance(step, AddRules | InstallFirewall)}
    assert [16] == [step.table for step in steps(AddRoute, made.up)]


@pytest.mark.parametrize("lines", ["", "FwMark = 0", "FwMark = off"])
def test_a_pinned_mark_is_used_where_the_config_has_none(lines: str) -> None:
    [mark] = steps(SetMark, planned(config(lines, peer("::/0")), Options(fwmark=99)).up)

    assert (99, False, False) == (mark.mark, mark.automatic, mark.from_config)


def test_without_a_default_route_nothing_is_marked() -> None:
    made = planned(config("FwMark = 5", peer("0.0.0.0/1, 128.0.0.0/1")))

    assert [] == [step for step in made.up if isinstance(step, SetMark | AddRules | InstallFirewall)]
    assert [5] == [device.fwmark for device in steps(ConfigureDevice, made.up)]


def test_rules_of_one_host_have_priorities_of_their_own_whatever_their_marks() -> None:
    marks = ("FwMark = 1000", "", "FwMark = off", "FwMark = 2000")
    sources = [
        (Source(f"wg{number}.conf", config(mark, peer("0.0.0.0/0, ::/0"))), f"wg{number}")
        for number, mark in enumerate(marks)
    ]

    results = transpile_host(sources, "nft", Options())

    found = [
        {rule.priority for rule in steps(AddRules, procedure(result.tunnel).up)} for result in results if result.tunnel
    ]
    assert [{32765}, {32763}, {32761}, {32759}] == found


def test_both_families_share_one_mark_and_have_rules_and_firewall_of_their_own() -> None:
    made = planned(config("Address = 10.0.0.1/24, fd00::1/64", peer("0.0.0.0/0, ::/0")))

    assert 1 == len(steps(SetMark, made.up))
    assert [Family.IPV6, Family.IPV4] == [step.family for step in steps(AddRules, made.up)]
    assert [(6, (ip_address("fd00::1"),)), (4, (ip_address("10.0.0.1"),))] == [
        (step.family, step.addresses) for step in steps(InstallFirewall, made.up)
    ]


def test_only_ipv4_needs_the_sysctl() -> None:
    assert [] == steps(SetSourceValidMark, planned(config("", peer("::/0"))).up)


def test_the_firewall_has_the_addresses_as_the_kernel_lists_them() -> None:
    addresses = "10.0.0.1/24, 10.1.0.1/24, 10.0.0.2/24, fe80::1/64, fd00::1/64, fd00::2/64"
    made = planned(config(f"Address = {addresses}", peer("0.0.0.0/0, ::/0")))

    assert [["fd00::2", "fd00::1", "fe80::1"], ["10.0.0.1", "10.1.0.1", "10.0.0.2"]] == [
        [str(address) for address in step.addresses] for step in steps(InstallFirewall, made.up)
    ]


@pytest.mark.parametrize(("mark", "refused"), [(253, True), (254, True), (255, True), (252, False), (256, False)])
def test_a_table_of_the_kernel_is_no_mark(mark: int, refused: bool) -> None:  # noqa: FBT001
    assert (["P306"] if refused else []) == codes(config(f"FwMark = {mark}", peer("0.0.0.0/0")))
    assert [] == codes(config(f"FwMark = {mark}", peer("10.0.0.0/8")))


def test_a_pinned_mark_may_be_no_table_of_the_kernel_either() -> None:
    result = lower_config(Source("wg0.conf", config("", peer("0.0.0.0/0"))), "wg0", Options(fwmark=254))

    assert ["P306"] == [found.rule.code for found in result.diagnostics]


@pytest.mark.parametrize("name", ["a=b", "a+b"])
def test_a_name_that_nft_does_not_take_is_refused_with_a_default_route_only(name: str) -> None:
    assert ["P307"] == codes(config("", peer("0.0.0.0/0")), name)
    assert [] == codes(config("", peer("10.0.0.0/8")), name)


# --- MTU and DNS ---


def test_an_mtu_is_unknown_until_it_is_set_or_pinned() -> None:
    assert [None] == [step.mtu for step in steps(BringUp, planned(config()).up)]
    assert [1400] == [step.mtu for step in steps(BringUp, planned(config(), Options(mtu=1400)).up)]
    assert [1420] == [step.mtu for step in steps(BringUp, planned(config("MTU = 1420"), Options(mtu=1400)).up)]


@pytest.mark.parametrize(
    "text",
    [config("MTU = 1279\nAddress = fd00::1"), config("MTU = 1279", peer("::/0")), config("MTU = 68", peer("::1"))],
)
def test_an_mtu_too_small_for_ipv6_is_refused_where_ipv6_is_used(text: str) -> None:
    assert ["P304"] == codes(text)


@pytest.mark.parametrize(
    "text",
    [
        config("MTU = 68\nAddress = 10.0.0.1", peer("10.0.0.0/8")),
        config("MTU = 1279\nTable = off", peer("::/0")),
        config("MTU = 1280\nAddress = fd00::1"),
    ],
)
def test_a_small_mtu_is_fine_where_it_does_no_harm(text: str) -> None:
    assert [] == codes(text)


def test_search_domains_alone_do_nothing() -> None:
    text = config("DNS = corp.example")

    assert [] == steps(SetResolver, planned(text).up)
    assert ["P308"] == codes(text)


# --- peers ---


def test_of_peers_that_name_one_network_the_last_has_it() -> None:
    text = config("", peer("10.0.0.0/8, 10.1.0.0/16"), peer("10.0.0.0/8", B))

    assert [[ip_network("10.1.0.0/16")], [ip_network("10.0.0.0/8")]] == [[*found.allowed_ips] for found in peers(text)]
    assert ["P301"] == codes(text)


def test_a_peer_that_is_left_without_networks_is_warned_of() -> None:
    text = config("", peer("0.0.0.0/0, ::/0"), peer("::/0, 0.0.0.0/0", B), f"PublicKey = {OTHER}")

    found = lower_config(Source("wg0.conf", text), "wg0").diagnostics

    assert ["P301", "P301", "P312"] == sorted(one.rule.code for one in found)
    assert [f"peer {A[:7]}… is left without AllowedIPs"] == [
        one.message for one in found if one.severity is Severity.WARNING
    ]


def test_the_first_peer_gets_it_back_when_its_key_comes_again() -> None:
    text = config("", peer("10.0.0.0/8, fd00::/8"), peer("10.0.0.0/8", B), peer("10.0.0.0/8"))

    assert [(A, (ip_network("10.0.0.0/8"),)), (B, ())] == [
        (found.public_key, found.allowed_ips) for found in peers(text)
    ]


def test_sections_of_one_key_are_one_peer_of_which_the_later_one_counts() -> None:
    first = f"{peer('10.0.0.0/8')}\nEndpoint = a:1\nPersistentKeepalive = 5\nPresharedKey = {B}"
    text = config("", first, f"PublicKey = {A}\nEndpoint = b:2")

    [found] = peers(text)

    assert ("b:2", 5, B, ()) == (
        str(found.endpoint),
        found.persistent_keepalive,
        found.preshared_key,
        found.allowed_ips,
    )
    assert ["P302"] == codes(text)


@pytest.mark.parametrize(
    ("later", "expected"),
    [
        ("10.1.0.0/16", ["10.1.0.0/16"]),
        ("+10.1.0.0/16", ["10.0.0.0/8", "10.1.0.0/16"]),
        ("-10.0.0.0/8", []),
        ("-10.0.0.0/9", ["10.0.0.0/8"]),
        ("10.1.0.0/16, -10.0.0.0/8", ["10.1.0.0/16"]),
        ("-10.1.0.0/16, 10.1.0.0/16", ["10.0.0.0/8", "10.1.0.0/16"]),
        ("10.1.0.0/16, -10.1.0.0/16", ["10.0.0.0/8"]),
    ],
)
def test_a_later_section_changes_the_list(later: str, expected: list[str]) -> None:
    [found] = peers(config("", peer("10.0.0.0/8"), peer(later)))

    assert expected == [str(network) for network in found.allowed_ips]


def test_a_network_is_not_taken_away_from_another_peer() -> None:
    first, _ = peers(config("", peer("10.0.0.0/8"), peer("-10.0.0.0/8", B)))

    assert (ip_network("10.0.0.0/8"),) == first.allowed_ips


def test_the_host_s_own_key_is_no_peer() -> None:
    text = config("", peer("10.0.0.0/8", OWN), peer("10.1.0.0/16"))

    assert [A] == [found.public_key for found in peers(text)]
    assert ["10.1.0.0/16"] == routes(text)
    assert ["P303"] == codes(text)


def test_keys_of_zeros_are_none_but_a_public_one_is_a_peer() -> None:
    text = f"[Interface]\nPrivateKey = {ZERO}\n[Peer]\nPublicKey = {ZERO}\nPresharedKey = {ZERO}\n"

    [device] = steps(ConfigureDevice, planned(text).up)

    assert device.private_key is None
    assert [(ZERO, None)] == [(found.public_key, found.preshared_key) for found in device.peers]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("", ExternalKey()),
        ("PrivateKey = {{ vault_key }}", ExternalKey("vault_key")),
        (f"PrivateKey = {PRIVATE}", PRIVATE),
        (f"PrivateKey = {ZERO}", None),
        ("PostUp = wg set %i private-key /etc/wireguard/%i.key", None),
        ("PreUp = wg setconf %i /etc/wireguard/%i.secret", None),
        ("PostDown = wg set other private-key /etc/wireguard/other.key", ExternalKey()),
    ],
)
def test_with_external_keys_the_host_has_what_the_config_and_its_hooks_lack(lines: str, expected: object) -> None:
    [device] = steps(ConfigureDevice, planned(f"[Interface]\n{lines}\n", options=Options(KeyStorage.EXTERNAL)).up)

    assert expected == device.private_key


def test_a_placeholder_is_no_secret() -> None:
    text = "[Interface]\nPrivateKey = {{ a }}\n[Peer]\n" + peer("10.0.0.0/8") + "\nPresharedKey = {{ b }}\n"

    assert [] == [*lowered(text, Options(KeyStorage.EXTERNAL)).secrets()]


def test_secrets_are_the_private_and_the_preshared_keys() -> None:
    made = lowered(config("", f"{peer('10.0.0.0/8')}\nPresharedKey = {B}", peer("10.1.0.0/16", B)))

    assert [PRIVATE, B] == [*made.secrets()]


@pytest.mark.parametrize(("value", "kinds"), [("true", [SaveConfig, TearDown]), ("false", [TearDown])])
def test_the_state_is_saved_before_it_is_torn_down(value: str, kinds: list[type]) -> None:
    assert kinds == [type(step) for step in planned(config(f"SaveConfig = {value}")).down]
