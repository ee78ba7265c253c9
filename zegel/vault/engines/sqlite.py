"""SQLite: one file, one machine, and processes that take turns to write."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import peewee


class Turn:
    """Has the processes that write to one database take turns.

    SQLite's own waiting looks again after up to 100 ms and lets others pass. The kernel wakes a waiting process at
    once: with four processes, of a hundred commits the slowest took 0.15 to 0.3 s and not 0.5 to 1.8 s (measured).
    """

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Waits for the turn, which ends with a process that is killed."""
        fcntl.flock(self._file, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(self._file, fcntl.LOCK_UN)

    def close(self) -> None:
        os.close(self._file)


class Sqlite:
    """A file in WAL mode; a commit is on disk before it ends."""

    database: peewee.Database
    of_hosts = False

    def __init__(self, path: Path) -> None:
        self.beside = path
        # peewee gives each thread of Python a connection. A session of libmilter is one such thread, and is carried by
        # another of the system's each time, which SQLite would refuse although nobody else uses the connection.
        self.database = peewee.SqliteDatabase(
            str(path),
            check_same_thread=False,
            pragmas={
                "journal_mode": "wal",
                "synchronous": "full",
                "busy_timeout": 10_000,
                "secure_delete": 1,
                "temp_store": "memory",  # its journals of statements would lie in the shared temporary folder
            },
        )
        self._turn = Turn(path.with_name(f"{path.name}-turn"))

    @contextmanager
    def writing(self) -> Iterator[None]:
        self.database.connect(reuse_if_open=True)
        with self._turn.taken(), self.database.atomic("IMMEDIATE"):
            yield

    def migrating(self, version: int) -> AbstractContextManager[None]:
        return self.writing()

    def clock(self) -> float:
        return time.time()

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        self.database.connect(reuse_if_open=True)
        with self.database.atomic("DEFERRED"):
            yield

    @contextmanager
    def loading(self) -> Iterator[None]:
        yield

    def empty(self, table: str) -> None:
        self._run(f'DELETE FROM "{table}"')  # noqa: S608 (names of ours)

    def insert_many(self, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        names, places = ", ".join(f'"{each}"' for each in columns), ", ".join("?" * len(columns))
        connection: Any = self.database
        insert = f'INSERT INTO "{table}" ({names}) VALUES ({places})'  # noqa: S608 (names of ours)
        connection.connection().executemany(insert, rows)

    def go_on_counting(self, table: str, column: str) -> None:
        """Nothing: it looks at the largest itself."""

    def version(self) -> int:
        """From the head of the file, which version 1 did not write to."""
        return int(self._one("PRAGMA user_version"))

    def note_version(self, version: int) -> None:
        self._one(f"PRAGMA user_version = {version}")

    def keep_private(self) -> None:
        if self.beside.stat().st_mode & 0o077:
            self.beside.chmod(0o600)

    def forget_overwritten(self) -> None:
        """Empties the -wal; a reader may hold that up for a moment. The rest is SQLite's `secure_delete`."""
        for _ in range(50):
            if not self._one("PRAGMA wal_checkpoint(TRUNCATE)"):  # whether a reader was in the way
                return
            time.sleep(0.1)

    def size(self) -> int:
        files = (self.beside, self.beside.with_name(f"{self.beside.name}-wal"))
        return sum(each.stat().st_size for each in files if each.exists())

    def close(self) -> None:
        self._turn.close()
        self.database.close()

    def _run(self, sql: str) -> None:
        database: Any = self.database
        database.execute_sql(sql)

    def _one(self, pragma: str) -> Any:
        database: Any = self.database
        row = database.execute_sql(pragma).fetchone()
        return row[0] if row else None
