"""Rulesets as contents: tables, chains and rules, from which nft, iptables and words are written."""

# The annotations are evaluated, and so what they name imported: kept as text, each would be compiled at every start.
from collections.abc import Callable
from typing import NamedTuple, TypeAlias

from wgtranspile.model.linux import Family, IPAddress
from wgtranspile.model.open import Open
from wgtranspile.model.record import Facts, record
from wgtranspile.source import NOWHERE, Place


@record
class InputDevice(NamedTuple):
    """Whether a packet came in by a link, or with `inverted` by any other."""

    name: str
    inverted: bool = False


@record
class OwnAddress(NamedTuple):
    """Whether a packet is for one of these addresses of the link."""

    addresses: tuple[IPAddress, ...]


@record
class SourceType(NamedTuple):
    """Whether the source address of a packet is of a type that the routing tables tell, or with `inverted` not."""

    kind: str
    inverted: bool = False


@record
class Protocol(NamedTuple):
    """Whether a packet is of a protocol of the transport layer."""

    name: str


@record
class Mark(NamedTuple):
    """Whether a packet has a mark."""

    mark: int | Open


@record
class Foreign(NamedTuple):
    """A statement that is in no tunnel's firewall, in the language of nft(8)."""

    text: str


Match: TypeAlias = InputDevice | OwnAddress | SourceType | Protocol | Mark | Foreign


@record
class Drop(NamedTuple):
    """Drop the packet."""


@record
class SaveMark(NamedTuple):
    """Give the connection the mark of the packet."""


@record
class RestoreMark(NamedTuple):
    """Give the packet the mark of its connection."""


Action: TypeAlias = Drop | SaveMark | RestoreMark | Foreign


@record
class FilterRule(NamedTuple):
    """What happens to packets for which all matches hold."""

    matches: tuple[Match, ...]
    action: Action
    other: Facts = ()


@record
class Chain(NamedTuple):
    """Rules at a hook of netfilter, asked in the order of priorities; without a hook, where other rules jump to."""

    name: str
    hook: str = ""
    priority: int = 0
    rules: tuple[FilterRule, ...] = ()
    kind: str = "filter"
    policy: str = "accept"
    other: Facts = ()


@record
class Ruleset(NamedTuple):
    """The table of one family that belongs to a tunnel; `objects` are sets and the like, each by its kind."""

    family: Family
    name: str
    chains: tuple[Chain, ...]
    span: Place = NOWHERE
    objects: Facts = ()
    other: Facts = ()


def with_rules(ruleset: Ruleset, change: Callable[[FilterRule], FilterRule | None]) -> Ruleset:
    """Return a ruleset with what `change` makes of each rule, and without those of which it makes nothing."""
    chains = (chain._replace(rules=tuple(filter(None, map(change, chain.rules)))) for chain in ruleset.chains)
    return ruleset._replace(chains=tuple(chains))


def table_name(interface: str) -> str:
    """Return the name of the tables of a tunnel."""
    return f"wg-quick-{interface}"


def guard(interface: str, addresses: tuple[IPAddress, ...]) -> FilterRule:
    """Return the rule by which only those reach addresses of the link who send through it, or are on its host."""
    matches = (InputDevice(interface, inverted=True), OwnAddress(addresses), SourceType("local", inverted=True))
    return FilterRule(matches, Drop())
