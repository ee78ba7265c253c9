"""The date of the database's server: the same for all hosts, whatever the clock of a machine says."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.support.cast import Clock
from tests.support.cluster import Cluster
from zegel.vault.engines.postgresql import OtherVersion
from zegel.vault.engines.server_clock import ServerClock
from zegel.vault.migrations import VERSION, NewerDatabase, migrate
from zegel.vault.store import Store

HOUR = 3600.0


class Elapsed(Clock):
    """Seconds since a machine was started."""


@pytest.fixture
def elapsed() -> Elapsed:
    return Elapsed(50.0)


@pytest.fixture
def clock(elapsed: Elapsed) -> ServerClock:
    return ServerClock(elapsed, lambda: 1_000_000.0)


def test_until_the_server_was_heard_it_is_the_date_of_this_machine(clock: ServerClock) -> None:
    assert clock() == 1_000_000


def test_the_first_word_of_the_server_counts_however_far_off_the_machine_is(
    clock: ServerClock, elapsed: Elapsed
) -> None:
    clock.heard(2_000_000, asked=elapsed())
    assert clock() == 2_000_000
    elapsed.pass_(10)
    assert clock() == 2_000_010


def test_a_slow_answer_changes_nothing_that_can_be_so(clock: ServerClock, elapsed: Elapsed) -> None:
    clock.heard(2_000_000, asked=elapsed())
    asked = elapsed()
    elapsed.pass_(30)
    clock.heard(2_000_012, asked)  # said in the middle of these thirty seconds
    assert clock() == 2_000_030


@pytest.mark.parametrize(("said", "then"), [(2_000_100.0, 2_000_100.0), (1_999_900.0, 1_999_901.0)])
def test_a_server_that_is_set_is_followed_as_far_as_it_is_sure(
    clock: ServerClock, elapsed: Elapsed, said: float, then: float
) -> None:
    clock.heard(2_000_000, asked=elapsed())
    asked = elapsed()
    elapsed.pass_(1)
    clock.heard(said, asked)
    assert clock() == then


def test_a_host_whose_date_is_wrong_goes_by_that_of_the_server(
    postgresql: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = time.time
    monkeypatch.setattr(time, "time", lambda: right() + 5 * HOUR)
    store = Store(postgresql.database_of(tmp_path))
    assert abs(store.engine.clock() - right()) < HOUR
    store.close()


def test_a_host_that_runs_writes_nothing_into_tables_of_another_version(postgresql: Cluster, tmp_path: Path) -> None:
    """A newer Zegel on another host has brought them there meanwhile."""
    place = postgresql.database_of(tmp_path)
    older, newer = Store(place), Store(place)
    older.write(lambda: older.marks.set("a", "1"))
    with newer.engine.migrating(VERSION + 1):
        newer.engine.note_version(VERSION + 1)
    newer.write(lambda: newer.marks.set("a", "2"))
    with pytest.raises(OtherVersion, match=f"version {VERSION + 1} while this Zegel, which knows {VERSION}, runs"):
        older.write(lambda: older.marks.set("a", "3"))
    with pytest.raises(NewerDatabase):
        migrate(older.engine)
    assert newer.marks.get("a") == "2"
    for each in (older, newer):
        each.close()
