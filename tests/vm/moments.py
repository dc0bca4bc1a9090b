"""The moments in the life of a tunnel: what happens, and how wg-quick lives through the same.

What is right at a moment is what wg-quick has: in the same system, with the same events, less those that are about a
link of the manager itself, and with networkd told to keep foreign rules, for else it takes those of wg-quick
(test_traffic.py shows that). `lived.py` takes machines through moments.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

# --- what happens ---

_NETWORKD_SETTLED = """\
/usr/lib/systemd/systemd-networkd-wait-online --interface=up0:routable --timeout=60
timeout 60 sh -c 'while networkctl --no-legend | grep -qE "pending|initialized|configuring"; do sleep 0.1; done'
"""
_NETWORKMANAGER_SETTLED = """\
timeout 60 sh -c 'until nmcli -t -f DEVICE,STATE device | grep -qx up0:connected; do sleep 0.1; done'
timeout 60 sh -c 'while nmcli -t -f DEVICE,STATE device | grep -qE ":(connecting|deactivating)"; do sleep 0.1; done'
"""
SETTLED = {"networkd": _NETWORKD_SETTLED, "NetworkManager": _NETWORKMANAGER_SETTLED}
_KILL = """\
old=$(systemctl show -P MainPID {unit})
systemctl kill --signal=KILL {unit}
timeout 60 sh -c 'until new=$(systemctl show -P MainPID {unit}); [ "$new" != 0 ] && [ "$new" != '$old' ] &&
    systemctl --quiet is-active {unit}; do sleep 0.1; done'
"""
_ROUTE = "ip route show table main default dev up0 | grep -q via"
# The manager must have seen the loss before the uplink is back.
_DOWN_AND_UP = f"""\
ip link set up0 down
timeout 60 sh -c 'while {_ROUTE}; do sleep 0.1; done'
ip link set up0 up
timeout 60 sh -c 'until {_ROUTE}; do sleep 0.1; done'
"""
# As another lease of DHCP would give it.
_SECOND_NETWORK = "ip -netns internet address add 100.127.253.1/30 dev up1"
_MOVED = {
    "networkd": f"""\
{_SECOND_NETWORK}
sed -i 's/100\\.127\\.254\\.2/100.127.253.2/; s/^Gateway=100.*/Gateway=100.127.253.1/' /etc/systemd/network/10-up0.network
networkctl reload
timeout 60 sh -c 'until ip route show default | grep -q 100.127.253.1; do sleep 0.1; done'
""",
    "NetworkManager": f"""\
{_SECOND_NETWORK}
nmcli connection modify up0 ipv4.addresses 100.127.253.2/30 ipv4.gateway 100.127.253.1
nmcli device reapply up0
""",
}
_BEHIND = {
    "networkd": "sed -i 's/^DNS=.*/DNS=203.0.113.1/' /etc/systemd/network/10-up0.network; networkctl reload",
    "NetworkManager": "nmcli connection modify up0 ipv4.dns 203.0.113.1; nmcli device reapply up0",
}
_IPV6_OFF = "sysctl --quiet net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1"
_READ_ONLY = """\
sysctl --quiet net.ipv4.conf.all.src_valid_mark=1
mount --bind /proc/sys /proc/sys
mount -o remount,bind,ro /proc/sys
"""


class Moment(NamedTuple):
    """A moment in the life of a tunnel.

    `title` is for people. `happens` has, by the manager of the machine, the script that makes it happen to a tunnel
    that is up; for wg-quick `control` is run in its place where it says something, `why` telling the reason. `before`
    runs before the tunnel is activated, and `late` is for how many seconds after the first question the name server is
    then silent, or after the boot. `version` is what has changed in the config that is applied, `neighbour` tells that
    another tunnel comes and goes, `ends` that the tunnel does.
    """

    title: str
    happens: Mapping[str, str] = dict.fromkeys(SETTLED, ":")
    control: str | None = None
    why: str = "the same happens to wg-quick"
    before: Mapping[str, str] = dict.fromkeys(SETTLED, ":")
    late: int = 0
    boots: bool = False
    roamed: bool = False
    version: str = ""
    neighbour: bool = False
    ends: bool = False


def _both(script: str) -> dict[str, str]:
    return dict.fromkeys(SETTLED, script)


_DAEMON = {
    "restart": Moment(
        "restart of the daemon",
        {manager: f"systemctl restart {unit}" for manager, unit in (("networkd", "systemd-networkd"), ("NetworkManager", "NetworkManager"))},
    ),
    "reload": Moment(
        "reload of the daemon",
        {"networkd": "networkctl reload", "NetworkManager": "nmcli general reload && nmcli connection reload"},
    ),
    "reconfigure": Moment(
        "the tunnel's link configured anew",
        {"networkd": "networkctl reload; networkctl reconfigure wg0", "NetworkManager": "nmcli device reapply wg0"},
        control=":",
        why="wg-quick's link is none of the daemon's, so nobody configures it anew",
    ),
    "reconfigure-all": Moment(
        "every link configured anew (`netplan apply`)",
        {
            "networkd": "networkctl reload; networkctl reconfigure up0 wg0",
            "NetworkManager": "nmcli device reapply up0; nmcli device reapply wg0",
        },
        control="if systemctl --quiet is-active NetworkManager; then nmcli device reapply up0; "
        "else networkctl reload; networkctl reconfigure up0; fi",
        why="of its links, the daemon has only the uplink",
    ),
    "kill": Moment(
        "the daemon dies",
        {"networkd": _KILL.format(unit="systemd-networkd"), "NetworkManager": _KILL.format(unit="NetworkManager")},
    ),
}
MOMENTS = {
    "activation": Moment("activation"),
    **_DAEMON,
    "resolved": Moment("restart of systemd-resolved", _both("systemctl restart systemd-resolved")),
    "late-4": Moment("activation, name server late by 4 s", late=4),
    "late-20": Moment("activation, name server late by 20 s", late=20),
    "boot": Moment("boot", boots=True),
    "boot-late-4": Moment("boot, name server late by 4 s", boots=True, late=4),
    "boot-late-20": Moment("boot, name server late by 20 s", boots=True, late=20),
    "boot-behind": Moment("boot, name server behind the uplink", boots=True, before=_BEHIND),
    "uplink": Moment("uplink down and up", _both(_DOWN_AND_UP)),
    "moved": Moment("another address of the uplink", _MOVED),
    "neighbour": Moment("another tunnel up and down", neighbour=True, why="another tunnel of wg-quick"),
    "ipv6-off": Moment("IPv6 off by sysctl", before=_both(_IPV6_OFF)),
    "read-only": Moment("/proc/sys read-only", before=_both(_READ_ONLY)),
    "roamed": Moment("the peer has roamed", roamed=True),
    **{f"roamed-{name}": moment._replace(title=f"the peer has roamed; {moment.title}", roamed=True) for name, moment in _DAEMON.items() if name != "reconfigure-all"},
    **{
        f"update-{version}": Moment(
            f"changed config: {what}",
            version=version,
            why="`systemctl reload wg-quick@wg0`, which is `wg syncconf`, keeps the link and all sessions",
        )
        for version, what in {
            "peer": "a peer added",
            "key": "a peer's key changed",
            "endpoint": "an endpoint changed",
        }.items()
    },
    "end": Moment("deactivation", ends=True),
}
