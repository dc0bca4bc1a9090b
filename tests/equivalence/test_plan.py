"""The plan against the real wg-quick: after `wg-quick up`, `verify` finds the plan on the host, and every change to it.

`verify` runs inside the namespace, as a user would run it.
"""

from __future__ import annotations

import json
import re
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.lab.cases import ROOT, corpus, golden, harmless
from tests.lab.namespace import Host, Namespace, host_names

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterable, Sequence

    from _pytest.mark.structures import ParameterSet

    from tests.lab.cases import Case

pytestmark = pytest.mark.usefixtures("laboratory")

# What has no result to compare, and why.
LEFT_OUT = (
    "golden/refused-",  # no plan
    "golden/keys-external-hub",  # placeholders, which wg-quick does not know
    "golden/keys-external-placeholders",  # as above
    "golden/table-main-default-route",  # wg-quick fails where the host has a default route
    "valid/020-n0madic-port-99999",  # a port out of range, refused on purpose
    "valid/156-networkmanager-tests-wg-test3",  # as above
)

# The laboratory's resolvconf keeps what it is told, but has no word for `-x`.
UNTOLD = [{"area": "DNS", "item": "exclusive servers", "reason": "`resolvconf` does not show this"}]

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
DEFAULT_ROUTE = f"""\
[Interface]
PrivateKey = WELEsbNJnrsgryqloe/UmJ8FZarcsijnYOFo7hg14XQ=
Address = 10.{{}}.0.2/24
[Peer]
PublicKey = {KEY}
Endpoint = 198.51.100.7:51820
AllowedIPs = 0.0.0.0/0
"""
PUBLIC_KEY = "ClHg0vwa/lTm5Sob1pHcYjzQXdbOjSTKL2cpIuYYNC8="
NEW_KEY = "xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg="
GUARD = "meta iifname != wg0 ip daddr 10.8.0.2 fib saddr type != local drop"
FILTER = "type filter hook {} prio {} policy accept"
SAVE_MARK = "meta l4proto udp meta mark {} ct mark set meta mark"
SUPPRESS, MARK, MAIN = (
    "IPv4 lookup main suppress_prefixlength 0",
    "IPv4 not fwmark 51820 lookup 51820",
    "IPv4 lookup main",
)
HOST = Host(names=("vpn.example.net",))


def verify(namespace: Namespace, *options: str, within: Sequence[str] = ()) -> subprocess.CompletedProcess[str]:
    """Run `verify`, `within` another command that starts it."""
    command = (*within, sys.executable, "-m", "wgtranspile", "verify", *options)
    return namespace.run(*command, environment={"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"})


def up(namespace: Namespace, file: str, config: str | bytes) -> None:
    done = namespace.run("wg-quick", "up", namespace.write(file, config))
    assert done.returncode == 0, done.stderr


def compared(cases: Iterable[ParameterSet]) -> list[ParameterSet]:
    return [case for case in cases if not str(case.id).startswith(LEFT_OUT)]


def assert_found(case: Case, host: Host) -> None:
    """Assert that `verify` finds the plan of a config on a host where wg-quick brought it up."""
    config = harmless(case.content)
    with Namespace(replace(host, names=host_names(case.text))) as namespace:
        up(namespace, f"{case.name}.conf", config)

        done = verify(namespace, "--json", f"{case.name}.conf")

    found = json.loads(done.stdout)
    assert [] == found["differences"]
    assert found["unchecked"] in ([], UNTOLD)
    assert done.returncode == 0


@pytest.mark.parametrize("case", compared(golden()))
def test_the_plan_is_what_wg_quick_leaves_on_an_ordinary_host(case: Case) -> None:
    assert_found(case, Host())


@pytest.mark.parametrize("case", compared([*golden(), *corpus("valid")]))
def test_the_plan_is_what_wg_quick_leaves_where_it_must_adapt(case: Case) -> None:
    """The uplink is small, another tunnel holds table 51820, and the link gets a link-local address from the kernel."""
    assert_found(case, Host(mtu=1400, taken=(51820,), link_local=True))


