"""Rulesets as contents: tables, chains and rules, from which nft, iptables and words are written."""

# The annotations are evaluated, and so what they name imported: kept as text, each would be compiled at every start.
from typing import NamedTuple, TypeAlias

from wgtranspile.model.linux import Family, IPAddress
from wgtranspile.model.open import Open
from wgtranspile.model.record import record
from wgtranspile.source import Place


@record
class InputDevice(NamedTuple):
    """Whether a packet came in by a link, or with `inverted` by any other."""

    name: str
    inverted: bool = False


@record
class OwnAddress(NamedTuple):
    """Whether a packet is for an address of the link; those that the config gives it are known."""

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


Match: TypeAlias = InputDevice | OwnAddress | SourceType | Protocol | Mark


@record
class Drop(NamedTuple):
    """Drop the packet."""


@record
class SaveMark(NamedTuple):
    """Give the connection the mark of the packet."""


@record
class RestoreMark(NamedTuple):
    """Give the packet the mark of its connection."""


Action: TypeAlias = Drop | SaveMark | RestoreMark


@record
class FilterRule(NamedTuple):
    """What happens to packets for which all matches hold."""

    matches: tuple[Match, ...]
    action: Action


@record
class Chain(NamedTuple):
    """Rules at a hook of netfilter, asked in the order of priorities; the policy is accept."""

    name: str
    hook: str
    priority: int
    rules: tuple[FilterRule, ...]


@record
class Ruleset(NamedTuple):
    """The table of one family that belongs to a tunnel."""

    family: Family
    name: str
    chains: tuple[Chain, ...]
    span: Place
