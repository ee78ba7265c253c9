"""Messages in and out of the store, sealed: the key ring and the tables put together."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from mmap import mmap
from typing import Any

from zegel.crypto import new_key, seal, seal_chunks, unseal, unseal_chunks
from zegel.errors import ForPeople
from zegel.vault.headline import Headline, from_json
from zegel.vault.keyring import KeyGone, Keyring, day_of
from zegel.vault.keys import Keys
from zegel.vault.store import Store
from zegel.vault.tables.outbox import item_id
from zegel.vault.tables.outbox_kinds import KindName


@dataclass(frozen=True, slots=True)
class DataKey:
    """The key of one message, and how it is stored."""

    message_id: int
    key: bytes = field(repr=False)
    day: str
    wrapped: bytes = field(repr=False)

    def seal(self, plain: bytes, purpose: str, *ids: int | str) -> bytes:
        return seal(self.key, plain, purpose, self.message_id, *ids)

    def unseal(self, blob: bytes, purpose: str, *ids: int | str) -> bytes:
        return unseal(self.key, blob, purpose, self.message_id, *ids)

    def seal_payload(self, payload: dict[str, Any], kind: KindName, *once: object) -> bytes:
        """The payload of an outbox row, bound to that row."""
        return self.seal(json.dumps(payload).encode(), "outbox", item_id(kind, *once))

    def seal_original(self, raw: bytes | mmap) -> tuple[bytes, ...]:
        return tuple(seal_chunks(self.key, raw, "original", self.message_id))


class WrongDayKey(ForPeople):
    """Two key rings have made a key for the same day."""


class Vault:
    """Seals and opens. Raises KeyGone for a message that has expired or was shredded."""

    def __init__(self, keys: Keys, keyring: Keyring, store: Store) -> None:
        self.keys = keys
        self.keyring = keyring
        self.store = store
        self._noted: set[str] = set()
        """Days whose keys are surely those that the database knows."""

    def new_data_key(self, message_id: int, expires_at: float) -> DataKey:
        """A fresh key for a message; the day key that wraps it is durable before this returns."""
        day, key = day_of(expires_at), new_key()
        wrapped = seal(self._day_key(day), key, "data key", message_id)
        return DataKey(message_id, key, day, wrapped)

    def _day_key(self, day: str) -> bytes:
        """The key of a day, known to the database before anything is sealed with it.

        Raises KeyGone when the day had one that the ring lacks, WrongDayKey when the ring has another.
        """
        if day in self._noted:
            return self.keyring.key_for(day)
        # By the writer: a session of libmilter must not get a connection of its own (see Store).
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
        key = unseal(self.keyring.existing(day, now), wrapped, "data key", message_id)
        return DataKey(message_id, key, day, wrapped)

    def original(self, message_id: int, now: float, first: int = 0) -> Iterator[bytes]:
        """The original, a piece of CHUNK_BYTES at a time, from the piece with the number `first`."""
        key = self.data_key(message_id, now).key
        return unseal_chunks(key, self.store.chunks(message_id, first), "original", message_id, first)

    def payload(self, item_id: int, message_id: int, sealed: bytes, now: float) -> dict[str, Any]:
        """What an outbox row says beyond its kind; {} when that is nothing."""
        if not sealed:
            return {}
        if message_id:
            plain = self.data_key(message_id, now).unseal(sealed, "outbox", item_id)
        else:
            plain = unseal(self.keys.notice, sealed, "outbox", item_id)
        content: dict[str, Any] = json.loads(plain)
        return content

    def tell(self, payload: dict[str, Any], kind: KindName, *once: object, when: float, delivery: int = 0) -> None:
        """Adds an outbox row that is of no message, and so outlives all of them; inside a transaction."""
        sealed = seal(self.keys.notice, json.dumps(payload).encode(), "outbox", item_id(kind, *once))
        self.store.outbox.add(kind, *once, when=when, delivery=delivery, payload=sealed)

    def headline(self, message_id: int, now: float) -> Headline:
        """What was sealed with a message for pages and mails. Raises KeyGone."""
        blob = self.store.sealed_headline(message_id)
        return from_json(self.data_key(message_id, now).unseal(blob, "headline"))

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
        wrapped = seal(self._day_key(day), found.key, "data key", message_id)
        self.store.rewrap(message_id, expires_at, day, wrapped)

    def close(self) -> None:
        self.store.close()
        self.keyring.close()
