"""What the key ring of one of several hosts knows of itself: which host that is, and the pair that keys are handed by.

The pair is another after each time that keys were taken by it, and the one of before is overwritten: then nothing opens
what stood in the database for this host, neither there nor in a copy of it.
"""

from __future__ import annotations

import secrets

from zegel.crypto import new_key
from zegel.pairs import public_half
from zegel.vault.keyring import Keyring, mark_of
from zegel.vault.ring_file import NEXT_PAIR, PAIR, Fact

_HOST, _UNSETTLED = "host", "unsettled "


class RingOfHost:
    """The facts of a ring. Each change is on disk before it returns."""

    def __init__(self, ring: Keyring) -> None:
        self._ring = ring

    @property
    def host(self) -> str:
        """The id of this host; made when it is asked for first."""
        made = Fact.insert(name=_HOST, value=secrets.token_bytes(8)).on_conflict_ignore()
        with self._ring.lock:
            made.execute(self._ring.database)
            return self._ring.fact(_HOST).hex()

    def secrets(self) -> list[bytes]:
        """What may open a key that was handed over: the pair in use, and the one that takes its place."""
        with self._ring.lock:
            return [secret for name in (PAIR, NEXT_PAIR) if (secret := self._secret(name))]

    def public(self) -> bytes:
        """The public half of the pair in use, made when there is none."""
        with self._ring.lock:
            secret = self._secret(PAIR)
            if secret is None:
                secret = new_key()
                self._put(PAIR, secret)
        return public_half(secret)

    def next_public(self) -> bytes:
        """That of a fresh pair, for others to use from now on."""
        secret = new_key()
        with self._ring.lock:
            self._put(NEXT_PAIR, secret)
        return public_half(secret)

    def uses(self, public: bytes) -> bool:
        """Whether others may go on with this public half. If it is that of the next pair, that takes the old one's
        place."""
        with self._ring.lock:
            next_ = self._secret(NEXT_PAIR)
            if next_ is not None and public_half(next_) == public:
                with self._ring.database.atomic("IMMEDIATE"):
                    self._put(PAIR, next_)
                    Fact.delete().where(Fact.name == NEXT_PAIR).execute(self._ring.database)
                self._ring.overwrite_journal()
                return True
            now = self._secret(PAIR)
            return now is not None and public_half(now) == public

    def candidate(self, day: str) -> bytes:
        """The key of a day that nobody has one of: that in the ring, else a fresh one. It counts when the database has
        noted it, and is `unsettled` until that is sure."""
        ring = self._ring
        with ring.lock, ring.database.atomic("IMMEDIATE"):
            if not ring.holds(day):
                ring.put(day, new_key())
                self._put_plain(_UNSETTLED + day, b"1")
            return ring.read(day)

    def settle(self, day: str, noted: bytes) -> bool:
        """Whether the ring has the key of a day with the mark that the database has `noted`.

        A candidate that was not chosen, because another host was first, is removed: nothing was sealed by it.
        """
        ring = self._ring
        with ring.lock:
            if not ring.holds(day):
                return False
            chosen, unsettled = mark_of(day, ring.read(day)) == noted, bool(ring.fact(_UNSETTLED + day))
            if unsettled:
                with ring.database.atomic("IMMEDIATE"):
                    if not chosen:
                        ring.forget(day)
                    Fact.delete().where(Fact.name == _UNSETTLED + day).execute(ring.database)
        return chosen

    def take(self, day: str, key: bytes) -> None:
        """Puts a key there that another host has made, in the place of a candidate."""
        ring = self._ring
        with ring.lock, ring.database.atomic("IMMEDIATE"):
            if ring.fact(_UNSETTLED + day):
                ring.forget(day)
                Fact.delete().where(Fact.name == _UNSETTLED + day).execute(ring.database)
            ring.put(day, key)

    def _secret(self, name: str) -> bytes | None:
        kept = self._ring.fact(name)
        return self._ring.unseal(kept, name) if kept else None

    def _put(self, name: str, secret: bytes) -> None:
        self._put_plain(name, self._ring.seal(secret, name))

    def _put_plain(self, name: str, value: bytes) -> None:
        Fact.delete().where(Fact.name == name).execute(self._ring.database)
        Fact.insert(name=name, value=value).execute(self._ring.database)
