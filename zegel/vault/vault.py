"""Messages in and out of the store, sealed: the key ring and the tables put together."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from zegel.crypto import unseal, unseal_chunks
from zegel.pairs import is_box, public_half, unseal_box
from zegel.vault.headline import Headline, from_json
from zegel.vault.keyring import KeyGone, Keyring, day_of
from zegel.vault.keys import Keys
from zegel.vault.sealing_vault import DataKey, SealingVault, WrongDayKey, vouched_for
from zegel.vault.shared_days import SharedDays
from zegel.vault.store import Store


class Vault(SealingVault):
    """Seals and opens. Raises KeyGone for a message that has expired or was shredded."""

    def __init__(self, keys: Keys, keyring: Keyring, store: Store, shared: SharedDays | None = None) -> None:
        """`shared` where several hosts may use the database."""
        super().__init__(keys, keyring, store)
        self.shared = shared
        self.keys: Keys = keys
        self.keyring = keyring
        self._noted: set[str] = set()
        """Days whose keys are surely those that the database knows."""

    def make_ready(self, day: str) -> bool:
        """Makes the key of a day, and has the database know its public half; False when all that was there."""
        public = vouched_for(self.keys.days, day, public_half(self._day_key(day)))
        # Looked at each time: who can write the database could put another one there.
        if self.store.write_or_join(lambda: self.store.marks.public(day)) == public:
            return False
        return self.store.write_or_join(lambda: self.store.marks.publish(day, public))

    def _public(self, day: str) -> bytes:
        """Of any day: its key is made when there is none."""
        return public_half(self._day_key(day))

    def _day_key(self, day: str) -> bytes:
        """The key of a day, known to the database before anything is sealed with it.

        Raises KeyGone when the day had one that the ring lacks, WrongDayKey when the ring has another.
        """
        if self.shared is not None:
            return self.shared.key(day)
        if day in self._noted:
            return self.keyring.key_for(day)
        noted = self.store.write_or_join(lambda: self.store.marks.day(day))
        key = self.keyring.key_for(day, make=noted is None)
        mark = self.keyring.mark(day)
        if noted is None:
            noted = self.store.write_or_join(lambda: self.store.marks.add_day(day, mark))
        if noted != mark:
            raise WrongDayKey(f"the key ring has another key for {day} than the database: put back the right ring")
        self._noted.add(day)
        return key

    def data_key(self, message_id: int, now: float) -> DataKey:
        found = self.store.wrapped_key(message_id)
        if found is None:
            raise KeyGone(message_id)
        day, wrapped = found
        key = unwrapped(self.existing_day_key(day, now), wrapped, message_id)
        return DataKey(message_id, key, day, wrapped)

    def existing_day_key(self, day: str, now: float) -> bytes:
        """The key of a day that something was sealed for. Raises KeyGone; KeyElsewhere when it has yet to come."""
        days = self.keyring if self.shared is None else self.shared
        return days.existing(day, now)

    def original(self, message_id: int, now: float, first: int = 0) -> Iterator[bytes]:
        """The original, a piece of CHUNK_BYTES at a time, from the piece with the number `first`."""
        return self.original_under(self.data_key(message_id, now), first)

    def original_under(self, key: DataKey, first: int = 0) -> Iterator[bytes]:
        """The same of the message whose key is there already."""
        chunks = self.store.chunks(key.message_id, first)
        return unseal_chunks(key.key, chunks, "original", key.message_id, first)

    def payload(self, item_id: int, message_id: int, sealed: bytes, now: float) -> dict[str, Any]:
        """What an outbox row says beyond its kind; {} when that is nothing."""
        if not sealed:
            return {}
        if is_box(sealed):
            plain = unseal_box(self.keys.notice, sealed, "outbox", item_id)
        elif message_id:
            plain = self.data_key(message_id, now).unseal(sealed, "outbox", item_id)
        else:
            plain = unseal(self.keys.notice, sealed, "outbox", item_id)
        content: dict[str, Any] = json.loads(plain)
        return content

    def headline(self, message_id: int, now: float) -> Headline:
        """What was sealed with a message for pages and mails. Raises KeyGone."""
        return self.headline_under(self.data_key(message_id, now))

    def headline_under(self, key: DataKey) -> Headline:
        """The same of the message whose key is there already."""
        return from_json(key.unseal(self.store.sealed_headline(key.message_id), "headline"))

    def wants_receipt(self, message_id: int, now: float) -> bool:
        """Whether the sender asked to hear when a message is read; False when it is over."""
        try:
            return self.headline(message_id, now).wants_receipt
        except KeyGone:
            return False

    def extend(self, message_id: int, expires_at: float, now: float) -> None:
        """Gives a message another end; to be called inside a transaction. Raises KeyGone.

        Its key is wrapped by the key of the new day; the copy under the old day's key is overwritten, and
        where a backup has it, that day's key ends as it would have.
        """
        found = self.data_key(message_id, now)
        day = day_of(expires_at)
        self.store.rewrap(message_id, expires_at, day, self._wrapped(day, found.key, message_id))


def unwrapped(day_key: bytes, wrapped: bytes, message_id: int) -> bytes:
    """The key of a message; until version 14 it was sealed under the day's key itself."""
    if is_box(wrapped):
        return unseal_box(day_key, wrapped, "data key", message_id)
    return unseal(day_key, wrapped, "data key", message_id)
