"""What becomes of a direct delivery: one kind of mail or the other, whatever fails and whoever is killed when."""

from __future__ import annotations

import pytest

from tests.support.cast import ORIGINAL, OTHER, RECIPIENT, SENDER
from tests.support.direct.by_hand import (
    DELIVERED,
    HOST,
    LATER,
    REFUSED,
    UNPROVEN,
    UNREACHABLE,
    ByHand,
    report,
)
from tests.support.level2 import Level2
from zegel.direct.proof import NotProven
from zegel.mail.reply_reference import attempted

HOUR = 3600.0


@pytest.fixture
def direct(level2: Level2) -> ByHand:
    return ByHand(level2)


def test_the_original_goes_out_byte_for_byte_and_its_copy_is_destroyed(direct: ByHand) -> None:
    (delivery,) = direct.seal(RECIPIENT)
    direct.run()
    ((sender, recipient, mail),) = direct.taken.mails
    assert (recipient, mail) == (RECIPIENT, ORIGINAL)
    assert sender.startswith("no-reply+d") and sender.endswith("@kliniek.example")
    assert direct.ways.find("route", sender) == "FILTER zegel-direct:post.example"
    assert direct.chunks(delivery) == 1
    assert direct.reported(DELIVERED) == (sender,), "the report ends with us"
    assert (direct.state(delivery), direct.chunks(delivery)) == ("delivered", 0)
    assert direct.events() == ["delivered directly"]
    assert direct.level2.due() == ["relayed"]
    direct.level2.run()
    assert direct.level2.postfix.mails == [], "nobody is notified, and nobody asked for a report"


def test_the_sender_sees_by_which_server_and_how(direct: ByHand) -> None:
    (delivery,) = direct.seal(RECIPIENT)
    direct.run()
    direct.reported(DELIVERED)
    message = direct.store.message(delivery.message_id)
    assert message
    (seen,) = direct.core.sender.overview(message, "en").recipients
    assert (seen.state, seen.server, seen.actions) == ("delivered", f"{HOST}, TLS, DANE", frozenset())
    (line,) = direct.store.direct.lines()
    assert (line.domain, line.outcome, line.times, line.last) == ("post.example", "dane", 1, HOST)


def test_without_a_proof_it_is_notified_and_nothing_is_handed_over(direct: ByHand) -> None:
    (delivery,) = direct.seal(RECIPIENT)
    direct.proofs.finding = NotProven("no TLSA")
    direct.run()
    assert (direct.taken.mails, direct.state(delivery), direct.why()) == ([], "notified", "no TLSA")
    direct.level2.run()
    assert [to for _, to, _ in direct.level2.postfix.mails] == [RECIPIENT]
    assert direct.chunks(delivery) == 1


@pytest.mark.parametrize("said", [UNPROVEN, REFUSED], ids=["not proven", "refused"])
def test_a_failure_for_good_is_notified_at_once(direct: ByHand, said: bytes) -> None:
    (delivery,) = direct.seal(RECIPIENT)
    direct.run()
    direct.reported(said)
    assert direct.state(delivery) == "notified"
    assert direct.level2.due() == ["notification"]
    direct.level2.run()
    assert direct.events() == ["not delivered directly", "notified"]


@pytest.mark.parametrize("said", [LATER, UNREACHABLE], ids=["put off", "unreachable"])
def test_what_is_put_off_is_tried_again_and_notified_after_the_hours(direct: ByHand, said: bytes) -> None:
    (delivery,) = direct.seal(RECIPIENT)
    began = direct.clock()
    for _ in range(100):
        direct.run()
        if direct.state(delivery) != "direct":
            break
        if direct.store.direct.get(delivery.id).handed_at:  # type: ignore[union-attr]
            direct.reported(said)
        direct.clock.pass_(300)
    assert direct.state(delivery) == "notified"
    assert 3.4 * HOUR <= direct.clock() - began <= 4.2 * HOUR
    attempts = len(direct.taken.mails)
    assert 6 <= attempts <= 40
    direct.level2.run()
    assert direct.events() == ["not delivered directly", "notified"]
    assert len(direct.proofs.asked) >= attempts, "each attempt looks the proof up again"


