"""Holds: asked for, reminded of, released or ended; never silence, and never twice."""

from __future__ import annotations

import re
from email.message import EmailMessage

import pytest

from tests.support.cast import OTHER, RECIPIENT, SENDER
from tests.support.level2 import BROWSER, NUMBER, Killed, Level2, killed
from zegel.theme.palette import GOOD

HOUR, DAY = 3600, 86_400


def live(level2: Level2, seconds: float, step: float = 1800) -> None:
    """Lets time pass the way the courier lives through it."""
    end = level2.clock() + seconds
    while level2.clock() < end:
        level2.clock.pass_(min(step, end - level2.clock()))
        level2.run()
        level2.upkeep()


def subjects(level2: Level2) -> list[str]:
    return [str(mail["Subject"]) for mail in level2.letters(SENDER)]


def report_of(mail: EmailMessage) -> list[dict[str, str]]:
    """The blocks of the machine-readable part of a delivery report."""
    assert mail.get_content_type() == "multipart/report"
    (status,) = [part for part in mail.walk() if part.get_content_type() == "message/delivery-status"]
    return [dict(block.items()) for block in status.get_payload()]  # type: ignore[union-attr]


def test_the_known_recipient_is_served_at_once_and_the_other_alone_is_held(level2: Level2) -> None:
    level2.phonebook.give(RECIPIENT, NUMBER, SENDER)
    known, unknown = level2.seal(RECIPIENT, OTHER)
    level2.run()
    assert (known.state, unknown.state) == ("notified", "held")
    assert len(level2.letters(RECIPIENT)) == 1 and level2.letters(OTHER) == []
    text = level2.text(SENDER)
    assert OTHER in text and RECIPIENT not in text
    for wanted in ("uitslag", "Burgerservicenummer", "111••••33"):
        assert wanted in text
    assert "BSN 111222333" not in text
    assert re.search(r"http://127.0.0.1:8080/s/[A-Za-z0-9_-]{43}", text)


def test_the_request_is_a_mail_of_the_organisation_with_one_green_button(level2: Level2) -> None:
    level2.seal(OTHER)
    level2.run()
    (mail,) = level2.letters(SENDER)
    assert mail["Auto-Submitted"] == "auto-generated" and "no-reply@kliniek.example" in mail["From"]
    html = mail.get_body(("html",))
    assert html is not None and str(html.get_content()).count(f"background:{GOOD}") == 1
    assert mail["Subject"] == "Telefoonnummer nodig: uitslag"


def test_a_message_to_many_asks_in_one_mail(level2: Level2) -> None:
    level2.seal(*(f"r{number}@post.example" for number in range(30)))
    level2.run()
    assert len(level2.letters(SENDER)) == 1
    assert "en nog 10" in " ".join(level2.text(SENDER).split())


def test_two_reminders_one_bounce_nothing_after_and_the_log_tells_it_in_order(level2: Level2) -> None:
    (delivery,) = level2.seal(OTHER)
    level2.run()
    live(level2, 4 * HOUR)
    assert subjects(level2)[1:] == ["Herinnering: telefoonnummer nodig: uitslag"]
    live(level2, 20 * HOUR)
    assert len(subjects(level2)) == 3
    live(level2, 4 * DAY)
    assert subjects(level2)[3:] == ["Niet bezorgd: uitslag"]
    live(level2, 24 * DAY, step=6 * HOUR)
    assert len(subjects(level2)) == 4
    assert level2.letters(OTHER) == []
    assert list(level2.store.chunks(delivery.message_id)) == [] or level2.clock() < delivery.expires_at
    live(level2, 3 * DAY, step=6 * HOUR)
    assert list(level2.store.chunks(delivery.message_id)) == [], "the sealed message is shredded at its expiry"
    assert level2.events() == [
        "sealed", "held", "number requested", "sender reminded", "sender reminded", "hold ended", "sender told",
        "expired", "day key destroyed",
    ]  # fmt: skip
    times = [event.at for event in level2.store.audit_log.events()]
    assert times == sorted(times)
    assert level2.store.audit_log.first_broken() is None
    assert len(subjects(level2)) == 4


def test_the_bounce_names_what_was_not_delivered_in_the_form_of_rfc_3464(level2: Level2) -> None:
    level2.seal(RECIPIENT, OTHER, "renée@post.example")
    live(level2, 5 * DAY + HOUR)
    sender, recipient, _ = level2.postfix.mails[-1]
    assert (sender, recipient) == ("", SENDER)
    mail = level2.letters(SENDER)[-1]
    about, *blocks = report_of(mail)
    assert about["Reporting-MTA"] == "dns; kliniek.example"
    assert [block["Final-Recipient"] for block in blocks] == [
        "rfc822; eva@elders.example", "rfc822; jan@post.example", r"utf-8; ren\x{E9}e@post.example",
    ]  # fmt: skip
    assert {(block["Action"], block["Status"]) for block in blocks} == {("failed", "5.4.7")}
    assert "uitslag" in str(mail["Subject"])


def test_a_number_in_between_ends_the_reminders(level2: Level2) -> None:
    level2.seal(OTHER)
    live(level2, 5 * HOUR)
    level2.phonebook.give(OTHER, NUMBER, SENDER)
    live(level2, 6 * DAY)
    assert len(level2.letters(OTHER)) == 1
    assert len(level2.letters(SENDER)) == 2


