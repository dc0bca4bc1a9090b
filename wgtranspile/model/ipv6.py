"""IPv6 addresses, interfaces and networks that every version of Python writes alike: as wg(8), ip(8) and systemd do.

Those of the standard library write an IPv4-mapped address as `::ffff:c000:201`, and from 3.13 on as `::ffff:192.0.2.1`.
"""

from __future__ import annotations

from _socket import AF_INET6, inet_ntop  # as in values.py
from ipaddress import IPv4Address, IPv6Address, IPv6Interface, IPv6Network


class Address(IPv6Address):
    """An address."""

    def __str__(self) -> str:
        """Return the text that the C library gives."""
        return inet_ntop(AF_INET6, self.packed)


def as_written(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """Return an address of the standard library as one that is written so; one with a zone stays."""
    return Address(address.packed) if isinstance(address, IPv6Address) and address.scope_id is None else address


class Network(IPv6Network):
    """A network."""

    def __str__(self) -> str:
        """Return the address as the C library does, and the prefix length."""
        return f"{inet_ntop(AF_INET6, self.network_address.packed)}/{self.prefixlen}"


class Interface(IPv6Interface):
    """An address in a network."""

    def __init__(self, address: tuple[int, int]) -> None:
        """Take the number of the address and the prefix length."""
        super().__init__(address)
        self.network = Network(address, strict=False)

    @property
    def ip(self) -> IPv6Address:
        """The address alone."""
        return Address(int(self))

    def __str__(self) -> str:
        """Return the address as the C library does, and the prefix length."""
        return f"{self.ip}/{self.network.prefixlen}"
