"""What the configs of a fleet disagree about: each single change to a consistent fleet gives exactly its finding."""

from __future__ import annotations

import pickle
import random
import re
from typing import TYPE_CHECKING

import pytest

from tests.checks.fleets import Host, Peer, check, connect, fleet, key
from wgtranspile.backends import KeyStorage
from wgtranspile.checks.fleet import Fleet
from wgtranspile.config.curve25519 import public_key
from wgtranspile.model import Key
from wgtranspile.pipeline import Options, transpile
from wgtranspile.report.text import render, render_concise
from wgtranspile.source import Source, Span

if TYPE_CHECKING:
    from collections.abc import Callable

    Hosts = dict[str, Host]

CHANCE = random.Random(1)
HUB, SPOKE, OTHER = "hub00", "spoke00-05", "spoke00-06"


def found(hosts: Hosts, keys: KeyStorage | None = None) -> list[str]:
    return render_concise(check(hosts.values(), keys)).splitlines()


def without_keys(hosts: Hosts, *but: str) -> Hosts:
    """Give hosts whose configs have placeholders in place of all keys, or nothing; those of some stay."""
    for name, host in hosts.items():
        if name not in but:
            host.private = "{{ vault_wg0 }}"
        for peer in host.peers.values():
            peer.preshared = peer.preshared and "{{ vault_wg0_hub }}"
    return hosts


def test_a_consistent_fleet_gives_no_finding() -> None:
    assert [] == found(fleet(500))


# --- one change each: the finding it must give, as file, line and message with its code ---


def same_key(hosts: Hosts) -> str:
    hosts[OTHER].private = hosts[SPOKE].private
    return f"{OTHER}/wg0.conf:2:14: warning[F701] this `PrivateKey` is also used in {SPOKE}/wg0.conf:2"


def same_key_of_hubs(hosts: Hosts) -> str:
    hosts["hub01"].private = hosts[HUB].private
    return f"hub01/wg0.conf:2:14: warning[F701] this `PrivateKey` is also used in {HUB}/wg0.conf:2"


def forgotten_by_its_hub(hosts: Hosts) -> str:
    del hosts[HUB].peers[SPOKE]
    return one_sided(hosts[SPOKE], hosts[HUB])


def forgotten_by_a_spoke(hosts: Hosts) -> str:
    del hosts[SPOKE].peers[HUB]
    return one_sided(hosts[HUB], hosts[SPOKE])


def forgotten_in_the_mesh(hosts: Hosts) -> str:
    del hosts["hub02"].peers["hub01"]
    return one_sided(hosts["hub01"], hosts["hub02"])


def listed_by_a_stranger(hosts: Hosts) -> str:
    connect(hosts["hub01"], hosts[SPOKE], [f"{hosts[SPOKE].address}/32"])
    return one_sided(hosts["hub01"], hosts[SPOKE])


def one_sided(lister: Host, other: Host) -> str:
    line = lister.line("PublicKey", f"# {other.name}")
    return (
        f"{lister.path}:{line}:13: warning[F702] this peer is {other.path}:2, which does not list this config as a peer"
    )


def old_key_of_a_spoke(hosts: Hosts) -> str:
    hosts[HUB].peers[SPOKE].key = some_public_key()
    return stale(hosts[HUB], hosts[SPOKE])


def old_key_of_a_hub_at_one_spoke(hosts: Hosts) -> str:
    hosts[SPOKE].peers[HUB].key = some_public_key()
    return stale(hosts[SPOKE], hosts[HUB])


def old_key_in_the_mesh(hosts: Hosts) -> str:
    hosts["hub02"].peers["hub01"].key = some_public_key()
    return stale(hosts["hub02"], hosts["hub01"])


def old_key_of_a_hub_that_does_not_list_the_spoke(hosts: Hosts) -> str:
    del hosts[HUB].peers[SPOKE]
    return old_key_of_a_hub_at_one_spoke(hosts)


def old_key_beside_a_guest_with_a_larger_network(hosts: Hosts) -> str:
    hosts[HUB].peers["guest"] = Peer(some_public_key(), ["10.0.0.0/16"])
    return old_key_of_a_spoke(hosts)


def forgotten_by_a_hub_with_a_guest_of_ipv6(hosts: Hosts) -> str:
    hosts[HUB].peers["guest"] = Peer(some_public_key(), ["fd00::1/128"])
    return forgotten_by_its_hub(hosts)


