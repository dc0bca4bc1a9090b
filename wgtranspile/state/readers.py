"""What the tools print, as items of a state: pure functions over their text or JSON.

A field that is neither modelled nor overlooked by a normalisation ends in `other`, so that nothing is lost in silence.
"""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address, ip_interface, ip_network
from typing import TYPE_CHECKING, Any, TypeAlias

from wgtranspile.config import ipv6
from wgtranspile.model import Endpoint, Family, Key
from wgtranspile.model.linux import TABLES
from wgtranspile.state.model import (
    Address,
    Area,
    Device,
    Path,
    Peer,
    Resolver,
    Route,
    Rule,
)
from wgtranspile.state.normalisations import overlooked_fields
from wgtranspile.state.secrets import digest

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator

    from wgtranspile.state.model import IPAddress, IPNetwork

Facts: TypeAlias = dict[str, Any]

NONE = "(none)"
PROTOCOL_KERNEL = 2

_ANY = {Family.IPV4: "0.0.0.0/0", Family.IPV6: "::/0"}
_ADDRESS_FIELDS = frozenset({"local", "prefixlen", "scope"}) | overlooked_fields(Area.ADDRESS)
_ROUTE_FIELDS = frozenset({"dst", "table", "scope", "metric", "prefsrc"}) | overlooked_fields(Area.ROUTE)
_RULE_FIELDS = frozenset({"table", "fwmark", "not", "suppress_prefixlen"}) | overlooked_fields(Area.RULE)


def addresses(link: Facts) -> tuple[Address, ...]:
    """Read a link of `ip -j address show`."""
    return tuple(
        Address(ip_interface(f"{facts['local']}/{facts['prefixlen']}"), _other(facts, _ADDRESS_FIELDS))
        for facts in link.get("addr_info", ())
        if "local" in facts
    )


def routes(family: Family, listed: Iterable[Facts]) -> Iterator[Route]:
    """Read `ip -j -N -4|-6 route show table all dev IF`."""
    for facts in listed:
        table = int(facts.get("table", TABLES["main"]))
        if table == TABLES["local"] and int(facts.get("protocol", 0)) == PROTOCOL_KERNEL:
            continue
        yield Route(
            destination=_network(family, facts["dst"]),
            table=table,
            scope=int(facts.get("scope", 0)),
            metric=facts.get("metric", 0),
            source=ip_address(facts["prefsrc"]) if "prefsrc" in facts else None,
            other=_other(facts, _ROUTE_FIELDS),
        )


def rules(family: Family, listed: Iterable[Facts]) -> Iterator[Rule]:
    """Read `ip -j -N -4|-6 rule show`."""
    for facts in listed:
        fields = _RULE_FIELDS | {"src"} if facts.get("src") == "all" else _RULE_FIELDS
        yield Rule(
            family=family,
            table=int(facts["table"]) if "table" in facts else None,
            mark=int(facts["fwmark"], 0) if "fwmark" in facts else None,
            inverted="not" in facts,
            suppress=facts.get("suppress_prefixlen"),
            other=_other(facts, fields),
        )


def path(route: Facts, mtus: dict[str, int]) -> Path | None:
    """Read a route of `ip -j route get` or `show`: its own MTU, else that of its device."""
    device = route.get("dev", "")
    for metrics in (*route.get("metrics", ()), *(item for item in route.get("cache", ()) if isinstance(item, dict))):
        if "mtu" in metrics:
            return Path(device, metrics["mtu"])
    return Path(device, mtus[device]) if device in mtus else None


