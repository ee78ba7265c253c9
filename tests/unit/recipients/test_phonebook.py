"""The phone book: one number serves the whole organisation, and whoever steals the database learns nothing from it."""

from __future__ import annotations

import threading

import pytest

from tests.support.cast import COLLEAGUE, OTHER, RECIPIENT, SENDER
from tests.support.level2 import BROWSER, NUMBER, OTHER_NUMBER, Level2
from zegel.vault.tables.phones import FRESH_SECONDS


def test_a_number_is_asked_once_ever_and_for_every_spelling_of_the_address(level2: Level2) -> None:
    level2.phonebook.give("Jan@Post.Example", NUMBER, SENDER)
    (delivery,) = level2.seal("JAN@post.EXAMPLE")
    assert delivery.state == "notified"
    assert level2.phonebook.number("jan@post.example") == NUMBER


def test_domains_are_compared_in_their_ascii_form(level2: Level2) -> None:
    level2.phonebook.give("eva@zörg.example", NUMBER, SENDER)
    assert level2.phonebook.number("eva@xn--zrg-sna.example") == NUMBER


def test_one_number_releases_all_that_waits_for_it_whoever_sent_it(level2: Level2) -> None:
    mine, other = level2.seal(RECIPIENT, OTHER)
    (colleagues,) = level2.seal(RECIPIENT, sender=COLLEAGUE)
    level2.run()
    assert level2.letters(RECIPIENT) == []
    released = level2.phonebook.give(RECIPIENT, NUMBER, SENDER)
    assert {delivery.id for delivery in released} == {mine.id, colleagues.id}
    level2.run()
    assert len(level2.letters(RECIPIENT)) == 2
    assert level2.now(other).state == "held" and level2.letters(OTHER) == []


def test_nothing_of_a_number_or_an_address_is_on_disk(level2: Level2) -> None:
    level2.phonebook.give("somebody.unique@post.example", NUMBER, SENDER)
    for file in level2.built.folder.glob("zegel.db*"):
        content = file.read_bytes()
        for secret in (b"612345954", b"31612345954"):
            assert secret not in content, file.name
    (entry,) = level2.phonebook.entries()
    assert (entry.address, entry.number, entry.given_by) == ("somebody.unique@post.example", NUMBER, SENDER)
    assert NUMBER not in repr(entry)


def test_a_number_that_nobody_used_for_a_year_is_asked_again(level2: Level2) -> None:
    level2.phonebook.give(RECIPIENT, NUMBER, SENDER)
    level2.clock.pass_(FRESH_SECONDS - 1)
    (believed,) = level2.seal(RECIPIENT)
    assert believed.state == "notified"
    level2.clock.pass_(2)
    (doubted,) = level2.seal(RECIPIENT)
    assert doubted.state == "held"
    assert level2.phonebook.number(RECIPIENT) == NUMBER, "messages from before can still be opened with it"


def test_a_code_keeps_a_number_believed(level2: Level2) -> None:
    delivery = level2.known(RECIPIENT)
    level2.clock.pass_(20 * 86_400)
    assert level2.codes.ask(delivery, BROWSER, "nl").kind == "sent"
    level2.clock.pass_(FRESH_SECONDS - 86_400)
    assert level2.seal(RECIPIENT)[0].state == "notified"


def test_a_change_is_told_to_the_others_who_count_on_it_and_not_to_who_made_it(level2: Level2) -> None:
    level2.phonebook.give(RECIPIENT, NUMBER, "eerste@kliniek.example")
    level2.seal(RECIPIENT, sender=COLLEAGUE)
    level2.seal(RECIPIENT, sender=SENDER)
    level2.run()
    level2.phonebook.give(RECIPIENT, OTHER_NUMBER, SENDER)
    level2.run()
    for told in ("eerste@kliniek.example", COLLEAGUE):
        assert "+3******321" in level2.text(told) and SENDER in level2.text(told)
        assert OTHER_NUMBER not in level2.text(told)
    assert all("nummer gewijzigd" not in mail["Subject"] for mail in level2.letters(SENDER))


def test_the_same_number_again_is_no_change(level2: Level2) -> None:
    level2.phonebook.give(RECIPIENT, NUMBER, COLLEAGUE)
    level2.seal(RECIPIENT, sender=COLLEAGUE)
    level2.run()
    before = len(level2.postfix.mails)
    level2.phonebook.give(RECIPIENT, NUMBER, SENDER)
    level2.run()
    assert len(level2.postfix.mails) == before


def test_a_change_ends_codes_and_sessions_of_the_old_number(level2: Level2) -> None:
    delivery = level2.known(RECIPIENT)
    level2.codes.ask(delivery, BROWSER, "nl")
    level2.run()
    opened = level2.codes.enter(level2.link(delivery), level2.code(), BROWSER)
    cookie = opened.cookie  # type: ignore[union-attr]
    level2.clock.pass_(31)
    level2.codes.ask(delivery, "other cookie", "nl")
    level2.run()
    assert level2.core.access.session(cookie, delivery)
    level2.phonebook.give(RECIPIENT, OTHER_NUMBER, COLLEAGUE)
    assert not level2.core.access.session(cookie, delivery)
    assert level2.codes.enter(level2.link(delivery), level2.code(), "other cookie").kind == "expired"  # type: ignore[union-attr]


def test_forgetting_a_number_has_the_next_sender_asked(level2: Level2) -> None:
    level2.phonebook.give(RECIPIENT, NUMBER, SENDER)
    assert level2.phonebook.forget(RECIPIENT, "administrator")
    assert not level2.phonebook.forget(RECIPIENT, "administrator")
    assert level2.seal(RECIPIENT)[0].state == "held"


def test_several_numbers_are_given_all_or_none(level2: Level2, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object, address: str, **__: object) -> None:
        if address == OTHER:
            raise OSError("disk full")

    monkeypatch.setattr(level2.store.audit_log, "record", fails)
    with pytest.raises(OSError, match="disk full"):
        level2.phonebook.give_all([(RECIPIENT, NUMBER), (OTHER, OTHER_NUMBER)], SENDER)
    assert list(level2.phonebook.entries()) == []


def test_a_number_that_is_given_while_a_message_comes_in_leaves_nobody_waiting(level2: Level2) -> None:
    """Whichever commits first: the message is not held, or the number releases it."""
    sealed: list[object] = []
    threads = [threading.Thread(target=lambda: sealed.extend(level2.seal(RECIPIENT))) for _ in range(20)]
    giving = threading.Thread(target=lambda: level2.phonebook.give(RECIPIENT, NUMBER, SENDER))
    for thread in (*threads[:10], giving, *threads[10:]):
        thread.start()
    for thread in (*threads, giving):
        thread.join()
    assert len(sealed) == 20
    assert {level2.now(delivery).state for delivery in sealed} == {"notified"}  # type: ignore[arg-type]
    level2.run()
    assert len(level2.letters(RECIPIENT)) == 20
