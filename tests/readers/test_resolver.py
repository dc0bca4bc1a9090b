"""What the tools of resolvers printed, as recorded, and what is read from it."""

from __future__ import annotations

from ipaddress import ip_address

from wgtranspile.model import NameServer, Resolver, SearchDomain
from wgtranspile.readers import resolver


def test_resolved() -> None:
    servers, domains = "Link 4 (wg0): 10.0.0.1 fd00::1\n", "Link 4 (wg0): corp.example ~.\n"

    known = (NameServer(ip_address("10.0.0.1")), NameServer(ip_address("fd00::1")))
    assert Resolver(known, (SearchDomain("corp.example"),)) == resolver.resolved(servers, domains)
    assert resolver.resolved("Link 4 (wg0):\n", "Link 4 (wg0):\n") is None


def test_a_server_that_is_more_than_an_address_is_kept() -> None:
    found = resolver.resolved("Link 4 (wg0): 10.0.0.1:54#dns.example\n", "Link 4 (wg0):\n")

    assert Resolver((), exclusive=False, other=("10.0.0.1:54#dns.example",)) == found


def test_resolvconf() -> None:
    listed = "# resolv.conf from wg0\nnameserver 10.0.0.1\nsearch corp.example lab.example\n\n"

    domains = (SearchDomain("corp.example"), SearchDomain("lab.example"))
    assert Resolver((NameServer(ip_address("10.0.0.1")),), domains) == resolver.resolvconf(listed, exclusive=True)
