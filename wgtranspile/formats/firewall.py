"""Rules of a firewall in the languages of nft(8), written and read, and of iptables-restore(8).

In: chains of the model, and how a script names what they speak of; or the statements of a rule. Out: lines of either
language, without the name of the table or chain that nft wants before them; or the rule.
"""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING, NamedTuple, assert_never

from wgtranspile.model import (
    Drop,
    Family,
    FilterRule,
    Foreign,
    InputDevice,
    Mark,
    OwnAddress,
    Protocol,
    RestoreMark,
    SaveMark,
    SourceType,
    ipv6,
    number,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wgtranspile.model import Chain
    from wgtranspile.model.firewall import Action, Match

NFT_FAMILY = {Family.IPV4: "ip", Family.IPV6: "ip6"}

# The names that nft and iptables have for the usual priorities (nft(8), "Chains").
_PRIORITIES = {-300: "raw", -150: "mangle"}


class Words(NamedTuple):
    """How values are written: as themselves, unless by the variables that hold them.

    `family` is `ip` or `ip6`, `device` the link in quotes, `address` one of its own addresses. `meta` stands before the
    names of what nft knows of a packet, if at all.
    """

    family: str
    device: str = ""
    mark: str = ""
    address: str = ""
    meta: str = ""


def priority_name(chain: Chain) -> str:
    """Return the name of a chain's priority, which is also that of a table of iptables."""
    return _PRIORITIES[chain.priority]


def is_per_address(rule: FilterRule) -> bool:
    """Whether a rule is written once for each address of the link."""
    return any(isinstance(match, OwnAddress) for match in rule.matches)


def each_address(rule: FilterRule) -> Iterator[FilterRule]:
    """Yield a rule once, or once for each address of the link that it is about."""
    own = next((match for match in rule.matches if isinstance(match, OwnAddress)), None)
    for one in map(OwnAddress, zip(own.addresses)) if own else (None,):
        yield rule._replace(matches=tuple(one if match is own else match for match in rule.matches)) if one else rule


def nft_rule(rule: FilterRule, words: Words) -> str:
    """Return a rule in the language of nft(8)."""
    return " ".join((*(_nft_match(match, words) for match in rule.matches), _nft_action(rule.action, words)))


def _nft_match(match: Match, words: Words) -> str:
    match match:
        case InputDevice(name, inverted):
            return f"{words.meta}iifname {'!= ' * inverted}{words.device or name}"
        case OwnAddress(addresses):
            return f"{words.family} daddr {words.address or addresses[0]}"
        case SourceType(kind, inverted):
            return f"fib saddr type {'!= ' * inverted}{kind}"
        case Protocol(name):
            return f"meta l4proto {name}"
        case Mark(mark):
            return f"meta mark {words.mark or number(mark)}"
        case Foreign(text):
            return text
    assert_never(match)


def _nft_action(action: Action, words: Words) -> str:
    match action:
        case Drop():
            return "drop"
        case RestoreMark():
            return "meta mark set ct mark"
        case SaveMark():
            return f"ct mark set {words.meta}mark"
        case Foreign(text):
            return text
    assert_never(action)


def read_nft(statements: Sequence[str]) -> FilterRule:
    """Return a rule that is written with `meta` before each name; what a tunnel's firewall never has stays a text."""
    *matches, last = statements
    return FilterRule(tuple(_read_match(text) or Foreign(text) for text in matches), _read_action(last))


def _read_match(text: str) -> Match | None:
    match text.split():
        case ["meta", "iifname", *inverted, name] if inverted in ([], ["!="]):
            return InputDevice(name, inverted=bool(inverted))
        case ["ip" | "ip6", "daddr", address]:
            return _own_address(address)
        case ["fib", "saddr", "type", *inverted, kind] if inverted in ([], ["!="]):
            return SourceType(kind, inverted=bool(inverted))
        case ["meta", "l4proto", name]:
            return Protocol(name)
        case ["meta", "mark", mark] if mark.isdecimal():
            return Mark(int(mark))
    return None


def _own_address(text: str) -> OwnAddress | None:
    try:
        return OwnAddress((ipv6.as_written(ip_address(text)),))
    except ValueError:  # as of a name for an address
        return None


def _read_action(text: str) -> Action:
    actions: tuple[Action, ...] = (Drop(), RestoreMark(), SaveMark())
    return next((action for action in actions if _nft_action(action, Words("", meta="meta ")) == text), Foreign(text))


def iptables_rule(chain: Chain, rule: FilterRule, words: Words) -> str:
    """Return a rule of a chain as iptables-restore(8) inserts it into the built-in chain of the same hook.

    Raises ValueError for one that only nft knows.
    """
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
        case Foreign(text):
            raise ValueError(text)
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
        case Foreign(text):
            raise ValueError(text)
        case _:
            assert_never(action)
