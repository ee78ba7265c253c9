"""Codes by SMS: how few guesses there are, and what "not mine" does."""

from __future__ import annotations

import itertools
from fractions import Fraction

import pytest

from tests.support.cast import RECIPIENT, SENDER
from tests.support.level2 import BROWSER, OTHER_NUMBER, Level2
from tests.unit.unlock.test_codes import ask, enter, kind
from zegel.unlock.sms_codes import DIGITS, TRIES, TRIES_IN_A_ROW
from zegel.unlock.way import Asked, Refused
from zegel.vault.tables.records import Delivery


@pytest.fixture
def delivery(level2: Level2) -> Delivery:
    return level2.known(RECIPIENT)


# Guessing.


def test_guessing_with_all_allowed_requests_and_tries_succeeds_with_less_than_3_in_100_000() -> None:
    per_code = Fraction(TRIES, 10**DIGITS)
    codes = Fraction(TRIES_IN_A_ROW, TRIES)
    assert codes.denominator == 1
    gets_in = 1 - (1 - per_code) ** int(codes)
    assert Fraction(2, 100_000) < gets_in < Fraction(3, 100_000)


def test_no_guesser_gets_more_tries_than_that(level2: Level2, delivery: Delivery) -> None:
    """Fresh browsers, fresh codes, days of patience: the count is the delivery's."""
    tries = 0
    for browser in map(str, itertools.count()):
        asked = ask(level2, delivery, browser)
        if asked.kind == "locked":
            break
        while asked.kind != "sent":
            level2.clock.pass_(asked.wait_seconds)
            asked = ask(level2, delivery, browser)
        while (answer := kind(enter(level2, delivery, level2.wrong(), browser))) in ("wrong", "spent", "locked"):
            tries += 1
            if answer != "wrong":
                break
    assert tries == TRIES_IN_A_ROW
    assert enter(level2, delivery, level2.code(), browser) == Refused("locked")
    level2.clock.pass_(7 * 86_400)
    assert ask(level2, delivery) == Asked("locked"), "time alone unlocks nothing"


def test_a_right_code_forgives_its_own_browser_and_no_guesser(level2: Level2, delivery: Delivery) -> None:
    guesser = "guesser"
    ask(level2, delivery, guesser)
    for _ in range(TRIES):
        enter(level2, delivery, level2.wrong(), guesser)
    level2.clock.pass_(31)
    ask(level2, delivery)
    for _ in range(2):
        enter(level2, delivery, level2.wrong())
    assert level2.now(delivery).failures == TRIES + 2
    assert kind(enter(level2, delivery, level2.code())) == "opened"
    assert level2.now(delivery).failures == TRIES


def test_the_lock_tells_the_sender_and_one_click_unlocks(level2: Level2, delivery: Delivery) -> None:
    lock(level2, delivery)
    level2.run()
    assert "verkeerde code" in " ".join(level2.text(SENDER).split())
    message = level2.store.message(delivery.message_id)
    assert message is not None
    assert level2.sender.unblock(message, delivery.id) and not level2.sender.unblock(message, delivery.id)
    level2.clock.pass_(3600)
    assert ask(level2, delivery).kind == "sent"
    assert kind(enter(level2, delivery, level2.code())) == "opened"


def test_a_second_lock_is_told_too(level2: Level2, delivery: Delivery) -> None:
    message = level2.store.message(delivery.message_id)
    assert message is not None
    for _ in range(2):
        lock(level2, delivery)
        level2.run()
        level2.sender.unblock(message, delivery.id)
        level2.clock.pass_(3600)
    assert len([mail for mail in level2.letters(SENDER) if "Actie nodig" in mail["Subject"]]) == 2


def lock(level2: Level2, delivery: Delivery) -> None:
    for _ in range(TRIES_IN_A_ROW // TRIES):
        asked = ask(level2, delivery)
        while asked.kind not in ("sent", "again"):
            level2.clock.pass_(asked.wait_seconds)
            asked = ask(level2, delivery)
        for _ in range(TRIES):
            enter(level2, delivery, level2.wrong())
    assert level2.now(delivery).locked_at


def test_codes_are_spread_evenly_and_follow_from_nothing_in_the_database(level2: Level2, delivery: Delivery) -> None:
    from zegel.vault.tables.records import CodeChallenge

    made = [
        level2.codes.code(CodeChallenge(1, delivery.id, number.to_bytes(16, "big"), b"", 0, 0, None, 0))
        for number in range(5000)
    ]
    assert all(len(code) == DIGITS and code.isdecimal() for code in made)
    assert len(set(made)) > 4900
    firsts = [sum(code[0] == str(digit) for code in made) for digit in range(10)]
    assert min(firsts) > 400 and max(firsts) < 600


# Not mine.


@pytest.mark.parametrize(("why", "said"), [("number", "is niet mijn nummer"), ("person", "niet voor mij")])
def test_not_mine_stops_sms_and_asks_the_sender(level2: Level2, delivery: Delivery, why: str, said: str) -> None:
    ask(level2, delivery)
    for _ in range(3):
        level2.core.feedback.not_mine(delivery, why)  # type: ignore[arg-type]
    level2.run()
    assert said in " ".join(level2.text(SENDER).split())
    assert len(level2.letters(SENDER)) == 1
    level2.clock.pass_(3600)
    assert ask(level2, delivery) == Asked("stopped")
    assert kind(enter(level2, delivery, level2.code())) == "stopped"


def test_correcting_the_number_starts_codes_again_at_the_right_phone(level2: Level2, delivery: Delivery) -> None:
    level2.core.feedback.not_mine(delivery, "number")
    level2.phonebook.give(RECIPIENT, OTHER_NUMBER, SENDER)
    assert ask(level2, delivery).kind == "sent"
    assert level2.gateway.taken[-1].number == OTHER_NUMBER


def test_it_stops_this_delivery_only(level2: Level2, delivery: Delivery) -> None:
    (other,) = level2.seal(RECIPIENT)
    level2.core.feedback.not_mine(delivery, "person")
    assert ask(level2, other).kind == "sent"


def test_a_forgotten_number_is_asked_of_the_sender_once_a_day(level2: Level2, delivery: Delivery) -> None:
    level2.phonebook.forget(RECIPIENT, "administrator")
    for _ in range(5):
        assert ask(level2, delivery) == Asked("no number")
    assert len(level2.letters(SENDER)) == 1
    assert level2.codes.number(delivery) == ""


def test_without_a_gateway_it_is_off(level2: Level2, delivery: Delivery) -> None:
    from tests.support.cast import build

    level2.core.close()
    (level2.built.folder / "zegel.yaml").write_text(
        (level2.built.folder / "zegel.yaml").read_text().replace("gateway: folder", "gateway: none")
    )
    again = build(level2.built.folder)
    assert again.core.codes.ask(delivery, BROWSER, "nl") == Asked("off")
    again.core.close()
