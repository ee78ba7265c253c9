"""PostgreSQL that goes away: restarted, killed, cut off. What was acknowledged is there, what was refused is not."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from signal import SIGKILL
from typing import Any

import peewee
import pytest

from demo.processes import ending_with_us
from tests.support.cast import NOW
from tests.support.cluster import Cluster
from tests.support.cut_off import CutOff, Moment
from zegel.errors import describe
from zegel.vault.engines.place import Address
from zegel.vault.engines.postgresql import Postgresql, UnusableAddress
from zegel.vault.store import Store


@pytest.fixture(scope="module")
def server() -> Iterator[Cluster]:
    """A server that these tests may end."""
    with Cluster() as cluster:
        yield cluster


@pytest.fixture
def address(server: Cluster, tmp_path: Path) -> Address:
    return server.database_of(tmp_path)


@pytest.fixture
def store(address: Address) -> Iterator[Store]:
    made = Store(address)
    yield made
    made.close()


def record(store: Store, actor: str) -> None:
    store.write(lambda: store.audit_log.record("opened", actor, NOW))


def actors(store: Store) -> list[str]:
    return [event.actor for event in store.audit_log.events()]


def test_after_a_restart_all_goes_on_by_itself(server: Cluster, store: Store) -> None:
    record(store, "before")
    server.stop("fast")
    with pytest.raises(peewee.OperationalError) as refused:
        record(store, "meanwhile")
    assert "server" in describe(refused.value) and str(server.folder) not in describe(refused.value)
    server.start()
    assert actors(store) == ["before"]
    record(store, "after")
    assert actors(store) == ["before", "after"] and store.audit_log.first_broken() is None


def test_what_a_connection_was_told_while_nobody_asked_is_no_error(server: Cluster, store: Store) -> None:
    """The server ended between two writes, and neither fails."""
    record(store, "before")
    server.stop("fast")
    server.start()
    record(store, "after")
    assert actors(store) == ["before", "after"]


def test_kills_of_the_server_lose_and_double_nothing(server: Cluster, address: Address) -> None:
    """Two processes' worth of writers go on while it is killed: each write is there once if it was acknowledged, and
    not at all if it was refused."""
    stores, done, stop = [Store(address), Store(address)], set[str](), threading.Event()

    def write(number: int) -> None:
        count = 0
        while not stop.is_set():
            count += 1
            try:
                record(stores[number % 2], f"{number} {count}")
                done.add(f"{number} {count}")
            except (peewee.OperationalError, peewee.InterfaceError):
                time.sleep(0.05)

    with ThreadPoolExecutor(4) as pool:
        writers = [pool.submit(write, number) for number in range(4)]
        try:
            for _ in range(3):
                enough = len(done) + 20
                until = time.monotonic() + 60
                while len(done) < enough and time.monotonic() < until:
                    time.sleep(0.02)
                server.kill()
                server.start()
        finally:
            stop.set()
        for each in writers:
            each.result(120)
    stored = actors(stores[0])
    assert len(done) >= 60 and len(stored) == len(set(stored))
    assert set(stored) == done and stores[0].audit_log.first_broken() is None
    for store in stores:
        store.close()


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_commit_that_got_no_answer_is_asked_about(server: Cluster, address: Address, moment: Moment) -> None:
    line = CutOff(server.folder)
    store = Store(Address(address.url.replace(str(server.folder), str(line.folder)), address.folder))
    record(store, "first")
    line.cut(moment)
    if moment == "after":
        record(store, "second")
    else:
        with pytest.raises((peewee.OperationalError, peewee.InterfaceError)):
            record(store, "second")
    record(store, "third")
    assert line.cuts == 1
    assert actors(store) == ["first", *(["second"] if moment == "after" else []), "third"]
    assert store.audit_log.first_broken() is None
    store.close()
    line.close()


def test_a_server_that_took_over_is_not_believed_about_the_one_before(address: Address) -> None:
    """A standby gives the same numbers to other transactions, on a timeline of its own."""
    engine = Postgresql(address.url, address.folder)
    database: Any = engine.database
    with engine.writing():
        (number,) = database.execute_sql("SELECT pg_current_xact_id()::text").fetchone()
    timeline = database.execute_sql("SELECT left(pg_walfile_name(pg_current_wal_lsn()), 8)").fetchone()[0]
    assert engine._was_committed(number, timeline)
    assert not engine._was_committed(number, f"{int(timeline, 16) + 1:08X}")
    engine.close()


def test_the_turn_of_a_killed_process_is_over(address: Address, store: Store) -> None:
    code = "import sys, time; from pathlib import Path; from zegel.vault.engines.postgresql import Postgresql\n"
    code += "with Postgresql(sys.argv[1], Path('x')).writing(): print('taken', flush=True); time.sleep(600)"
    other = subprocess.Popen(ending_with_us([sys.executable, "-c", code, address.url]), stdout=subprocess.PIPE)
    assert other.stdout is not None and other.stdout.readline() == b"taken\n"
    with ThreadPoolExecutor(1) as threads:
        written = threads.submit(record, store, "waited")
        with pytest.raises(TimeoutError):
            written.result(timeout=0.3)
        os.kill(other.pid, SIGKILL)
        other.communicate()
        written.result(timeout=60)
    assert actors(store) == ["waited"]


@pytest.mark.parametrize("setting", ["synchronous_commit = off", "default_transaction_isolation = 'serializable'"])
def test_what_the_database_is_set_to_takes_no_promise_back(server: Cluster, address: Address, setting: str) -> None:
    name = address.url.partition("@/")[2].partition("?")[0]
    with contextlib.closing(server.connected()) as connection:
        connection.execute(f"ALTER DATABASE {name} SET {setting}")
    stores = [Store(address), Store(address)]
    database: Any = stores[0].database

    def look() -> list[str]:
        names = ("synchronous_commit", "transaction_isolation")
        return [database.execute_sql(f"SHOW {each}").fetchone()[0] for each in names]

    assert stores[0].write(look) == ["on", "read committed"]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda number: record(stores[number % 2], str(number)), range(60)))
    assert stores[0].audit_log.first_broken() is None and len(actors(stores[0])) == 60
    for each in stores:
        each.close()


def test_a_value_that_the_server_refuses_harms_nobody_else(store: Store) -> None:
    """SQLite keeps a NUL in a text."""
    with pytest.raises(peewee.DataError):
        record(store, "a\0b")
    record(store, "after")
    assert actors(store) == ["after"]


@pytest.mark.parametrize("url", ["postgresql://[", "postgresql://h/x?secret=word", "mysql://h/x"])
def test_an_address_that_is_none_is_said_without_quoting_it(url: str, tmp_path: Path) -> None:
    with pytest.raises(UnusableAddress) as refused:
        Postgresql(url, tmp_path / "postgresql")
    assert url not in describe(refused.value) and "word" not in describe(refused.value)


def test_errors_and_addresses_tell_no_password(tmp_path: Path) -> None:
    address = Address("postgresql://zegel:geheim@127.0.0.1:1/zegel", tmp_path)
    assert "geheim" not in repr(address)
    engine = Postgresql(address.url, tmp_path / "postgresql")
    with pytest.raises(peewee.OperationalError) as refused, engine.writing():
        pass
    assert "geheim" not in describe(refused.value) and "127.0.0.1" not in describe(refused.value)