def way_around(
    without: Container[str], address: IPAddress, rules: Iterable[Rule], listed: Iterable[Facts]
) -> Facts | None:
    """Read `ip -j -N route show table all`: the way of a packet without mark, were there none of the links `without`.

    The rules are those of both families; one that asks for more than a mark is not for such a packet.
    """
    family = Family(address.version)
    there = [facts for facts in listed if facts.get("dev") not in without and "type" not in facts]
    for rule in rules:
        if rule.family is not family or rule.other or rule.inverted != (rule.mark is not None):
            continue
        least = -1 if rule.suppress is None else rule.suppress
        matching = [
            (network.prefixlen, -facts.get("metric", 0), facts)
            for facts in there
            if int(facts.get("table", TABLES["main"])) == rule.table
            and address in (network := _network(family, facts["dst"]))
            and network.prefixlen > least
        ]
        if matching:
            return max(matching, key=lambda match: match[:2])[2]
    return None


def device(public_key: str, listen_port: str, fwmark: str) -> Device:
    """Read `wg show IF public-key`, `listen-port` and `fwmark`."""
    key, mark = public_key.strip(), fwmark.strip()
    return Device(None if key == NONE else Key(key), int(listen_port), 0 if mark == "off" else int(mark, 0))


def peers(
    *, allowed_ips: str, endpoints: str, keepalives: str, preshared_keys: str, handshakes: str
) -> tuple[Peer, ...]:
    """Read `wg show IF allowed-ips`, `endpoints` and so on; a preshared key becomes a digest at once."""
    endpoint, keepalive, handshake = _by_key(endpoints), _by_key(keepalives), _by_key(handshakes)
    preshared = {key: digest(value) for key, value in _by_key(preshared_keys).items() if value != NONE}
    return tuple(
        Peer(
            public_key=Key(key),
            allowed_ips=frozenset(ip_network(item) for item in value.split() if item != NONE),
            endpoint=_endpoint(endpoint.get(key, NONE)),
            persistent_keepalive=_keepalive(keepalive.get(key, "off")),
            preshared=preshared.get(key),
            handshake=handshake.get(key, "0") != "0",
        )
        for key, value in _by_key(allowed_ips).items()
    )


def resolved(servers: str, domains: str) -> Resolver | None:
    """Read `resolvectl dns INDEX` and `resolvectl domain INDEX`; the domain `~.` draws every query to the link."""
    found, names = _after_colon(servers), _after_colon(domains)
    if not found:
        return None
    return Resolver(tuple(map(_server, found)), tuple(name for name in names if name != "~."), "~." in names)


def resolvconf(listed: str, *, exclusive: bool | None) -> Resolver | None:
    """Read `resolvconf -l IF`: the lines that were given for the link."""
    lines = [line.split() for line in listed.splitlines()]
    servers = tuple(_server(words[1]) for words in lines if words[:1] == ["nameserver"] and words[1:])
    search = tuple(name for words in lines if words[:1] in (["search"], ["domain"]) for name in words[1:])
    return Resolver(servers, search, exclusive) if servers else None


def table_names(text: str) -> dict[str, int]:
    """Read a file rt_tables: a number and a name on each line."""
    lines = (line.partition("#")[0].split() for line in text.splitlines())
    return {words[1]: int(words[0], 0) for words in lines if len(words) > 1}


def _by_key(text: str) -> dict[str, str]:
    return dict(line.split("\t", 1) for line in text.splitlines())


def _network(family: Family, text: str) -> IPNetwork:
    return ip_network(_ANY[family] if text == "default" else text)


def _endpoint(text: str) -> Endpoint | None:
    if text == NONE:
        return None
    host, _, port = text.rpartition(":")
    return Endpoint(host.strip("[]"), int(port))


def _keepalive(text: str) -> int:
    return 0 if text == "off" else int(text)


def _server(text: str) -> IPAddress | str:
    try:
        found = ip_address(text)
    except ValueError:
        return text
    return ipv6.Address(found.packed) if isinstance(found, IPv6Address) and found.scope_id is None else found


def _after_colon(text: str) -> list[str]:
    # "Link 4 (wg0): 10.0.0.1 fd00::1": names of links hold no colon.
    return text.partition("):")[2].split()


def _other(facts: Facts, known: frozenset[str]) -> tuple[str, ...]:
    return tuple(f"{key} {value}" for key, value in sorted(facts.items()) if key not in known)
