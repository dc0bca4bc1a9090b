"""Rules of a firewall in the languages of nft(8) and iptables-restore(8).

In: chains of the model, and how a script names what they speak of. Out: lines of either language, without the name of
the table or chain that nft wants before them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, assert_never

from wgtranspile.model import (
    Drop,
    InputDevice,
    Mark,
    OwnAddress,
    Protocol,
    RestoreMark,
    SaveMark,
    SourceType,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wgtranspile.model import Chain, FilterRule
    from wgtranspile.model.firewall import Action, Match

# The names that nft and iptables have for the usual priorities (nft(8), "Chains").
_PRIORITIES = {-300: "raw", -150: "mangle"}


class Words(NamedTuple):
    """How a script writes values: as themselves, or as the variables that hold them.

    `family` is `ip` or `ip6`, `device` the link in quotes, `address` one of its own addresses.
    """

    family: str
    device: str
    mark: str
    address: str = ""


def priority_name(chain: Chain) -> str:
    """Return the name of a chain's priority, which is also that of a table of iptables."""
    return _PRIORITIES[chain.priority]


def is_per_address(rule: FilterRule) -> bool:
    """Whether a rule is written once for each address of the link."""
    return any(isinstance(match, OwnAddress) for match in rule.matches)


def nft_rule(rule: FilterRule, words: Words) -> str:
    """Return a rule in the language of nft(8)."""
    return " ".join((*(_nft_match(match, words) for match in rule.matches), _nft_action(rule.action)))


def _nft_match(match: Match, words: Words) -> str:
    match match:
        case InputDevice(inverted=inverted):
            return f"iifname {'!= ' * inverted}{words.device}"
        case OwnAddress():
            return f"{words.family} daddr {words.address}"
        case SourceType(kind, inverted):
            return f"fib saddr type {'!= ' * inverted}{kind}"
        case Protocol(name):
            return f"meta l4proto {name}"
        case Mark():
            return f"meta mark {words.mark}"
    assert_never(match)


def _nft_action(action: Action) -> str:
    match action:
        case Drop():
            return "drop"
        case RestoreMark():
            return "meta mark set ct mark"
        case SaveMark():
            return "ct mark set mark"
    assert_never(action)


def iptables_rule(chain: Chain, rule: FilterRule, words: Words) -> str:
    """Return a rule of a chain as iptables-restore(8) inserts it into the built-in chain of the same hook."""
    parts = (part for match in rule.matches for part in _iptables_match(match, words))
    return " ".join(("-I", chain.hook.upper(), *parts, *_iptables_action(rule.action)))


def _iptables_match(match: Match, words: Words) -> Iterator[str]:
    match match:
        case InputDevice(inverted=inverted):
            yield f"{'! ' * inverted}-i {words.device}"
        case OwnAddress():
            yield f"-d {words.address}"
        case SourceType(kind, inverted):
            yield f"-m addrtype {'! ' * inverted}--src-type {kind.upper()}"
        case Protocol(name):
            yield f"-p {name}"
        case Mark():
            yield f"-m mark --mark {words.mark}"
        case _:
            assert_never(match)


def _iptables_action(action: Action) -> Iterator[str]:
    match action:
        case Drop():
            yield "-j DROP"
        case RestoreMark():
            yield "-j CONNMARK --restore-mark"
        case SaveMark():
            yield "-j CONNMARK --save-mark"
        case _:
            assert_never(action)
