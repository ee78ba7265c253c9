"""A plain connection to a database, for who looks at it from outside: nothing is made, migrated or queued.

Queries are written for both engines, with `?` for values.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from typing import Any, Protocol

import peewee

from zegel.database_address import Address, Place

FAILED = (sqlite3.Error, peewee.DatabaseError)
"""What a look raises when the database does not answer, or not as it should."""


class Look(Protocol):
    """Runs statements, each committed at once unless BEGIN was said."""

    def execute(self, sql: str, values: Sequence[Any] = (), /) -> Any:
        """A cursor with the rows. Raises one of FAILED."""


def looking(place: Place) -> AbstractContextManager[Look]:
    """A connection, closed in the end. Raises one of FAILED, or UnusableAddress."""
    if isinstance(place, Path):
        return closing(sqlite_connection(place))
    return _server(place)


def sqlite_connection(path: Path) -> sqlite3.Connection:
    """A connection that never makes a file, and waits for the others as they do for it."""
    return sqlite3.connect(path.absolute().as_uri() + "?mode=rw", uri=True, timeout=5, isolation_level=None)


class _Server:
    def __init__(self, connection: Any, failure: type[Exception]) -> None:
        self._connection = connection
        self._failure = failure

    def execute(self, sql: str, values: Sequence[Any] = (), /) -> Any:
        try:
            return self._connection.execute(sql.replace("?", "%s"), values or None)
        except self._failure as error:
            raise peewee.OperationalError("a look at the server failed") from error


@contextmanager
def _server(place: Address) -> Iterator[Look]:
    import psycopg  # only here: who has SQLite needs no driver

    from zegel.vault.engines.postgresql import connected

    with closing(connected(place)) as connection:
        connection.execute("SET lock_timeout = '5s'; SET statement_timeout = '1h'")
        yield _Server(connection, psycopg.Error)
