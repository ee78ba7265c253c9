"""One unlock opens a conversation: which session opens what, and what it never does."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from tests.support.cast import OTHER, RECIPIENT, SENDER, join, set_state
from tests.support.level2 import Level2
from zegel.crypto import fingerprint
from zegel.unlock.way import Opened
from zegel.vault.tables.records import Delivery


@pytest.fixture
def thread(level2: Level2) -> Callable[..., list[Delivery]]:
    """Deliveries of one conversation, at these levels."""

    def thread(*levels: int, recipient: str = RECIPIENT) -> list[Delivery]:
        found = [level2.built.seal(recipient, level=level)[0] for level in levels]
        join(level2.store, 77, *(each.message_id for each in found))
        return found

    return thread


def let_in(level2: Level2, delivery: Delivery, cookie: str = "een koekje") -> str:
    """A browser that has unlocked a delivery; its cookie."""
    access = level2.core.access
    opened = level2.store.write(lambda: access.admit(level2.now(delivery), None, cookie, level2.clock()))
    assert isinstance(opened, Opened)
    return opened.cookie


def opens(level2: Level2, cookie: str, delivery: Delivery) -> bool:
    return level2.core.access.session(cookie, level2.now(delivery))


Thread = Callable[..., list[Delivery]]


def test_one_unlock_opens_what_is_not_higher(level2: Level2, thread: Thread) -> None:
    level2.phonebook.give(RECIPIENT, "+31612345954", SENDER)
    low, high, same = thread(1, 2, 2)
    cookie = let_in(level2, low)
    assert opens(level2, cookie, low) and not opens(level2, cookie, high)
    cookie = let_in(level2, high, "een ander koekje")
    assert opens(level2, cookie, low) and opens(level2, cookie, same)
    assert level2.now(same).state == "opened", "the sender sees that it was read"
    assert not opens(level2, "geen koekje", same)


def test_one_unlock_opens_nothing_of_another_thread_or_person(level2: Level2, thread: Thread) -> None:
    (mine,) = thread(1)
    (hers,) = thread(1, recipient=OTHER)
    (elsewhere,) = level2.built.seal(RECIPIENT)
    cookie = let_in(level2, mine)
    assert not opens(level2, cookie, hers) and not opens(level2, cookie, elsewhere)
    (also_mine,) = thread(1, recipient=RECIPIENT.upper())
    assert opens(level2, cookie, also_mine)


@pytest.mark.parametrize("what", ["recalled", "stopped", "locked", "paused", "raised", "expired"])
def test_what_is_closed_stays_closed(level2: Level2, thread: Thread, what: str) -> None:
    key, other = thread(1, 1)
    cookie = let_in(level2, key)
    table, now = level2.store.deliveries, level2.clock()
    changes: dict[str, Callable[[], object]] = {
        "recalled": partial(table.recall, other.id),
        "stopped": partial(table.stop, other.id, "person", now),
        "locked": partial(table.lock, other.id, now),
        "paused": partial(table.pause, other.id, now + 900),
        "raised": partial(table.raise_level, other.id, "sms", RECIPIENT, fingerprint("x"), 0.0),
        "expired": partial(set_state, level2.store, other.id, "expired"),
    }
    level2.store.write(changes[what])
    assert not opens(level2, cookie, other) and opens(level2, cookie, key)


@pytest.mark.parametrize("what", ["recalled", "stopped", "locked", "shut"])
def test_what_is_closed_opens_nothing_else(level2: Level2, thread: Thread, what: str) -> None:
    key, other = thread(1, 1)
    cookie = let_in(level2, key)
    table, now = level2.store.deliveries, level2.clock()
    changes: dict[str, Callable[[], object]] = {
        "recalled": partial(table.recall, key.id),
        "stopped": partial(table.stop, key.id, "person", now),
        "locked": partial(table.lock, key.id, now),
        "shut": partial(level2.store.challenges.shut, key.id),
    }
    level2.store.write(changes[what])
    assert not opens(level2, cookie, other)


def test_it_lasts_no_longer_than_the_unlock(level2: Level2, thread: Thread) -> None:
    key, other = thread(1, 1)
    cookie = let_in(level2, key)
    for _ in range(7):
        level2.clock.pass_(29 * 60)
        assert opens(level2, cookie, key)
    assert opens(level2, cookie, other)  # 3 h 23 min after the unlock
    level2.clock.pass_(29 * 60)
    assert opens(level2, cookie, other)
    level2.clock.pass_(20 * 60)
    assert not opens(level2, cookie, other) and not opens(level2, cookie, key), "four hours are over for both"


def test_an_idle_session_opens_nothing(level2: Level2, thread: Thread) -> None:
    key, other = thread(1, 1)
    cookie = let_in(level2, key)
    level2.clock.pass_(31 * 60)
    assert not opens(level2, cookie, other)


def test_the_key_is_the_highest_that_can_be_opened(level2: Level2, thread: Thread) -> None:
    keys = level2.core.conversations
    level2.phonebook.give(RECIPIENT, "+31612345954", SENDER)
    low, high, newest = thread(1, 2, 2)
    assert keys.key_delivery(low).level == 2
    assert keys.key_delivery(high) == high and keys.key_delivery(newest) == newest
    level2.store.write(lambda: level2.store.deliveries.recall(high.id))
    assert keys.key_delivery(low).id == newest.id
    level2.store.write(lambda: level2.store.deliveries.lock(newest.id, level2.clock()))
    assert keys.key_delivery(low).id == low.id


@pytest.mark.parametrize("number", ["+31687654321", ""])
def test_another_number_or_none_shuts_all_that_a_code_opened(level2: Level2, thread: Thread, number: str) -> None:
    level2.phonebook.give(RECIPIENT, "+31612345954", SENDER)
    low, high = thread(1, 2)
    cookie = let_in(level2, high)
    assert opens(level2, cookie, low)
    if number:
        level2.phonebook.give(RECIPIENT, number, SENDER)
    else:
        level2.phonebook.forget(RECIPIENT, "administrator")
    assert not opens(level2, cookie, high) and not opens(level2, cookie, low)
