"""What hooks name that is wg-quick's: variables and functions that are nowhere else, and the usual mark and table."""

from __future__ import annotations

import re

import pytest

from tests.lab import reference
from wgtranspile.config.hooks import internal_names
from wgtranspile.pipeline import Options, lower_config, transpile_host
from wgtranspile.source import Source

PRIVATE = "WELEsbNJnrsgryqloe/UmJ8FZarcsijnYOFo7hg14XQ="
PUBLIC = "pMj38w9caGdqvi3ZMWGts2gsR0LQhYV79bncRRTouhQ="


def config(lines: str, allowed_ips: str = "10.0.0.0/8") -> str:
    return f"[Interface]\nPrivateKey = {PRIVATE}\n{lines}\n[Peer]\nPublicKey = {PUBLIC}\nAllowedIPs = {allowed_ips}\n"


def said(lines: str) -> list[str]:
    return [found.message for found in lower_config(Source("wg0.conf", config(lines)), "wg0").diagnostics]


# --- variables and functions ---


@pytest.mark.parametrize(
    ("variable", "command"),
    [
        ("TABLE", "echo $TABLE"),
        ("DNS", "x ${DNS[0]}"),
        ("CONFIG_FILE", 'cp "$CONFIG_FILE" /x'),
        ("MTU", "${MTU:-1420}"),
        ("ADDRESSES", "echo ${#ADDRESSES[@]}"),
        ("MTU", "ip link set mtu $((MTU-40)) dev %i"),
        ("MTU", 'echo "at most $((9000 - MTU))"'),
        ("MTU", "(( MTU > 0 )) && echo set"),
        ("MTU", "let mtu=MTU-40"),
        ("MTU", "[[ MTU -gt 1400 ]]"),
        ("MTU", "[[ -v MTU ]]"),
        ("MTU", "echo ${!MTU}"),
        ("HAVE_SET_DNS", "[ -z $HAVE_SET_DNS ]"),
        ("MTU", "export MTU; ./script"),
        ("MTU", "MTU=$MTU ./script"),
        ("MTU", "MTU=5 echo $MTU"),
        ("MTU", 'echo "it\'s $MTU"'),
        ("MTU", "eval 'echo $MTU'"),
    ],
)
def test_a_variable_of_wg_quick_in_a_hook_is_said(variable: str, command: str) -> None:
    assert [f"this hook uses `{variable}`, which exists only inside wg-quick"] == said(f"PostUp = {command}")


@pytest.mark.parametrize(
    "command",
    [
        *("echo $INTERFACE", "MTU=5; echo $MTU", "echo TABLE $TABLES", "for DNS in 1; do :; done"),
        *("echo '$MTU'", "echo $'$MTU'", r"echo \$MTU", "bash -c 'echo $MTU'", "true # $MTU", "ip link | grep -v MTU"),
        *("MTU=$(cat x | head -1); echo $((MTU - 40))", "read -r MTU <x; echo $MTU", "printf -v MTU 5; echo $MTU"),
        "while read -r DNS; do echo $DNS; done",
    ],
)
def test_other_variables_are_the_hook_s_own(command: str) -> None:
    assert [] == said(f"PostUp = {command}")


@pytest.mark.parametrize(
    ("function", "command"),
    [
        ("cmd", "cmd ip link set %i up"),
        ("get_fwmark", "get_fwmark t"),
        ("cmd", "if cmd ip link show %i; then :; fi"),
        ("cmd", "! cmd false"),
        ("cmd", "time cmd true"),
        ("cmd", "X=1 cmd true"),
        ("cmd", "{ cmd true; }"),
        ("cmd", "while cmd false; do :; done"),
        ("die", "test -e x || die"),
        ("resolvconf_iface_prefix", "x=$(resolvconf_iface_prefix %i)"),
        ("set_config", 'echo "$(set_config)"'),
        ("unset_dns", "trap unset_dns EXIT"),
    ],
)
def test_a_function_of_wg_quick_in_a_hook_is_said(function: str, command: str) -> None:
    assert [f"this hook uses `{function}`, which exists only inside wg-quick"] == said(f"PostUp = {command}")


