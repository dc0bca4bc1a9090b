"""Records of the model know their type, and not where they come from."""

from __future__ import annotations

from ipaddress import ip_interface, ip_network

import pytest

from wgtranspile.model import Address, Drop, Open, Reason, Route, SaveMark, known, number
from wgtranspile.source import Place, Source, Span

SOURCE = Source("wg0.conf", "")
HERE, THERE = Place(SOURCE, Span(0, 1)), Place(SOURCE, Span(5, 9))


def test_a_record_is_equal_to_one_of_another_place() -> None:
    address = ip_interface("10.0.0.1/24")

    assert Address(address, HERE) == Address(address, THERE)
    assert hash(Address(address, HERE)) == hash(Address(address, THERE))
    assert not Address(address, HERE) != Address(address, THERE)  # noqa: SIM202  tuples define it by themselves


def test_a_record_is_no_other_record_with_the_same_fields() -> None:
    assert () != Drop()
    assert {Drop(): 1, SaveMark(): 2} == {SaveMark(): 2, Drop(): 1}


def test_a_record_differs_by_what_it_says() -> None:
    network = ip_network("10.0.0.0/8")

    assert Route(network, 254, HERE) != Route(network, 255, HERE)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (7, 7),
        (Open(Reason.FREE_TABLE, usual=51820), 51820),
        (Open(Reason.FREE_TABLE, usual=51820, pinned=9), 9),
        (Open(Reason.PATH_MTU, pinned=1400), 1400),
        (Open(Reason.PATH_MTU), None),
        (Open(Reason.NAMED_TABLE, usual="vpn"), None),
    ],
)
def test_what_the_host_decides_is_known_if_it_is_usual_or_pinned(value: int | Open, expected: int | None) -> None:
    assert known(value) == expected
    if expected is None:
        with pytest.raises(ValueError, match="only the host knows"):
            number(value)
    else:
        assert number(value) == expected
