"""A later version of a config, applied to a tunnel that is up: the state of a fresh `up`, and the link stays.

What hooks do with the rules of a tunnel stands here, too: nothing of it may be left, as nothing is by wg-quick.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.equivalence.courses import assert_no_difference, assert_same, emitted, ours, reference
from tests.lab.cases import Case
from tests.lab.namespace import Host, Namespace

if TYPE_CHECKING:
    from tests.lab.snapshot import Snapshot

pytestmark = pytest.mark.usefixtures("laboratory")

KEYS = (
    "pMj38w9caGdqvi3ZMWGts2gsR0LQhYV79bncRRTouhQ=",
    "Teuz88las2OQnmPE4Q8mjtzYmxCIVx4nAeB7ji42L2M=",
    "kd63dDS+OsnPq3KQb28fAQy6Db17uczR4Qek7UQYgVA=",
)
PRESHARED_KEY = "PresharedKey = tT8wz8jrceSptTgE6Rz6K/OJM5Gyl2C0wF7C0yv+3Q0="
KEEPALIVE = "PersistentKeepalive = 25"
SITE, OTHER_SITE = "AllowedIPs = 10.8.0.2/32, 10.9.0.0/16, fd09::/48", "AllowedIPs = 10.8.0.3/32, 10.10.0.0/16"
ALL = "AllowedIPs = 0.0.0.0/0, ::/0, 10.9.0.0/16"


def config(*peers: str, interface: str = "") -> Case:
    """Give the config with these lines of the peers, each with a key of its own."""
    lines = [
        "[Interface]",
        "PrivateKey = WELEsbNJnrsgryqloe/UmJ8FZarcsijnYOFo7hg14XQ=",
        "Address = 10.8.0.1/24, fd08::1/64",
        "ListenPort = 5555",
        interface,
    ]
    for key, peer in zip(KEYS, peers, strict=False):
        lines += ["[Peer]", f"PublicKey = {key}", peer]
    return Case("wg0", "\n".join((*lines, "")).encode())


CHANGES = {
    "a peer comes": (config(SITE), config(SITE, OTHER_SITE)),
    "a peer goes": (config(SITE, OTHER_SITE), config(SITE)),
    "all peers go": (config(SITE, OTHER_SITE), config()),
    "the first peer comes": (config(), config(SITE)),
    "a key is another": (config(SITE, OTHER_SITE), config(SITE, "", OTHER_SITE)),
    "networks change": (config(SITE), config("AllowedIPs = 10.8.0.2/32, 10.11.0.0/16, fd09:0:0:1::/64")),
    "a network moves": (config(SITE, OTHER_SITE), config(OTHER_SITE, SITE)),
    "settings come": (config(SITE), config(f"{SITE}\n{PRESHARED_KEY}\n{KEEPALIVE}\nEndpoint = 198.51.100.9:9")),
    "settings go": (config(f"{SITE}\n{PRESHARED_KEY}\n{KEEPALIVE}"), config(SITE)),
    "beside a default route": (config(ALL), config(ALL, OTHER_SITE)),
    "in a table": (config(SITE, interface="Table = 77"), config(OTHER_SITE, interface="Table = 77")),
    "no routes": (config(SITE, interface="Table = off"), config(OTHER_SITE, interface="Table = off")),
    "with hooks": (
        config(SITE, interface="PreUp = :\nPostUp = :"),
        config(OTHER_SITE, interface="PreUp = :\nPostUp = :"),
    ),
}


@pytest.mark.parametrize(("earlier", "later"), CHANGES.values(), ids=CHANGES)
def test_the_state_is_that_of_the_later_version(earlier: Case, later: Case) -> None:
    expected = _fresh(later)
    with Namespace() as namespace:
        namespace.run("sh", namespace.write("wg0.sh", emitted(earlier, "shell")), "up")
        index = namespace.run("cat", "/sys/class/net/wg0/ifindex").stdout
        script = namespace.write("wg0.sh", emitted(later, "shell"))

        done = namespace.run("sh", script, "reload")

        assert done.returncode == 0, done.stderr
        assert namespace.run("cat", "/sys/class/net/wg0/ifindex").stdout == index
        assert_no_difference(expected, namespace.snapshot(), "after reload")
        assert namespace.run("sh", script, "reload").returncode == 0
        assert_no_difference(expected, namespace.snapshot(), "after another reload")
        assert namespace.run("sh", script, "down").returncode == 0


BEYOND = {
    "an address": config(SITE, interface="Address = 10.8.0.9/32"),
    "DNS": config(SITE, interface="DNS = 10.8.0.53"),
    "a hook": config(SITE, interface="PostUp = :"),
    "an MTU": config(SITE, interface="MTU = 1400"),
    "a mark": config(SITE, interface="FwMark = 5"),
    "a table": config(SITE, interface="Table = 77"),
    "no routes any more": config(SITE, interface="Table = off"),
    "a default route": config(ALL),
}


@pytest.mark.parametrize("later", BEYOND.values(), ids=BEYOND)
def test_what_it_cannot_change_it_says_and_leaves(later: Case) -> None:
    with Namespace() as namespace:
        namespace.run("sh", namespace.write("wg0.sh", emitted(config(SITE), "shell")), "up")
        before = namespace.snapshot()

        done = namespace.run("sh", namespace.write("wg0.sh", emitted(later, "shell")), "reload")

        assert (done.returncode, done.stdout) == (1, "")
        assert "something other than peers, keys and endpoints has changed" in done.stderr
        assert_no_difference(before, namespace.snapshot(), "after reload")


def test_a_tunnel_that_is_down_is_not_reloaded() -> None:
    with Namespace() as namespace:
        script = namespace.write("wg0.sh", emitted(config(SITE), "shell"))
        namespace.run("sh", script, "up")
        namespace.run("sh", script, "down")

        done = namespace.run("sh", script, "reload")

    assert (done.returncode, done.stderr) == (1, "wg0: is not up\n")


def test_a_tunnel_of_wg_quick_is_not_reloaded() -> None:
    with Namespace() as namespace:
        script = namespace.write("wg0.sh", emitted(config(SITE), "shell"))
        namespace.run("sh", script, "up")
        namespace.run("sh", script, "down")
        namespace.run("wg-quick", "up", namespace.write("wg0.conf", config(OTHER_SITE).content))

        assert namespace.run("sh", script, "reload").returncode == 1


def test_what_hooks_have_set_stays() -> None:
    key = f"wg set %i peer {KEYS[0]} preshared-key <(echo tT8wz8jrceSptTgE6Rz6K/OJM5Gyl2C0wF7C0yv+3Q0=)"
    hooks = (
        f"PostUp = {key}\nPostUp = wg set %i peer {KEYS[2]} allowed-ips 10.8.0.9/32; ip route add 10.12.0.0/16 dev %i"
    )
    with Namespace() as namespace:
        namespace.run("sh", namespace.write("wg0.sh", emitted(config(SITE, interface=hooks), "shell")), "up")
        script = namespace.write("wg0.sh", emitted(config(SITE, OTHER_SITE, interface=hooks), "shell"))

        done = namespace.run("sh", script, "reload")

        assert done.returncode == 0, done.stderr
        peers = namespace.run("wg", "show", "wg0", "preshared-keys").stdout
        assert {line.split("\t")[0] for line in peers.splitlines()} == set(KEYS)
        assert f"{KEYS[0]}\ttT8wz8jr" in peers
        assert "10.12.0.0/16" in namespace.run("ip", "route").stdout


RULES = {
    "a rule to the table": "PostUp = ip rule add from 10.8.0.1 table 51820; ip -6 rule add from fd08::1 table 51820",
    "a rule before that of the mark": "PostUp = ip rule add from 10.8.0.1 table 51820 priority 32764",
    "the rule of the mark goes": "PreDown = ip -4 rule delete table 51820; ip -6 rule delete table 51820",
    "the rule of the mark goes early": "PostUp = ip -4 rule delete table 51820",
    "both rules go": "PreDown = ip rule delete table 51820; ip rule delete table main suppress_prefixlength 0",
    "a rule to another table": "PostUp = ip rule add from 10.8.0.1 table 77",
}


@pytest.mark.parametrize("hook", RULES.values(), ids=RULES)
def test_rules_that_hooks_touch_go_as_with_wg_quick(hook: str) -> None:
    case = config(ALL, interface=hook)

    assert_same(reference(case, Host()), ours(emitted(case, "shell"), Host()))


def _fresh(case: Case) -> Snapshot:
    """Give the state after `up` on a host of its own."""
    with Namespace() as namespace:
        done = namespace.run("sh", namespace.write("wg0.sh", emitted(case, "shell")), "up")
        assert done.returncode == 0, done.stderr
        return namespace.snapshot()