def test_a_proof_that_is_gone_at_the_next_attempt_ends_in_a_notification(direct: ByHand) -> None:
    (delivery,) = direct.seal(RECIPIENT)
    direct.run()
    direct.reported(LATER)
    direct.proofs.finding = NotProven("the key was withdrawn")
    direct.clock.pass_(120)
    direct.run()
    assert (len(direct.taken.mails), direct.state(delivery)) == (1, "notified")


def test_silence_of_postfix_ends_in_a_notification_after_the_hours(direct: ByHand) -> None:
    (delivery,) = direct.seal(RECIPIENT)
    direct.run()
    direct.clock.pass_(3.9 * HOUR)
    direct.run()
    assert direct.state(delivery) == "direct"
    direct.clock.pass_(0.2 * HOUR)
    direct.run()
    assert (direct.state(delivery), len(direct.taken.mails)) == ("notified", 1)


def test_an_attempt_that_is_under_way_when_the_hours_end_is_waited_for(direct: ByHand) -> None:
    (delivery,) = direct.seal(RECIPIENT)
    direct.run()
    direct.reported(LATER)
    direct.clock.pass_(3.95 * HOUR)
    direct.run()
    assert len(direct.taken.mails) == 2
    direct.clock.pass_(0.1 * HOUR)
    direct.run()
    assert direct.state(delivery) == "direct", "a notification now could stand beside the mail"
    direct.reported(DELIVERED)
    direct.level2.run()
    assert (direct.state(delivery), direct.level2.postfix.mails) == ("delivered", [])


def test_a_delivery_after_that_is_said_openly(direct: ByHand) -> None:
    (delivery,) = direct.seal(RECIPIENT)
    direct.run()
    direct.clock.pass_(5 * HOUR)
    direct.run()
    direct.level2.run()
    direct.reported(DELIVERED)
    assert direct.state(delivery) == "notified" and direct.chunks(delivery) == 1
    message = direct.store.message(delivery.message_id)
    assert message
    (seen,) = direct.core.sender.overview(message, "en").recipients
    assert seen.server and [moment.kind for moment in seen.history][-1] == "delivered late"


def test_a_recall_before_the_attempt_stops_it(direct: ByHand) -> None:
    (delivery,) = direct.seal(RECIPIENT)
    message = direct.store.message(delivery.message_id)
    assert message and direct.core.sender.recall(message, None) == 1
    direct.run()
    direct.clock.pass_(5 * HOUR)
    direct.run()
    direct.level2.run()
    assert (direct.taken.mails, direct.level2.postfix.mails, direct.state(delivery)) == ([], [], "recalled")


def test_a_recall_between_two_attempts_stops_it(direct: ByHand) -> None:
    (delivery,) = direct.seal(RECIPIENT)
    direct.run()
    direct.reported(LATER)
    message = direct.store.message(delivery.message_id)
    assert message and direct.core.sender.recall(message, None) == 1
    direct.clock.pass_(HOUR)
    direct.run()
    assert (len(direct.taken.mails), direct.state(delivery)) == (1, "recalled")


def test_a_recall_during_an_attempt_that_succeeds_is_said_openly(direct: ByHand) -> None:
    (delivery,) = direct.seal(RECIPIENT)
    direct.run()
    message = direct.store.message(delivery.message_id)
    assert message and direct.core.sender.recall(message, None) == 1
    direct.reported(DELIVERED)
    (seen,) = direct.core.sender.overview(message, "en").recipients
    assert (seen.state, bool(seen.server)) == ("recalled", True)


def test_what_was_delivered_cannot_be_recalled_and_does_not_expire(direct: ByHand) -> None:
    (delivery,) = direct.seal(RECIPIENT)
    direct.run()
    direct.reported(DELIVERED)
    message = direct.store.message(delivery.message_id)
    assert message and direct.core.sender.recall(message, None) == 0
    direct.clock.pass_(40 * 24 * HOUR)
    direct.level2.upkeep()
    assert direct.state(delivery) == "delivered"


def test_a_message_that_expires_meanwhile_is_neither_sent_nor_notified(direct: ByHand) -> None:
    (delivery,) = direct.level2.built.seal(RECIPIENT, proofs=("dane",), days=1)
    direct.run()
    direct.reported(LATER)
    direct.clock.pass_(2 * 24 * HOUR)
    direct.level2.upkeep()
    direct.run()
    assert (len(direct.taken.mails), direct.state(delivery)) == (1, "expired")
    direct.reported(DELIVERED)
    assert direct.state(delivery) == "expired"


