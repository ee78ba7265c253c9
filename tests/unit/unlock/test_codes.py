"""Codes by SMS: who gets in, who does not, what each browser is told, and how few guesses there are."""

from __future__ import annotations

import pytest

from tests.support.cast import ORIGINAL, OTHER, RECIPIENT
from tests.support.level2 import BROWSER, NUMBER, OTHER_BROWSER, OTHER_NUMBER, Level2
from zegel.unlock.sms_codes import CODE_SECONDS, TRIES, TRIES_IN_A_ROW
from zegel.unlock.way import Asked, Opened, Refused
from zegel.vault.tables.records import Delivery


@pytest.fixture
def delivery(level2: Level2) -> Delivery:
    return level2.known(RECIPIENT)


def ask(level2: Level2, delivery: Delivery, browser: str = BROWSER) -> Asked:
    asked = level2.codes.ask(delivery, browser, "nl")
    level2.run()
    return asked


def enter(level2: Level2, delivery: Delivery, typed: str, browser: str = BROWSER) -> Opened | Refused:
    return level2.codes.enter(level2.link(delivery), typed, browser)


def kind(answer: Opened | Refused) -> str:
    return "opened" if isinstance(answer, Opened) else answer.kind


# The way in.


def test_the_sms_goes_to_the_known_number_and_opens_the_message(level2: Level2, delivery: Delivery) -> None:
    assert level2.codes.number(delivery) == "+3******954"
    assert ask(level2, delivery).kind == "sent"
    (sms,) = level2.gateway.taken
    assert sms.number == NUMBER
    opened = enter(level2, delivery, level2.code())
    assert isinstance(opened, Opened)
    access = level2.core.access
    assert access.session(opened.cookie, delivery) and access.original(delivery) == ORIGINAL
    assert level2.now(delivery).state == "opened"


def test_the_sms_names_nobody_and_nothing_and_fits_in_one(level2: Level2, delivery: Delivery) -> None:
    ask(level2, delivery)
    text = level2.gateway.taken[0].text
    assert text == f"Uw code is {level2.code()}. Geef deze code aan niemand.\n\n@127.0.0.1 #{level2.code()}"
    for secret in ("uitslag", "Anna", "jan", "post.example", "Kliniek"):
        assert secret not in text


def test_blanks_hyphens_and_wide_digits_do_not_matter(level2: Level2, delivery: Delivery) -> None:
    ask(level2, delivery)
    code = level2.code()
    wide = "".join(chr(ord(digit) + 0xFEE0) for digit in code)
    assert kind(enter(level2, delivery, f" {wide[:3]} - {wide[3:]} ")) == "opened"


@pytest.mark.parametrize("typed", ["", "  ", "12345", "1234567", "abcdef", "12345a", "½23456", "-" * 90])
def test_what_is_no_code_costs_no_try(level2: Level2, delivery: Delivery, typed: str) -> None:
    ask(level2, delivery)
    for _ in range(TRIES_IN_A_ROW + 1):
        assert enter(level2, delivery, typed) == Refused("empty")
    assert kind(enter(level2, delivery, level2.code())) == "opened"


# One browser and no other.


def test_a_code_opens_the_browser_that_asked_and_no_other(level2: Level2, delivery: Delivery) -> None:
    ask(level2, delivery)
    assert enter(level2, delivery, level2.code(), OTHER_BROWSER) == Refused("elsewhere")
    assert kind(enter(level2, delivery, level2.code())) == "opened"


def test_another_browser_learns_nothing_about_the_code(level2: Level2, delivery: Delivery) -> None:
    ask(level2, delivery)
    for typed in (level2.code(), level2.wrong()):
        assert enter(level2, delivery, typed, OTHER_BROWSER) == Refused("elsewhere")
    assert level2.now(delivery).failures == 0


def test_each_browser_has_its_own_code(level2: Level2, delivery: Delivery) -> None:
    ask(level2, delivery)
    first = level2.code()
    level2.clock.pass_(31)
    assert ask(level2, delivery, OTHER_BROWSER).kind == "sent"
    second = level2.code()
    assert kind(enter(level2, delivery, first, OTHER_BROWSER)) == ("opened" if first == second else "wrong")
    assert kind(enter(level2, delivery, second, OTHER_BROWSER)) == "opened"
    assert kind(enter(level2, delivery, first)) == "opened", "the other's use ended nothing here"


