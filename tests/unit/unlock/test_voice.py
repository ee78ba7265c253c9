"""What somebody can say with the link alone, counted in the database and safe to repeat."""

from __future__ import annotations

import pytest

from tests.support.cast import OTHER, RECIPIENT, SENDER
from tests.support.level2 import BROWSER, NUMBER, Level2
from zegel.unlock.feedback import ASK_APART_SECONDS, ASK_MOST
from zegel.unlock.objections import OBJECTIONS_MOST, QUIET_SECONDS
from zegel.unlock.way import Asked, Opened, Refused
from zegel.vault.keyring import day_of
from zegel.vault.tables.records import Delivery

DAY = 86_400


@pytest.fixture
def delivery(level2: Level2) -> Delivery:
    (made,) = level2.seal(RECIPIENT, level=1)
    level2.run()
    return made


def password(level2: Level2, delivery: Delivery) -> str:
    """Asks for a password a minute later; the password."""
    level2.clock.pass_(601)
    assert level2.core.passwords.ask(delivery, "", "nl").kind == "sent"
    return level2.built.passwords_sent()[-1]


def unlock(level2: Level2, delivery: Delivery, typed: str) -> Opened | Refused:
    return level2.core.passwords.enter(level2.link(delivery), typed, None)


def asks(level2: Level2) -> int:
    return len([letter for letter in level2.letters(SENDER) if "vraagt om" in " ".join(text(letter).split())])


def text(letter: object) -> str:
    body = letter.get_body(("plain",))  # type: ignore[attr-defined]
    return str(body.get_content())


# Not for me.


def test_not_for_me_stops_a_message_with_a_password_and_tells_the_sender_once(
    level2: Level2, delivery: Delivery
) -> None:
    live = password(level2, delivery)
    assert level2.core.feedback.not_mine(delivery, "person")
    assert not level2.core.feedback.not_mine(delivery, "person")
    level2.run()
    assert "dit bericht is niet voor mij" in " ".join(level2.text(SENDER).split())
    assert len(level2.letters(SENDER)) == 1
    assert unlock(level2, delivery, live) == Refused("stopped")
    level2.clock.pass_(3600)
    assert level2.core.passwords.ask(delivery, "", "nl") == Asked("stopped")
    assert level2.events().count("not for me") == 1


def test_who_has_it_open_is_shut_out(level2: Level2, delivery: Delivery) -> None:
    opened = unlock(level2, delivery, password(level2, delivery))
    assert isinstance(opened, Opened)
    level2.core.feedback.not_mine(delivery, "person")
    assert not level2.core.access.session(opened.cookie, level2.now(delivery))


def test_the_sender_lets_them_go_on_with_one_click_or_withdraws(level2: Level2, delivery: Delivery) -> None:
    level2.core.feedback.not_mine(delivery, "person")
    message = level2.store.message(delivery.message_id)
    assert message is not None
    (seen,) = level2.sender.overview(message, "nl").recipients
    assert seen.stopped == "person" and {"resume", "recall"} <= seen.actions
    (other,) = level2.seal(OTHER, level=1)
    assert not level2.sender.resume(message, other.id), "a delivery of another message is none of his"
    assert level2.sender.resume(message, delivery.id)
    assert not level2.sender.resume(message, delivery.id)
    assert isinstance(unlock(level2, delivery, password(level2, delivery)), Opened)
    (seen,) = level2.sender.overview(message, "nl").recipients
    assert not seen.stopped and "resume" not in seen.actions
    assert [moment.kind for moment in seen.history if moment.kind in ("not for me", "resumed")] == [
        "not for me", "resumed",
    ]  # fmt: skip


def test_at_level_1_there_is_no_number_that_could_be_wrong(level2: Level2, delivery: Delivery) -> None:
    assert not level2.core.feedback.not_mine(delivery, "number")
    assert not level2.now(delivery).stopped_at


def test_a_number_for_somebody_does_not_answer_that_a_message_is_not_for_him(level2: Level2) -> None:
    delivery = level2.known(RECIPIENT)
    level2.core.feedback.not_mine(delivery, "person")
    level2.phonebook.give(RECIPIENT, NUMBER, SENDER)
    assert level2.codes.ask(delivery, BROWSER, "nl") == Asked("stopped")