# Reports.


def test_a_late_report_about_an_earlier_attempt_fails_nothing(direct: ByHand) -> None:
    (delivery,) = direct.seal(RECIPIENT)
    direct.run()
    direct.reported(LATER)
    direct.clock.pass_(HOUR)
    direct.run()
    assert len(direct.taken.mails) == 2
    direct.reported(REFUSED, of=0)
    assert direct.state(delivery) == "direct"
    direct.reported(DELIVERED)
    assert direct.state(delivery) == "delivered"


def test_a_report_twice_counts_once(direct: ByHand) -> None:
    direct.seal(RECIPIENT)
    direct.run()
    direct.reported(DELIVERED)
    direct.reported(DELIVERED)
    assert direct.events() == ["delivered directly"]


def test_an_address_that_somebody_made_up_is_no_report(direct: ByHand) -> None:
    (delivery,) = direct.seal(RECIPIENT)
    direct.run()
    sender = direct.taken.mails[0][0]
    forged = sender.replace(sender[11:13], "aa" if sender[11:13] != "aa" else "bb")
    assert direct.take(forged, DELIVERED) == ()
    assert attempted(direct.core.vault.keys.reply, forged) is None
    assert direct.state(delivery) == "direct"


def test_the_answer_of_somebody_on_holiday_reaches_who_wrote(direct: ByHand) -> None:
    direct.seal(RECIPIENT)
    direct.run()
    direct.reported(DELIVERED)
    away = b"From: Jan <jan@post.example>\r\nAuto-Submitted: auto-replied\r\nSubject: weg\r\n\r\nTot maandag.\r\n"
    assert direct.reported(away) and direct.reported(away)
    direct.level2.run()
    ((sender, to, mail),) = direct.level2.postfix.mails
    assert (sender, to) == ("", SENDER)
    assert mail.endswith(b"Tot maandag.\r\n")


def test_word_that_it_takes_longer_changes_nothing(direct: ByHand) -> None:
    (delivery,) = direct.seal(RECIPIENT)
    direct.run()
    direct.reported(report("delayed", status="4.4.1"))
    assert direct.state(delivery) == "direct"


def test_a_server_that_took_it_and_fails_later_is_told_to_the_sender_once(direct: ByHand) -> None:
    (delivery,) = direct.seal(RECIPIENT)
    direct.run()
    direct.reported(DELIVERED)
    direct.reported(REFUSED)
    direct.reported(REFUSED)
    direct.level2.run()
    assert [to for _, to, _ in direct.level2.postfix.mails] == [SENDER]
    message = direct.store.message(delivery.message_id)
    assert message
    (seen,) = direct.core.sender.overview(message, "en").recipients
    assert seen.state == "undeliverable"


# Levels and recipients.


def test_at_level_2_the_sender_is_asked_only_when_it_fails(direct: ByHand) -> None:
    (delivery,) = direct.seal(RECIPIENT, level=2)
    direct.level2.run()
    assert direct.level2.postfix.mails == [], "no number is asked for while it may go directly"
    direct.run()
    direct.reported(UNPROVEN)
    assert direct.state(delivery) == "held"
    direct.level2.run()
    assert [to for _, to, _ in direct.level2.postfix.mails] == [SENDER]


def test_the_copy_stays_while_somebody_else_has_it_in_the_portal(direct: ByHand) -> None:
    first, second = direct.seal(RECIPIENT, OTHER)
    direct.run()
    by_recipient = {to: sender for sender, to, _ in direct.taken.mails}
    direct.take(by_recipient[RECIPIENT], DELIVERED)
    direct.take(by_recipient[OTHER], UNPROVEN)
    assert (direct.state(first), direct.state(second), direct.chunks(first)) == ("delivered", "notified", 1)


def test_each_recipient_gets_a_mail_of_their_own(direct: ByHand) -> None:
    direct.seal(RECIPIENT, OTHER)
    direct.run()
    assert sorted(to for _, to, _ in direct.taken.mails) == sorted([RECIPIENT, OTHER])
    assert len({sender for sender, _, _ in direct.taken.mails}) == 2