def stale(lister: Host, other: Host) -> str:
    line = lister.line("PublicKey", f"# {other.name}")
    return f"{lister.path}:{line}:13: warning[F703] no config has this peer's key; the peer is probably {other.path}:2"


def same_network_later(hosts: Hosts) -> str:
    hosts[HUB].peers[OTHER].allowed_ips.append(f"{hosts[SPOKE].address}/32")
    return out_of_reach(hosts[HUB], SPOKE)


def halves_at_two_others(hosts: Hosts) -> str:
    hosts[HUB].peers["hub01"].allowed_ips = ["10.201.0.0/16"]
    hosts[HUB].peers[SPOKE].allowed_ips.append("10.201.0.0/17")
    hosts[HUB].peers[OTHER].allowed_ips.append("10.201.128.0/17")
    return out_of_reach(hosts[HUB], "hub01")


def halves_one_of_them_in_quarters(hosts: Hosts) -> str:
    hosts[HUB].peers["hub01"].allowed_ips = ["fd00::/64"]
    hosts[HUB].peers[SPOKE].allowed_ips += ["fd00::/65", "fd00::/66"]
    hosts[HUB].peers[OTHER].allowed_ips += ["fd00::8000:0:0:0/66", "fd00:0:0:0:c000::/66"]
    return out_of_reach(hosts[HUB], "hub01")


def same_address(hosts: Hosts) -> str:
    hosts[OTHER].address = hosts[SPOKE].address
    hosts[HUB].peers[OTHER].allowed_ips = ["10.0.0.6/31"]
    return f"{OTHER}/wg0.conf:3:11: warning[F706] this `Address` is also used in {SPOKE}/wg0.conf:3"


def address_that_is_not_allowed(hosts: Hosts) -> str:
    hosts[SPOKE].address = "10.0.0.99"
    line = hosts[HUB].line("AllowedIPs", f"# {SPOKE}")
    return (
        f"{HUB}/wg0.conf:{line}:14: warning[F707] the AllowedIPs of this peer do not contain the address of "
        f"{SPOKE}/wg0.conf:3"
    )


def other_port(hosts: Hosts) -> str:
    hosts[SPOKE].peers[HUB].endpoint = "hub00.example:51821"
    line = hosts[SPOKE].line("Endpoint", f"# {HUB}")
    message = f"the port of this endpoint is not the `ListenPort` of {HUB}/wg0.conf:4"
    return f"{SPOKE}/wg0.conf:{line}:12: warning[F708] {message}"


def out_of_reach(host: Host, name: str) -> str:
    line = host.line("PublicKey", f"# {name}")
    return f"{host.path}:{line}:13: warning[F704] other peers take all AllowedIPs of this peer"


def another_preshared_key(hosts: Hosts) -> str:
    hosts[HUB].peers[SPOKE].preshared = key(CHANCE)
    return preshared_keys_differ(hosts, here="PresharedKey", there="PresharedKey")


def preshared_key_at_the_spoke_only(hosts: Hosts) -> str:
    hosts[SPOKE].peers[HUB].preshared, hosts[HUB].peers[SPOKE].preshared = key(CHANCE), ""
    return preshared_keys_differ(hosts, here="PresharedKey", there="PublicKey")


def preshared_key_at_the_hub_only(hosts: Hosts) -> str:
    hosts[SPOKE].peers[HUB].preshared, hosts[HUB].peers[SPOKE].preshared = "", key(CHANCE)
    return preshared_keys_differ(hosts, here="PublicKey", there="PresharedKey")


def preshared_keys_differ(hosts: Hosts, *, here: str, there: str) -> str:
    """Give the finding, which points at these settings: at the key, or at the peer that has none."""
    place = f"{hosts[SPOKE].line(here, f'# {HUB}')}:{len(here) + 4}"
    other = hosts[HUB].line(there, f"# {SPOKE}")
    return f"{SPOKE}/wg0.conf:{place}: warning[F705] this preshared key differs from the one in {HUB}/wg0.conf:{other}"


