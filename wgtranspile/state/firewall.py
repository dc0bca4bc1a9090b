"""The nft tables of a tunnel: as its config has them, and as `nft -j` shows them.

Both come out as items in one spelling, near to nft's own, so that they can be compared and read.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, assert_never

from wgtranspile.model import (
    Drop,
    Family,
    InputDevice,
    Mark,
    OwnAddress,
    Protocol,
    RestoreMark,
    SaveMark,
    SourceType,
    number,
)
from wgtranspile.state.model import Area, FirewallItem, Unknown
from wgtranspile.state.normalisations import overlooked_fields

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wgtranspile.model import FilterRule, Ruleset
    from wgtranspile.model.firewall import Action, Match
    from wgtranspile.state.model import IPAddress

NFT_FAMILIES = {"ip": Family.IPV4, "ip6": Family.IPV6}
NFT_WORDS = {family: word for word, family in NFT_FAMILIES.items()}

_OVERLOOKED = overlooked_fields(Area.FIREWALL)
_PLACE = frozenset({"family", "table", "chain", "name"})


def table_name(interface: str) -> str:
    """Return the name of the tables that wg-quick makes for an interface."""
    return f"wg-quick-{interface}"


def wanted(ruleset: Ruleset) -> Iterator[FirewallItem]:
    """Return the items of a table: itself, its chains, and their rules."""
    yield FirewallItem(ruleset.family, None, "", span=ruleset.span)
    for chain in ruleset.chains:
        text = f"type filter hook {chain.hook} prio {chain.priority} policy accept"
        yield FirewallItem(ruleset.family, chain.name, text, span=ruleset.span)
    for chain in ruleset.chains:
        for text in (text for rule in chain.rules for text in _told(ruleset.family, rule)):
            yield FirewallItem(ruleset.family, chain.name, text, rule=True, span=ruleset.span)


def _told(family: Family, rule: FilterRule) -> Iterator[str]:
    """Yield the text of a rule, once for each address that it speaks of."""
    own = next((match.addresses for match in rule.matches if isinstance(match, OwnAddress)), (None,))
    for address in own:
        yield " ".join((*(_match(family, match, address) for match in rule.matches), _action(rule.action)))


def _match(family: Family, match: Match, address: IPAddress | None) -> str:
    match match:
        case InputDevice(name, inverted):
            return f"meta iifname {'!= ' * inverted}{name}"
        case OwnAddress():
            return f"{NFT_WORDS[family]} daddr {address}"
        case SourceType(kind, inverted):
            return f"fib saddr type {'!= ' * inverted}{kind}"
        case Protocol(name):
            return f"meta l4proto {name}"
        case Mark(mark):
            return f"meta mark {number(mark)}"
    assert_never(match)


def _action(action: Action) -> str:
    match action:
        case Drop():
            return "drop"
        case RestoreMark():
            return "meta mark set ct mark"
        case SaveMark():
            return "ct mark set meta mark"
    assert_never(action)


def guard(interface: str, address: IPAddress) -> str:
    """Return the rule that keeps other links from reaching an address of the tunnel."""
    word = NFT_WORDS[Family(address.version)]
    return f"meta iifname != {interface} {word} daddr {address} fib saddr type != local drop"


def known(items: tuple[FirewallItem, ...] | Unknown) -> tuple[FirewallItem, ...]:
    """Return the items, none where they are unknown."""
    return () if isinstance(items, Unknown) else items


def follow_mark(items: tuple[FirewallItem, ...] | Unknown, old: int, new: int) -> tuple[FirewallItem, ...]:
    """Return wanted items in which the mark `old` is `new`."""
    old_text, new_text = _save_mark(old), _save_mark(new)
    return tuple(replace(item, text=new_text) if item.text == old_text else item for item in known(items))


def read(ruleset: Mapping[str, Any]) -> Iterator[FirewallItem]:
    """Yield the items in the output of `nft -j list table`."""
    for entry in ruleset["nftables"]:
        for kind, facts in entry.items():
            if kind == "metainfo":
                continue
            family = NFT_FAMILIES[facts["family"]]
            rest = {key: value for key, value in facts.items() if key not in _OVERLOOKED | _PLACE}
            match kind:
                case "table":
                    yield FirewallItem(family, None, " ".join(_words(rest)))
                case "chain":
                    yield FirewallItem(family, facts["name"], " ".join(_words(rest)))
                case "rule":
                    expressions = rest.pop("expr")
                    text = " ".join((*map(_statement, expressions), *_words(rest)))
                    yield FirewallItem(family, facts["chain"], text, rule=True)
                case _:
                    yield FirewallItem(family, kind, f"{facts.get('name', '')} {_raw(rest)}", rule=True)


def _save_mark(mark: int) -> str:
    return f"meta l4proto udp meta mark {mark} ct mark set meta mark"


def _words(facts: Mapping[str, object]) -> Iterator[str]:
    for key, value in facts.items():
        yield f"{key} {_expression(value)}"


def _statement(statement: object) -> str:
    match statement:
        case {"match": {"op": "==", "left": {"meta": {"key": "l4proto"}}, "right": 17}}:
            # nft writes the number where the host has no /etc/protocols.
            return "meta l4proto udp"
        case {"match": {"op": op, "left": left, "right": right, **rest}} if not rest:
            operator = "" if op == "==" else f"{op} "
            return f"{_expression(left)} {operator}{_expression(right)}"
        case {"mangle": {"key": key, "value": value, **rest}} if not rest:
            return f"{_expression(key)} set {_expression(value)}"
        case {"drop": None}:
            return "drop"
        case _:
            return _raw(statement)


def _expression(expression: object) -> str:  # noqa: PLR0911  one return for each kind
    match expression:
        case {"meta": {"key": str(key), **rest}} if not rest:
            return f"meta {key}"
        case {"ct": {"key": str(key), **rest}} if not rest:
            return f"ct {key}"
        case {"payload": {"protocol": str(protocol), "field": str(field), **rest}} if not rest:
            return f"{protocol} {field}"
        case {"fib": {"result": str(result), "flags": flags, **rest}} if not rest:
            return f"fib {_expression(flags)} {result}"
        case str() | int():
            return str(expression)
        case list() if len(expression) == 1:
            # Versions of nft differ in how they write a list of one.
            return str(expression[0])
        case _:
            return _raw(expression)


def _raw(value: object) -> str:
    return json.dumps(value, sort_keys=True)
