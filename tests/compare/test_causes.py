"""Causes that the laboratory does not bring about; the others are in tests/equivalence/test_plan.py."""

from __future__ import annotations

from collections import Counter

from tests.compare.states import FULL_TUNNEL, differences, live, wanted, with_device, with_link
from wgtranspile.compare import Area, explain
from wgtranspile.model import Unknown


def test_what_is_as_wanted_has_no_cause() -> None:
    assert () == explain(wanted(), live())


def test_a_link_that_is_missing_needs_no_cause() -> None:
    assert () == explain(wanted(), None)


def test_a_mark_that_the_whole_tunnel_follows_is_the_cause_of_all() -> None:
    pinned = FULL_TUNNEL.replace("DNS =", "FwMark = 7\nDNS =")

    (cause,) = explain(wanted(pinned), live(pinned, mark=51999))

    assert "the whole tunnel uses a different mark than the config" == cause.text
    assert ["fwmark"] == [found.item for found in cause.shown]
    assert {Area.ROUTE, Area.RULE, Area.FIREWALL} == {found.area for found in cause.following}


def test_a_resolver_that_forgot_the_link_is_a_cause() -> None:
    (cause,) = explain(wanted(), live()._replace(resolver=None))

    assert cause.text.startswith("the resolver has no settings for the link")


def test_a_firewall_that_nobody_tells_is_no_cause() -> None:
    assert () == explain(wanted(), live()._replace(rulesets=Unknown("`nft` is not installed")))


def test_no_difference_is_lost_or_told_twice_by_causes() -> None:
    found = with_link(with_device(live(), peers=()), addresses=(), routes=())
    found = found._replace(rules=(), rulesets=(), resolver=None)

    explained = Counter(item for cause in explain(wanted(), found) for item in (*cause.shown, *cause.following))

    assert explained <= Counter(differences(wanted(), found))
    assert {Area.ADDRESS, Area.RULE, Area.FIREWALL, Area.DNS} <= {item.area for item in explained}
