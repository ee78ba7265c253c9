"""PostgreSQL: a server, whose writers take turns by a lock that lasts as long as a transaction.

The lock makes every write see what the ones before it committed, on all hosts: limits, claims and the chain of the
audit log are as right as in one file. It ends with the transaction, so nobody keeps it who is killed or cut off.
"""

from __future__ import annotations

import secrets
import select
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import peewee
import psycopg

from zegel.database_address import Address, parameters_of
from zegel.errors import ForPeople
from zegel.vault.engines.server_clock import ServerClock

_TURN = 0x7A6567656C
"""The number of the lock: "zegel" in ASCII."""
_TOKENS = """
CREATE TABLE IF NOT EXISTS commit_token (writer TEXT PRIMARY KEY, token TEXT NOT NULL, at TIMESTAMPTZ NOT NULL)
 WITH (fillfactor = 50)
"""
"""What each writer committed last. The number of a transaction would not say it: after a crash the server gives numbers
that it has not written down yet to other transactions (measured: a write that was lost was taken for committed)."""
_FORGET = "DELETE FROM commit_token WHERE at < now() - interval '30 days'"
_BEGIN = f"""
WITH noted AS (INSERT INTO commit_token VALUES (%s, %s, now())
 ON CONFLICT (writer) DO UPDATE SET token = excluded.token, at = excluded.at)
SELECT pg_advisory_xact_lock({_TURN}),
 set_config('synchronous_commit', CASE WHEN current_setting('synchronous_commit') IN ('off', 'local', 'remote_write')
 THEN 'on' ELSE current_setting('synchronous_commit') END, true),
 {{version}}, extract(epoch FROM clock_timestamp())::float8
"""  # noqa: S608 (a number of ours)
"""Waits for the turn, leaves the token of the transaction, and brings the date and the version of the tables."""
_FIRST = _BEGIN.format(version="NULL")
_FURTHER = _BEGIN.format(version="(SELECT version FROM schema_version)")
_NOBODY_ELSE = "LOCK TABLE schema_version IN ACCESS EXCLUSIVE MODE"
"""Waits for all who write or wait to write, because each has read the version; who comes later reads it anew."""
_WAIT = f"SELECT set_config('lock_timeout', '5s', true), pg_advisory_xact_lock({_TURN})"
"""For the turn: a commit that the server still works on keeps it until others see what it wrote."""
_OUTCOME = "SELECT COUNT(*) FROM commit_token WHERE writer = %s AND token = %s"
_SESSION = """
SET lock_timeout = '30s'; SET idle_in_transaction_session_timeout = '30s';
SET default_transaction_isolation = 'read committed'; SET search_path = public
"""
"""A host that stops in the middle of a write gives the turn back, and who waits longer answers "try again later".
What is read after the turn was waited for has to be new, whatever the role or the server says."""
_ASKED_SECONDS = 20.0
"""How long a server that broke off in a commit is asked what became of it: longer than it takes to start again."""
_VERSION = "schema_version"
_LOST = (peewee.OperationalError, peewee.InterfaceError)


class OtherVersion(ForPeople):
    """Another host has brought the tables to another version than this process knows; nothing is written."""


class Unreached(ForPeople, peewee.OperationalError):
    """No connection came about. Its text is that of libpq, which names server, account and database, no password."""


def connected(place: Address) -> psycopg.Connection[Any]:
    """A connection that commits each statement unless told otherwise. Raises Unreached, UnusableAddress."""
    return _connected(parameters_of(place.url) | {"autocommit": True}, place.password_file)


def _connected(parameters: dict[str, Any], password_file: Path | None, **more: Any) -> psycopg.Connection[Any]:
    try:
        if password_file is not None:
            parameters = parameters | {"password": password_file.read_text(encoding="utf-8").strip("\r\n")}
        return psycopg.connect(**parameters, **more)
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is not UTF-8"
        raise Unreached(f"the password of the database cannot be read from {password_file}: {why}") from None
    except psycopg.Error as error:
        raise Unreached(f"no connection to the database: {_in_one_line(str(error))}") from error


def _in_one_line(text: str) -> str:
    words = " ".join(text.split())
    return "".join(each for each in words if each.isprintable())[:400]


class _Database(peewee.PostgresqlDatabase):
    """Connects anew instead of asking a server that has hung up; never inside a transaction."""

    password_file: Path | None = None

    def execute_sql(self, sql: str, params: Any = None) -> Any:
        self.hang_up_if_broken()
        return _untyped(super()).execute_sql(sql, params)

    def hang_up_if_broken(self) -> None:
        """Closes a connection that the server has closed, as far as that can be known without asking it."""
        if not self.is_closed() and not self.in_transaction() and _has_ended(_untyped(self).connection()):
            self.close()

    def _connect(self) -> Any:
        parameters = {"dbname": self.database, **self.connect_params}
        connection = _connected(parameters, self.password_file, autocommit=True)
        connection.execute(_SESSION)
        return connection