@pytest.mark.parametrize(
    "change",
    [
        same_key,
        same_key_of_hubs,
        forgotten_by_its_hub,
        forgotten_by_a_spoke,
        forgotten_in_the_mesh,
        listed_by_a_stranger,
        old_key_of_a_spoke,
        old_key_of_a_hub_at_one_spoke,
        old_key_in_the_mesh,
        old_key_of_a_hub_that_does_not_list_the_spoke,
        old_key_beside_a_guest_with_a_larger_network,
        forgotten_by_a_hub_with_a_guest_of_ipv6,
        same_network_later,
        halves_at_two_others,
        halves_one_of_them_in_quarters,
        another_preshared_key,
        same_address,
        address_that_is_not_allowed,
        other_port,
        preshared_key_at_the_spoke_only,
        preshared_key_at_the_hub_only,
    ],
)
def test_one_change_gives_exactly_its_finding(change: Callable[[Hosts], str]) -> None:
    hosts = fleet(63)

    expected = change(hosts)

    assert [expected] == found(hosts)


@pytest.mark.parametrize(
    ("change", "host", "setting", "text"),
    [
        (same_key, SPOKE, "PrivateKey", "first here"),
        (forgotten_by_its_hub, HUB, "PrivateKey", "the key of the peer"),
        (old_key_of_a_spoke, SPOKE, "PrivateKey", "its key"),
        (another_preshared_key, HUB, "PresharedKey", "the other end"),
        (preshared_key_at_the_spoke_only, HUB, "PublicKey", "the other end"),
        (same_address, SPOKE, "Address", "first here"),
        (address_that_is_not_allowed, SPOKE, "Address", "not among them"),
        (other_port, HUB, "ListenPort", "its port"),
    ],
)
def test_a_finding_shows_the_place_in_the_other_config(
    change: Callable[[Hosts], str], host: str, setting: str, text: str
) -> None:
    hosts = fleet(63)
    change(hosts)

    [finding] = check(hosts.values())

    here, there = finding.labels
    assert (finding.path, hosts[host].path, text) == (here.place.path, there.place.path, there.text)
    after = f"# {SPOKE}" if setting in ("PresharedKey", "PublicKey") else "[Interface]"
    assert hosts[host].line(setting, after) == there.place.start.line
    shown = render([finding], color=False)
    assert f"  ::: {hosts[host].path}:{there.place.start.line}:{len(setting) + 4}\n" in shown
    assert not {value for line in hosts[host].text.splitlines() for value in re.findall("e?[Kk]ey = (.*)", line)} & {
        *shown.split()
    }


def test_a_hub_that_changed_its_key_is_found_at_each_of_its_peers() -> None:
    hosts = fleet(63)
    hosts[HUB].private = key(CHANCE)

    peers = sorted(name for name, host in hosts.items() if HUB in host.peers)
    assert [stale(hosts[name], hosts[HUB]) for name in peers] == found(hosts)


def test_one_peer_with_an_unknown_key_is_one_host_at_most() -> None:
    hosts = fleet(42)
    del hosts[HUB].peers[SPOKE], hosts[HUB].peers[OTHER]
    hosts[HUB].peers["guest"] = Peer(some_public_key(), ["10.0.0.0/16"])

    assert ["F703", "F702"] == [finding.rule.code for finding in check(hosts.values())]


# --- near misses ---


def a_guest(hosts: Hosts) -> None:
    hosts[HUB].peers["guest"] = Peer(some_public_key(), ["10.99.0.1/32"], "guest.example:51820")


def a_guest_with_the_address_of_a_host_of_another_hub(hosts: Hosts) -> None:
    hosts[HUB].peers["guest"] = Peer(some_public_key(), [f"{hosts['spoke01-03'].address}/32"])


def a_guest_through_a_program_on_the_host(hosts: Hosts) -> None:
    hosts[SPOKE].peers[HUB].endpoint = "127.0.0.1:51820"
    hosts[OTHER].peers["guest"] = Peer(some_public_key(), ["10.99.0.1/32"], "127.0.0.1:51820")


def most_of_a_network_at_another(hosts: Hosts) -> None:
    hosts[HUB].peers["hub01"].allowed_ips = ["10.1.0.0/16"]
    hosts[HUB].peers[SPOKE].allowed_ips.append("10.1.128.0/17")
    hosts[HUB].peers[OTHER].allowed_ips.append("10.1.64.0/18")


def one_of_two_networks_at_another(hosts: Hosts) -> None:
    hosts[HUB].peers[SPOKE].allowed_ips.append("10.201.0.0/16")
    hosts[HUB].peers[OTHER].allowed_ips.append("10.201.0.0/16")


