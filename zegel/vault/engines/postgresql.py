"""PostgreSQL: a server, whose writers take turns by a lock that lasts as long as a transaction.

The lock makes every write see what the ones before it committed, on all hosts: limits, claims and the chain of the
audit log are as right as in one file. It ends with the transaction, so nobody keeps it who is killed or cut off.
"""

from __future__ import annotations

import select
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import peewee
import psycopg
from psycopg.conninfo import conninfo_to_dict

from zegel.errors import ForPeople

_TURN = 0x7A6567656C
"""The number of the lock: "zegel" in ASCII."""
_BEGIN = f"""
SELECT pg_advisory_xact_lock({_TURN}), pg_current_xact_id()::text, left(pg_walfile_name(pg_current_wal_lsn()), 8),
 set_config('synchronous_commit', CASE WHEN current_setting('synchronous_commit') IN ('off', 'local', 'remote_write')
 THEN 'on' ELSE current_setting('synchronous_commit') END, true)
"""
"""Waits for the turn, then says the number of the transaction and the timeline of the server."""
_OUTCOME = "SELECT pg_xact_status(%s::xid8), left(pg_walfile_name(pg_current_wal_lsn()), 8)"
_SESSION = "SET lock_timeout = '30s'; SET idle_in_transaction_session_timeout = '30s'"
"""A host that stops in the middle of a write gives the turn back, and who waits longer answers "try again later"."""
_CONNECTING: dict[str, Any] = {
    "application_name": "zegel",
    "connect_timeout": 5,
    "client_encoding": "UTF8",
    # A server that has vanished without a word is known after some 20 s.
    "keepalives_idle": 5,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}
"""Unless the address says otherwise."""
_ASKED_SECONDS = 20.0
"""How long a server that broke off in a commit is asked what became of it: longer than it takes to start again."""
_LOST = (peewee.OperationalError, peewee.InterfaceError)


class UnusableAddress(ForPeople):
    """The address of the database cannot be read."""


class _Database(peewee.PostgresqlDatabase):
    """Connects anew instead of asking a server that has hung up; never inside a transaction."""

    def execute_sql(self, sql: str, params: Any = None) -> Any:
        self.hang_up_if_broken()
        return _untyped(super()).execute_sql(sql, params)

    def hang_up_if_broken(self) -> None:
        """Closes a connection that the server has closed, as far as that can be known without asking it."""
        if not self.is_closed() and not self.in_transaction() and _has_ended(_untyped(self).connection()):
            self.close()

    def _connect(self) -> Any:
        connection = _untyped(super())._connect()
        connection.execute(_SESSION)
        return connection


class Postgresql:
    """A database of a PostgreSQL server; one of Zegel's alone."""

    database: peewee.Database

    def __init__(self, url: str, beside: Path) -> None:
        """Raises UnusableAddress."""
        self.beside = beside
        try:
            parameters = _CONNECTING | conninfo_to_dict(url)
        except psycopg.Error:
            raise UnusableAddress("storage.database is no address of a PostgreSQL database") from None
        self._server = _Database(
            parameters.pop("dbname", None) or "zegel",
            prefer_psycopg3=True,
            isolation_level="READ COMMITTED",  # what is read after the lock was waited for has to be new
            field_types={"TEXT": 'TEXT COLLATE "C"'},  # compared by bytes, as in SQLite
            **parameters,
        )
        self.database = self._server

    @contextmanager
    def writing(self) -> Iterator[None]:
        self._server.hang_up_if_broken()
        number, timeline, committing = "", "", False
        try:
            with self._server.atomic():
                _, number, timeline, _ = self._server.execute_sql(_BEGIN).fetchone()
                yield
                committing = True
        except _LOST:
            if not committing or not self._was_committed(number, timeline):
                raise

    def version(self) -> int:
        database: Any = self._server
        if not database.table_exists("schema_version"):
            return 0
        row = database.execute_sql("SELECT version FROM schema_version").fetchone()
        return int(row[0]) if row else 0

    def note_version(self, version: int) -> None:
        database: Any = self._server
        database.execute_sql("CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL)")
        database.execute_sql("DELETE FROM schema_version")
        database.execute_sql("INSERT INTO schema_version (version) VALUES (%s)", (version,))

    def keep_private(self) -> None:
        """Nothing: its files are the server's."""

    def forget_overwritten(self) -> None:
        """Nothing that can be relied on: the server keeps old rows until VACUUM, and in its log."""

    def close(self) -> None:
        self._server.close()

    def _was_committed(self, number: str, timeline: str) -> bool:
        """Whether a transaction is on disk although its commit got no answer; False when nobody can tell.

        Numbers are given anew on another timeline, that of a standby that took over: there it says nothing.
        """
        until = time.monotonic() + _ASKED_SECONDS
        while time.monotonic() < until:
            try:
                self._server.close()
                outcome, now = self._server.execute_sql(_OUTCOME, (number,)).fetchone()
            except (*_LOST, peewee.DatabaseError):
                time.sleep(0.2)
                continue
            if now != timeline or outcome != "in progress":
                return bool(now == timeline and outcome == "committed")
            time.sleep(0.05)
        return False


def _untyped(database: Any) -> Any:
    """peewee's types know less than half of it."""
    return database


def _has_ended(connection: Any) -> bool:
    """Whether a connection that nobody uses is over: the server says nothing unasked but that it goes."""
    if connection.closed:
        return True
    looked = select.poll()
    looked.register(connection.fileno(), select.POLLIN)
    return bool(looked.poll(0))
