"""Writing first, by the numbers: what guessing is worth, and which networks and headers count."""

from __future__ import annotations

import email.utils
import re
from fractions import Fraction
from pathlib import Path

import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.conversations.writing_first import EVA, HEART, House
from zegel.conversations.first_limits import network_of
from zegel.conversations.writing import WRONG_MOST, mailbox
from zegel.mail.addresses import identity
from zegel.mail.envelope import is_plain
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


PIECES = st.sampled_from(
    ["eva", "@", "elders.example", "kliniek.example", ".", "..", "+", "-", "%", "!", " ", ",", ";", ":", "<", ">", "(",
     ")", '"', "\\", "\r\n", "\n", "\0", "\t", "[127.0.0.1]", "127.0.0.1", "xn--", "é", "ß", "\u202e", "\u200b",
     "\uff20", "\u3002", "Bcc: x@post.example", "=?utf-8?q?x?=", "x" * 70, "_", "'", "`",
     "|", "$(id)", "&", "?cc=", "%40"]
)  # fmt: skip


@hypothesis.settings(max_examples=600, deadline=None)
@given(st.lists(PIECES, max_size=8).map("".join))
def test_whatever_is_typed_only_a_plain_mailbox_outside_gets_mail(typed: str) -> None:
    found = mailbox(typed)
    if not found:
        return
    local, _, domain = found.rpartition("@")
    assert re.fullmatch(r"[!-~]+", found) and found.count("@") == 1 and not found.startswith("-")
    assert not set(local) & set('%!",:;<>()[]\\ ') and len(local) <= 64
    assert re.fullmatch(r"([a-z0-9_-]+\.)+[a-z0-9_-]*[a-z_-][a-z0-9_-]*", domain)
    assert is_plain(found) and identity(found) == identity(typed.strip())
    (parsed,) = email.utils.getaddresses([found])
    assert parsed == ("", found)