def halves_of_one_of_two_networks_at_another(hosts: Hosts) -> None:
    hosts[HUB].peers[SPOKE].allowed_ips.append("10.201.0.0/16")
    hosts[HUB].peers[OTHER].allowed_ips += ["10.201.0.0/17", "10.201.128.0/17"]


def halves_of_its_own(hosts: Hosts) -> None:
    hosts[HUB].peers[SPOKE].allowed_ips = ["10.0.0.0/16", "10.0.0.0/17", "10.0.128.0/17"]


def a_peer_without_networks(hosts: Hosts) -> None:
    hosts[HUB].peers[SPOKE].allowed_ips = [f"-{hosts[OTHER].address}/32"]


def one_address_in_two_networks(hosts: Hosts) -> None:
    hosts["spoke01-05"].address = hosts[SPOKE].address
    hosts["hub01"].peers["spoke01-05"].allowed_ips.append(f"{hosts[SPOKE].address}/32")


def an_address_of_a_family_that_the_other_has_not(hosts: Hosts) -> None:
    hosts[SPOKE].address += "/32, fd00::5"


def a_port_on_the_host_itself(hosts: Hosts) -> None:
    hosts[SPOKE].peers[HUB].endpoint = "127.0.0.1:4500"


def the_same_preshared_key_twice(hosts: Hosts) -> None:
    for name in (SPOKE, OTHER):
        hosts[HUB].peers[name].preshared = hosts[name].peers[HUB].preshared = key(CHANCE)


def no_preshared_key_and_one_of_zeros(hosts: Hosts) -> None:
    hosts[HUB].peers[SPOKE].preshared, hosts[SPOKE].peers[HUB].preshared = "", "A" * 43 + "="


@pytest.mark.parametrize(
    "change",
    [
        a_guest,
        a_guest_with_the_address_of_a_host_of_another_hub,
        a_guest_through_a_program_on_the_host,
        most_of_a_network_at_another,
        one_of_two_networks_at_another,
        halves_of_one_of_two_networks_at_another,
        one_address_in_two_networks,
        an_address_of_a_family_that_the_other_has_not,
        a_port_on_the_host_itself,
        halves_of_its_own,
        a_peer_without_networks,
        the_same_preshared_key_twice,
        no_preshared_key_and_one_of_zeros,
    ],
)
def test_what_only_looks_like_one_gives_none(change: Callable[[Hosts], None]) -> None:
    hosts = fleet(42)

    change(hosts)

    assert [] == found(hosts)


def test_a_guest_without_endpoint_is_not_the_only_spoke_without_one() -> None:
    assert [] == found(fleet(2))


def test_a_host_whose_key_a_hook_sets_is_taken_for_no_one() -> None:
    hosts = {name: host for name, host in fleet(21).items() if name in (HUB, SPOKE)}
    hosts[HUB].peers = {SPOKE: hosts[HUB].peers[SPOKE]}
    hosts[SPOKE].private = "A" * 43 + "="

    assert [] == found(hosts)


@pytest.mark.parametrize("known", [(), (HUB,), (HUB, SPOKE)], ids=str)
def test_keys_that_only_the_hosts_have_give_no_finding(known: tuple[str, ...]) -> None:
    assert [] == found(without_keys(fleet(42), *known), KeyStorage.EXTERNAL)


def test_hosts_without_known_keys_are_told_apart() -> None:
    hosts = without_keys(fleet(21), HUB)
    for name in (SPOKE, OTHER):
        hosts[name].peers[HUB].endpoint = "hub00.example:1"

    wrong = found(hosts, KeyStorage.EXTERNAL)

    assert [SPOKE, OTHER] == [line.partition("/")[0] for line in wrong]
    assert all("warning[F708]" in line for line in wrong)


def test_one_address_of_two_hosts_without_known_keys_is_found() -> None:
    hosts = without_keys(fleet(21))
    hosts[OTHER].address = hosts[SPOKE].address

    [wrong] = found(hosts, KeyStorage.EXTERNAL)

    assert wrong.startswith(f"{OTHER}/wg0.conf:3:11: warning[F706]")


