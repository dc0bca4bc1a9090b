"""What resolvectl(1) and resolvconf(8) tell of the DNS settings of a link, as records of the model."""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING

from wgtranspile.model import NameServer, Resolver, SearchDomain, Unknown, ipv6

if TYPE_CHECKING:
    from collections.abc import Iterable


def resolved(servers: str, domains: str) -> Resolver | None:
    """Read `resolvectl dns INDEX` and `resolvectl domain INDEX`; the domain `~.` draws every query to the link."""
    names = _after_colon(domains)
    return _resolver(_after_colon(servers), (name for name in names if name != "~."), exclusive="~." in names)


def resolvconf(listed: str, *, exclusive: bool | Unknown) -> Resolver | None:
    """Read `resolvconf -l IF`: the lines that were given for the link."""
    lines = [line.split() for line in listed.splitlines()]
    servers = [words[1] for words in lines if words[:1] == ["nameserver"] and words[1:]]
    search = (name for words in lines if words[:1] in (["search"], ["domain"]) for name in words[1:])
    return _resolver(servers, search, exclusive=exclusive)


def _resolver(servers: Iterable[str], search: Iterable[str], *, exclusive: bool | Unknown) -> Resolver | None:
    known, other = [], []
    for text in servers:
        try:
            known.append(NameServer(ipv6.as_written(ip_address(text))))
        except ValueError:  # as of one with a port
            other.append(text)
    if not known and not other:
        return None
    return Resolver(tuple(known), tuple(map(SearchDomain, search)), exclusive, tuple(other))


def _after_colon(text: str) -> list[str]:
    # "Link 4 (wg0): 10.0.0.1 fd00::1": names of links hold no colon.
    return text.partition("):")[2].split()
