"""A recipient who has both a number and an agreed code: the number goes first, and each takes the other's place."""

from __future__ import annotations

import pytest

from tests.support.cast import RECIPIENT, SENDER
from tests.support.level2 import BROWSER, NUMBER, Level2
from tests.unit.unlock.agreement import SECOND, agree, enter, kind
from zegel.recipients.phonebook import ADMINISTRATOR
from zegel.unlock.agreed_way import WRONG_MOST
from zegel.vault.tables.records import Delivery


@pytest.fixture
def delivery(level2: Level2) -> Delivery:
    """A message to a recipient without a number, whose sender agreed on a code."""
    (held,) = level2.seal(RECIPIENT)
    assert agree(level2, held) == "released"
    level2.run()
    return level2.now(held)


def test_a_known_number_is_preferred(level2: Level2, delivery: Delivery) -> None:
    level2.phonebook.give(RECIPIENT, NUMBER, SENDER)
    (next_one,) = level2.seal(RECIPIENT)
    assert next_one.way == "sms"
    assert level2.now(delivery).way == "agreed" and kind(enter(level2, delivery)) == "in"


def test_with_a_number_a_withdrawn_code_makes_place_for_sms(level2: Level2, delivery: Delivery) -> None:
    level2.phonebook.give(RECIPIENT, NUMBER, SENDER)
    level2.core.agreed_codes.withdraw(RECIPIENT, ADMINISTRATOR)
    assert level2.now(delivery).way == "sms"
    level2.run()
    assert level2.codes.ask(level2.now(delivery), BROWSER, "nl").kind == "sent"


@pytest.mark.parametrize("locked", [False, True])
def test_where_a_number_is_forgotten_a_known_code_takes_its_place(
    level2: Level2, delivery: Delivery, locked: bool
) -> None:
    level2.phonebook.give(RECIPIENT, NUMBER, SENDER)
    (by_sms,) = level2.seal(RECIPIENT, sender=SECOND)
    for n in range(WRONG_MOST if locked else 0):
        enter(level2, delivery, f"verkeerd {n}")
    assert by_sms.way == "sms" and level2.phonebook.forget(RECIPIENT, ADMINISTRATOR)
    now = level2.now(by_sms)
    assert now.way == "agreed" and bool(now.locked_at) == locked
    assert kind(enter(level2, by_sms)) == ("locked" if locked else "in")


def test_what_waits_for_an_answer_is_released_by_it_whatever_was_forgotten(level2: Level2, delivery: Delivery) -> None:
    """Both are too old to be believed, and the administrator tidies up: the sender's number still lets the mail go."""
    level2.phonebook.give(RECIPIENT, NUMBER, SENDER)
    level2.clock.pass_(400 * 86_400)
    (held,) = level2.seal(RECIPIENT)
    assert held.state == "held" and level2.phonebook.forget(RECIPIENT, ADMINISTRATOR)
    assert level2.now(held).state == "held"
    level2.phonebook.give(RECIPIENT, NUMBER, SENDER)
    assert (level2.now(held).state, level2.now(held).way) == ("notified", "sms")