def test_one_recipient_speaks_for_himself_only(level2: Level2) -> None:
    jan, eva = level2.seal(RECIPIENT, OTHER, level=1)
    level2.core.feedback.not_mine(jan, "person")
    assert isinstance(unlock(level2, eva, password(level2, eva)), Opened)


def test_what_has_ended_cannot_be_stopped(level2: Level2, delivery: Delivery) -> None:
    level2.store.write(lambda: level2.store.deliveries.recall(delivery.id))
    assert not level2.core.feedback.not_mine(level2.now(delivery), "person")
    assert not level2.core.feedback.not_asked(level2.now(delivery))


# Not asked.


def test_not_asked_ends_the_live_passwords_and_is_noted(level2: Level2, delivery: Delivery) -> None:
    first, second = password(level2, delivery), password(level2, delivery)
    assert level2.core.feedback.not_asked(delivery)
    for live in (first, second):
        assert isinstance(unlock(level2, delivery, live), Refused)
    assert level2.events().count("not asked") == 1
    assert isinstance(unlock(level2, delivery, password(level2, delivery)), Opened), "once is no reason to stop"


def test_saying_it_twice_counts_once_until_something_new_is_sent(level2: Level2, delivery: Delivery) -> None:
    assert not level2.core.feedback.not_asked(delivery), "nothing was sent"
    password(level2, delivery)
    for _ in range(2 * OBJECTIONS_MOST):
        level2.core.feedback.not_asked(delivery)
    assert level2.events().count("not asked") == 1
    assert level2.core.feedback.quiet_until(delivery) == 0


def test_after_three_in_a_day_nothing_is_sent_for_an_hour_also_after_a_restart(
    level2: Level2, delivery: Delivery
) -> None:
    for _ in range(OBJECTIONS_MOST):
        password(level2, delivery)
        assert level2.core.feedback.not_asked(delivery)
    level2.clock.pass_(601)
    again = level2.restart()
    assert again.core.passwords.ask(delivery, "", "nl") == Asked("quiet", QUIET_SECONDS - 601)
    again.clock.pass_(QUIET_SECONDS - 602)
    assert again.core.passwords.ask(delivery, "", "nl").kind == "quiet"
    again.clock.pass_(1)
    assert again.core.passwords.ask(delivery, "", "nl").kind == "sent"
    again.core.close()


def test_the_quiet_is_of_one_delivery(level2: Level2) -> None:
    jan, eva = level2.seal(RECIPIENT, OTHER, level=1)
    for _ in range(OBJECTIONS_MOST):
        password(level2, jan)
        level2.core.feedback.not_asked(jan)
    assert level2.core.passwords.ask(eva, "", "nl").kind == "sent"


def test_three_on_three_days_quiet_nobody(level2: Level2, delivery: Delivery) -> None:
    for _ in range(OBJECTIONS_MOST):
        password(level2, delivery)
        level2.core.feedback.not_asked(delivery)
        level2.clock.pass_(DAY / 2)
    assert level2.core.passwords.ask(delivery, "", "nl").kind == "sent"


def test_codes_by_sms_end_and_rest_in_the_same_way(level2: Level2) -> None:
    delivery = level2.known(RECIPIENT)
    for _ in range(OBJECTIONS_MOST):
        level2.clock.pass_(601)
        assert level2.codes.ask(delivery, BROWSER, "nl").kind == "sent"
        level2.run()
        assert level2.core.feedback.not_asked(delivery)
        assert not isinstance(level2.codes.enter(level2.link(delivery), level2.code(), BROWSER), Opened)
    level2.clock.pass_(601)
    assert level2.codes.ask(delivery, BROWSER, "nl") == Asked("quiet", QUIET_SECONDS - 601)


# Please again.


def expire(level2: Level2, delivery: Delivery) -> Delivery:
    """The message is over, its content removed, its key destroyed."""
    level2.clock.pass_(32 * DAY)
    level2.upkeep()
    assert day_of(level2.clock()) > day_of(delivery.expires_at)
    return level2.now(delivery)


def test_the_sender_is_asked_also_when_the_key_is_gone_without_a_subject_then(
    level2: Level2, delivery: Delivery
) -> None:
    over = expire(level2, delivery)
    assert level2.core.feedback.asking(over) == "may"
    assert level2.core.feedback.ask_sender(over) == "told"
    level2.run()
    letter = level2.letters(SENDER)[-1]
    said = " ".join(text(letter).split())
    assert RECIPIENT in said and "vernietigd" in said and "opnieuw" in said
    assert "uitslag" not in said and "uitslag" not in str(letter["Subject"])
    assert RECIPIENT in str(letter["Subject"])


