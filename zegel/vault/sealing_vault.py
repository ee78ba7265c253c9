"""Sealing without being able to open: what the milter has of the vault.

Each message has a key of its own, and that is sealed for the day on which the message expires, by the public half of
the day's pair. The other half follows from the day's key, which the master key wraps (zegel/vault/keyring.py): when
that key is destroyed, both are gone.
"""

from __future__ import annotations

import hmac
import json
import time
from dataclasses import dataclass, field
from mmap import mmap
from typing import Any

from zegel.crypto import keyed_hash, new_key, seal, seal_chunks, unseal
from zegel.errors import ForPeople
from zegel.pairs import PUBLIC_BYTES, seal_for
from zegel.vault.keyring import KeyGone, day_of
from zegel.vault.keys import SealingPurposes
from zegel.vault.ring_file import RingFile
from zegel.vault.store import Store
from zegel.vault.tables.outbox import item_id
from zegel.vault.tables.outbox_kinds import KindName

PATIENCE = 5.0
"""Seconds that a message waits for a day to be made ready, as it may have to when all services start together."""
_LOOK_EVERY = 0.25


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
    """A day has another key, or another public half, than the database was told of."""


class DayNotReady(ForPeople):
    """Nobody has made the pair of a day: the courier does, days ahead."""


class SealingVault:
    """Seals messages, and what is to be told; opens neither."""

    def __init__(self, keys: SealingPurposes, ring: RingFile, store: Store) -> None:
        self.keys = keys
        self.store = store
        self._ring = ring
        self._publics: dict[str, bytes] = {}
        """The public halves of days that were looked up and are vouched for."""

    def new_data_key(self, message_id: int, expires_at: float) -> DataKey:
        """A fresh key for a message; the key of the day that opens it is durable before this returns.

        Raises DayNotReady, KeyGone when the ring has lost the day, WrongDayKey.
        """
        day, key = day_of(expires_at), new_key()
        return DataKey(message_id, key, day, self._wrapped(day, key, message_id))

    def tell(self, payload: dict[str, Any], kind: KindName, *once: object, when: float, delivery: int = 0) -> None:
        """Adds an outbox row that is of no message, and so outlives all of them; inside a transaction."""
        sealed = self.seal_notice(payload, kind, *once)
        self.store.outbox.add(kind, *once, when=when, delivery=delivery, payload=sealed)

    def seal_notice(self, payload: dict[str, Any], kind: KindName, *once: object) -> bytes:
        """The payload of an outbox row that no message's key seals."""
        return seal_for(self.keys.notices, json.dumps(payload).encode(), "outbox", item_id(kind, *once))

    def close(self) -> None:
        self.store.close()
        self._ring.close()

    def _wrapped(self, day: str, key: bytes, message_id: int) -> bytes:
        return seal_for(self._public(day), key, "data key", message_id)

    def _public(self, day: str) -> bytes:
        """The public half of a day whose key is in the ring."""
        public = self._publics.get(day)
        if public is None:
            public = self._publics[day] = _vouched(self.keys.days, day, self._looked_up(day))
        if not self._ring.holds(day):
            raise KeyGone(day)
        return public

    def _looked_up(self, day: str) -> bytes:
        until = time.monotonic() + PATIENCE
        # By the writer: a session of libmilter must not get a connection of its own (see Store).
        while not (found := self.store.write_or_join(lambda: self.store.marks.public(day))):
            if time.monotonic() >= until:
                raise DayNotReady(
                    f"the courier has not made {day} ready, and mail that is to be sealed waits: start zegel-courier"
                )
            time.sleep(_LOOK_EVERY)
        return found


def vouched_for(key: bytes, day: str, public: bytes) -> bytes:
    """A public half as the database keeps it."""
    return public + keyed_hash(key, "public half", day, public)


def _vouched(key: bytes, day: str, kept: bytes) -> bytes:
    public = kept[:PUBLIC_BYTES]
    if not hmac.compare_digest(kept, vouched_for(key, day, public)):
        raise WrongDayKey(f"what the database says of {day} was not written by this Zegel: restore a backup of it")
    return public
