"""The marks of several default routes: of each name the same on every host, whichever tunnels come and go."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wgtranspile.model import number
from wgtranspile.pipeline import Options, transpile_host
from wgtranspile.source import Source

if TYPE_CHECKING:
    from collections.abc import Iterable

PRIVATE = "WELEsbNJnrsgryqloe/UmJ8FZarcsijnYOFo7hg14XQ="
PUBLIC = "pMj38w9caGdqvi3ZMWGts2gsR0LQhYV79bncRRTouhQ="
#: Two names that ask for one number.
COLLIDING = ("site31", "site7")
NAMES = st.one_of(
    st.from_regex(r"[a-zA-Z0-9_][a-zA-Z0-9_.-]{0,14}", fullmatch=True).filter(
        lambda name: name not in {"all", "default"}
    ),
    st.integers(0, 120).map("wg{}".format),
    st.integers(0, 999).map("site{}".format),  # enough for some to ask for one number
)


def full_tunnel(lines: str = "", allowed_ips: str = "0.0.0.0/0, ::/0") -> str:
    return f"[Interface]\nPrivateKey = {PRIVATE}\n{lines}\n[Peer]\nPublicKey = {PUBLIC}\nAllowedIPs = {allowed_ips}\n"


def marks(names: Iterable[str], **others: str) -> dict[str, int]:
    """Give the marks on a host with full tunnels of these names, and with other configs."""
    texts = {**dict.fromkeys(names, full_tunnel()), **others}
    results = transpile_host([(Source(name, text), name) for name, text in texts.items()], "json", Options())
    tunnels = [result.tunnel for result in results if result.tunnel]
    assert len(texts) == len(tunnels)
    found = {tunnel.interface: number(tunnel.device.fwmark) for tunnel in tunnels if tunnel.rules}
    assert len(found) == len({rule.priority for tunnel in tunnels for rule in tunnel.mark_rules})
    assert len(found) == len(set(found.values()))
    return found


@cache
def asked_for(name: str) -> int:
    """Give the mark that a name gets where there is another tunnel, and no one in its way."""
    return marks([name, "wg0" if name != "wg0" else "wg1"])[name]


@given(name=NAMES)
@settings(max_examples=25, deadline=None)
def test_the_only_default_route_has_the_mark_that_wg_quick_tries_first(name: str) -> None:
    split_tunnel = full_tunnel("FwMark = 7", "10.0.0.0/8, -0.0.0.0/0")

    assert {name: 51820} == marks([name]) == marks([name], other=split_tunnel)


def test_the_usual_names_are_counted() -> None:
    assert {"wg0": 51820, "wg1": 51821, "wg7": 51827, "wg99": 51919} == marks(["wg1", "wg99", "wg0", "wg7"])


def test_a_second_default_route_leaves_wg0_its_mark() -> None:
    assert {"wg0": 51820, "aa": 52515} == marks(["aa", "wg0"])


@given(names=st.sets(NAMES, min_size=2, max_size=12), other=NAMES)
@settings(max_examples=50, deadline=None)
def test_a_tunnel_that_comes_or_goes_leaves_the_others_their_marks(names: set[str], other: str) -> None:
    fewer, more = names - {other}, names | {other}
    asked = {name: asked_for(name) for name in more}
    alone = {name for name in more if list(asked.values()).count(asked[name]) == 1}

    before, after = marks(sorted(fewer)), marks(sorted(more))

    if len(fewer) > 1:
        assert {name: before[name] for name in fewer & alone} == {name: after[name] for name in fewer & alone}
    assert {name: asked[name] for name in alone} == {name: after[name] for name in alone}


def test_of_two_names_that_ask_for_one_mark_the_second_gets_one_that_no_name_asks_for() -> None:
    first, second = COLLIDING

    assert asked_for(first) == asked_for(second) == marks(COLLIDING)[first]
    assert 52820 == marks(COLLIDING)[second] == marks([*COLLIDING, "wg0", "aa"])[second]
    assert marks(COLLIDING) == marks(reversed(COLLIDING))


@given(names=st.sets(NAMES, min_size=2, max_size=8))
@settings(max_examples=20, deadline=None)
def test_marks_do_not_depend_on_the_order_in_which_configs_are_given(names: set[str]) -> None:
    assert marks(sorted(names)) == marks(sorted(names, reverse=True))


@pytest.mark.parametrize(
    "other",
    [
        full_tunnel("FwMark = 51821"),
        full_tunnel("FwMark = 51821", "10.0.0.0/8"),
        full_tunnel("Table = 51821"),
        full_tunnel("Table = 0xca6d"),
    ],
)
def test_a_mark_or_table_that_a_config_names_is_not_given_to_another(other: str) -> None:
    found = marks(["wg0", "wg1"], zz=other)

    assert (51820, 52820) == (found["wg0"], found["wg1"])
