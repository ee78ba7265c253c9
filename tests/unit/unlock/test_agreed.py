"""Codes that sender and recipient agree on: what they open, how few guesses there are, who is told of what."""

from __future__ import annotations

from functools import partial

import pytest

from tests.support.cast import OTHER, RECIPIENT, SENDER
from tests.support.level2 import BROWSER, NUMBER, OTHER_BROWSER, Level2
from tests.unit.unlock.agreement import CODE, SECOND, TYPED, agree, enter, kind, message_of
from zegel.recipients.phonebook import ADMINISTRATOR
from zegel.unlock.agreed_codes import new_code
from zegel.unlock.agreed_way import WRONG_MOST
from zegel.unlock.way import Opened, Refused
from zegel.vault.tables.records import Delivery

# What it opens.


def test_a_code_releases_what_waits_and_opens_it_again_and_again(level2: Level2, delivery: Delivery) -> None:
    assert (delivery.way, delivery.state, delivery.level) == ("agreed", "notified", 2)
    for cookie in (BROWSER, OTHER_BROWSER):
        opened = enter(level2, delivery, cookie=cookie)
        assert isinstance(opened, Opened) and opened.cookie != cookie
        assert level2.core.access.session(opened.cookie, delivery)
        assert not level2.core.access.session(cookie, delivery)


def test_the_next_message_of_anybody_opens_with_it_at_once(level2: Level2, delivery: Delivery) -> None:
    (second,) = level2.seal(RECIPIENT.upper(), sender=SECOND)
    assert (second.way, second.state) == ("agreed", "notified")
    assert kind(enter(level2, second)) == "in"


def test_another_recipient_has_nothing_of_it(level2: Level2, delivery: Delivery) -> None:
    (other,) = level2.seal(OTHER)
    assert (other.way, other.state) == ("sms", "held")
    assert kind(enter(level2, other)) in ("wrong", "stopped")


def test_a_code_of_the_page_takes_the_place_of_a_number(level2: Level2) -> None:
    delivery = level2.known(RECIPIENT)
    (theirs,) = level2.seal(RECIPIENT, sender=SECOND)
    level2.run()
    assert agree(level2, delivery) == "kept"
    level2.run()
    assert level2.phonebook.number(RECIPIENT) is None
    assert [level2.now(each).way for each in (delivery, theirs)] == ["agreed", "agreed"]
    assert [kind(enter(level2, each)) for each in (delivery, theirs)] == ["in", "in"]
    assert "afgesproken" in level2.text(RECIPIENT), "the recipient is told how it opens now"
    assert RECIPIENT in level2.text(SECOND)


def test_a_code_of_the_administrator_leaves_a_number_alone(level2: Level2) -> None:
    delivery = level2.known(RECIPIENT)
    level2.core.agreed_codes.agree(RECIPIENT, new_code(CODE), ADMINISTRATOR)
    assert level2.now(delivery).way == "sms" and level2.phonebook.number(RECIPIENT) == NUMBER


def test_who_says_that_the_number_is_not_theirs_is_helped_by_a_code(level2: Level2) -> None:
    delivery = level2.known(RECIPIENT)
    assert level2.core.feedback.not_mine(delivery, "number")
    agree(level2, delivery)
    assert kind(enter(level2, delivery)) == "in"


def test_a_raised_message_opens_with_a_code_that_is_known(level2: Level2, delivery: Delivery) -> None:
    (low,) = level2.seal(RECIPIENT, level=1)
    assert level2.sender.raise_level(message_of(level2, low), low.id)
    assert level2.now(low).way == "agreed" and level2.now(low).state == "notified"
    assert kind(enter(level2, low)) == "in"


def test_a_code_that_nobody_used_for_a_year_is_asked_for_again(level2: Level2, delivery: Delivery) -> None:
    level2.clock.pass_(366 * 86_400)
    (late,) = level2.seal(RECIPIENT)
    assert late.state == "held"
    assert agree(level2, late, "paarse fiets 7731") == "released"


@pytest.mark.parametrize("person", ["stopped", "recalled", "expired"])
def test_what_is_closed_opens_for_nobody(level2: Level2, delivery: Delivery, person: str) -> None:
    if person == "stopped":
        level2.core.feedback.not_mine(delivery, "person")
    elif person == "recalled":
        level2.sender.recall(message_of(level2, delivery), delivery.id)
    else:
        level2.clock.pass_(31 * 86_400)
    assert isinstance(enter(level2, delivery), Refused)
    assert agree(level2, delivery) == "impossible"


