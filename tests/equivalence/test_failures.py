"""When a step fails, when a link is there already, when tunnels are two: wg-quick's status, no traces."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.equivalence.courses import assert_no_difference, assert_same, emitted, ours, reference
from tests.lab.cases import ROOT, Case
from tests.lab.namespace import Host, Namespace

if TYPE_CHECKING:
    from tests.lab.snapshot import Snapshot

pytestmark = pytest.mark.usefixtures("laboratory")

INTERFACE = """\
[Interface]
PrivateKey = WELEsbNJnrsgryqloe/UmJ8FZarcsijnYOFo7hg14XQ=
Address = 10.8.0.2/24, fd08::2/64
DNS = 10.8.0.1, example.org
{lines}
"""
PEER = """\
[Peer]
PublicKey = pMj38w9caGdqvi3ZMWGts2gsR0LQhYV79bncRRTouhQ=
Endpoint = 198.51.100.1:51820
AllowedIPs = 0.0.0.0/0, ::/0, 10.9.0.0/16
{lines}
"""


def config(interface: str = "", peer: str = "", name: str = "wg0") -> Case:
    return Case(name, (INTERFACE.format(lines=interface) + PEER.format(lines=peer)).encode())


@pytest.mark.parametrize(
    ("case", "status"),
    [
        pytest.param(config("PostUp = exit 3"), 3, id="PostUp gives a status"),
        pytest.param(config("PreUp = exit 4"), 4, id="PreUp gives a status"),
        pytest.param(config("PostUp = false; true"), 1, id="a hook stops at its first failing command"),
        pytest.param(config("PostUp = false | true"), 1, id="a hook stops at a failing pipe"),
        pytest.param(config("PostUp = nonsense-of-a-command"), 127, id="a hook is no command"),
        pytest.param(config("PostUp = if"), 2, id="a hook is no bash"),
        pytest.param(config(peer="AllowedIPs = 100.127.254.0/30"), 2, id="a route is there already"),
        pytest.param(config("Table = nonsense"), 255, id="a table is unknown"),
        pytest.param(config("Table = main"), 2, id="main has a default route already"),
        pytest.param(config(peer="Endpoint = nonsense.example.net:1"), 1, id="a name does not resolve"),
    ],
)
def test_a_failing_step_is_undone(case: Case, status: int) -> None:
    with Namespace() as namespace:
        before = namespace.snapshot()
    theirs, mine = reference(case, Host()), ours(emitted(case, "shell"), Host())

    assert theirs.up.returncode == status
    assert_same(theirs, mine)
    kept = {name for name, lines in before.parts.items() if lines != mine.between.parts[name]}
    assert kept <= {"resolver", "src_valid_mark"}  # the resolver's log, and what wg-quick never undoes


@pytest.mark.parametrize("hook", ["PreDown = exit 5", "PostDown = exit 6"])
def test_a_failing_hook_of_down_gives_its_status(hook: str) -> None:
    theirs, mine = reference(config(hook), Host()), ours(emitted(config(hook), "shell"), Host())

    assert theirs.down.returncode == int(hook[-1])
    assert_same(theirs, mine)


def test_without_resolvconf_up_fails() -> None:
    hidden = "PreUp = rm $LAB/bin/resolvconf"

    assert_same(reference(config(hidden), Host()), ours(emitted(config(hidden), "shell"), Host()))


def test_a_link_of_that_name_is_left_alone() -> None:
    case = config(name="up0")
    theirs, mine = reference(case, Host()), ours(emitted(case, "shell"), Host())

    assert theirs.up.returncode == 1
    assert_same(theirs, mine)


def test_hooks_see_what_wg_quick_shows_them() -> None:
    """Each hook notes the addresses, routes and rules of its moment, so the order of all steps shows.

    wireguard-go shows a port from the moment on at which it has heard of its link, which is none of the steps.
    """
    seen = "ip -br addr show dev %i; ip -4 route show table all; ip -6 rule; wg show %i; nft list tables"
    note = f"{{ {seen}; }} | sed '/listening port/d' >&2"
    case = config(
        "\n".join(f"{phase} = echo {phase} >&2; {note}" for phase in ("PreUp", "PostUp", "PreDown", "PostDown"))
    )
    theirs, mine = reference(case, Host()), ours(emitted(case, "shell"), Host())

    for they, we in ((theirs.up.stderr, mine.up.stderr), (theirs.down.stderr, mine.down.stderr)):
        assert [line for line in we.splitlines() if line[:1] != "["] == [
            line for line in they.splitlines() if line[:1] != "["
        ]


@pytest.mark.parametrize("shell", [("dash",), ("busybox", "sh"), ("bash", "--posix")], ids=" ".join)
@pytest.mark.parametrize("nft", [True, False], ids=["nft", "iptables"])
def test_every_shell_does(shell: tuple[str, ...], nft: bool) -> None:  # noqa: FBT001  a parameter of the test
    host = Host(mtu=1400, taken=(51820,), link_local=True, nft=nft)
    case = config("FwMark = off\nPostUp = echo %i\nPreDown = true")

    assert_same(reference(case, host), ours(emitted(case, "shell"), host, *shell))


def test_from_a_pipe() -> None:
    case = config("PostUp = cat >&2; echo done >&2")
    command = (sys.executable, "-m", "wgtranspile", "--to", "shell", "--name", case.name, "-")
    script = subprocess.run(command, cwd=ROOT, input=case.content, capture_output=True, check=True).stdout
    with Namespace() as namespace:
        up = namespace.run("sh", "-s", "up", stdin=script)
        between = namespace.snapshot()
        down = namespace.run("sh", "-s", "down", stdin=script)
        after = namespace.snapshot()
    theirs = reference(case, Host())

    assert (up.returncode, down.returncode) == (0, 0), up.stderr
    assert_no_difference(theirs.between, between, "after up")
    assert_no_difference(theirs.after, after, "after down")


def test_the_second_of_two_full_tunnels_stays() -> None:
    """wg-quick deletes every rule that suppresses default routes, ours its own only."""
    first, second = config("ListenPort = 50001"), config("ListenPort = 50002", name="wg1")
    second = replace(second, content=second.content.replace(b"10.9.0.0/16", b"10.10.0.0/16"))
    with Namespace() as namespace:

        def act(case: Case, verb: str) -> Snapshot:
            done = namespace.run("sh", namespace.write(f"{case.name}.sh", emitted(case, "shell")), verb)
            assert done.returncode == 0, done.stderr
            return namespace.snapshot()

        before = namespace.snapshot()
        act(first, "up")
        both = act(second, "up")
        one = act(first, "down")
        none = act(second, "down")

    for part in ("links", "routes of IPv4", "rules of IPv4", "rules of IPv6", "devices", "firewall"):
        assert set(one.parts[part]) <= set(both.parts[part])
        assert len(one.parts[part]) - len(before.parts[part]) == (len(both.parts[part]) - len(before.parts[part])) / 2
        assert none.parts[part] == before.parts[part]


def test_a_tunnel_that_lost_its_rule_leaves_that_of_another() -> None:
    """As `wg-quick down` of any tunnel makes it lose it."""
    first, second = config("ListenPort = 50001"), config("ListenPort = 50002", name="wg1")
    second = replace(second, content=second.content.replace(b"10.9.0.0/16", b"10.10.0.0/16"))
    with Namespace() as namespace:
        scripts = [namespace.write(f"{case.name}.sh", emitted(case, "shell")) for case in (first, second)]
        namespace.run("sh", scripts[0], "up")
        namespace.run("ip", "-4", "rule", "delete", "table", "main", "suppress_prefixlength", "0")
        namespace.run("sh", scripts[1], "up")

        namespace.run("sh", scripts[0], "down")

        rules = namespace.run("ip", "-4", "rule").stdout
    assert rules.count("suppress_prefixlength 0") == 1
    assert rules.count("not from all fwmark") == 1


def test_an_interrupt_for_all_undoes_what_up_did() -> None:
    """Ctrl-C reaches the userspace device, too, and the link is gone before the script can ask it for its mark."""
    case = config("PostUp = kill -INT 0; sleep 60")
    with Namespace() as namespace:
        script = namespace.write("wg0.sh", emitted(case, "shell"))
        before = namespace.snapshot()

        done = namespace.run("env", "--default-signal=INT", "setsid", "--wait", "sh", script, "up")

        after = namespace.snapshot()

    assert done.returncode == 130
    for part in ("links", "routes of IPv4", "rules of IPv4", "rules of IPv6", "devices", "firewall"):
        assert before.parts[part] == after.parts[part]


def test_a_hook_is_no_argument() -> None:
    """It may hold a key, and everyone can read arguments."""
    case = config("PostUp = ! tr '\\0' ' ' </proc/$$/cmdline | grep -q hidden-word")
    with Namespace() as namespace:
        done = namespace.run("sh", namespace.write("wg0.sh", emitted(case, "shell")), "up")

        assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("shell", [("dash",), ("busybox", "sh"), ("bash", "--posix")], ids=" ".join)
def test_a_hook_may_be_longer_than_an_argument_may_be(shell: tuple[str, ...]) -> None:
    """wg-quick takes minutes to read it, so it is not asked."""
    case = config(f"PostUp = : {'x' * 200_000}; echo ' it  has \\run' >&2; exit 7")
    with Namespace() as namespace:
        done = namespace.run(*shell, namespace.write("wg0.sh", emitted(case, "shell")), "up")

    assert done.returncode == 7
    assert done.stderr.count(" it  has \\run\n") == 1


def test_its_status_is_whether_the_tunnel_is_up() -> None:
    with Namespace() as namespace:
        script = namespace.write("wg0.sh", emitted(config(), "shell"))

        down = namespace.run("sh", script, "status")
        namespace.run("sh", script, "up")
        up = namespace.run("sh", script, "status")

    assert (down.returncode, down.stdout) == (3, "wg0 is down\n")
    assert up.returncode == 0
    assert "pMj38w9caGdqvi3ZMWGts2gsR0LQhYV79bncRRTouhQ=" in up.stdout
    assert "default table 51820" in up.stdout


def test_up_twice_fails_and_changes_nothing() -> None:
    case = config()
    script = emitted(case, "shell")
    with Namespace() as namespace:
        path = namespace.write("wg0.sh", script)
        namespace.run("sh", path, "up")
        first = namespace.snapshot()
        again = namespace.run("sh", path, "up")
        second = namespace.snapshot()

    assert again.returncode == 1
    assert not first.difference(second)