# What is done to the host after `up`, and what `verify` says of it.
CHANGES: dict[str, tuple[str, list[str]]] = {
    "mtu": ("ip link set wg0 mtu 1419", ["wg0: link MTU: wanted 1420, found 1419"]),
    "mtu-of-uplink": ("ip link set up0 mtu 1400", ["wg0: link MTU: wanted 1320, found 1420"]),
    "mtu-of-route": (
        "ip route add 198.51.100.7 dev up0 mtu 1300",
        ["wg0: link MTU: wanted 1220, found 1420"],
    ),
    "no-link": ("ip link del wg0", ["wg0: link wg0: missing"]),
    "other-link": (
        "ip link del wg0; ip link add wg0 mtu 1420 type veth peer name wg1;ip link set wg0 addrgenmode none up",
        [
            "wg0: device kind: wanted a WireGuard device, found another kind of link",
            "wg0.conf:3: address 10.8.0.2/24: missing",
            "wg0.conf:3: address fd08::2/64: missing",
            "wg0.conf:3: route 10.8.0.0/24: missing (scope link src 10.8.0.2)",
            "wg0.conf:3: route fd08::/64: missing (metric 256)",
            "wg0.conf:13: route fd09::/64: missing (metric 1024)",
            "wg0.conf:13: route 10.9.0.0/16: missing (scope link)",
            "wg0.conf:9: route ::/0 table 51820: missing (metric 1024)",
            "wg0.conf:9: route 0.0.0.0/0 table 51820: missing (scope link)",
        ],
    ),
    "private-key": (
        f"echo {KEY} >key; wg set wg0 private-key ./key",
        [f"wg0: device public key: wanted {PUBLIC_KEY}, found mhBjlN9JStW1IWeRPwA5pc+OKadtyDzot+bFWk7oImI="],
    ),
    "mark": ("wg set wg0 fwmark 51821", ["wg0.conf:9: device fwmark: wanted 51820, found 51821"]),
    "no-mark": ("wg set wg0 fwmark off", ["wg0.conf:9: device fwmark: wanted 51820, found off"]),
    "free-port": ("wg set wg0 listen-port 40001", []),
    "no-preshared-key": (
        f"wg set wg0 peer {KEY} preshared-key /dev/null",
        [f"wg0.conf:6: peer {KEY} preshared key: wanted present, found none"],
    ),
    "other-preshared-key": (
        f"echo {KEY} >key; wg set wg0 peer {KEY} preshared-key ./key",
        [f"wg0.conf:6: peer {KEY} preshared key: wanted present, found another one"],
    ),
    "endpoint": (
        f"wg set wg0 peer {OTHER_KEY} endpoint 198.51.100.8:51820",
        [f"wg0.conf:11: peer {OTHER_KEY} endpoint: wanted 198.51.100.7:51820, found 198.51.100.8:51820"],
    ),
    "endpoint-by-name": (
        f"wg set wg0 peer {KEY} endpoint 203.0.113.99:51820",
        [f"wg0.conf:6: peer {KEY} endpoint: wanted vpn.example.net:51820, found 203.0.113.99:51820"],
    ),
    "keepalive": (
        f"wg set wg0 peer {KEY} persistent-keepalive 25",
        [f"wg0.conf:6: peer {KEY} persistent keepalive: wanted off, found 25"],
    ),
    "allowed-ip-moved": (
        f"wg set wg0 peer {KEY} allowed-ips 0.0.0.0/0,::/0,10.9.0.0/16",
        [
            f"wg0: peer {KEY} allowed IP 10.9.0.0/16: unexpected",
            f"wg0.conf:11: peer {OTHER_KEY} allowed IP 10.9.0.0/16: missing",
        ],
    ),
    "no-peer": (f"wg set wg0 peer {OTHER_KEY} remove", [f"wg0.conf:11: peer {OTHER_KEY}: missing"]),
    "other-peer": (f"wg set wg0 peer {PUBLIC_KEY}", []),  # the link's own key: the kernel takes no such peer
    "new-peer": (f"wg set wg0 peer {NEW_KEY} allowed-ips 10.7.0.0/16", [f"wg0: peer {NEW_KEY}: unexpected"]),
    "new-address": ("ip address add 10.8.0.3/24 dev wg0", ["wg0: address 10.8.0.3/24: unexpected"]),
    "no-address": (
        "ip address del fd08::2/64 dev wg0",
        ["wg0.conf:3: address fd08::2/64: missing", "wg0.conf:3: route fd08::/64: missing (metric 256)"],
    ),
    "no-connected-route": (
        "ip route del 10.8.0.0/24",
        ["wg0.conf:3: route 10.8.0.0/24: missing (scope link src 10.8.0.2)"],
    ),
    "new-route": ("ip route add 10.11.0.0/16 dev wg0", ["wg0: route 10.11.0.0/16: unexpected (scope link)"]),
    "new-route-in-a-table": (
        "ip route add 10.11.0.0/16 dev wg0 table 7",
        ["wg0: route 10.11.0.0/16 table 7: unexpected (scope link)"],
    ),
    "no-route": ("ip route del 10.9.0.0/16", ["wg0.conf:13: route 10.9.0.0/16: missing (scope link)"]),
    "no-default-route": (
        "ip -6 route del default table 51820",
        ["wg0.conf:9: route ::/0 table 51820: missing (metric 1024)"],
    ),
    "route-by-a-manager": ("ip route change 10.9.0.0/16 dev wg0 proto static", []),
    "metric-of-a-route": (
        "ip route del fd09::/64; ip route add fd09::/64 dev wg0 metric 5",
        ["wg0.conf:13: route fd09::/64: wanted metric 1024, found metric 5"],
    ),
    "mtu-on-a-route": (
        "ip route change 10.9.0.0/16 dev wg0 mtu 1300",
        ["wg0.conf:13: route 10.9.0.0/16: wanted scope link, found scope link metrics [{'mtu': 1300}]"],
    ),
    "no-suppress-rule": (
        "ip -4 rule del table main suppress_prefixlength 0",
        ["wg0.conf:9: rule IPv4 lookup main suppress_prefixlength 0: missing"],
    ),
    "no-mark-rule": (
        "ip -6 rule del not fwmark 51820 table 51820",
        ["wg0.conf:9: rule IPv6 not fwmark 51820 lookup 51820: missing"],
    ),
    "rules-turned-round": (
        "ip rule del not fwmark 51820 table 51820; ip rule add not fwmark 51820 table 51820 pref 9",
        [f"wg0.conf:9: rule order of IPv4: wanted {SUPPRESS} < {MARK} < {MAIN}, found {MARK} < {SUPPRESS} < {MAIN}"],
    ),
    "main-before-the-mark": (
        "ip rule add pref 9 table main",
        [f"wg0.conf:9: rule order of IPv4: wanted {SUPPRESS} < {MARK} < {MAIN}, found {MAIN} < {SUPPRESS} < {MARK}"],
    ),
    "rules-at-other-priorities": (
        (
            "ip rule del not fwmark 51820 table 51820; ip rule add not fwmark 51820 table 51820 pref 99;"
            "ip rule del table main suppress_prefixlength 0; ip rule add table main suppress_prefixlength 0 pref 98"
        ),
        [],
    ),
    "new-rule": (
        "ip rule add from 192.0.2.0/24 table 51820",
        ["wg0: rule IPv4 src 192.0.2.0 srclen 24 lookup 51820: unexpected"],
    ),
    "rule-of-the-host": ("ip rule add from 192.0.2.0/24 table 7", []),
    "flushed-chain": (
        "nft flush chain ip wg-quick-wg0 preraw",
        [f"wg0.conf:9: firewall IPv4 preraw `{GUARD}`: missing"],
    ),
    "no-firewall": (
        "nft delete table ip wg-quick-wg0",
        [
            "wg0.conf:9: firewall IPv4 table: missing",
            f"wg0.conf:9: firewall IPv4 chain preraw: missing ({FILTER.format('prerouting', -300)})",
            f"wg0.conf:9: firewall IPv4 chain premangle: missing ({FILTER.format('prerouting', -150)})",
            f"wg0.conf:9: firewall IPv4 chain postmangle: missing ({FILTER.format('postrouting', -150)})",
            f"wg0.conf:9: firewall IPv4 preraw `{GUARD}`: missing",
            "wg0.conf:9: firewall IPv4 premangle `meta l4proto udp meta mark set ct mark`: missing",
            f"wg0.conf:9: firewall IPv4 postmangle `{SAVE_MARK.format(51820)}`: missing",
        ],
    ),
    "new-firewall-rule": (
        "nft add rule ip wg-quick-wg0 preraw drop",
        ["wg0: firewall IPv4 preraw `drop`: unexpected"],
    ),
    "firewall-rule-twice": (
        "nft add rule ip wg-quick-wg0 premangle meta l4proto udp meta mark set ct mark",
        ["wg0: firewall IPv4 premangle `meta l4proto udp meta mark set ct mark`: unexpected"],
    ),
    "firewall-of-the-host": ("nft add table ip other", []),
    "sysctl": (
        "sysctl -qw net.ipv4.conf.all.src_valid_mark=0",
        ["wg0.conf:9: sysctl net.ipv4.conf.all.src_valid_mark: wanted 1, found 0"],
    ),
    "dns": (
        "printf 'nameserver 10.8.0.9\\nsearch example.org\\n' | resolvconf -a wg0",
        ["wg0.conf:4: DNS servers: wanted 10.8.0.1, found 10.8.0.9"],
    ),
}


