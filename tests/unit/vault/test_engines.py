"""What the vault needs of a database, on every engine: turns, whole transactions, the schema and its version."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import peewee
import pytest

from tests.support import cast
from tests.support.cast import NOW, ORIGINAL, RECIPIENT, Built, build
from tests.support.cluster import ON_BOTH
from zegel.database_address import Place
from zegel.unlock.way import Opened
from zegel.vault.engines.place import engine_of
from zegel.vault.migrations import VERSION, NewerDatabase
from zegel.vault.store import Store
from zegel.vault.tables.outbox import item_id
from zegel_courier.drain import LEASE
from zegel_courier.upkeep import upkeep

pytestmark = ON_BOTH
DAY = 86_400


@pytest.fixture
def place(tmp_path: Path, engine: str) -> Place:
    """A database of this engine."""
    return cast.elsewhere(tmp_path) or tmp_path / "zegel.db"


@pytest.fixture
def store(place: Place) -> Iterator[Store]:
    made = Store(place)
    yield made
    made.close()


def record(store: Store, actor: str) -> None:
    store.write(lambda: store.audit_log.record("opened", actor, NOW))


def test_a_message_is_sealed_opened_and_ended(built: Built) -> None:
    core = built.core
    (delivery,) = built.seal(RECIPIENT)
    core.passwords.ask(delivery, "", "nl")
    opened = core.passwords.enter(built.link(delivery), built.passwords_sent()[0], None)
    assert isinstance(opened, Opened)
    core.close()
    again = build(built.folder)
    again.clock.now = NOW
    assert again.core.access.original(delivery) == ORIGINAL
    again.clock.pass_(31 * DAY)
    upkeep(again.core, None)
    store = again.core.vault.store
    assert list(store.chunks(delivery.message_id)) == [] and store.wrapped_key(delivery.message_id) is None
    assert store.audit_log.first_broken() is None
    again.core.close()


def test_writers_of_several_processes_make_one_chain(place: Place) -> None:
    """Each with an engine of its own, as processes have; what one reads for its link is what the other wrote."""
    stores = [Store(place) for _ in range(4)]

    def write(number: int) -> None:
        for count in range(25):
            record(stores[number % 4], f"{number} {count}")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(8)))
    log = stores[0].audit_log
    assert log.first_broken() is None
    assert {event.actor for event in log.events()} == {f"{n} {count}" for n in range(8) for count in range(25)}
    for each in stores:
        each.close()


def test_two_couriers_never_claim_the_same(place: Place) -> None:
    stores = [Store(place), Store(place)]
    for number in range(60):
        stores[0].write(partial(stores[0].outbox.add, "relayed", number, when=NOW))
    barrier = threading.Barrier(2)
    claimed: tuple[list[int], list[int]] = ([], [])

    def claim(number: int) -> None:
        store = stores[number]
        barrier.wait()
        while found := store.write(lambda: store.outbox.claim(f"host {number}", NOW, LEASE, 3)):
            claimed[number].extend(item.id for item in found)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(claim, range(2)))
    assert len(claimed[0]) + len(claimed[1]) == 60 == len({*claimed[0], *claimed[1]})
    for each in stores:
        each.close()


def test_the_courier_that_was_too_slow_hears_that_another_has_it(store: Store) -> None:
    store.write(lambda: store.outbox.add("relayed", 1, when=NOW))
    (item,) = store.write(lambda: store.outbox.claim("one", NOW, LEASE, 9))
    assert store.write(lambda: store.outbox.claim("two", NOW + 1, LEASE, 9)) == []
    assert len(store.write(lambda: store.outbox.claim("two", NOW + LEASE, LEASE, 9))) == 1
    assert not store.write(lambda: store.outbox.renew(item, NOW + 2 * LEASE))


def test_any_number_is_claimed_at_once_oldest_first_and_each_once(store: Store) -> None:
    added = [item_id("relayed", number) for number in range(150)]
    store.write(lambda: [store.outbox.add("relayed", number, when=NOW - number) for number in range(150)])
    for most in (1, 100, 99):
        items = store.write(partial(store.outbox.claim, "one", NOW, LEASE, most))
        assert [item.id for item in items] == [added.pop() for _ in items]
        assert {(item.attempts, item.claimed_until) for item in items} == {(0, NOW + LEASE)}
    assert added == []
    claimed = list(store.outbox.list(["claimed"]))
    assert {(item.state, item.attempts) for item in claimed} == {("claimed", 1)} and len(claimed) == 150
    assert store.write(lambda: store.outbox.release("one", NOW)) == 150


def test_what_fails_leaves_nothing_and_its_neighbours_stay(store: Store) -> None:
    """All of it in one commit: the writer is held up until everything waits."""
    held, go = threading.Event(), threading.Event()
    database: Any = store.database

    def hold() -> None:
        held.set()
        go.wait(60)

    def twice() -> None:
        record_inside("twice")
        store.marks.begin("name", "value")
        database.execute_sql("INSERT INTO mark (name, value) VALUES ('name', '')")

    def record_inside(actor: str) -> None:
        store.audit_log.record("opened", actor, NOW)

    with ThreadPoolExecutor(8) as pool:
        first = pool.submit(store.write, hold)
        held.wait(60)
        good = [pool.submit(record, store, f"good {number}") for number in range(5)]
        bad = pool.submit(store.write, twice)
        go.set()
        first.result(60)
        with pytest.raises(peewee.IntegrityError):
            bad.result(60)
        for each in good:
            each.result(60)
    assert {event.actor for event in store.audit_log.events()} == {f"good {number}" for number in range(5)}
    assert store.marks.get("name") == "" and store.audit_log.first_broken() is None


def test_a_changed_and_a_removed_event_show(store: Store) -> None:
    for actor in ("a", "b", "c"):
        record(store, actor)
    database: Any = store.database
    _, second, third = [event.id for event in store.audit_log.events()]
    database.execute_sql(f"UPDATE event SET actor = 'nobody' WHERE id = {second}")
    assert store.audit_log.first_broken() == second
    database.execute_sql(f"DELETE FROM event WHERE id = {second}")
    assert store.audit_log.first_broken() == third


def test_processes_that_start_together_make_the_tables_once(place: Place) -> None:
    with ThreadPoolExecutor(4) as pool:
        for each in pool.map(lambda _: Store(place), range(4)):
            each.close()
    engine = engine_of(place)
    assert engine.version() == VERSION
    engine.close()


def test_a_database_of_a_newer_zegel_is_left_alone(place: Place) -> None:
    Store(place).close()
    engine = engine_of(place)
    with engine.writing():
        engine.note_version(VERSION + 1)
    with pytest.raises(NewerDatabase):
        Store(place)
    assert engine.version() == VERSION + 1
    engine.close()


def test_texts_are_compared_by_bytes(store: Store) -> None:
    names = ["a", "B", "\xe9", "Z", "_", "aa", "A"]
    for name in names:
        store.write(partial(store.marks.set, name, "1"))
    database: Any = store.database
    found = [name for (name,) in database.execute_sql("SELECT name FROM mark ORDER BY name").fetchall()]
    assert found == sorted(names)


def test_the_end_that_a_database_lost_is_noticed(built: Built) -> None:
    """As after a fail-over to a server that did not have the last commits yet."""
    for _ in range(3):
        built.seal(RECIPIENT)
    store = built.core.vault.store
    database: Any = store.database
    database.execute_sql("DELETE FROM event WHERE id = (SELECT MAX(id) FROM event)")
    built.core.close()
    again = build(built.folder)
    assert [event.kind for event in again.core.vault.store.audit_log.events()][-1] == "data lost"
    again.core.close()
