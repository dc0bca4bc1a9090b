"""Each field of the model changes a comparison, or is named here with the reason why it does not."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from enum import Enum
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_interface, ip_network
from typing import TYPE_CHECKING, Any

import pytest

from tests.compare.states import FULL_TUNNEL, differences, live, wanted
from wgtranspile.model import Family, Foreign, Key, Open, firewall, host, tunnel, words

if TYPE_CHECKING:
    from collections.abc import Iterator

CONFIG = FULL_TUNNEL.replace("DNS =", "PreUp = true\nListenPort = 51000\nSaveConfig = true\nDNS =").replace(
    "/0, ::/0", "/0, ::/0, 10.8.0.0/25"
)
OTHER_KEY = Key("xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=")
RECORDS = {
    name: cls
    for module in (firewall, host, tunnel, words)
    for name, cls in inspect.getmembers(module, lambda item: inspect.isclass(item) and hasattr(item, "_fields"))
    if cls.__module__ == module.__name__
}

# In place of nothing, or of a record.
SOMETHING: dict[str, object] = {
    "Route.scope": 7,
    "Route.metric": 7,
    "Route.preferred": ip_address("10.8.0.9"),
    "PolicyRule.mark": 7,
    "PolicyRule.suppress_prefixlength": 7,
    "FilterRule.action": Foreign("accept"),
    **dict.fromkeys(("Peer.endpoint", "Peer.preshared_key", "Tunnel.resolver", "Host.resolver")),
    "Peer.comments": ("x",),
    "Tunnel.table": 7,
    "Resolver.other": ("192.0.2.9#x",),
    "ExternalKey.placeholder": "x",
    "Ruleset.objects": (("set", "x"),),
    **{f"{name}.other": (("x", "y"),) for name in ("Address", "Chain", "FilterRule", "PolicyRule", "Route", "Ruleset")},
}
# What is compared by what it holds, or has no value in a host that is as wanted.
HOLDS = {"Host.tunnel", "Tunnel.device", "Foreign.text"}
NOT_COMPARED = {
    "Tunnel.interface": "the host was asked for the link by its name",
    "Tunnel.covered": "no route is made",
    "Tunnel.hooks": "what a hook does is seen in the rest",
    "Tunnel.table": "each route has its own",
    "Tunnel.saves_config": "it is done on the way down",
    "Tunnel.sysctls": "another tunnel may need it",
    "Host.contacts": "without them, the MTU is that of the default route",
    "CoveredRoute.destination": "no route is made",
    "CoveredRoute.covered_by": "no route is made",
    "Hook.phase": "what a hook does is seen in the rest",
    "Hook.command": "what a hook does is seen in the rest",
    "Peer.comments": "they are for people",
    "PolicyRule.priority": "only the order matters",
    "ExternalKey.placeholder": "a host has none",
    "Contact.handshake": "it only tells whether an endpoint may be another",
    "Host.path_mtu": "it only counts without endpoints",
    "Host.tables": "it only tells the numbers of names",
    "Host.names": "it only tells the addresses of names",
}


def other(name: str, value: Any) -> object:  # noqa: PLR0911  one return for each kind
    """Give another value for a field."""
    match value:
        case None | ():
            return SOMETHING[name]
        case bool():
            return not value
        case Key():
            return OTHER_KEY
        case Open():
            return 4242
        case Enum():
            return next(member for member in type(value) if member is not value)
        case int() | IPv4Address() | IPv6Address():
            return value + 1
        case str():
            return f"{value}1"
        case _ if hasattr(value, "prefixlen"):
            change = ip_interface if hasattr(value, "ip") else ip_network
            return change("198.18.0.0/15" if value.version == Family.IPV4 else "2001:db8:7::/48")
        case _:
            raise TypeError(name)


def is_place(field: str) -> bool:
    """Whether a field tells where a record comes from, and so is not part of what it says."""
    return field.endswith(("source", "span"))


def variants(record: Any) -> Iterator[tuple[str, Any]]:  # any record
    """Give a record with one change, for each field of it and of what it holds, with the name of the field."""
    for field in record._fields:
        if not is_place(field):
            for name, value in changes(f"{type(record).__name__}.{field}", getattr(record, field)):
                yield name, record._replace(**{field: value})


def changes(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Give other values for a field, each with the name of the field that really is another."""
    if isinstance(value, Mapping):
        yield name, {}
        yield from ((inner, {**value, key: new}) for key, item in value.items() for inner, new in within(item))
    elif isinstance(value, tuple) and value and not hasattr(value, "_fields"):
        yield name, value[:-1]
        for place, item in enumerate(value):
            yield from ((inner, (*value[:place], new, *value[place + 1 :])) for inner, new in within(item))
    elif hasattr(value, "_fields") and not isinstance(value, Open):
        yield from variants(value)
        if name in SOMETHING:
            yield name, SOMETHING[name]
    elif value not in (None, ()) or SOMETHING.get(name):
        yield name, other(name, value)


def within(item: Any) -> Iterator[tuple[str, Any]]:
    return variants(item) if hasattr(item, "_fields") else iter(())


def verdicts() -> dict[str, set[bool]]:
    """Tell of each field whether a change of it, in what is wanted or in the host, makes a difference."""
    want, have = wanted(CONFIG), live(CONFIG)
    found: dict[str, set[bool]] = {}
    for name, changed in variants(want):
        found.setdefault(name, set()).add(bool(differences(changed, have)))
    for name, changed in variants(have):
        found.setdefault(name, set()).add(bool(differences(want, changed)))
    return found


VERDICTS = verdicts()
FIELDS = {f"{name}.{field}" for name, cls in RECORDS.items() for field in cls._fields if not is_place(field)} - HOLDS


@pytest.mark.parametrize("field", sorted(FIELDS))
def test_a_field_changes_each_comparison_or_stands_in_the_list(field: str) -> None:
    assert {field not in NOT_COMPARED} == VERDICTS[field]


def test_the_list_has_nothing_that_there_is_not() -> None:
    assert NOT_COMPARED.keys() <= FIELDS
