"""The sender's page: what it says of each recipient, and what the sender can do, and nobody else."""

from __future__ import annotations

import pytest

from tests.support.cast import COLLEAGUE, ORIGINAL, OTHER, RECIPIENT, SENDER
from tests.support.level2 import BROWSER, NUMBER, OTHER_NUMBER, Level2
from zegel.delivery_error import DeliveryError
from zegel.senders.pages import Overview, RecipientState
from zegel.unlock.access import sender_token
from zegel.unlock.way import Opened
from zegel.vault.keyring import KeyGone
from zegel.vault.tables.records import Delivery, Message

DAY = 86_400


def message_of(level2: Level2, delivery: Delivery) -> Message:
    """The message by the sender's link, as a browser finds it."""
    link = sender_token(level2.core.vault.keys.link, delivery.message_id)
    found = level2.sender.message(link)
    assert found is not None
    return found


def overview(level2: Level2, delivery: Delivery, language: str = "nl") -> Overview:
    return level2.sender.overview(message_of(level2, delivery), language)


def state(level2: Level2, delivery: Delivery) -> RecipientState:
    (found,) = [each for each in overview(level2, delivery).recipients if each.delivery_id == delivery.id]
    return found


def test_a_link_of_nobody_and_the_recipients_link_show_nothing(level2: Level2) -> None:
    delivery = level2.known(RECIPIENT)
    assert level2.sender.message("A" * 43) is None
    assert level2.sender.message(level2.link(delivery)) is None
    link = sender_token(level2.core.vault.keys.link, delivery.message_id)
    assert level2.core.access.delivery(link) is None, "the sender's link opens no message"


def test_the_overview_tells_what_the_sender_knows_and_no_number_in_full(level2: Level2) -> None:
    delivery = level2.known(RECIPIENT)
    seen = overview(level2, delivery)
    assert (seen.subject, seen.reason, seen.sample) == ("uitslag", "Burgerservicenummer", "111••••33")
    assert overview(level2, delivery, "en").reason == "Citizen service number"
    assert seen.recipients[0].number == "+3******954"
    assert NUMBER not in repr(seen) and "111222333" not in repr(seen)


def test_the_states_follow_the_story_with_their_times(level2: Level2) -> None:
    (delivery,) = level2.seal(RECIPIENT)
    story = [state(level2, delivery)]

    def next_(seconds: float = 60) -> None:
        level2.clock.pass_(seconds)

    next_()
    level2.phonebook.give(RECIPIENT, NUMBER, SENDER)
    story.append(state(level2, delivery))
    next_()
    level2.run()
    story.append(state(level2, delivery))
    next_()
    level2.codes.ask(delivery, BROWSER, "nl")
    level2.run()
    story.append(state(level2, delivery))
    next_()
    opened = level2.codes.enter(level2.link(delivery), level2.code(), BROWSER)
    assert isinstance(opened, Opened)
    story.append(state(level2, delivery))
    next_()
    level2.core.access.opened_file(delivery, "file 1")
    story.append(state(level2, delivery))
    assert [each.state for each in story] == ["waiting", "sending", "notified", "asked", "opened", "downloaded"]
    since = [each.since for each in story]
    assert since == sorted(since) and since[-1] == level2.clock()
    kinds = [moment.kind for moment in story[-1].history]
    assert kinds == ["held", "released", "notified", "code sent", "opened", "downloaded"]
    assert [each.needs_number for each in story] == [True, False, False, False, False, False]


def test_a_password_shows_as_sent_and_a_bounce_as_undeliverable(level2: Level2) -> None:
    (delivery,) = level2.seal(RECIPIENT, level=1)
    level2.run()
    level2.core.passwords.ask(delivery, "", "nl")
    assert state(level2, delivery).state == "asked"
    (other,) = level2.seal(OTHER, level=1)
    level2.postfix.refusal = DeliveryError(permanent=True, status="5.1.1", answer="550 5.1.1 no such user")
    level2.run()
    assert state(level2, other).state == "undeliverable"


def test_the_end_of_a_hold_and_of_a_message_show(level2: Level2) -> None:
    (held,) = level2.seal(OTHER)
    delivery = level2.known(RECIPIENT)
    level2.clock.pass_(6 * DAY)
    level2.run()
    assert state(level2, held).state == "no number" and state(level2, held).actions == frozenset()
    level2.clock.pass_(30 * DAY)
    level2.upkeep()
    seen = overview(level2, delivery)
    assert level2.sender.ended(message_of(level2, delivery))
    assert (seen.recipients[0].state, seen.subject, seen.reason) == ("expired", "", "")
    assert seen.recipients[0].actions == frozenset() and seen.extends_to == seen.expires_at


# Numbers.


def test_right_numbers_go_at_once_and_wrong_ones_come_back_with_the_reason(level2: Level2) -> None:
    one, other, third = level2.seal("a@post.example", "b@post.example", "c@post.example")
    typed = {one.id: "06 12 34 59 54", other.id: "020 1234567", third.id: "  "}
    given = level2.sender.give(message_of(level2, one), typed, {})
    assert given.released == ("a@post.example",) and given.kept == ()
    assert {id_: wrong.kind for id_, wrong in given.wrong.items()} == {other.id: "landline"}
    level2.run()
    assert len(level2.letters("a@post.example")) == 1
    assert level2.letters("b@post.example") == level2.letters("c@post.example") == []


def test_the_next_message_to_either_asks_nothing(level2: Level2) -> None:
    (one,) = level2.seal(OTHER)
    level2.sender.give(message_of(level2, one), {one.id: "06 12 34 59 54"}, {})
    (again,) = level2.seal(OTHER, sender=COLLEAGUE)
    level2.run()
    assert again.state == "notified" and level2.letters(COLLEAGUE) == []