def test_a_preshared_key_that_only_one_side_has_is_found_though_it_is_not_known() -> None:
    hosts = fleet(21)
    hosts[HUB].peers[SPOKE].preshared, hosts[SPOKE].peers[HUB].preshared = "{{ vault_wg0_spoke }}", ""
    hosts[HUB].peers[OTHER].preshared, hosts[OTHER].peers[HUB].preshared = "{{ vault_wg0_other }}", key(CHANCE)

    [wrong] = found(hosts, KeyStorage.EXTERNAL)

    assert wrong.startswith(f"{SPOKE}/wg0.conf:")
    assert "warning[F705]" in wrong


def test_one_key_on_one_host_is_left_to_the_check_of_that_host() -> None:
    configs = [f"[Interface]\nPrivateKey = {key(random.Random(2))}\n"] * 2
    checked = Fleet()
    for number, text in enumerate(configs):
        result = transpile(Source(f"host/wg{number}.conf", text), f"wg{number}", "json", Options(fleet_checks=True))
        assert result.member
        checked.add(result.member)

    assert [] == [*checked.findings()]


# --- one key for several tunnels of a host ---


def tunnels(*pairs: tuple[str, str]) -> Hosts:
    """Give the configs of hosts with one key each and a tunnel for each pair, by host and peer: `a-b` is that of a."""
    chance = random.Random(3)
    private = {name: key(chance) for name in sorted({name for pair in pairs for name in pair})}
    hosts: Hosts = {}
    for number, pair in enumerate(pairs):
        ends = [_end(hosts, private, name, f"10.{number}.0.{place}") for place, name in enumerate(pair, 1)]
        for end, other in zip(ends, ends[::-1], strict=True):
            hosts[f"{end.name}/{end.interface}"] = end
            connect(end, other, [f"{other.address}/32"], key(random.Random(number)))
    return hosts


def _end(hosts: Hosts, private: dict[str, str], name: str, address: str) -> Host:
    number = sum(host.name == name for host in hosts.values())
    port = 51820 + number
    return Host(name, private[name], address, f"{name}.example:{port}", port, interface=f"wg{number}")


@pytest.mark.parametrize(
    "pairs",
    [
        [("a", "b"), ("a", "c")],
        [("b", "a"), ("c", "a")],
        [("a", "b"), ("a", "c"), ("b", "c")],
        [("a", "b"), ("a", "b")],
        [("a", "b"), ("b", "c"), ("c", "d"), ("d", "a"), ("a", "c"), ("b", "d")],
    ],
)
def test_tunnels_of_hosts_with_one_key_each_give_no_finding(pairs: list[tuple[str, str]]) -> None:
    hosts = tunnels(*pairs)
    assert [] == found(hosts)

    for host in hosts.values():
        for peer in host.peers.values():
            peer.endpoint = "" if host.name == "a" else peer.endpoint
    assert [] == found(hosts)


def wrong_port(hosts: Hosts) -> tuple[str, str]:
    hosts["c/wg0"].peers["a"].endpoint = "a.example:51820"
    return "c/wg0.conf", "warning[F708] the port of this endpoint is not the `ListenPort` of a/wg1.conf:4"


def forgotten_by_the_second_tunnel(hosts: Hosts) -> tuple[str, str]:
    hosts["a/wg1"].peers.clear()
    return "c/wg0.conf", "warning[F702] this peer is a/wg1.conf:2, which does not list this config as a peer"


def forgotten_by_the_first_tunnel(hosts: Hosts) -> tuple[str, str]:
    hosts["a/wg0"].peers.clear()
    return "b/wg0.conf", "warning[F702] this peer is a/wg0.conf:2, which does not list this config as a peer"


def forgotten_by_the_peer_of_the_second(hosts: Hosts) -> tuple[str, str]:
    hosts["c/wg0"].peers.clear()
    return "a/wg1.conf", "warning[F702] this peer is c/wg0.conf:2, which does not list this config as a peer"


def other_preshared_key(hosts: Hosts) -> tuple[str, str]:
    hosts["a/wg1"].peers["c"].preshared = key(CHANCE)
    return "c/wg0.conf", "warning[F705] this preshared key differs from the one in a/wg1.conf:11"


def address_of_the_first_tunnel(hosts: Hosts) -> tuple[str, str]:
    hosts["c/wg0"].peers["a"].allowed_ips = [f"{hosts['a/wg0'].address}/32"]
    return "c/wg0.conf", "warning[F707] the AllowedIPs of this peer do not contain the address of a/wg1.conf:3"


