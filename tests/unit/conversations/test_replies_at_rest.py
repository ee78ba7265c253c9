"""Replies and drafts at rest: sealed, for their writer alone, and gone when they are over."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from tests.support.cast import COLLEAGUE, NOW, OTHER, SENDER, join
from tests.support.level2 import Level2
from tests.unit.conversations.replying import FIRST_ID, Answering, written
from zegel.conversations.replies import Draft, Upload
from zegel.unlock.access import new_cookie_value
from zegel.unlock.way import Opened
from zegel.vault.keyring import KeyGone

DAY = 86_400


@pytest.fixture
def answering(level2: Level2) -> Answering:
    return Answering(level2)


# At rest.


def test_a_reply_is_sealed_and_only_the_addresses_are_in_clear(answering: Answering, tmp_path: Path) -> None:
    delivery = answering.seal()
    cookie = new_cookie_value()
    answering.level2.core.replies.keep_draft(delivery, cookie, "nog een kersenbloesem", [COLLEAGUE])
    answering.send(delivery, "de kersenbloesem bloeit", files=(Upload("kersenbloesem.txt", "", b"kersenbloesem"),))
    with sqlite3.connect(tmp_path / "zegel.db") as database:
        everything = "\n".join(database.iterdump()).lower()
    assert "kersenbloesem" not in everything and b"kersenbloesem".hex() not in everything
    assert cookie.lower() not in everything and FIRST_ID not in everything


def test_a_reply_ends_by_itself_and_is_unreadable_then(answering: Answering) -> None:
    delivery = answering.seal(days=60)
    reply = answering.send(delivery)
    answering.level2.clock.now = NOW + 32 * DAY
    answering.level2.upkeep()
    with pytest.raises(KeyGone):
        answering.level2.core.replies.original(delivery, reply)
    assert answering.became(reply) == {SENDER: "failed late"}, "nobody sent it, and who wrote is told"


def test_the_own_copy_is_for_the_writer_alone(answering: Answering) -> None:
    replies = answering.level2.core.replies
    delivery = answering.seal()
    reply = answering.send(delivery)
    eva = answering.seal(recipient=OTHER)
    elsewhere = answering.seal(written(f"From: {SENDER}", "Message-ID: <anders@kliniek.example>"))
    for other in (eva, elsewhere):
        with pytest.raises(LookupError):
            replies.original(other, reply)
    with pytest.raises(LookupError):
        replies.original(delivery, delivery.message_id)
    with pytest.raises(LookupError):
        replies.original(delivery, 1)
    assert b"Dank u wel" in replies.original(delivery, reply)


def test_a_copy_is_not_shown_to_who_has_opened_a_lower_level_only(answering: Answering) -> None:
    level2, replies = answering.level2, answering.level2.core.replies
    level2.phonebook.give("jan@post.example", "+31612345954", SENDER)
    high, low = answering.seal(level=2), answering.seal()
    join(level2.store, high.message_id, low.message_id)
    reply, lower = answering.send(high, "met een code"), answering.send(low, "met een wachtwoord")
    with pytest.raises(LookupError):
        replies.original(low, reply)
    links = {each.id: each.link for each in level2.core.conversations.page(low).entries}
    assert (links[reply], links[lower]) == (level2.link(high), level2.link(low))
    assert b"met een code" in replies.original(high, reply) and b"met een wachtwoord" in replies.original(high, lower)


# Drafts.


def test_a_draft_is_given_back_to_its_browser_alone_and_goes_when_it_is_sent(answering: Answering) -> None:
    replies, delivery = answering.level2.core.replies, answering.seal()
    replies.keep_draft(delivery, "een", "half af", [COLLEAGUE])
    replies.keep_draft(delivery, "twee", "van een ander", [])
    assert replies.draft(delivery, "een") == Draft("half af", (COLLEAGUE,))
    assert replies.draft(delivery, "drie") is None and replies.draft(answering.seal(), "een") is None
    replies.send(delivery, [], "af", [], cookie="een")
    assert replies.draft(delivery, "een") is None and replies.draft(delivery, "twee") is not None
    replies.keep_draft(delivery, "twee", " ", [])
    assert replies.draft(delivery, "twee") is None


def test_a_draft_of_an_expired_session_is_there_after_the_next_unlock(answering: Answering) -> None:
    core, delivery = answering.level2.core, answering.seal()
    core.passwords.ask(delivery, "", "nl")
    (password,) = answering.level2.built.passwords_sent()
    first = core.passwords.enter(answering.level2.link(delivery), password, None)
    assert isinstance(first, Opened)
    answering.level2.clock.pass_(3 * 3600)
    answering.level2.upkeep()
    assert not core.access.session(first.cookie, delivery)
    core.replies.keep_draft(delivery, first.cookie, "half af", [])
    core.passwords.ask(delivery, "", "nl")
    password = answering.level2.built.passwords_sent()[-1]
    second = core.passwords.enter(answering.level2.link(delivery), password, first.cookie)
    assert isinstance(second, Opened)
    draft = core.replies.draft(delivery, second.cookie)
    assert draft is not None and draft.text == "half af"
    assert core.replies.draft(delivery, first.cookie) is None


def test_a_draft_ends_with_its_message(answering: Answering, tmp_path: Path) -> None:
    core, store = answering.level2.core, answering.level2.store
    recalled, expired, live = answering.seal(), answering.seal(days=1), answering.seal()
    for each in (recalled, expired, live):
        core.replies.keep_draft(each, "een", "half af", [])
    store.write(lambda: store.deliveries.recall(recalled.id))
    assert core.replies.draft(answering.level2.now(recalled), "een") is None
    answering.level2.clock.pass_(2 * DAY)
    answering.level2.upkeep()
    with sqlite3.connect(tmp_path / "zegel.db") as database:
        assert database.execute("SELECT delivery FROM draft").fetchall() == [(live.id,)]


def test_a_link_alone_fills_no_disk_with_drafts(answering: Answering, tmp_path: Path) -> None:
    delivery = answering.seal()
    for number in range(30):
        answering.level2.clock.pass_(1)
        answering.level2.core.replies.keep_draft(delivery, f"browser {number}", "x" * 300_000, ["y" * 1000] * 500)
    with sqlite3.connect(tmp_path / "zegel.db") as database:
        count, largest = database.execute("SELECT count(*), max(length(sealed)) FROM draft").fetchone()
    assert count == 20 and largest < 150_000
    assert answering.level2.core.replies.draft(delivery, "browser 29") is not None


def test_a_link_alone_pushes_out_no_draft_of_who_is_in(answering: Answering) -> None:
    core, delivery = answering.level2.core, answering.seal()
    answering.level2.store.write(lambda: core.access.admit(delivery, None, "jan", answering.level2.clock()))
    core.replies.keep_draft(delivery, "jan", "half af", [])
    for number in range(30):
        answering.level2.clock.pass_(1)
        core.replies.keep_draft(delivery, f"browser {number}", "x", [])
    assert core.replies.draft(delivery, "jan") == Draft("half af", ())
    assert core.replies.draft(delivery, "browser 29") is not None
