"""A conversation as one recipient sees it: whole and in order in pages, whoever else is in it, by an index alone."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import peewee
import pytest

from tests.support.cast import SENDER, Built, build, join, set_state
from zegel.conversations.conversations import Page
from zegel.person_data import PersonData
from zegel.vault.tables.records import Delivery, NewReply
from zegel.vault.tables.timelines import Whose

JAN = "jan@post.example"
WRITTEN = (JAN, "Jan@Post.Example", '"jan"@post.example', "JAN@post.example.")
"""The same person, as different programs write them."""
OTHERS = ("jan@elders.example", "jan.jansen@post.example", "eva@post.example")


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Built]:
    built = build(tmp_path)
    yield built
    built.core.close()


def reply(house: Built, to: Delivery, conversation: int, number: int) -> int:
    now = house.clock()
    new = NewReply(
        id=number, conversation=conversation, writer=to.id, expires_at=now + 86_400, key_day="2026-01-01",
        wrapped_key=b"x", sender=to.recipient, headline=b"", level=1, size=1, digest=b"%d" % number, chunks=(b"x",),
        addressees=(SENDER,), thread=b"%d" % number,
    )  # fmt: skip
    house.core.vault.store.write(lambda: house.core.vault.store.replies.add(new, to.message_id, now))
    return number


@pytest.fixture
def talk(house: Built) -> tuple[Delivery, list[int]]:
    """A delivery, and the ids of what its recipient is shown with it, in order; others are in the conversation too.

    Several stand at the same moment, replies after messages.
    """
    chance = random.Random(4)
    store = house.core.vault.store
    first: Delivery | None = None
    shown: list[tuple[float, bool, int]] = []
    for number in range(90):
        house.clock.pass_(chance.choice((0, 0, 60)))
        each, *_ = house.seal(chance.choice(WRITTEN), *OTHERS[: chance.randrange(3)])
        for other in store.deliveries.of_message(each.message_id):
            if other.recipient in WRITTEN:
                each = other
        first = first or each
        join(store, first.message_id, each.message_id)
        shown.append((house.clock(), False, each.id))
        if number % 3 == 0:
            shown.append((house.clock(), True, reply(house, each, first.message_id, 1000 + number)))
        if number % 7 == 0:
            other = house.seal(OTHERS[0])[0]
            join(store, first.message_id, other.message_id)
            reply(house, other, first.message_id, 5000 + number)
    assert first is not None
    return first, [id_ for *_, id_ in sorted(shown)]


def ids(page: Page) -> list[int]:
    return [each.id for each in page.entries]


def test_pages_backwards_are_all_of_it_once_and_in_order(house: Built, talk: tuple[Delivery, list[int]]) -> None:
    delivery, shown = talk
    conversations = house.core.conversations
    assert conversations.count(delivery) == len(shown)
    found: list[int] = []
    page = conversations.page(delivery)
    while True:
        found = ids(page) + found
        assert page.earlier == len(shown) - len(found)
        if not page.earlier:
            break
        assert len(page.entries) == 20
        page = conversations.page(delivery, before=page.entries[0].id)
        assert page.later
    # The oldest page is as full as any, so it repeats some of the one before it.
    assert list(dict.fromkeys(found)) == shown


def test_pages_forwards_are_all_of_it_too_and_end_with_the_newest(
    house: Built, talk: tuple[Delivery, list[int]]
) -> None:
    delivery, shown = talk
    conversations = house.core.conversations
    page = conversations.page(delivery, before=shown[3])
    found = ids(page)
    while page.later:
        page = conversations.page(delivery, after=page.entries[-1].id)
        assert len(page.entries) == 20
        found += [each for each in ids(page) if each not in found]
    assert found == shown
    assert ids(page) == shown[-20:]


def test_any_number_as_a_place_is_the_newest_page_when_it_is_nobodys(
    house: Built, talk: tuple[Delivery, list[int]]
) -> None:
    delivery, shown = talk
    conversations = house.core.conversations
    theirs = 5000
    for place in (1, 2**63 - 1, delivery.message_id, theirs):
        for page in (conversations.page(delivery, before=place), conversations.page(delivery, after=place)):
            assert ids(page) == shown[-20:] and not page.later
    assert conversations.reply(delivery, theirs) is None
    assert conversations.reply(delivery, delivery.id) is None


def test_what_nobody_was_told_of_is_not_in_it(house: Built) -> None:
    found = [house.seal(JAN)[0]]
    for _ in range(2):
        house.clock.pass_(1)
        found += house.seal(JAN)
    store = house.core.vault.store
    join(store, found[0].message_id, *(each.message_id for each in found))
    for state in ("direct", "held", "delivered"):
        store.write(partial(set_state, store, found[1].id, state))
        assert ids(house.core.conversations.page(found[0])) == [found[0].id, found[2].id]
        assert house.core.conversations.count(found[0]) == 2


def test_who_was_erased_is_found_by_no_address(house: Built) -> None:
    (delivery,) = house.seal(JAN)
    reply(house, delivery, delivery.message_id, 7)
    house.clock.pass_(40 * 86_400)
    store = house.core.vault.store
    store.write(lambda: store.expire(house.clock()))
    assert house.core.conversations.count(delivery) == 2
    PersonData(house.core).erase(JAN)
    assert house.core.conversations.count(delivery) == 0
    after = store.delivery(delivery.id)
    assert after is not None and house.core.conversations.count(after) == 0
    assert house.core.conversations.count(replace(after, recipient="")) == 0


@pytest.mark.parametrize(
    "ask",
    [
        lambda house, delivery: house.core.conversations.page(delivery),
        lambda house, delivery: house.core.conversations.page(delivery, before=delivery.id),
        lambda house, delivery: house.core.conversations.page(delivery, after=delivery.id),
        lambda house, delivery: house.core.conversations.count(delivery),
        lambda house, delivery: house.core.conversations.key_delivery(delivery),
        lambda house, delivery: house.core.vault.store.timelines.newest_openable(
            Whose(delivery.message_id, JAN), 1, house.clock()
        ),
    ],
    ids=["newest", "before", "after", "count", "key", "openable"],
)
def test_no_query_looks_at_what_others_have_in_the_conversation(
    house: Built, monkeypatch: pytest.MonkeyPatch, ask: Callable[[Built, Delivery], object]
) -> None:
    """What asks for rows by anything but one id begins in an index by conversation and person, and sorts nothing."""
    (delivery,) = house.seal(JAN)
    database: Any = house.core.vault.store.database
    asked: list[tuple[str, object]] = []
    run: Any = peewee.SqliteDatabase.execute_sql

    def noted(self: peewee.SqliteDatabase, sql: str, params: object = None) -> object:
        if self is database:  # threads of their own look into the key ring now and then
            asked.append((sql, params))
        return run(self, sql, params)

    monkeypatch.setattr(peewee.SqliteDatabase, "execute_sql", noted)
    ask(house, delivery)
    monkeypatch.undo()
    assert asked
    for sql, params in asked:
        for *_, step in database.execute_sql(f"EXPLAIN QUERY PLAN {sql}", params).fetchall():
            by_id = step.endswith("USING INTEGER PRIMARY KEY (rowid=?)")
            assert by_id or "(conversation=? AND person=?" in step or "addressee" in sql, (step, sql)