def test_two_tabs_share_a_code(level2: Level2, delivery: Delivery) -> None:
    assert ask(level2, delivery).kind == "sent"
    again = ask(level2, delivery)
    assert again.kind == "recent" and 0 < again.wait_seconds <= 30
    assert len(level2.gateway.taken) == 1
    assert kind(enter(level2, delivery, level2.code())) == "opened"


def test_a_code_that_was_asked_before_another_message_was_opened_still_works(level2: Level2) -> None:
    """Opening changes the browser's cookie; what it has asked for moves along."""
    one, other = level2.known(RECIPIENT), level2.known(OTHER, OTHER_NUMBER)
    ask(level2, one)
    first = level2.code()
    ask(level2, other)
    opened = enter(level2, other, level2.code())
    assert isinstance(opened, Opened)
    assert kind(enter(level2, one, first, opened.cookie)) == "opened"
    assert kind(enter(level2, one, first, BROWSER)) != "opened", "the old cookie is nobody's any more"


# Every wrong way, and what is said.


def test_before_anything_was_asked(level2: Level2, delivery: Delivery) -> None:
    assert enter(level2, delivery, "123456") == Refused("none")


def test_a_link_that_nobody_was_given(level2: Level2, delivery: Delivery) -> None:
    assert level2.codes.enter("A" * 43, "123456", BROWSER) == Refused("unknown")


def test_the_back_button_after_use_and_a_replay(level2: Level2, delivery: Delivery) -> None:
    ask(level2, delivery)
    opened = enter(level2, delivery, level2.code())
    assert isinstance(opened, Opened)
    assert enter(level2, delivery, level2.code(), opened.cookie) == Refused("used")
    assert enter(level2, delivery, level2.code(), BROWSER) == Refused("none")


def test_a_code_ends_after_ten_minutes_and_the_next_one_is_another(level2: Level2, delivery: Delivery) -> None:
    ask(level2, delivery)
    old = level2.code()
    level2.clock.pass_(CODE_SECONDS)
    assert enter(level2, delivery, old) == Refused("expired")
    assert level2.codes.progress(delivery, BROWSER).kind == "none"
    assert ask(level2, delivery).kind == "sent"
    assert level2.code() != old


def test_a_code_of_another_delivery_is_a_wrong_one(level2: Level2) -> None:
    one, other = level2.known(RECIPIENT), level2.known(OTHER, OTHER_NUMBER)
    ask(level2, one)
    first = level2.code()
    ask(level2, other)
    assert enter(level2, other, first) == Refused("wrong", tries_left=4)


def test_five_wrong_tries_end_a_code_and_a_right_one_is_too_late(level2: Level2, delivery: Delivery) -> None:
    ask(level2, delivery)
    answers = [enter(level2, delivery, level2.wrong()) for _ in range(TRIES)]
    assert answers == [Refused("wrong", tries_left=left) for left in (4, 3, 2, 1)] + [Refused("spent")]
    assert enter(level2, delivery, level2.code()) == Refused("spent")
    level2.clock.pass_(31)
    assert ask(level2, delivery).kind == "sent"
    assert kind(enter(level2, delivery, level2.code())) == "opened"


def test_an_ended_delivery_sends_and_opens_nothing(level2: Level2, delivery: Delivery) -> None:
    ask(level2, delivery)
    message = level2.store.message(delivery.message_id)
    assert message is not None
    level2.sender.recall(message, delivery.id)
    assert enter(level2, delivery, level2.code()) == Refused("ended")
    level2.clock.pass_(60)
    assert ask(level2, delivery) == Asked("ended")
    assert len(level2.gateway.taken) == 1


def test_a_level_1_delivery_takes_no_code(level2: Level2) -> None:
    (delivery,) = level2.seal(RECIPIENT, level=1)
    assert ask(level2, delivery) == Asked("ended")
    assert enter(level2, delivery, "123456") == Refused("ended")
