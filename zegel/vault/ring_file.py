"""The file of the key ring: which days have a key in it. Its keys are wrapped, and nothing here unwraps them."""

from __future__ import annotations

import secrets
import threading
import time
from pathlib import Path
from typing import Any

import peewee

_SETTLED = 2_000_000_000
"""Nanoseconds after which another change of a file gets another time from the kernel, whose clock goes in steps."""


PAIRS = PAIR, NEXT_PAIR = ("pair", "next pair")
"""Facts of one of several hosts that the master key seals (zegel/vault/ring_of_host.py)."""


class DayKey(peewee.Model):
    day = peewee.TextField(primary_key=True)
    wrapped = peewee.BlobField()

    class Meta:
        table_name = "day_key"


class Fact(peewee.Model):
    """What the ring knows of itself: `id` ties it to its database, `generation` counts changes of the master key.

    `handover` is there while the master key changes: the new wrapping key, sealed under the old one, for those who run.
    """

    name = peewee.TextField(primary_key=True)
    value = peewee.BlobField()

    class Meta:
        table_name = "ring"


class RingFile:
    """A SQLite file of its own, opened.

    The journal is a rollback journal, not a WAL, and deleted pages are overwritten. The journal keeps
    its place on the disk and is written once more after a key was destroyed, so that the page which
    held the key is gone from there too.

    One connection serves all threads, one at a time: libmilter carries a session from thread to thread, and
    SQLite's connections do not follow.
    """

    def __init__(self, path: Path) -> None:
        self.lock = threading.RLock()
        self.database = peewee.SqliteDatabase(
            str(path),
            thread_safe=False,
            check_same_thread=False,
            pragmas={"journal_mode": "persist", "synchronous": "extra", "secure_delete": 1, "busy_timeout": 10_000},
        )
        with self.database.bind_ctx([DayKey, Fact]):
            DayKey.create_table(safe=True)
            Fact.create_table(safe=True)
        if path.stat().st_mode & 0o077:
            path.chmod(0o600)
        self._path = path
        opened = path.stat()
        self._file = (opened.st_dev, opened.st_ino)
        self._held: dict[str, int] = {}
        """Days whose keys were there, each with the change of the file that this was seen after."""

    @property
    def id(self) -> str:
        """What ties the ring to its database; made when it is asked for first."""
        Fact.insert(name="id", value=secrets.token_bytes(16)).on_conflict_ignore().execute(self.database)
        return self.fact("id").hex()

    def adopt(self, id_: str) -> None:
        """Makes a new ring one of a database that others use."""
        Fact.insert(name="id", value=bytes.fromhex(id_)).execute(self.database)

    @property
    def has_id(self) -> bool:
        return bool(self.fact("id"))

    def fact(self, name: str) -> bytes:
        row = Fact.select(Fact.value).where(Fact.name == name).tuples().execute(self.database)
        return next((bytes(value) for (value,) in row), b"")

    def check(self) -> int:
        """When the file was changed last, as the kernel says. Raises OSError when the file that was opened is no longer
        the one at its path: keys put there are lost."""
        found = self._path.stat()
        if (found.st_dev, found.st_ino) != self._file:
            raise OSError("the key ring was replaced while it was open; restart Zegel")
        return found.st_ctime_ns

    def holds(self, day: str) -> bool:
        """Whether there is a key of `day`. Asked for every message, so the file is read only when it was changed."""
        database: Any = self.database
        with self.lock:
            changed = self.check()
            if self._held.get(day) == changed:
                return True
            row = database.execute_sql('SELECT 1 FROM "day_key" WHERE "day" = ?', (day,)).fetchone()
            if row is not None and time.time_ns() - changed > _SETTLED:
                self._held[day] = changed
            return row is not None

    def days(self) -> set[str]:
        """The days whose keys are there."""
        with self.lock:
            query = DayKey.select(DayKey.day).where(DayKey.day != "")
            return {day for (day,) in query.tuples().execute(self.database)}

    def close(self) -> None:
        with self.lock:
            self.database.close()


def host_of(path: Path) -> str:
    """The id of the host that a ring belongs to, of several; "" when it has none."""
    ring = RingFile(path)
    try:
        return ring.fact("host").hex()
    finally:
        ring.close()
