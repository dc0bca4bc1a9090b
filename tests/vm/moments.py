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

# A link that is off is configured when it is switched on, by the unit of a tunnel.
_NETWORKD_SETTLED = """\
/usr/lib/systemd/systemd-networkd-wait-online --interface=up0:routable --timeout=50
timeout 50 sh -c 'while networkctl --no-legend | grep -v " off " | grep -qE "pending|initialized|configuring"; do
    sleep 0.1
done'
"""
_NETWORKMANAGER_SETTLED = """\
timeout 50 sh -c 'until nmcli -t -f DEVICE,STATE device | grep -qx up0:connected; do sleep 0.1; done'
timeout 50 sh -c 'while nmcli -t -f DEVICE,STATE device | grep -qE ":(connecting|deactivating)"; do sleep 0.1; done'
"""
SETTLED = {"networkd": _NETWORKD_SETTLED, "NetworkManager": _NETWORKMANAGER_SETTLED}
NOTHING = dict.fromkeys(SETTLED, ":")
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
cd /etc/systemd/network
sed -i 's/^Address=100.*/Address=100.127.253.2\\/30/; s/^Gateway=100.*/Gateway=100.127.253.1/' 10-up0.network
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
_SWITCH_IPV6_OFF = "sysctl --quiet net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1"
# The manager gives the uplink no IPv6 either; it would switch it on again for a link that has some.
_IPV6_OFF = {
    "networkd": f"{_SWITCH_IPV6_OFF}\nsed -i /2001:db8:/d /etc/systemd/network/10-up0.network\n"
    "systemctl restart systemd-networkd",
    "NetworkManager": f"{_SWITCH_IPV6_OFF}\nnmcli connection modify up0 ipv6.method disabled ipv6.addresses '' "
    "ipv6.gateway ''\nnmcli device reapply up0",
}
_READ_ONLY = """\
sysctl --quiet net.ipv4.conf.all.src_valid_mark=1
mount --bind /proc/sys /proc/sys
mount -o remount,bind,ro /proc/sys
"""


class Moment(NamedTuple):
    """Something that happens to a tunnel that is up.

    `title` is for people. `happens` has the script by the manager of the machine; for wg-quick `control` runs in its
    place where there is one, for the reason `why`. `version` is what has changed in the config that is applied,
    `neighbour` tells that another tunnel comes and goes, `boots` that the system boots anew, `ends` that the tunnel is
    deactivated.
    """

    title: str
    happens: Mapping[str, str] = NOTHING
    control: str = ""
    why: str = "the same happens to wg-quick, as far as it is there"
    version: str = ""
    neighbour: bool = False
    boots: bool = False
    ends: bool = False

    @property
    def activates(self) -> bool:
        """Whether the activation itself is the moment."""
        return self == Moment(self.title)


class Life(NamedTuple):
    """Moments that follow upon each other in the life of one tunnel, each of which leaves things as they were.

    `before` runs before the tunnel is activated. For wg-quick, what `as_declared` has for the code of a finding comes
    next: it makes the host what the finding says of the other maker. A name server that is `late` is silent for so many
    seconds after its first question, at the first activation or after the boot. With `roams` the peer speaks from
    elsewhere since.
    """

    moments: Mapping[str, Moment]
    before: Mapping[str, str] = NOTHING
    as_declared: Mapping[str, str] = {}
    late: int = 0
    roams: bool = False

    @property
    def boots(self) -> bool:
        """Whether it begins with a boot."""
        return any(moment.boots for moment in self.moments.values())


_NOT_OF_THE_DAEMON = "wg-quick's link is none of the daemon's"
_DAEMON = {
    "restart": Moment(
        "the daemon is restarted",
        {
            "networkd": "systemctl restart systemd-networkd",
            "NetworkManager": "systemctl restart NetworkManager",
        },
    ),
    "reload": Moment(
        "the daemon reloads its files",
        {"networkd": "networkctl reload", "NetworkManager": "nmcli general reload && nmcli connection reload"},
    ),
    "reconfigure": Moment(
        "the daemon reconfigures the tunnel's link",
        {"networkd": "networkctl reconfigure wg0", "NetworkManager": "nmcli device reapply wg0"},
        control=":",
        why=_NOT_OF_THE_DAEMON,
    ),
    "kill": Moment(
        "the daemon dies and systemd restarts it",
        {"networkd": _KILL.format(unit="systemd-networkd"), "NetworkManager": _KILL.format(unit="NetworkManager")},
    ),
}
_LASTING = {
    "activation": Moment("the tunnel is activated"),
    **_DAEMON,
    "reconfigure-all": Moment(
        "the daemon reconfigures every link (`netplan apply`)",
        {
            "networkd": "networkctl reload; networkctl reconfigure up0 wg0",
            "NetworkManager": "nmcli device reapply up0; nmcli device reapply wg0",
        },
        control="if systemctl --quiet is-active NetworkManager; then nmcli device reapply up0; "
        "else networkctl reload; networkctl reconfigure up0; fi",
        why=_NOT_OF_THE_DAEMON,
    ),
    "resolved": Moment("systemd-resolved is restarted", dict.fromkeys(SETTLED, "systemctl restart systemd-resolved")),
    "uplink": Moment("the uplink goes down and up", dict.fromkeys(SETTLED, _DOWN_AND_UP)),
    "neighbour": Moment("another tunnel comes up and goes down", neighbour=True),
    "end": Moment("the tunnel is deactivated", ends=True),
}
_ROAMED = {
    "roamed": Moment("the peer roams"),
    **{
        f"roamed-{name}": moment._replace(title=f"after the peer has roamed: {moment.title}")
        for name, moment in _DAEMON.items()
    },
}
_SYNCCONF = "`systemctl reload wg-quick@wg0` is `wg syncconf`: the link and all sessions stay"
_UPDATES = {
    "peer": "a config with an additional peer is applied",
    "key": "a config with a new key for a peer is applied",
    "endpoint": "a config with a new endpoint for a peer is applied",
}
LIVES = {
    "lasting": Life(_LASTING),
    "roaming": Life(_ROAMED, roams=True),
    "moved": Life({"moved": Moment("the uplink gets another address", _MOVED)}),
    **{
        f"update-{version}": Life({f"update-{version}": Moment(title, why=_SYNCCONF, version=version)})
        for version, title in _UPDATES.items()
    },
    "ipv6-off": Life(
        {"ipv6-off": Moment("activated while IPv6 is disabled by sysctl")},
        before=_IPV6_OFF,
        as_declared=dict.fromkeys(("B419", "B430"), "sysctl --quiet net.ipv6.conf.default.disable_ipv6=0"),
    ),
    "read-only": Life(
        {"read-only": Moment("activated while /proc/sys is read-only")}, before=dict.fromkeys(SETTLED, _READ_ONLY)
    ),
    **{
        f"late-{late}": Life({f"late-{late}": Moment(f"activated, with the name server {late} s late")}, late=late)
        for late in (4, 20)
    },
    "boot": Life({"boot": Moment("boot", boots=True)}),
    **{
        f"boot-late-{late}": Life(
            {f"boot-late-{late}": Moment(f"boot, with the name server {late} s late", boots=True)}, late=late
        )
        for late in (4, 20)
    },
    "boot-behind": Life(
        {"boot-behind": Moment("boot, with the name server outside the uplink's network", boots=True)}, before=_BEHIND
    ),
}
MOMENTS = {name: moment for life in LIVES.values() for name, moment in life.moments.items()}
