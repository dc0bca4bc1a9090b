"""Rules of a firewall, written and read again."""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING

import pytest

from wgtranspile.formats.firewall import Words, iptables_rule, nft_rule, read_nft
from wgtranspile.model import (
    Chain,
    Drop,
    FilterRule,
    Foreign,
    InputDevice,
    Mark,
    OwnAddress,
    Protocol,
    RestoreMark,
    SaveMark,
    SourceType,
)

if TYPE_CHECKING:
    from wgtranspile.model.firewall import Action, Match

MATCHES: list[Match] = [
    InputDevice("wg0"),
    InputDevice("wg0", inverted=True),
    OwnAddress((ip_address("10.0.0.1"),)),
    SourceType("local"),
    SourceType("local", inverted=True),
    Protocol("udp"),
    Mark(51820),
    Foreign("ct state established"),
    Foreign("meta mark != 7"),
]
ACTIONS: list[Action] = [Drop(), SaveMark(), RestoreMark(), Foreign("accept")]
WORDS = Words("ip", meta="meta ")


@pytest.mark.parametrize("match", MATCHES, ids=repr)
@pytest.mark.parametrize("action", ACTIONS, ids=repr)
def test_a_rule_is_read_as_it_was_written(match: Match, action: Action) -> None:
    rule = FilterRule((match, match), action)
    text = nft_rule(FilterRule((match,), Foreign("")), WORDS).strip()

    assert rule == read_nft([text, text, nft_rule(FilterRule((), action), WORDS)])
    assert f"{text} {text} {nft_rule(FilterRule((), action), WORDS)}" == nft_rule(rule, WORDS)


@pytest.mark.parametrize("rule", [FilterRule((Foreign("x"),), Drop()), FilterRule((), Foreign("x"))])
def test_iptables_knows_nothing_that_is_foreign(rule: FilterRule) -> None:
    with pytest.raises(ValueError, match="x"):
        iptables_rule(Chain("preraw", "prerouting", -300), rule, WORDS)