def test_a_link_that_nobody_was_given_opens_nothing_and_is_hashed_all_the_same(
    level2: Level2, delivery: Delivery, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed: list[str] = []

    def hash_(password: str, salt: bytes) -> bytes:
        hashed.append(password)
        return b""

    monkeypatch.setattr("zegel.unlock.passwords._hashed", hash_)
    assert level2.core.agreed.enter("A" * 43, TYPED, BROWSER) == Refused("unknown")
    assert kind(enter(level2, delivery, "iets anders")) == "wrong"
    assert len(hashed) == 2


# How it is kept.


def test_the_database_has_neither_code_nor_question(level2: Level2, delivery: Delivery) -> None:
    agree(level2, delivery, question="Waar zagen wij elkaar voor het eerst?")
    row = level2.store.agreed.find(level2.phonebook.key(RECIPIENT))
    assert row is not None
    kept = b"".join(
        [row.address_hash, row.sealed, *(file.read_bytes() for file in level2.built.folder.glob("zegel.db*"))]
    )
    for secret in (CODE, TYPED, "groeneappel4827", "zagen wij"):
        assert secret.encode() not in kept
    entry = level2.core.agreed_codes.entry(RECIPIENT)
    assert entry is not None and entry.question == "Waar zagen wij elkaar voor het eerst?"
    assert TYPED not in repr(entry) and entry.hash.hex() not in repr(entry)


def test_no_mail_has_the_code(level2: Level2, delivery: Delivery) -> None:
    agree(level2, delivery, "paarse fiets 7731", "Welke code gaf ik u?")
    (theirs,) = level2.seal(RECIPIENT, sender=SECOND)
    level2.core.agreed_codes.withdraw(RECIPIENT, SECOND)
    level2.run()
    everything = b"".join(mail for _, _, mail in level2.postfix.mails)
    for secret in (b"4827", b"groene", b"paarse", b"Welke code"):
        assert secret not in everything
    assert theirs.way == "agreed"


# Guessing.


# Changing and withdrawing.


def test_another_code_ends_what_the_old_one_opened_and_is_told_to_earlier_senders(
    level2: Level2, delivery: Delivery
) -> None:
    (theirs,) = level2.seal(RECIPIENT, sender=SECOND)
    level2.run()
    opened = enter(level2, theirs)
    assert isinstance(opened, Opened)
    level2.clock.pass_(60)
    assert agree(level2, delivery, "paarse fiets 7731") == "changed"
    level2.run()
    assert not level2.core.access.session(opened.cookie, theirs)
    assert kind(enter(level2, theirs)) == "wrong" and kind(enter(level2, theirs, "paarse fiets 7731")) == "in"
    assert RECIPIENT in level2.text(SECOND) and SENDER in level2.text(SECOND)
    assert not any("code" in str(letter["Subject"]).lower() for letter in level2.letters(SENDER)[-1:])


def test_a_withdrawn_code_opens_nothing_and_the_page_asks_again(level2: Level2, delivery: Delivery) -> None:
    (theirs,) = level2.seal(RECIPIENT, sender=SECOND)
    assert level2.sender.withdraw_code(message_of(level2, delivery), delivery.id)
    assert not level2.sender.withdraw_code(message_of(level2, delivery), delivery.id)
    level2.run()
    assert [kind(enter(level2, each)) for each in (delivery, theirs)] == ["none", "none"]
    (row,) = level2.sender.overview(message_of(level2, delivery), "nl").recipients
    assert row.needs_number and not row.agreed
    assert RECIPIENT in level2.text(SECOND)
    level2.phonebook.give(RECIPIENT, NUMBER, SENDER)
    assert level2.now(delivery).way == "sms" and "notification" in level2.due()


def test_after_a_lock_another_code_starts_afresh(level2: Level2, delivery: Delivery) -> None:
    for n in range(WRONG_MOST):
        enter(level2, delivery, f"verkeerd {n}")
    assert agree(level2, delivery, "paarse fiets 7731") == "changed"
    assert kind(enter(level2, delivery, "paarse fiets 7731")) == "in"


# Who may set it.


def test_the_settings_may_forbid_it(level2: Level2) -> None:
    (held,) = level2.seal(RECIPIENT)
    phones = level2.core.settings.phones.model_copy(update={"agreed_codes": False})
    settings = level2.core.settings.model_copy(update={"phones": phones})
    level2.sender._overviews._settings = settings
    assert agree(level2, held) == "impossible" and level2.now(held).state == "held"
    (row,) = level2.sender.overview(message_of(level2, held), "nl").recipients
    assert not row.may_agree


def test_nobody_sets_a_code_through_another_message(level2: Level2) -> None:
    (held,), (mine,) = level2.seal(RECIPIENT), level2.seal(OTHER, sender=SECOND)
    assert level2.sender.agree(message_of(level2, mine), held.id, CODE, "") == "impossible"
    assert level2.core.agreed_codes.entry(RECIPIENT) is None


def test_a_code_that_will_not_do_is_not_taken(level2: Level2) -> None:
    """The subject, the recipient and the organisation are known to everybody who has the mail."""
    (held,) = level2.seal(RECIPIENT)
    for code in ("jan post kliniek", "Uitslag2026!", "De Kliniek 2026", "anna-de-boer"):
        assert agree(level2, held, code) == "weak", code
    assert level2.now(held).state == "held" and level2.core.agreed_codes.entry(RECIPIENT) is None


def test_a_crash_between_the_lock_and_its_mails_is_no_way_around(level2: Level2, delivery: Delivery) -> None:
    for n in range(WRONG_MOST):
        enter(level2, delivery, f"verkeerd {n}")
    again = level2.restart()
    assert kind(again.core.agreed.enter(level2.link(delivery), TYPED, BROWSER)) == "locked"
    again.run()
    assert again.letters(SENDER)
    again.core.close()


def test_tries_at_the_same_time_all_count(level2: Level2, delivery: Delivery) -> None:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(4) as pool:
        tries = [pool.submit(partial(enter, level2, delivery, f"verkeerd {n}", f"b{n}")) for n in range(40)]
        answers = [kind(each.result()) for each in tries]
    assert answers.count("wrong") <= WRONG_MOST - 1
    assert set(answers) <= {"wrong", "locked", "busy"}
