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

from zegel.crypto import SealBroken, derive, keyed_hash, new_key, seal, unseal
from zegel.errors import describe
from zegel.vault.ring_file import PAIRS, DayKey, Fact, RingFile

log = logging.getLogger("zegel.vault")


class KeyGone(Exception):
    """The key of that day has been destroyed; what it protected cannot be read again."""


class Keyring(RingFile):
    """The day keys, unwrapped."""

    def __init__(self, path: Path, wrap: bytes) -> None:
        self._wrap = wrap
        self._closed = threading.Event()
        self._known: dict[str, bytes] = {}
        super().__init__(path)
        self._generation = self.fact("generation")

    def key_for(self, day: str, *, make: bool = True) -> bytes:
        """The key of `day` (YYYY-MM-DD), durable on disk before it is returned.

        Raises KeyGone when the ring lacks it and none may be made.
        """
        with self.lock:
            if not self.holds(day):
                known = self._known.get(day)
                if known is None and not make:
                    raise KeyGone(day)
                # Known, but lost from the ring: what was sealed with it before has to stay readable.
                self.put(day, known or new_key())
            key = self._known.get(day)
            if key is None:
                key = self._known[day] = self.read(day)
            return key

    def put(self, day: str, key: bytes) -> None:
        """Adds a key, unless the day has one, under the master key of now: another process may just have changed it."""
        with self.database.atomic("IMMEDIATE"):
            self.refresh()
            DayKey.insert(day=day, wrapped=seal(self._wrap, key, "day key", day)).on_conflict_ignore().execute(
                self.database
            )

    def refresh(self) -> None:
        """Takes over a changed master key. Raises OSError when that is no longer possible without a restart."""
        with self.lock:
            if self._closed.is_set() or (found := self.fact("generation")) == self._generation:
                return
            try:
                self._wrap = unseal(self._wrap, self.fact("handover"), "handover", found.hex())
            except SealBroken:
                raise OSError(errno.EKEYREJECTED, "the master key was changed; restart Zegel") from None
            self._generation = found

    def rewrap(self, wrap: bytes) -> None:
        """Wraps everything by another master key's `wrap`; who has the ring open finds the way by the handover.

        What is wrapped by it already stays, so a change that was cut off can be repeated.
        """
        with self.lock, self.database.atomic("IMMEDIATE"):
            generation = secrets.token_bytes(8)
            for day in self.days():
                key = self.read(day)
                DayKey.update(wrapped=seal(wrap, key, "day key", day)).where(DayKey.day == day).execute(self.database)
            handover = seal(self._wrap, wrap, "handover", generation.hex())
            again = ((name, self.unseal(kept, name)) for name in PAIRS if (kept := self.fact(name)))
            pairs = [(name, seal(wrap, plain, name)) for name, plain in again]
            for name, value in (("generation", generation), ("handover", handover), *pairs):
                Fact.delete().where(Fact.name == name).execute(self.database)
                Fact.insert(name=name, value=value).execute(self.database)
            self._wrap, self._generation = wrap, generation

    def end_handover(self) -> None:
        """From now on the master key of before opens nothing of the ring."""
        with self.lock:
            Fact.delete().where(Fact.name == "handover").execute(self.database)
            self.overwrite_journal()

    def opens(self) -> bool:
        """Whether the keys open with this master key; an empty ring does with any."""
        with self.lock:
            try:
                for day in self.days():
                    self.read(day)
                for name in PAIRS:
                    if kept := self.fact(name):
                        self.unseal(kept, name)
            except SealBroken:
                return False
        return True

    def mark(self, day: str) -> bytes:
        """What tells the key of a day from any other, and nothing about it. Raises KeyGone, SealBroken."""
        with self.lock:
            return mark_of(day, self._known.get(day) or self.read(day))

    def seal(self, plain: bytes, purpose: str, *ids: str) -> bytes:
        """Under the master key of now."""
        with self.lock:
            self.refresh()
            return seal(self._wrap, plain, purpose, *ids)

    def unseal(self, sealed: bytes, purpose: str, *ids: str) -> bytes:
        """Raises SealBroken."""
        with self.lock:
            self.refresh()
            return unseal(self._wrap, sealed, purpose, *ids)

    def vouched(self, purpose: str, *values: bytes | str) -> bytes:
        """What only who has the master key can say of some values."""
        with self.lock:
            self.refresh()
            return keyed_hash(derive(self._wrap, purpose), *values)

    def forget(self, day: str) -> None:
        """Removes the key of a day, which nothing was sealed by."""
        with self.lock:
            DayKey.delete().where(DayKey.day == day).execute(self.database)
            self._known.pop(day, None)
            self._held.pop(day, None)

    def existing(self, day: str, now: float) -> bytes:
        """The key of `day` if it was not destroyed. Raises KeyGone."""
        today = day_of(now)
        with self.lock:
            for past in [known for known in self._known if known < today]:
                del self._known[past]
            return self._known.get(day) or self.read(day)

    def destroy_before(self, today: str) -> list[str]:
        """Destroys the keys of all days before `today`; returns those days."""
        with self.lock:
            days = sorted(day for day in self.days() if day < today)
            if days:
                DayKey.delete().where(DayKey.day < today).execute(self.database)
                self.overwrite_journal()
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
        super().close()

    def overwrite_journal(self) -> None:
        """Changes the same page again: the journal gets its new content, where the destroyed key is no more."""
        DayKey.insert(day="", wrapped=b"").on_conflict_ignore().execute(self.database)
        DayKey.delete().where(DayKey.day == "").execute(self.database)

    def read(self, day: str) -> bytes:
        """The key of a day as the file has it. Raises KeyGone, SealBroken."""
        self.refresh()
        row = DayKey.select(DayKey.wrapped).where(DayKey.day == day).tuples().execute(self.database)
        for (wrapped,) in row:
            try:
                return unseal(self._wrap, bytes(wrapped), "day key", day)
            except SealBroken:
                raise SealBroken("the key ring was made with another master key") from None
        raise KeyGone(day)


def mark_of(day: str, key: bytes) -> bytes:
    """What tells the key of a day from any other, and nothing about it."""
    return keyed_hash(derive(key, "day mark"), day)


def day_of(moment: float) -> str:
    """The UTC day of `moment` (seconds since 1970), as YYYY-MM-DD."""
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d")
