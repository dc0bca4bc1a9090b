"""What is compared, in the words of `ip`, `wg` and `nft`: for each thing its name, and particulars that may differ."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from wgtranspile.formats.firewall import NFT_FAMILY, Words, nft_rule
from wgtranspile.model import Open
from wgtranspile.model.linux import MAIN, TABLES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wgtranspile.model import Address, Facts, Family, PolicyRule, Resolver, Route, Ruleset

PRESENT, ABSENT, ANOTHER = "present", "none", "another one"
STATE = {True: "up", False: "down"}
KIND = {True: "a WireGuard device", False: "another kind of link"}
ANSWER = {True: "yes", False: "no"}

# Why something is not compared.
CHANGED_PATH = "it is {}; the route to an endpoint has changed since the tunnel came up"
PLACEHOLDER = "the config has a placeholder instead of a key"
KEY_OF_HOOK = "the config has no `PrivateKey`, so a hook is expected to set one"
UNRESOLVED = "`{}` does not resolve on this host"
MOVED = "wanted {}, found {}; the peer has sent packets since, and WireGuard uses the address that they came from"

_SCOPES = {200: "site", 253: "link", 254: "host"}
_TABLES = {number: name for name, number in TABLES.items()}


class Item(StrEnum):
    """The names of what there is once in a tunnel, or once in a peer."""

    STATE = "state"
    MTU = "MTU"
    KIND = "kind"
    PUBLIC_KEY = "public key"
    LISTEN_PORT = "listen port"
    FWMARK = "fwmark"
    PRESHARED_KEY = "preshared key"
    ENDPOINT = "endpoint"
    KEEPALIVE = "persistent keepalive"
    ALLOWED_IP = "allowed IP"
    ORDER = "order of IPv"
    DNS = "servers and search domains"
    SERVERS = "servers"
    SEARCH = "search domains"
    EXCLUSIVE = "exclusive servers"


def or_off(number: object) -> str:
    """Return a number as the config writes it, where 0 turns something off."""
    return str(number or "off")


def address(item: Address) -> tuple[str, str]:
    """Name an address by all that is known of it."""
    return " ".join((str(item.address), *_facts(item.other))), PRESENT


def route(item: Route) -> tuple[str, str]:
    """Name a route by destination and, outside of main, table."""
    name = str(item.destination) if item.table == MAIN else f"{item.destination} table {_table(item.table)}"
    words = [f"scope {_SCOPES.get(item.scope, item.scope)}" if item.scope else ""]
    words += [f"metric {item.metric}" if item.metric else "", f"src {item.preferred}" if item.preferred else ""]
    return name, " ".join(filter(None, (*words, *_facts(item.other)))) or PRESENT


def rule(item: PolicyRule) -> tuple[str, str]:
    """Name a rule by everything that it says."""
    words = [f"IPv{item.family}", "not" if item.inverted else ""]
    words += ["" if item.mark is None else f"fwmark {item.mark}", *_facts(item.other)]
    words += [f"lookup {_table(item.table)}" if item.table else ""]
    words += ["" if item.suppress_prefixlength is None else f"suppress_prefixlength {item.suppress_prefixlength}"]
    return " ".join(filter(None, words)), PRESENT


def order(rules: Iterable[PolicyRule]) -> str:
    """Name rules in the order in which they are asked."""
    return " < ".join(rule(item)[0] for item in rules)


def table_of(family: Family) -> str:
    """Name the nft table of a family."""
    return f"IPv{family} table"


def firewall(item: Ruleset) -> tuple[str, str]:
    """Name a rule or an object by its text, a chain or a table by itself: the one thing that a ruleset has here."""
    for kind, text in item.objects:
        return f"IPv{item.family} {kind} `{text}`", PRESENT
    for chain in item.chains:
        for found in chain.rules:
            said = (nft_rule(found, Words(NFT_FAMILY[item.family], meta="meta ")), *_facts(found.other))
            return f"IPv{item.family} {chain.name} `{' '.join(said)}`", PRESENT
        hook = f"type {chain.kind} hook {chain.hook} prio {chain.priority} policy {chain.policy}" if chain.hook else ""
        return f"IPv{item.family} chain {chain.name}", " ".join(filter(None, (hook, *_facts(chain.other)))) or PRESENT
    return table_of(item.family), " ".join(_facts(item.other)) or PRESENT


def servers(resolver: Resolver | None) -> str | None:
    """Name the servers, each once, those of IPv6 last."""
    found = (*(server.address for server in resolver.servers), *resolver.other) if resolver else ()
    return " ".join(dict.fromkeys(sorted(map(str, found), key=lambda server: ":" in server))) or None


def search(resolver: Resolver | None) -> str | None:
    """Name the search domains, each once."""
    return " ".join(dict.fromkeys(domain.name for domain in resolver.search) if resolver else ()) or None


def _table(table: int | Open) -> str:
    """Return the name of a table of the kernel's own, the number of another; of a name, what the config has."""
    return str(table.usual) if isinstance(table, Open) else _TABLES.get(table, str(table))


def _facts(other: Facts) -> Iterator[str]:
    return (f"{name} {value}" for name, value in other)