def test_the_country_is_preset_by_domain_and_can_be_chosen(level2: Level2) -> None:
    (belgian,) = level2.seal("jan@post.be")
    assert state(level2, belgian).region == "BE"
    message = message_of(level2, belgian)
    assert level2.sender.give(message, {belgian.id: "06 12345954"}, {}).wrong
    assert level2.sender.give(message, {belgian.id: "06 12345954"}, {belgian.id: "NL"}).released
    names = {country.region: country for country in level2.sender.countries("nl")}
    assert (names["NL"].prefix, names["NL"].name, names["BE"].name) == ("+31", "Nederland", "België")
    assert names["NL"].example.startswith("06")


def test_correcting_a_number_releases_nothing_and_goes_to_the_new_phone(level2: Level2) -> None:
    delivery = level2.known(RECIPIENT)
    given = level2.sender.give(message_of(level2, delivery), {delivery.id: OTHER_NUMBER}, {})
    assert (given.released, given.kept) == ((), (RECIPIENT,))
    level2.codes.ask(delivery, BROWSER, "nl")
    level2.run()
    assert level2.gateway.taken[0].number == OTHER_NUMBER


def test_a_delivery_of_another_message_is_none_of_his(level2: Level2) -> None:
    (mine,) = level2.seal(RECIPIENT)
    (other,) = level2.seal(OTHER, sender=COLLEAGUE)
    message = message_of(level2, mine)
    assert level2.sender.give(message, {other.id: "0612345954"}, {}).released == ()
    assert level2.sender.recall(message, other.id) == 0
    assert level2.sender.send_again(message, other.id) == "impossible"
    assert not level2.sender.unblock(message, other.id)
    assert not level2.sender.raise_level(message, other.id)
    assert level2.now(other).state == "held"


# Recall, again, unblock, extend.


def test_a_recall_ends_link_session_and_code_for_one_or_for_all(level2: Level2) -> None:
    level2.phonebook.give_all([(RECIPIENT, NUMBER), (OTHER, OTHER_NUMBER)], SENDER)
    one, other = level2.seal(RECIPIENT, OTHER)
    level2.run()
    message = message_of(level2, one)
    level2.codes.ask(one, BROWSER, "nl")
    level2.run()
    opened = level2.codes.enter(level2.link(one), level2.code(), BROWSER)
    assert isinstance(opened, Opened)
    assert level2.sender.recall(message, one.id) == 1
    now = level2.now(one)
    assert level2.core.access.ended(now) and not level2.core.access.session(opened.cookie, now)
    assert level2.now(other).state == "notified"
    assert level2.sender.recall(message, None) == 1 and level2.sender.recall(message, None) == 0
    assert state(level2, one).state == "recalled" and state(level2, one).actions == frozenset()


def test_the_notification_goes_again_at_most_every_ten_minutes(level2: Level2) -> None:
    delivery = level2.known(RECIPIENT)
    message = message_of(level2, delivery)
    assert level2.sender.send_again(message, delivery.id) == "recent"
    level2.clock.pass_(601)
    answers = [level2.sender.send_again(message, delivery.id) for _ in range(3)]
    assert answers == ["sent", "recent", "recent"]
    level2.run()
    first, second = level2.letters(RECIPIENT)
    assert first["Subject"] == second["Subject"]
    assert [moment.kind for moment in state(level2, delivery).history] == ["notified", "notified again"]


def test_held_and_ended_ones_cannot_be_sent_again(level2: Level2) -> None:
    (held,) = level2.seal(OTHER)
    message = message_of(level2, held)
    assert level2.sender.send_again(message, held.id) == "impossible"
    level2.sender.recall(message, None)
    assert level2.sender.send_again(message, held.id) == "impossible"


def test_a_pause_of_passwords_can_be_lifted_too(level2: Level2) -> None:
    (delivery,) = level2.seal(RECIPIENT, level=1)
    for _ in range(10):
        level2.core.passwords.enter(level2.link(delivery), "wrong", None)
    assert state(level2, delivery).locked and "unblock" in state(level2, delivery).actions
    assert level2.sender.unblock(message_of(level2, delivery), delivery.id)
    assert level2.core.passwords.ask(delivery, "", "nl").kind == "sent"


def test_extending_keeps_it_readable_beyond_its_first_day_and_the_old_day_key_does_not(level2: Level2) -> None:
    delivery = level2.known(RECIPIENT)
    message = message_of(level2, delivery)
    level2.clock.pass_(20 * DAY)
    seen = overview(level2, delivery)
    assert seen.extends_to == level2.clock() + 30 * DAY
    assert level2.sender.extend(message) == seen.extends_to == message_of(level2, delivery).expires_at
    level2.clock.pass_(15 * DAY)
    level2.upkeep()
    assert level2.core.access.original(delivery) == ORIGINAL, "35 days old"
    assert not level2.core.access.ended(level2.now(delivery))
    level2.clock.pass_(16 * DAY)
    level2.upkeep()
    with pytest.raises(KeyGone):
        level2.core.access.original(delivery)


def test_extending_has_an_end_and_revives_nothing(level2: Level2) -> None:
    delivery = level2.known(RECIPIENT)
    ends = set()
    for _ in range(12):
        level2.clock.pass_(10 * DAY)
        level2.upkeep()
        ends.add(level2.sender.extend(message_of(level2, delivery)))
    assert max(ends) == delivery.expires_at + 60 * DAY, "90 days after it was sent"
    assert level2.sender.ended(message_of(level2, delivery))
    assert level2.sender.extend(message_of(level2, delivery)) == max(ends)