def test_once_a_day_and_three_in_all(level2: Level2, delivery: Delivery) -> None:
    over = expire(level2, delivery)
    for number in range(1, ASK_MOST + 1):
        for _ in range(3):
            assert level2.core.feedback.ask_sender(over) == "told"
        level2.run()
        assert asks(level2) == number
        level2.clock.pass_(ASK_APART_SECONDS)
    assert level2.core.feedback.ask_sender(over) == level2.core.feedback.asking(over) == "enough"
    level2.run()
    assert asks(level2) == ASK_MOST


def test_what_was_withdrawn_can_be_asked_for_and_its_subject_is_still_there(level2: Level2, delivery: Delivery) -> None:
    message = level2.store.message(delivery.message_id)
    assert message is not None
    level2.sender.recall(message, delivery.id)
    assert level2.core.feedback.ask_sender(level2.now(delivery)) == "told"
    level2.run()
    said = " ".join(level2.text(SENDER).split())
    assert "ingetrokken" in said and "uitslag" in said
    (seen,) = level2.sender.overview(message, "nl").recipients
    assert seen.asked_at == level2.clock()


def test_a_message_that_can_be_opened_is_not_asked_for(level2: Level2, delivery: Delivery) -> None:
    assert level2.core.feedback.asking(delivery) == "open"
    assert level2.core.feedback.ask_sender(delivery) == "open"
    assert "sender asked" not in level2.events()


def test_a_question_is_not_sent_when_the_message_is_back_meanwhile(level2: Level2, delivery: Delivery) -> None:
    level2.clock.pass_(30 * DAY)
    level2.core.feedback.ask_sender(delivery)
    message = level2.store.message(delivery.message_id)
    assert message is not None and level2.sender.extend(message) > level2.clock()
    level2.run()
    assert asks(level2) == 0


# The sender's answer.


def test_the_sender_extends_while_the_original_exists_and_who_asked_gets_the_link_again(level2: Level2) -> None:
    jan, eva = level2.seal(RECIPIENT, OTHER, level=1)
    level2.run()
    level2.clock.pass_(30 * DAY + 5)
    message = level2.store.message(jan.message_id)
    assert message is not None and level2.sender.ended(message) and level2.sender.can_extend(message)
    level2.core.feedback.ask_sender(jan)
    before = len(level2.letters(RECIPIENT)), len(level2.letters(OTHER))
    until = level2.sender.extend(message)
    assert until == level2.clock() + 30 * DAY
    level2.run()
    assert (len(level2.letters(RECIPIENT)), len(level2.letters(OTHER))) == (before[0] + 1, before[1])
    assert isinstance(unlock(level2, jan, password(level2, level2.now(jan))), Opened)
    assert level2.now(eva).expires_at == until


def test_what_was_destroyed_cannot_be_extended(level2: Level2, delivery: Delivery) -> None:
    over = expire(level2, delivery)
    message = level2.store.message(over.message_id)
    assert message is not None
    assert not level2.sender.can_extend(message)
    assert level2.sender.extend(message) == message.expires_at
    assert level2.now(delivery).state == "expired"


def test_nor_what_has_had_all_the_time_that_settings_allow(level2: Level2) -> None:
    (delivery,) = level2.seal(RECIPIENT, level=1, days=90)
    level2.clock.pass_(90 * DAY + 1)
    message = level2.store.message(delivery.message_id)
    assert message is not None and not level2.sender.can_extend(message)
    assert level2.sender.extend(message) == message.expires_at


# One link, several people.


def test_in_a_shared_mailbox_each_asks_a_password_and_has_a_session_of_his_own(
    level2: Level2, delivery: Delivery
) -> None:
    """Both have the link and the mailbox, each has a browser."""
    access = level2.core.access
    first = unlock(level2, delivery, password(level2, delivery))
    second = unlock(level2, delivery, password(level2, delivery))
    assert isinstance(first, Opened) and isinstance(second, Opened)
    assert first.cookie != second.cookie
    assert access.session(first.cookie, delivery) and access.session(second.cookie, delivery)
    access.sign_out(first.cookie)
    assert not access.session(first.cookie, delivery)
    assert access.session(second.cookie, delivery), "one goes home, the other reads on"
    assert level2.events().count("opened") == 2, "each opening is in the audit log"
