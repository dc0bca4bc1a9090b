"""The nft tables of a tunnel, as `nft -j` shows them: statements that no tunnel has are kept in words near to nft's."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TypeAlias

from wgtranspile.formats.firewall import NFT_FAMILY, read_nft
from wgtranspile.model import Chain, FilterRule, Ruleset

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wgtranspile.model import Facts

Entries: TypeAlias = "list[tuple[str, dict[str, Any]]]"

_FAMILIES = {word: family for family, word in NFT_FAMILY.items()}
# Where a thing is, and the number by which it is deleted.
_PLACE = frozenset({"family", "table", "chain", "name", "handle"})
_CHAIN = _PLACE | {"type", "hook", "prio", "policy"}
_RULE = _PLACE | {"expr"}


def rulesets(listed: dict[str, Any]) -> Iterator[Ruleset]:
    """Read `nft -j list table`."""
    entries = [(kind, facts) for entry in listed["nftables"] for kind, facts in entry.items()]
    for facts in _of_kind("table", entries):
        yield Ruleset(
            _FAMILIES[facts["family"]],
            facts["name"],
            tuple(_chain(chain, entries) for chain in _of_kind("chain", entries)),
            objects=tuple(_objects(entries)),
            other=_other(facts, _PLACE),
        )


def _of_kind(wanted: str, entries: Entries) -> Iterator[dict[str, Any]]:
    return (facts for kind, facts in entries if kind == wanted)


def _chain(facts: dict[str, Any], entries: Entries) -> Chain:
    name = facts["name"]
    rules = tuple(_rule(rule) for rule in _of_kind("rule", entries) if rule["chain"] == name)
    other = _other(facts, _CHAIN)
    if "hook" not in facts:
        return Chain(name, rules=rules, other=other)
    return Chain(name, facts["hook"], facts["prio"], rules, facts["type"], facts.get("policy", "accept"), other)


def _rule(facts: dict[str, Any]) -> FilterRule:
    return read_nft([_words(item) for item in facts["expr"]])._replace(other=_other(facts, _RULE))


def _objects(entries: Entries) -> Iterator[tuple[str, str]]:
    for kind, facts in entries:
        if kind not in ("metainfo", "table", "chain", "rule"):
            rest = {key: value for key, value in facts.items() if key not in _PLACE}
            yield kind, f"{facts.get('name', '')} {_raw(rest)}"


def _other(facts: dict[str, Any], known: Iterable[str]) -> Facts:
    return tuple((key, _words(value)) for key, value in facts.items() if key not in known)


def _words(expression: object) -> str:  # noqa: C901, PLR0911  one return for each kind
    """Return a statement or an expression in words near to nft's; as JSON what has more to it than these have."""
    match expression:
        case {"match": {"op": "==", "left": {"meta": {"key": "l4proto"}}, "right": 17}}:
            # nft writes the number where the host has no /etc/protocols.
            return "meta l4proto udp"
        case {"match": {"op": op, "left": left, "right": right, **rest}} if not rest:
            return f"{_words(left)} {'' if op == '==' else f'{op} '}{_words(right)}"
        case {"mangle": {"key": key, "value": value, **rest}} if not rest:
            return f"{_words(key)} set {_words(value)}"
        case {"drop": None}:
            return "drop"
        case {"meta": {"key": str(key), **rest}} if not rest:
            return f"meta {key}"
        case {"ct": {"key": str(key), **rest}} if not rest:
            return f"ct {key}"
        case {"payload": {"protocol": str(protocol), "field": str(field), **rest}} if not rest:
            return f"{protocol} {field}"
        case {"fib": {"result": str(result), "flags": flags, **rest}} if not rest:
            return f"fib {_words(flags)} {result}"
        case str() | int():
            return str(expression)
        case [one]:
            # Versions of nft differ in how they write a list of one.
            return str(one)
        case _:
            return _raw(expression)


def _raw(value: object) -> str:
    return json.dumps(value, sort_keys=True)