@pytest.mark.parametrize(("change", "differences"), CHANGES.values(), ids=CHANGES)
def test_a_change_is_found_and_named(change: str, differences: list[str]) -> None:
    with Namespace(HOST) as namespace:
        up(namespace, "wg0.conf", FULL_TUNNEL)
        changed = namespace.run("sh", "-ec", change)
        assert changed.returncode == 0, changed.stderr

        done = verify(namespace, "wg0.conf")

    told = [line.strip() for line in done.stdout.splitlines()[:-1]]
    assert differences == [line for line in told if not re.search("cause: |consequences:|not checked", line)]
    assert done.returncode == bool(differences)


# What is done to the host, the cause that `verify` names, and what it shows as the cause and as its consequences.
CAUSES: dict[str, tuple[str, str, list[str], list[str]]] = {
    "mark": (
        "wg set wg0 fwmark 77",
        "the device's mark is not the one that the policy rules exempt, so encrypted packets enter the tunnel",
        ["device fwmark"],
        [],
    ),
    "link-down": (
        "ip link set wg0 down",
        "the link is down, so the kernel has removed its routes and IPv6 addresses",
        ["link state"],
        [
            *("address fd08::2/64", "route 10.8.0.0/24", "route fd08::/64", "route fd09::/64", "route 10.9.0.0/16"),
            *("route ::/0 table 51820", "route 0.0.0.0/0 table 51820"),
        ],
    ),
    "link-was-down": (
        "ip link set wg0 down; ip link set wg0 up",
        "only IPv4 addresses and their networks are left, as after `ip link set wg0 down` and `up`",
        [],
        [
            *("address fd08::2/64", "route fd08::/64", "route fd09::/64", "route 10.9.0.0/16"),
            *("route ::/0 table 51820", "route 0.0.0.0/0 table 51820"),
        ],
    ),
    "ipv6-off": (
        "sysctl -qw net.ipv6.conf.all.disable_ipv6=1",
        "IPv6 is disabled on the link: net.ipv6.conf.wg0.disable_ipv6 is 1",
        [],
        ["address fd08::2/64", "route fd08::/64", "route fd09::/64", "route ::/0 table 51820"],
    ),
    "other-link": (
        CHANGES["other-link"][0],
        "the link is not a WireGuard device: something else has taken its name",
        ["device kind"],
        [line.partition(": ")[2].partition(": ")[0] for line in CHANGES["other-link"][1][1:]],
    ),
    "peer-removed": (
        f"wg set wg0 peer {OTHER_KEY} remove; ip route del 10.9.0.0/16; ip -6 route del fd09::/64",
        "the tunnel and the config have different peers, as if the config had been edited while the tunnel was up",
        [f"peer {OTHER_KEY}"],
        ["route fd09::/64", "route 10.9.0.0/16"],
    ),
    "peer-added": (
        f"wg set wg0 peer {NEW_KEY} allowed-ips 10.9.0.0/16,10.7.0.0/16; ip route add 10.7.0.0/16 dev wg0",
        "the tunnel and the config have different peers, as if the config had been edited while the tunnel was up",
        [f"peer {NEW_KEY}"],
        [f"peer {OTHER_KEY} allowed IP 10.9.0.0/16", "route 10.7.0.0/16"],
    ),
    "network-moved": (
        f"wg set wg0 peer {KEY} allowed-ips 0.0.0.0/0,::/0,10.9.0.0/16",
        "a network can belong to only one peer, and another peer has it now",
        [f"peer {KEY} allowed IP 10.9.0.0/16"],
        [f"peer {OTHER_KEY} allowed IP 10.9.0.0/16"],
    ),
    "address-removed": (
        "ip address del 10.8.0.2/24 dev wg0",
        "addresses are missing, so the kernel has removed the routes that depend on them",
        ["address 10.8.0.2/24"],
        ["route 10.8.0.0/24", "route 10.9.0.0/16", "route 0.0.0.0/0 table 51820"],
    ),
    "address-added": (
        "ip address add 10.66.0.3/24 dev wg0",
        "the link has addresses that are not in the config, and the kernel has added the routes to their networks",
        ["address 10.66.0.3/24"],
        ["route 10.66.0.0/24"],
    ),
    "rules-flushed": (
        "ip rule flush; ip -6 rule flush",
        "no policy rule of the tunnel is left, as after `ip rule flush`, so its routing table is not used",
        [],
        [
            f"rule IPv{family} {rule}"
            for family in (4, 6)
            for rule in ("lookup main suppress_prefixlength 0", "not fwmark 51820 lookup 51820", "lookup main")
        ],
    ),
    "one-firewall": (
        "nft delete table ip wg-quick-wg0",
        "the IPv4 firewall of the tunnel is missing, as after `nft flush ruleset` or a restart of the host's firewall",
        ["firewall IPv4 table"],
        [re.sub(r"^wg0.conf:9: |: missing.*", "", line) for line in CHANGES["no-firewall"][1][1:]],
    ),
    "dns": (
        "echo nameserver 10.8.0.9 | resolvconf -a wg0",
        "something else has changed the DNS settings of the link",
        ["DNS servers"],
        ["DNS search domains"],
    ),
}


