"""What is compared, in the words of `ip`, `wg` and `nft`: for each thing its name, and particulars that may differ."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from wgtranspile.formats.firewall import NFT_FAMILY, Words, nft_rule
from wgtranspile.model import Open
from wgtranspile.model.linux import TABLES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wgtranspile.model import (
        Address,
        Endpoint,
        Facts,
        Family,
        FilterRule,
        Key,
        PolicyRule,
        Resolver,
        Route,
        Ruleset,
    )

PRESENT = "present"
ANOTHER = "another one"
PLACEHOLDER = "the config has a placeholder instead of a key"

_OFF = "off"
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
    DNS = "servers and search domains"
    SERVERS = "servers"
    SEARCH = "search domains"
    EXCLUSIVE = "exclusive servers"


def state(*, is_up: bool) -> str:
    """Return the state of a link."""
    return "up" if is_up else "down"


def kind(*, is_wireguard: bool) -> str:
    """Return the kind of a link."""
    return "a WireGuard device" if is_wireguard else "another kind of link"


def mark(number: int) -> str:
    """Return a mark as the config writes it."""
    return str(number or _OFF)


def keepalive(seconds: int) -> str:
    """Return an interval as the config writes it."""
    return str(seconds or _OFF)


def answer(*, fact: bool) -> str:
    """Return yes or no."""
    return "yes" if fact else "no"


def presence(secret: object) -> str:
    """Tell that something secret is there, or not."""
    return "none" if secret is None else PRESENT


def order_of(family: Family) -> str:
    """Name the order of the rules of a family."""
    return f"order of IPv{family}"


def of_peer(peer: Key, item: str) -> str:
    """Name something of a peer."""
    return f"{peer} {item}"


def allowed_ip(network: object) -> str:
    """Name an allowed IP of a peer."""
    return f"allowed IP {network}"


def address(item: Address) -> tuple[str, str]:
    """Name an address by all that is known of it."""
    return " ".join((str(item.address), *_facts(item.other))), PRESENT


def route(item: Route) -> tuple[str, str]:
    """Name a route by destination and, outside of main, table."""
    name = str(item.destination)
    if item.table != TABLES["main"]:
        name += f" table {_table(item.table)}"
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


def firewall(item: Ruleset) -> tuple[str, str]:
    """Name a rule or an object by its text, a chain or a table by itself: the one thing that a ruleset has here."""
    family = f"IPv{item.family}"
    for name, text in item.objects:
        return f"{family} {name} `{text}`", PRESENT
    for chain in item.chains:
        for found in chain.rules:
            return f"{family} {chain.name} `{_filter(item, found)}`", PRESENT
        hook = (f"type {chain.kind} hook {chain.hook} prio {chain.priority} policy {chain.policy}",) * bool(chain.hook)
        return f"{family} chain {chain.name}", " ".join((*hook, *_facts(chain.other))) or PRESENT
    return table_of(item.family), " ".join(_facts(item.other)) or PRESENT


def table_of(family: Family) -> str:
    """Name the nft table of a family."""
    return f"IPv{family} table"


def servers(resolver: Resolver | None) -> str:
    """Name the servers, each once, those of IPv6 last."""
    found = (*(server.address for server in resolver.servers), *resolver.other) if resolver else ()
    return " ".join(dict.fromkeys(map(str, sorted(found, key=lambda server: ":" in str(server)))))


def search(resolver: Resolver | None) -> str:
    """Name the search domains, each once."""
    return " ".join(dict.fromkeys(domain.name for domain in resolver.search) if resolver else ())


def changed_path(mtu: int) -> str:
    """Tell why the MTU of a link cannot be compared."""
    return f"it is {mtu}; the route to an endpoint has changed since the tunnel came up"


def unknown_key(found: str) -> str:
    """Tell why a key that the config has elsewhere cannot be compared."""
    return f"it is {found}; {PLACEHOLDER}"


def key_of_hook(found: str) -> str:
    """Tell why a key that the config does not have cannot be compared."""
    return f"it is {found}; the config has no `PrivateKey`, so a hook is expected to set one"


def unresolved(host: str) -> str:
    """Tell why an endpoint cannot be compared."""
    return f"`{host}` does not resolve on this host"


def moved(wanted: Endpoint, found: Endpoint) -> str:
    """Tell why an endpoint that is another may be right."""
    since = "the peer has sent packets since, and WireGuard uses the address that they came from"
    return f"wanted {wanted}, found {found}; {since}"


def _filter(ruleset: Ruleset, item: FilterRule) -> str:
    return " ".join((nft_rule(item, Words(NFT_FAMILY[ruleset.family], meta="meta ")), *_facts(item.other)))


def _table(table: int | Open) -> str:
    """Return the name of a table of the kernel's own, the number of another; of a name, what the config has."""
    return str(table.usual) if isinstance(table, Open) else _TABLES.get(table, str(table))


def _facts(other: Facts) -> Iterable[str]:
    return (f"{name} {value}" for name, value in other)
