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
from zegel.database_address import Address, UnusableAddress, parameters_of
from zegel.errors import describe, is_database_away
from zegel.vault.engines import postgresql
from zegel.vault.engines.postgresql import _TURN, Postgresql
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
    assert str(server.folder) in describe(refused.value) and is_database_away(refused.value)
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


def test_kills_of_the_server_lose_and_double_nothing(
    server: Cluster, address: Address, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two processes' worth of writers go on while it is killed: each write is there once if it was acknowledged, and
    not at all if it was refused."""
    monkeypatch.setattr(postgresql, "_ASKED_SECONDS", 120.0)  # a busy machine starts a server slowly
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


def test_what_others_committed_says_nothing_about_a_lost_commit(address: Address) -> None:
    """After a crash the server gives the number of a lost transaction to another one; a server that took over, too."""
    engine, other = Postgresql(address), Postgresql(address)
    with engine.writing():
        pass
    database: Any = engine.database
    mine = "SELECT token FROM commit_token WHERE writer = %s"
    ((token,),) = database.execute_sql(mine, (engine._writer,)).fetchall()
    with other.writing():
        pass
    assert engine._was_committed(token) and not other._was_committed(token) and not engine._was_committed("lost")
    with engine.writing():
        pass
    assert not engine._was_committed(token), "the transaction that is asked about is the writer's last"
    engine.close()
    other.close()


def test_a_commit_that_the_server_still_works_on_is_waited_for(server: Cluster, address: Address) -> None:
    engine = Postgresql(address)
    with engine.writing():
        pass
    name = address.url.partition("@/")[2].partition("?")[0]
    with contextlib.closing(server.connected(name)) as connection, ThreadPoolExecutor(1) as threads:
        connection.execute("BEGIN")
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (_TURN,))
        connection.execute("UPDATE commit_token SET token = 'late'")
        answer = threads.submit(engine._was_committed, "late")
        with pytest.raises(TimeoutError):
            answer.result(timeout=0.3)
        connection.execute("COMMIT")
        assert answer.result(timeout=60)
    engine.close()


def test_the_turn_of_a_killed_process_is_over(address: Address, store: Store) -> None:
    code = "import sys, time; from pathlib import Path; from zegel.vault.engines.postgresql import _TURN, Postgresql\n"
    code += "from zegel.database_address import Address\n"
    code += "with Postgresql(Address(sys.argv[1], Path('x'))).writing(): print('taken', flush=True); time.sleep(600)"
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


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://[",
        "postgresql://h/x?secret=geheim",
        "mysql://h/x",
        "postgresql://zegel:geheim@h/x",
        "postgresql://h/x?password=geheim",
        "postgres://h/x?sslpassword=geheim",
        "postgresql://:geheim@/x",
    ],
)
def test_an_address_that_is_none_or_has_a_password_is_refused_without_quoting_it(url: str, tmp_path: Path) -> None:
    with pytest.raises(UnusableAddress) as refused:
        Postgresql(Address(url, tmp_path))
    assert url not in describe(refused.value) and "geheim" not in describe(refused.value)


@pytest.mark.parametrize(
    ("url", "mode"),
    [
        ("postgresql:///zegel", None),
        ("postgresql://localhost/zegel", None),
        ("postgresql://db.kliniek.example/zegel", "verify-full"),
        ("postgresql://localhost,db2/zegel", "verify-full"),
        ("postgresql:///zegel?hostaddr=192.0.2.1", "verify-full"),
        ("postgresql://db/zegel?sslmode=require", "require"),
    ],
)
def test_another_machine_has_to_prove_who_it_is_unless_the_address_says_otherwise(url: str, mode: str | None) -> None:
    assert parameters_of(url).get("sslmode") == mode


def test_errors_and_addresses_tell_no_password(tmp_path: Path) -> None:
    address = Address("postgresql://zegel:geheim@127.0.0.1:1/zegel", tmp_path)
    assert "geheim" not in repr(address) and str(address) == "postgresql://127.0.0.1:1/zegel"
    (tmp_path / "password").write_text("geheim\n")
    engine = Postgresql(Address("postgresql://zegel@127.0.0.1:1/zegel", tmp_path, tmp_path / "password"))
    with pytest.raises(peewee.OperationalError) as refused, engine.writing():
        pass
    assert "geheim" not in describe(refused.value) and "127.0.0.1" in describe(refused.value)
    (tmp_path / "password").unlink()
    with pytest.raises(peewee.OperationalError, match="password") as refused, engine.writing():
        pass
    assert is_database_away(refused.value)