@pytest.mark.parametrize(("change", "cause", "shown", "following"), CAUSES.values(), ids=CAUSES)
def test_a_cause_is_named_before_what_follows_from_it(
    change: str, cause: str, shown: list[str], following: list[str]
) -> None:
    with Namespace(HOST) as namespace:
        up(namespace, "wg0.conf", FULL_TUNNEL)
        changed = namespace.run("sh", "-ec", change)
        assert changed.returncode == 0, changed.stderr

        text = verify(namespace, "wg0.conf").stdout.splitlines()
        facts = json.loads(verify(namespace, "--json", "wg0.conf").stdout)

    lines = [line for line in text[:-1] if "not checked" not in line]
    consequences = ["  consequences:"] * bool(following)
    assert f"wg0: cause: {cause}" == lines[0]
    assert [f"  {item}" for item in shown] + consequences + [f"    {item}" for item in following] == [
        re.sub(r"^( *)wg0(?:\.conf:\d+)?: (.*?): .*", r"\1\2", line) for line in lines[1:]
    ]
    assert [cause] == facts["causes"]
    assert dict.fromkeys(shown) | dict.fromkeys(following, cause) == {
        f"{item['area']} {item['item']}": item["cause"] for item in facts["differences"]
    }


def test_several_causes_and_what_has_none_are_told_apart() -> None:
    with Namespace(HOST) as namespace:
        up(namespace, "wg0.conf", FULL_TUNNEL)
        namespace.run("sh", "-ec", "wg set wg0 fwmark 77; nft flush ruleset; ip -6 route del default table 51820")

        lines = verify(namespace, "wg0.conf").stdout.splitlines()

    assert [
        f"wg0: cause: {CAUSES['mark'][1]}",
        (
            "wg0: cause: the firewall of the tunnel is missing, as after `nft flush ruleset` or a restart of the host's"
            " firewall"
        ),
        "wg0.conf:9: route ::/0 table 51820: missing (metric 1024)",
    ] == [line for line in lines[:-1] if not line.startswith(" ") and "not checked" not in line]
    assert "wg0: 16 differences between the plan and the live state" == lines[-1]