def test_a_recall_in_between_ends_them_too(level2: Level2) -> None:
    (delivery,) = level2.seal(OTHER)
    level2.run()
    message = level2.store.message(delivery.message_id)
    assert message is not None and level2.sender.recall(message, None) == 1
    live(level2, 6 * DAY)
    assert len(level2.letters(SENDER)) == 1
    assert level2.now(delivery).state == "recalled"
    level2.phonebook.give(OTHER, NUMBER, SENDER)
    level2.run()
    assert level2.letters(OTHER) == []


def test_after_the_end_a_number_revives_nothing(level2: Level2) -> None:
    (delivery,) = level2.seal(OTHER)
    live(level2, 6 * DAY)
    assert level2.phonebook.give(OTHER, NUMBER, SENDER) == []
    level2.run()
    assert level2.letters(OTHER) == [] and level2.now(delivery).state == "expired"


def test_a_message_that_lives_shorter_than_a_hold_is_told_before_it_is_gone(level2: Level2) -> None:
    level2.seal(OTHER, days=1)
    live(level2, 3 * DAY)
    assert subjects(level2) == [
        "Telefoonnummer nodig: uitslag", "Herinnering: telefoonnummer nodig: uitslag", "Niet bezorgd: uitslag",
    ]  # fmt: skip


def test_also_when_no_courier_ran_until_it_was_gone(level2: Level2) -> None:
    level2.seal(OTHER, days=1)
    level2.clock.pass_(10 * DAY)
    level2.upkeep()
    level2.run()
    assert len(subjects(level2)) == 1
    assert report_of(level2.letters(SENDER)[0])[1]["Final-Recipient"] == "rfc822; eva@elders.example"


def test_a_courier_that_was_down_for_days_asks_for_nothing_that_is_too_late(level2: Level2) -> None:
    level2.seal(OTHER)
    level2.clock.pass_(10 * DAY)
    level2.upkeep()
    level2.run()
    assert subjects(level2) == ["Niet bezorgd: uitslag"]


def test_the_notification_of_level_2_speaks_of_a_code(level2: Level2) -> None:
    level2.known(RECIPIENT)
    text = " ".join(level2.text(RECIPIENT).split())
    assert "code" in text and "sms" in text and "wachtwoord" not in text


def test_a_level_2_message_never_sends_a_password(level2: Level2) -> None:
    delivery = level2.known(RECIPIENT)
    passwords = level2.core.passwords
    for _ in range(30):
        assert passwords.ask(delivery, "", "nl").kind == "other way"
        refused = passwords.enter(level2.link(delivery), "abcd-efgh-jkmn", BROWSER)
        assert refused.kind == "wrong"  # type: ignore[union-attr]
    assert level2.due() == []
    assert level2.now(delivery).failures == 0, "what is counted for codes is not forgiven by pauses of passwords"


# Killed anywhere: each step that a courier can die between.


def crash_between(level2: Level2, lane: str = "mail") -> Level2:
    """Claims what is due, dies, and starts again."""
    level2.claim(lane)  # type: ignore[arg-type]
    return level2.restart()


def test_killed_at_every_step_of_a_hold_and_right_after_each_restart(level2: Level2) -> None:
    (delivery,) = level2.seal(OTHER)
    again = crash_between(level2)
    again.run()
    assert len(again.letters(SENDER)) == 1
    again.clock.pass_(4 * HOUR)
    again = crash_between(again)
    again.run()
    assert len(again.letters(SENDER)) == 1, "the reminder, once"
    again.clock.pass_(5 * DAY)
    again = crash_between(again)
    assert again.now(delivery).state == "held"
    ((item,),) = [[each for each in again.claim() if each.kind == "hold-over"]]
    again.mails.deliver(item)
    again = again.restart()
    assert again.now(delivery).state == "expired", "state and bounce were one commit"
    again = crash_between(again)
    again.run()
    assert [str(mail["Subject"]) for mail in again.letters(SENDER)] == ["Niet bezorgd: uitslag"]
    assert again.events("number requested", "sender reminded", "sender told") == ["sealed", "held", "hold ended"]
    again.core.close()


def test_killed_between_the_number_and_the_notification(level2: Level2) -> None:
    (delivery,) = level2.seal(OTHER)
    level2.run()
    level2.phonebook.give(OTHER, NUMBER, SENDER)
    again = crash_between(level2)
    again.run()
    assert len(again.letters(OTHER)) == 1 and again.now(delivery).state == "notified"
    again.run()
    assert len(again.letters(OTHER)) == 1
    again.core.close()


def test_a_kill_after_postfix_took_the_mail_repeats_the_mail_and_no_state(level2: Level2) -> None:
    """The gap that the design admits: accepted, not yet noted. A mail comes twice, a state does not."""
    level2.seal(OTHER)
    level2.postfix.after = killed
    with pytest.raises(Killed):
        level2.run()
    taken = len(level2.postfix.mails)
    again = level2.restart()
    again.run()
    assert taken == 1 and len(again.letters(SENDER)) == 1
    assert again.events("number requested") == ["sealed", "held"]
    again.core.close()
