"""Writing first, by the numbers: what guessing is worth, and which networks and headers count."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from tests.unit.conversations.writing_first import EVA, HEART, House
from zegel.conversations.first_limits import network_of
from zegel.conversations.writing import WRONG_MOST
from zegel.settings.writing import Write
from zegel.unlock.passwords import ALPHABET, LENGTH, as_typed


def test_guessing_a_password_is_hopeless_with_all_that_the_limits_allow() -> None:
    tries_a_day = Write().per_day * WRONG_MOST
    assert Fraction(tries_a_day, len(ALPHABET) ** LENGTH) < Fraction(1, 78_000_000_000_000)


def test_no_two_browsers_have_the_same_password_and_all_signs_occur(tmp_path: Path) -> None:
    house = House.in_(tmp_path)
    for number in range(40):
        house.browser(f"192.0.2.{number}").ask(f"x{number}@elders.example")
    house.run()
    found = {house.password(f"x{number}@elders.example") for number in range(40)}
    assert len(found) == 40
    assert set("".join(map(as_typed, found))) == set(ALPHABET)
    house.core.close()


@pytest.mark.parametrize(
    ("told", "peer", "network"),
    [
        ("192.0.2.7", "127.0.0.1", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "127.0.0.1", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "127.0.0.1", "192.0.2.7"),
        (" 192.0.2.7 ", "127.0.0.1", "192.0.2.7"),
        ("1.2.3.4, 192.0.2.7", "198.51.100.1", "?"),
        ("unknown", "198.51.100.1", "?"),
        ("fe80::1%eth0", "127.0.0.1", "fe80::/64"),
        ("", "198.51.100.1", "198.51.100.1"),
        ("", "127.0.0.1", ""),
        ("", "::1", ""),
        ("", "", ""),
    ],
)
def test_where_somebody_asks_from(told: str, peer: str, network: str) -> None:
    assert network_of(told or peer) == network


def test_what_is_typed_in_two_windows_goes_to_the_address_that_is_shown(tmp_path: Path) -> None:
    house = House.in_(tmp_path)
    eva = house.browser()
    eva.ask("eva1@elders.example")
    first = house.password("eva1@elders.example")
    eva.ask(EVA)
    assert EVA in eva.get("/write/password").text
    assert eva.type(first).status == 422, "the password of the address before proves nothing about this one"
    link = eva.type(house.password()).header("Location").partition("/reply")[0]
    eva.write(link, "Hallo")
    house.run()
    assert [letter["Reply-To"] for letter in house.letters(HEART)] == [EVA]
    house.core.close()