def test_a_hook_that_may_be_the_reason_is_named_with_its_line() -> None:
    hooks = (
        f"PostUp = ip route add 10.44.0.0/16 dev %i; wg set %i peer {KEY} persistent-keepalive 9\n"
        "PostUp = sleep 0\n"
        "PostDown = ip route add 10.45.0.0/16 dev lo\n"
        "DNS ="
    )
    with Namespace(HOST) as namespace:
        up(namespace, "wg0.conf", FULL_TUNNEL.replace("DNS =", hooks))

        done = verify(namespace, "wg0.conf")

    assert [
        f"wg0.conf:9: peer {KEY} persistent keepalive: wanted off, found 9",
        "wg0: route 10.44.0.0/16: unexpected (scope link)",
        (
            f"wg0.conf:4: note: this PostUp hook may have caused 2 differences: peer {KEY} persistent keepalive, "
            "route 10.44.0.0/16"
        ),
        "wg0: 2 differences between the plan and the live state",
    ] == [line for line in done.stdout.splitlines() if "not checked" not in line]


# wg-quick gives the first 1420, and each later one 80 less, as its way then is the tunnel before. The packets of an
# earlier one now go through the last, which its MTU does not show.
@pytest.mark.parametrize("order", [("wg0", "wg1", "wg2"), ("wg2", "wg1", "wg0")], ids="-".join)
def test_the_mtu_is_that_of_the_way_when_the_tunnel_came_up(order: Sequence[str]) -> None:
    with Namespace() as namespace:
        for number, name in enumerate(order):
            up(namespace, f"{name}.conf", DEFAULT_ROUTE.format(number))

        untouched = {name: verify(namespace, f"{name}.conf").stdout for name in order}
        namespace.run("sh", "-ec", "for link in wg0 wg1 wg2; do ip link set $link mtu 1300; done")
        changed = {name: verify(namespace, f"{name}.conf").stdout.splitlines()[:-1] for name in order}

    assert {name: f"{name}: the live state equals the plan\n" for name in order} == untouched
    first, second, third = order
    assert {
        first: [f"{first}: link MTU: wanted 1420, found 1300"],
        second: [f"{second}: link MTU: wanted 1220, found 1300"],
        third: [f"{third}: link MTU: wanted 1220, found 1300"],
    } == changed