def old_key_in_the_second_tunnel(hosts: Hosts) -> tuple[str, str]:
    hosts["a/wg1"].peers["c"].key = some_public_key()
    return "a/wg1.conf", "warning[F703] no config has this peer's key; the peer is probably c/wg0.conf:2"


@pytest.mark.parametrize(
    "change",
    [
        wrong_port,
        forgotten_by_the_second_tunnel,
        forgotten_by_the_first_tunnel,
        forgotten_by_the_peer_of_the_second,
        other_preshared_key,
        address_of_the_first_tunnel,
        old_key_in_the_second_tunnel,
    ],
)
def test_of_two_tunnels_with_one_key_the_wrong_one_is_found(change: Callable[[Hosts], tuple[str, str]]) -> None:
    hosts = tunnels(("a", "b"), ("a", "c"))

    path, message = change(hosts)

    [line] = found(hosts)
    assert (path, message) == (line.partition(":")[0], line.partition(": ")[2])


def test_of_two_tunnels_between_two_hosts_the_one_that_is_forgotten_is_found() -> None:
    hosts = tunnels(("a", "b"), ("a", "b"))
    hosts["a/wg1"].peers.clear()

    [line] = found(hosts)

    assert line.startswith("b/wg1.conf:")
    assert line.endswith("warning[F702] this peer is a/wg1.conf:2, which does not list this config as a peer")


# --- how it is said ---


def test_findings_come_in_one_order_and_show_no_secret() -> None:
    hosts = fleet(63)
    for change in (same_key, forgotten_in_the_mesh, old_key_of_a_spoke, same_network_later):
        change(hosts)
    hosts[HUB].peers["spoke00-09"].preshared = key(CHANCE)

    findings = check(hosts.values())

    places = [(finding.path, finding.labels[0].span) for finding in findings]
    assert sorted(places) == places
    said = render(findings, color=False)
    assert said == render(check(reversed(hosts.values())), color=False)
    assert {f"F70{number}" for number in range(1, 6)} == set(re.findall(r"\[(\w+)\]:", said))
    secrets = {host.private for host in hosts.values()}
    secrets |= {peer.preshared for host in hosts.values() for peer in host.peers.values() if peer.preshared}
    assert not [secret for secret in secrets if secret in said]


def test_a_stale_key_is_told_with_the_right_one() -> None:
    hosts = fleet(21)
    old_key_of_a_spoke(hosts)

    [finding] = check(hosts.values())

    assert (f"the public key of {SPOKE}/wg0.conf is {public_key(Key(hosts[SPOKE].private))}",) == finding.notes


def test_an_unreachable_peer_is_told_with_another_that_takes_its_packets() -> None:
    hosts = fleet(21)
    hosts[HUB].peers[SPOKE].allowed_ips = ["10.201.0.0/16", "10.201.0.0/17", "10.201.128.0/17"]
    hosts[HUB].peers[OTHER].allowed_ips += [f"10.201.{quarter}.0/18" for quarter in (0, 64, 128, 192)]

    [finding] = check(hosts.values())

    lines = [label.place.start.line for label in finding.labels]
    assert [hosts[HUB].line("PublicKey", f"# {name}") for name in (SPOKE, OTHER)] == lines


def test_what_is_kept_of_a_config_holds_no_secret_and_goes_to_another_process() -> None:
    host = fleet(21)[HUB]

    member = transpile(Source(host.path, host.text), "wg0", "json", Options(fleet_checks=True)).member

    assert member
    kept = pickle.dumps(member)
    assert member == pickle.loads(kept)  # noqa: S301  our own
    secrets = {host.private, *(peer.preshared for peer in host.peers.values() if peer.preshared)}
    assert len(secrets) > 1
    text = member.place(Span(0, 0)).source.text
    hidden = {secret: "*" * len(secret) for secret in secrets}
    assert text == re.sub("|".join(map(re.escape, hidden)), lambda found: hidden[found[0]], host.text)
    assert not [secret for secret in secrets if secret.encode() in kept or secret in text]


def test_without_the_option_nothing_is_kept() -> None:
    host = fleet(21)[HUB]

    assert transpile(Source(host.path, host.text), "wg0", "json").member is None


def some_public_key() -> str:
    return public_key(Key(key(CHANCE)))