class Postgresql:
    """A database of a PostgreSQL server; one of Zegel's alone."""

    database: peewee.Database
    of_hosts = True

    def __init__(self, place: Address) -> None:
        """Raises UnusableAddress."""
        self.beside = place.beside
        parameters = parameters_of(place.url)
        self._server = _Database(
            parameters.pop("dbname", ""),
            prefer_psycopg3=True,
            field_types={"TEXT": 'TEXT COLLATE "C"'},  # compared by bytes, as in SQLite
            **parameters,
        )
        self._server.password_file = place.password_file
        self.database = self._server
        self._writer = secrets.token_hex(8)
        self._prepared = False
        self._version: int | None = None
        """Of the tables as this process knows them; None before it has looked."""
        self.clock = ServerClock()

    @contextmanager
    def writing(self) -> Iterator[None]:
        self._server.hang_up_if_broken()
        if not self._prepared:
            self._prepare()
        token, committing = secrets.token_hex(8), False
        try:
            with self._server.atomic():
                self._begin(token)
                yield
                committing = True
        except _LOST:
            if not committing or not self._was_committed(token):
                raise

    def _begin(self, token: str) -> None:
        statement, asked = _FIRST if self._version is None else _FURTHER, self.clock.elapsed()
        *_, version, date = _untyped(self._server).execute_sql(statement, (self._writer, token)).fetchone()
        self.clock.heard(date, asked)
        if version != self._version:
            raise OtherVersion(
                f"the database was brought to version {version} while this Zegel, which knows {self._version}, runs: "
                "install the same Zegel on all hosts, and restart it"
            )

    @contextmanager
    def migrating(self, version: int) -> Iterator[None]:
        self._version = None
        with ExitStack() as alone:
            if self.version() not in (0, version):
                alone.enter_context(self._server.atomic())
                self._run(_NOBODY_ELSE)
            with self.writing():
                yield
        self._version = version

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        self._server.hang_up_if_broken()
        with self._server.atomic():
            self._run("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            self._run("SET LOCAL idle_in_transaction_session_timeout = 0")
            yield

    @contextmanager
    def loading(self) -> Iterator[None]:
        self._run("SET LOCAL idle_in_transaction_session_timeout = 0")
        yield

    def empty(self, table: str) -> None:
        self._run(f'TRUNCATE "{table}"')

    def insert_many(self, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        names = ", ".join(f'"{each}"' for each in columns)
        with (
            _untyped(self._server).cursor() as cursor,
            cursor.copy(f'COPY "{table}" ({names}) FROM STDIN') as copying,
        ):
            for row in rows:
                copying.write_row(row)

    def go_on_counting(self, table: str, column: str) -> None:
        self._run(
            f"SELECT setval(pg_get_serial_sequence('{table}', '{column}'), MAX({column})) FROM {table} "  # noqa: S608
            f"HAVING MAX({column}) IS NOT NULL"
        )

    def set_aside(self, tables: Sequence[str], schema: str) -> None:
        """Moves the tables that are there into a new schema of that name, where they stay as they are."""
        with self.writing():
            self._run(f'CREATE SCHEMA "{schema}"')
            for table in filter(self._server.table_exists, [*tables, _VERSION]):
                self._run(f'ALTER TABLE "{table}" SET SCHEMA "{schema}"')

    def bring_back(self, tables: Sequence[str], schema: str) -> None:
        """Undoes `set_aside`; what is there now is dropped."""
        with self.writing():
            for table in [*tables, _VERSION]:
                self._run(f'DROP TABLE IF EXISTS "{table}"')
                self._run(f'ALTER TABLE IF EXISTS "{schema}"."{table}" SET SCHEMA public')
            self._run(f'DROP SCHEMA "{schema}"')

    def version(self) -> int:
        database: Any = self._server
        if not database.table_exists(_VERSION):
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

    def size(self) -> int:
        return int(_untyped(self._server).execute_sql("SELECT pg_database_size(current_database())").fetchone()[0])

    def close(self) -> None:
        self._server.close()

    def _run(self, sql: str) -> None:
        _untyped(self._server).execute_sql(sql)

    def _prepare(self) -> None:
        """Makes the table of tokens, once for each process and before its first write."""
        with self._server.atomic():
            self._run(f"SELECT pg_advisory_xact_lock({_TURN})")
            self._run(_TOKENS)
            self._run(_FORGET)
        self._prepared = True

    def _was_committed(self, token: str) -> bool:
        """Whether a transaction is on disk although its commit got no answer; False when nobody can tell."""
        until = time.monotonic() + _ASKED_SECONDS
        while time.monotonic() < until:
            try:
                self._server.close()
                with self._server.atomic():
                    self._run(_WAIT)
                    (count,) = _untyped(self._server).execute_sql(_OUTCOME, (self._writer, token)).fetchone()
                    return bool(count)
            except (*_LOST, peewee.DatabaseError):
                time.sleep(0.2)
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