def test_without_tools_or_rights_it_says_what_is_needed() -> None:
    with Namespace(HOST) as namespace:
        up(namespace, "wg0.conf", FULL_TUNNEL)

        denied = verify(namespace, "wg0.conf", within=("setpriv", "--bounding-set=-net_admin"))
        absent = verify(namespace, "wg0.conf", within=("env", "PATH=/nowhere"))

    assert (
        denied.stderr
        == "wgtranspile: reading the state of WireGuard needs root (CAP_NET_ADMIN)\n  help: run it as root\n"
    )
    assert absent.stderr.startswith("wgtranspile: `ip` is not installed\n")
    assert (1, 1) == (denied.returncode, absent.returncode)
    assert ("", "") == (denied.stdout, absent.stdout)


def test_what_placeholders_stand_for_is_left_open() -> None:
    with Namespace(HOST) as namespace:
        up(namespace, "wg0.conf", FULL_TUNNEL)
        namespace.write("wg0.conf", re.sub(r"(PrivateKey|PresharedKey) = .*", r"\1 = {{ vault_key }}", FULL_TUNNEL))

        done = verify(namespace, "--json", "wg0.conf")

    found = json.loads(done.stdout)
    assert (0, []) == (done.returncode, found["differences"])
    assert ["public key", f"{KEY} preshared key"] == [item["item"] for item in found["unchecked"] if item not in UNTOLD]


def test_the_private_key_is_not_asked_for() -> None:
    """A private key in the memory of a process may come to light; `wg` can compute the public one itself."""
    with Namespace(HOST) as namespace:
        up(namespace, "wg0.conf", FULL_TUNNEL)
        real = namespace.run("sh", "-c", "command -v wg").stdout.strip()
        note = namespace.write("wg", f'#!/bin/sh\necho "$*" >>"$LAB/asked"\nexec {real} "$@"\n')
        note.chmod(0o755)

        done = verify(namespace, "wg0.conf", within=("sh", "-c", 'PATH="$LAB:$PATH" exec "$@"', "sh"))
        asked = (namespace.folder / "asked").read_text().splitlines()

    assert done.returncode == 0
    assert {"show wg0 public-key", "show wg0 preshared-keys"} <= set(asked)
    assert not {"show", "show wg0", "show wg0 dump", "show wg0 private-key", "showconf wg0"} & set(asked)