@pytest.mark.parametrize(
    "command",
    [
        *(
            "echo cmd x",
            'echo "; cmd x"',
            "sed 's/;cmd x/y/'",
            "/usr/bin/cmd x",
            "cmd.sh",
            "cmd-tool x",
            "cmd=5; x $cmd",
        ),
        *("cmd=5; x $cmd", "die() { exit 1; }; true || die now", "function die { exit 1; }; true || die"),
    ],
)
def test_what_is_called_like_a_function_of_wg_quick_is_none(command: str) -> None:
    assert [] == said(f"PostUp = {command}")


def test_all_functions_and_variables_of_the_real_program_are_known() -> None:
    try:
        program = (reference.folder() / "bin/wg-quick").read_text()
    except reference.UnavailableError as error:
        pytest.skip(str(error))
    functions = {*re.findall(r"(?m)^(\w+)\(\)", program)}
    variables = {*re.findall(r"(?m)^\s*(?:export )?([A-Z_]+)=", program)} - {"INTERFACE", "LC_ALL", "PATH"}

    assert {"cmd", "CONFIG_FILE"} <= functions | variables
    assert functions == {name for name in functions if internal_names(f"{name} x")}
    assert variables == {name for name in variables if internal_names(f"echo ${name}")}


# --- hooks that name the usual mark ---

FULL = "0.0.0.0/0"


def marked(hook: str, options: Options = Options(fwmark=1000), allowed_ips: str = FULL) -> list[str]:  # noqa: B008  frozen
    found = lower_config(Source("wg0.conf", config(hook, allowed_ips)), "wg0", options).diagnostics
    return [each.message for each in found if each.rule.code == "P313"]


@pytest.mark.parametrize(
    ("named", "command"),
    [
        ("51820", "ip rule add to 192.0.2.0/24 lookup 51820"),
        ("51820", "ip -6 route add default dev eth0 table 51820"),
        ("51820", "ip rule add not fwmark 51820 priority 5"),
        ("51820", "ip rule del from 192.0.2.1 t 51820"),
        ("51820", "iptables -t mangle -A OUTPUT -j MARK --set-mark 51820"),
        ("51820", "iptables -A OUTPUT -m mark --mark 51820/0xffff -j ACCEPT"),
        ("51820", "iptables -t mangle -A OUTPUT -j MARK --set-mark=51820"),
        ("51820", "nft 'add rule inet x y meta mark set 51820'"),
        ("51820", "nft add rule inet x y meta mark != 51820 drop"),
        ("51820", "TABLE_NO=1 MARK=51820; ip rule add fwmark $MARK"),
        ("0xca6c", "iptables -A OUTPUT -m mark --mark 0xca6c -j ACCEPT"),
        ("0xCA6C", "./script 0xCA6C"),
    ],
)
def test_a_hook_that_names_the_usual_mark_of_a_tunnel_with_another_is_said(named: str, command: str) -> None:
    mark = "0x3e8" if "x" in named else "1000"

    assert [f"this hook names {named} as a mark or table, but this tunnel has {mark}"] == marked(f"PostUp = {command}")
    assert [] == marked(f"PostUp = {command}", Options())
    assert [] == marked(f"FwMark = 7\nPostUp = {command}")
    assert [] == marked(f"PostUp = {command}", allowed_ips="10.0.0.0/8")


@pytest.mark.parametrize(
    "command",
    [
        "iptables -A INPUT -p udp --dport 51820 -j ACCEPT",
        "iptables -t nat -A PREROUTING -p udp --dport 51820 -j ACCEPT",
        "ufw allow 51820/udp",
        "nc -u -l 51820",
        "nft add rule inet filter table udp dport 51820 accept",
        "nft add rule inet x y meta mark 1 udp dport 51820 accept",
        "ip rule add fwmark 518201 lookup 51821",
        "wg set %i peer x endpoint 192.0.2.1:51820",
    ],
)
def test_the_usual_port_in_a_hook_is_no_mark(command: str) -> None:
    assert [] == marked(f"PostUp = {command}")


def test_each_of_two_full_tunnels_is_told_its_own_mark() -> None:
    text = config("PostUp = ip rule add lookup 51820", FULL)
    results = transpile_host([(Source(f"{name}.conf", text), name) for name in ("wg0", "wg7")], "json", Options())

    found = [[each.help for each in result.diagnostics if each.rule.code == "P313"] for result in results]

    assert [] == found[0]
    assert found[1][0].startswith("use 51827 in the hook")
