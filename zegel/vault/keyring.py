"""The ring of day keys.

A message's data key is wrapped by the key of the day (UTC) on which the message expires. When that
day is over its key is destroyed, and everything that expired is unreadable: in the database, and in
every backup of it, because the ring is a file of its own that is kept out of long-lived backups.
"""

from __future__ import annotations

import errno
import logging
import secrets
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import peewee

from zegel.crypto import SealBroken, derive, keyed_hash, new_key, seal, unseal
from zegel.errors import describe

log = logging.getLogger("zegel.vault")


class _DayKey(peewee.Model):
    day = peewee.TextField(primary_key=True)
    wrapped = peewee.BlobField()

    class Meta:
        table_name = "day_key"


class _Fact(peewee.Model):
    """What the ring knows of itself: `id` ties it to its database, `generation` counts changes of the master key.

    `handover` is there while the master key changes: the new wrapping key, sealed under the old one, for those who run.
    """

    name = peewee.TextField(primary_key=True)
    value = peewee.BlobField()

    class Meta:
        table_name = "ring"


class KeyGone(Exception):
    """The key of that day has been destroyed; what it protected cannot be read again."""


class Keyring:
    """The day keys in their own SQLite file.

    The journal is a rollback journal, not a WAL, and deleted pages are overwritten. The journal keeps
    its place on the disk and is written once more after a key was destroyed, so that the page which
    held the key is gone from there too.


    One connection serves all threads, one at a time: libmilter carries a session from thread to thread, and
    SQLite's connections do not follow.
    """

    def __init__(self, path: Path, wrap: bytes) -> None:
        self._wrap = wrap
        self._lock = threading.RLock()
        self._closed = threading.Event()
        self._database = peewee.SqliteDatabase(
            str(path),
            thread_safe=False,
            check_same_thread=False,
            pragmas={"journal_mode": "persist", "synchronous": "extra", "secure_delete": 1, "busy_timeout": 10_000},
        )
        self._known: dict[str, bytes] = {}
        with self._database.bind_ctx([_DayKey, _Fact]):
            _DayKey.create_table(safe=True)
            _Fact.create_table(safe=True)
        if path.stat().st_mode & 0o077:
            path.chmod(0o600)
        self._path = path
        opened = path.stat()
        self._file = (opened.st_dev, opened.st_ino)
        self._generation = self._fact("generation")

    @property
    def id(self) -> str:
        """What ties the ring to its database; made when it is asked for first."""
        _Fact.insert(name="id", value=secrets.token_bytes(16)).on_conflict_ignore().execute(self._database)
        return self._fact("id").hex()

    @property
    def has_id(self) -> bool:
        return bool(self._fact("id"))

    def key_for(self, day: str, *, make: bool = True) -> bytes:
        """The key of `day` (YYYY-MM-DD), durable on disk before it is returned.

        Raises KeyGone when the ring lacks it and none may be made.
        """
        with self._lock:
            self._check_file()
            if not self._holds(day):
                known = self._known.get(day)
                if known is None and not make:
                    raise KeyGone(day)
                # Known, but lost from the ring: what was sealed with it before has to stay readable.
                self._put(day, known or new_key())
            key = self._known.get(day)
            if key is None:
                key = self._known[day] = self._read(day)
            return key

    def _put(self, day: str, key: bytes) -> None:
        """Adds a key under the master key of now: another process may just have changed it."""
        with self._database.atomic("IMMEDIATE"):
            self.refresh()
            _DayKey.insert(day=day, wrapped=seal(self._wrap, key, "day key", day)).on_conflict_ignore().execute(
                self._database
            )

    def refresh(self) -> None:
        """Takes over a changed master key. Raises OSError when that is no longer possible without a restart."""
        with self._lock:
            if self._closed.is_set() or (found := self._fact("generation")) == self._generation:
                return
            try:
                self._wrap = unseal(self._wrap, self._fact("handover"), "handover", found.hex())
            except SealBroken:
                raise OSError(errno.EKEYREJECTED, "the master key was changed; restart Zegel") from None
            self._generation = found

    def rewrap(self, wrap: bytes) -> None:
        """Wraps everything by another master key's `wrap`; who has the ring open finds the way by the handover.

        What is wrapped by it already stays, so a change that was cut off can be repeated.
        """
        with self._lock, self._database.atomic("IMMEDIATE"):
            generation = secrets.token_bytes(8)
            for day in self.days():
                key = self._read(day)
                _DayKey.update(wrapped=seal(wrap, key, "day key", day)).where(_DayKey.day == day).execute(
                    self._database
                )
            handover = seal(self._wrap, wrap, "handover", generation.hex())
            for name, value in (("generation", generation), ("handover", handover)):
                _Fact.delete().where(_Fact.name == name).execute(self._database)
                _Fact.insert(name=name, value=value).execute(self._database)
            self._wrap, self._generation = wrap, generation

    def end_handover(self) -> None:
        """From now on the master key of before opens nothing of the ring."""
        with self._lock:
            _Fact.delete().where(_Fact.name == "handover").execute(self._database)
            self._overwrite_journal()

    def opens(self) -> bool:
        """Whether the keys open with this master key; an empty ring does with any."""
        with self._lock:
            try:
                for day in self.days():
                    self._read(day)
            except SealBroken:
                return False
        return True

    def mark(self, day: str) -> bytes:
        """What tells the key of a day from any other, and nothing about it. Raises KeyGone, SealBroken."""
        with self._lock:
            key = self._known.get(day) or self._read(day)
        return keyed_hash(derive(key, "day mark"), day)

    def existing(self, day: str, now: float) -> bytes:
        """The key of `day` if it was not destroyed. Raises KeyGone."""
        today = day_of(now)
        with self._lock:
            for past in [known for known in self._known if known < today]:
                del self._known[past]
            return self._known.get(day) or self._read(day)

    def destroy_before(self, today: str) -> list[str]:
        """Destroys the keys of all days before `today`; returns those days."""
        with self._lock:
            days = sorted(day for day in self.days() if day < today)
            if days:
                _DayKey.delete().where(_DayKey.day < today).execute(self._database)
                self._overwrite_journal()
            for day in days:
                self._known.pop(day, None)
        return days

    def watch(self, every: float = 2.0) -> None:
        """Looks for a changed master key by a thread: who does nothing for hours would miss the handover."""

        def look() -> None:
            while not self._closed.wait(every):
                try:
                    self.refresh()
                except Exception as error:
                    log.error("the key ring: %s", describe(error))

        threading.Thread(target=look, name="key ring", daemon=True).start()

    def close(self) -> None:
        self._closed.set()
        with self._lock:
            self._database.close()

    def _overwrite_journal(self) -> None:
        """Changes the same page again: the journal gets its new content, where the destroyed key is no more."""
        _DayKey.insert(day="", wrapped=b"").on_conflict_ignore().execute(self._database)
        _DayKey.delete().where(_DayKey.day == "").execute(self._database)

    def _fact(self, name: str) -> bytes:
        row = _Fact.select(_Fact.value).where(_Fact.name == name).tuples().execute(self._database)
        return next((bytes(value) for (value,) in row), b"")

    def _check_file(self) -> None:
        """Raises OSError when the file that was opened is no longer the one at its path: keys put there are lost."""
        found = self._path.stat()
        if (found.st_dev, found.st_ino) != self._file:
            raise OSError("the key ring was replaced while it was open; restart Zegel")

    def _holds(self, day: str) -> bool:
        # Asked for every message: peewee would take longer to write this than SQLite to answer it.
        database: Any = self._database
        return database.execute_sql('SELECT 1 FROM "day_key" WHERE "day" = ?', (day,)).fetchone() is not None

    def days(self) -> set[str]:
        """The days whose keys are there."""
        with self._lock:
            query = _DayKey.select(_DayKey.day).where(_DayKey.day != "")
            return {day for (day,) in query.tuples().execute(self._database)}

    def _read(self, day: str) -> bytes:
        self.refresh()
        row = _DayKey.select(_DayKey.wrapped).where(_DayKey.day == day).tuples().execute(self._database)
        for (wrapped,) in row:
            try:
                return unseal(self._wrap, bytes(wrapped), "day key", day)
            except SealBroken:
                raise SealBroken("the key ring was made with another master key") from None
        raise KeyGone(day)


def day_of(moment: float) -> str:
    """The UTC day of `moment` (seconds since 1970), as YYYY-MM-DD."""
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d")
