"""What Linux fixes: families, the names and numbers of tables, priorities, metrics and scopes of routes."""

from __future__ import annotations

from enum import IntEnum
from ipaddress import IPv4Address, IPv4Interface, IPv4Network, IPv6Address, IPv6Interface, IPv6Network
from typing import TypeAlias

IPAddress: TypeAlias = IPv4Address | IPv6Address
IPInterface: TypeAlias = IPv4Interface | IPv6Interface
IPNetwork: TypeAlias = IPv4Network | IPv6Network


class Family(IntEnum):
    """An address family, by the number in `ip -4` and `ip -6`."""

    IPV4 = 4
    IPV6 = 6


#: The names that iproute2 has compiled in (lib/rt_names.c); all others depend on the host.
TABLES = {"unspec": 0, "default": 253, "main": 254, "local": 255}
MAIN, LOCAL = TABLES["main"], TABLES["local"]
#: The priority that the kernel gives to the first rule that is added to its own three (fib_default_rule_pref).
FIRST_PRIORITY = 32765
#: The priorities of the kernel's own rules, and the tables that they look up (ip-rule(8)); IPv6 has none for `default`.
MAIN_PRIORITY = 32766
KERNEL_RULES = {0: LOCAL, MAIN_PRIORITY: MAIN, 32767: TABLES["default"]}
#: The scopes and metrics that the kernel gives to routes over a link: those that are added, and those for addresses.
SCOPE = {Family.IPV4: 253, Family.IPV6: 0}
ADDED_METRIC = {Family.IPV4: 0, Family.IPV6: 1024}
CONNECTED_METRIC = {Family.IPV4: 0, Family.IPV6: 256}
#: Below this the kernel keeps no IPv6 addresses on a link (IPV6_MIN_MTU).
SMALLEST_IPV6_MTU = 1280
#: The sysctl by which replies to encrypted packets are looked up with their mark.
SRC_VALID_MARK = "net.ipv4.conf.all.src_valid_mark"


def disable_ipv6(interface: str) -> str:
    """Return the name of the sysctl by which a link has no IPv6 addresses."""
    return f"net.ipv6.conf.{interface}.disable_ipv6"


def connected(address: IPInterface) -> IPNetwork | None:
    """Return the network to which the kernel makes a route in main for an address (for IPv4: fib_add_ifaddr)."""
    network = address.network
    if isinstance(address, IPv4Interface) and (
        network.prefixlen == network.max_prefixlen or network.network_address.packed[0] == 0
    ):
        return None
    return network


def as_listed(addresses: list[IPInterface]) -> list[IPAddress]:
    """Return addresses of one family in the order in which `ip address show` lists them on the link.

    IPv4: those that lie in the network of an earlier one come last (inet_insert_ifa). IPv6: global ones before
    link-local ones, each the latest first (ipv6_link_dev_addr).
    """
    if addresses and isinstance(addresses[0], IPv6Interface):
        return sorted((address.ip for address in reversed(addresses)), key=lambda ip: ip.is_link_local)
    seen: set[IPNetwork] = set()
    primary: list[IPAddress] = []
    secondary: list[IPAddress] = []
    for address in addresses:
        (secondary if address.network in seen else primary).append(address.ip)
        seen.add(address.network)
    return primary + secondary
