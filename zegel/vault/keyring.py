"""The master key, what is derived from it, and the ring of day keys.

A message's data key is wrapped by the key of the day (UTC) on which the message expires. When that
day is over its key is destroyed, and everything that expired is unreadable: in the database, and in
every backup of it, because the ring is a file of its own that is kept out of long-lived backups.
"""

from __future__ import annotations

import secrets
import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import peewee

from zegel.crypto import KEY_BYTES, SealBroken, derive, new_key, seal, unseal


@dataclass(frozen=True, slots=True, repr=False)
class Keys:
    """The keys for each purpose, derived from the master key; never printed."""

    wrap: bytes
    """Wraps day keys."""
    link: bytes
    """Makes link tokens."""
    lookup: bytes
    """Keyed hashes of what is looked up: addresses, offered messages."""
    form: bytes
    """Ties forms to a browser."""
    mark: bytes
    """Marks mail that is ours."""
    archive: bytes
    """Makes passwords of ZIP files."""
    phone: bytes
    """Seals the numbers of the phone book."""
    code: bytes
    """Makes codes."""
    passkey: bytes
    """Seals passkeys, and makes the handles that they know their users by."""
    notice: bytes
    """Seals what waits to be sent about no message in particular."""
    reply: bytes
    """Makes the references of replies, and the addresses that their bounces go to."""
    person: bytes
    """Seals what recipients chose for themselves, and the kind of their browsers."""

    @classmethod
    def from_master(cls, master: bytes) -> Keys:
        return cls(*(derive(master, purpose) for purpose in cls.__slots__))


def read_master_key(path: Path) -> bytes:
    """The 32 bytes in a master key's file of 64 hexadecimal digits."""
    return bytes.fromhex(path.read_text(encoding="ascii").strip())


def write_master_key(path: Path) -> None:
    """A new master key in `path`, readable by its owner only. Raises FileExistsError: keys are never overwritten."""
    path.touch(mode=0o400, exist_ok=False)
    path.chmod(0o600)
    path.write_text(secrets.token_hex(KEY_BYTES) + "\n", encoding="ascii")
    path.chmod(0o400)


class _DayKey(peewee.Model):
    day = peewee.TextField(primary_key=True)
    wrapped = peewee.BlobField()

    class Meta:
        table_name = "day_key"


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
        self._database = peewee.SqliteDatabase(
            str(path),
            thread_safe=False,
            check_same_thread=False,
            pragmas={"journal_mode": "persist", "synchronous": "extra", "secure_delete": 1, "busy_timeout": 10_000},
        )
        self._known: dict[str, bytes] = {}
        with self._database.bind_ctx([_DayKey]):
            _DayKey.create_table(safe=True)
        path.chmod(0o600)
        self._path = path
        opened = path.stat()
        self._file = (opened.st_dev, opened.st_ino)

    def key_for(self, day: str) -> bytes:
        """The key of `day` (YYYY-MM-DD), durable on disk before it is returned."""
        with self._lock:
            self._check_file()
            if not self._holds(day):
                # Known, but lost from the ring: what was sealed with it before has to stay readable.
                wrapped = seal(self._wrap, self._known.get(day) or new_key(), "day key", day)
                _DayKey.insert(day=day, wrapped=wrapped).on_conflict_ignore().execute(self._database)
            key = self._known.get(day)
            if key is None:
                key = self._known[day] = self._read(day)
            return key

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

    def close(self) -> None:
        self._database.close()

    def _overwrite_journal(self) -> None:
        """Changes the same page again: the journal gets its new content, where the destroyed key is no more."""
        _DayKey.insert(day="", wrapped=b"").on_conflict_ignore().execute(self._database)
        _DayKey.delete().where(_DayKey.day == "").execute(self._database)

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
            return {day for (day,) in _DayKey.select(_DayKey.day).tuples().execute(self._database)}

    def _read(self, day: str) -> bytes:
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
