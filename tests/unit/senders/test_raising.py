"""The sender's page: raising the level, false alarms, and the mails that not everybody wants."""

from __future__ import annotations

from tests.support.cast import OTHER, RECIPIENT, SENDER
from tests.support.level2 import BROWSER, NUMBER, OTHER_NUMBER, Level2
from tests.unit.senders.test_sender import DAY, message_of, overview, state
from zegel.unlock.way import Opened

# Raising the level.


def test_raising_the_level_ends_link_password_and_session_of_the_lower_one(level2: Level2) -> None:
    (delivery,) = level2.seal(RECIPIENT, level=1)
    level2.phonebook.give(RECIPIENT, NUMBER, SENDER)
    level2.run()
    old_link, access, passwords = level2.link(delivery), level2.core.access, level2.core.passwords
    passwords.ask(delivery, "", "nl")
    opened = passwords.enter(old_link, level2.built.passwords_sent()[0], None)
    assert isinstance(opened, Opened)
    level2.clock.pass_(61)
    passwords.ask(delivery, "", "nl")
    spare = level2.built.passwords_sent()[-1]
    assert level2.sender.raise_level(message_of(level2, delivery), delivery.id)
    now = level2.now(delivery)
    assert (now.level, now.state, now.generation) == (2, "notified", 1)
    assert access.delivery(old_link) is None
    assert not access.session(opened.cookie, now)
    assert not isinstance(passwords.enter(level2.link(delivery), spare, None), Opened)
    level2.run()
    assert level2.link(delivery) in level2.text(RECIPIENT)
    assert all("wachtwoord" not in str(mail["Subject"]) for mail in level2.letters(RECIPIENT))
    level2.codes.ask(now, BROWSER, "nl")
    level2.run()
    assert isinstance(level2.codes.enter(level2.link(delivery), level2.code(), BROWSER), Opened)


def test_raising_without_a_number_holds_and_asks(level2: Level2) -> None:
    (delivery,) = level2.seal(RECIPIENT, level=1)
    level2.run()
    assert level2.sender.raise_level(message_of(level2, delivery), delivery.id)
    assert not level2.sender.raise_level(message_of(level2, delivery), delivery.id)
    level2.run()
    assert "Telefoonnummer nodig" in level2.letters(SENDER)[0]["Subject"]
    assert state(level2, delivery).state == "waiting"
    level2.phonebook.give(RECIPIENT, NUMBER, SENDER)
    level2.run()
    assert len(level2.letters(RECIPIENT)) == 2


# False alarms, and the mails that not everybody wants.


def test_a_false_alarm_is_noted_once_with_the_rules(level2: Level2) -> None:
    delivery = level2.known(RECIPIENT)
    message = message_of(level2, delivery)
    assert not overview(level2, delivery).false_alarm
    assert level2.sender.false_alarm(message) and not level2.sender.false_alarm(message)
    (event,) = [event for event in level2.store.audit_log.events() if event.kind == "false alarm"]
    assert (event.details["rules"], event.actor) == (["bsn"], SENDER)
    assert overview(level2, delivery).false_alarm
    assert level2.now(delivery).state == "notified", "nothing is given away by saying so"


def test_opened_and_not_opened_mails_come_when_they_are_wanted(level2: Level2) -> None:
    wanted = level2.core.settings.notices.model_copy(update={"opened": True, "not_opened": True})
    object.__setattr__(level2.core.settings, "notices", wanted)
    delivery, other = level2.known(RECIPIENT), level2.known(OTHER, OTHER_NUMBER)
    for _ in range(2):
        level2.codes.ask(delivery, BROWSER, "nl")
        level2.run()
        level2.codes.enter(level2.link(delivery), level2.code(), BROWSER)
        level2.clock.pass_(40)
    level2.run()
    assert [mail["Subject"] for mail in level2.letters(SENDER)] == ["Geopend: uitslag"]
    level2.clock.pass_(5 * DAY)
    level2.run()
    assert [mail["Subject"] for mail in level2.letters(SENDER)][1:] == ["Nog niet geopend: uitslag"]
    assert OTHER in level2.text(SENDER) and level2.now(other).state == "notified"


def test_nobody_gets_them_otherwise(level2: Level2) -> None:
    delivery = level2.known(RECIPIENT)
    level2.codes.ask(delivery, BROWSER, "nl")
    level2.run()
    level2.codes.enter(level2.link(delivery), level2.code(), BROWSER)
    level2.clock.pass_(7 * DAY)
    level2.run()
    assert level2.letters(SENDER) == []
