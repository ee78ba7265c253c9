"""Day keys of several hosts: each has a key ring of its own, and hands what it makes to all the others.

They share a database, and no file. Whoever makes the key of a day notes its mark in the database and, in the same
transaction, puts the key there for each other host, sealed by the public half of that host's pair (zegel/pairs.py),
so that no host can die in between. A host that takes keys removes them and gets another pair; then nothing opens what
stood in the database, its log or a copy of it. So key rings alone hold keys, as ever.

A host that lacks keys, because it is new or its ring comes from a copy, asks for them, and the couriers of others
answer. Public halves are vouched for with the master key: who only writes the database is handed nothing.
"""

from __future__ import annotations

import hmac
import logging
import socket
import time
from functools import partial

import peewee

from zegel.crypto import SealBroken
from zegel.errors import ForPeople
from zegel.pairs import PUBLIC_BYTES, seal_for, unseal_box
from zegel.vault.keyring import KeyGone, Keyring, day_of, mark_of
from zegel.vault.ring_of_host import RingOfHost
from zegel.vault.store import Store
from zegel.vault.tables.hosts import KnownHost

log = logging.getLogger("zegel.vault")
_HANDED = "handed key"
PATIENCE = 20.0
"""Seconds that a host which lacks keys waits for others at its start; their couriers look each second."""
_LOOK_EVERY = 0.5
_SERVED_AGAIN = 60.0
LIVES = 300.0
"""Seconds without a sign after which a courier of another host is not waited for; it gives one each minute."""


class KeyElsewhere(ForPeople, peewee.OperationalError):
    """Another host made the key of a day, and it has not come yet: to be tried again, as while the database is away."""


class SharedDays:
    """The day keys of this host, as one of several. Everything may be called inside a write or outside."""

    def __init__(self, store: Store, ring: Keyring) -> None:
        self._store, self._hosts, self._marks = store, store.hosts, store.marks
        self._ring = ring
        self._own = RingOfHost(ring)
        self.host = self._own.host
        self._sure: set[str] = set()
        """Days whose key in the ring is surely the one that the database knows."""
        self._served: dict[str, float] = {}
        """When a host was handed all that this one has, which was not all that it needs."""

    def register(self) -> None:
        """Makes this host known, or its pair when others have another one of it."""
        if not self._is_known():
            self._store.write_or_join(self._register)

    def key(self, day: str) -> bytes:
        """The key of a day, made when it never had one. Raises KeyGone when it was destroyed, KeyElsewhere."""
        if day not in self._sure:
            noted = self._store.write_or_join(lambda: self._noted(day))
            self._verify(day, noted)
        return self._ring.key_for(day, make=False)

    def existing(self, day: str, now: float) -> bytes:
        """The key of a day that something was sealed for. Raises KeyGone, KeyElsewhere."""
        if day >= day_of(now) and day not in self._sure:
            noted = self._marks.day(day)
            if noted is None:
                raise KeyGone(day)
            self._verify(day, noted)
        return self._ring.existing(day, now)

    def note(self, days: set[str]) -> None:
        """Has the database know the days that this ring has keys of, as after an update or a restore."""
        for day in sorted(days):
            self._store.write_or_join(partial(self._noted, day))

    def take(self) -> int:
        """Takes the keys that others have put there for this host; returns how many."""
        if not self._hosts.handed(self.host):
            return 0
        taken, public = self._store.write_or_join(self._take)
        if not self._store.inside_write():
            self._own.uses(public)
        return taken

    def answer(self, now: float) -> int:
        """Hands what this host has to those who lack keys; returns how many hosts are served."""
        if not any(self._is_to_serve(each, now) for each in self._others()):
            return 0
        return self._store.write_or_join(lambda: self._answer(now))

    def ask(self, now: float) -> None:
        """Asks the others for what is missing; they answer when they look."""
        if self.missing(now):
            self._store.write_or_join(lambda: self._hosts.change(self.host, wants=True))

    def missing(self, now: float) -> set[str]:
        """The days whose keys the database knows and this ring lacks."""
        return set(self._marks.days(day_of(now))) - self._ring.days()

    def fetch(self, now: float, patience: float) -> set[str]:
        """Gets what is missing from others, and waits for that; returns what is missing still."""
        self.take()
        self.ask(now)
        if self.missing(now):
            until = time.monotonic() + patience
            while self.missing(now) and time.monotonic() < until:
                time.sleep(_LOOK_EVERY)
                self.take()
        return self.missing(now)

    def settles(self, day: str, noted: bytes) -> bool:
        """Whether this ring's key of a day is the one that is noted; one that was never used gives way."""
        return self._own.settle(day, noted)

    def others(self) -> list[KnownHost]:
        """The other hosts of this database."""
        return [each for each in self._hosts.all() if each.id != self.host]

    def _others(self) -> list[KnownHost]:
        """Those that keys can be handed to: their public half was made by who has the master key."""
        return [each for each in self.others() if self._is_vouched(each)]

    def somebody_lives(self, now: float) -> bool:
        """Whether another host gave a sign lately."""
        return any(each.seen > now - LIVES for each in self.others())

    def _vouched(self, host: str, public: bytes) -> bytes:
        return public + self._ring.vouched("hosts", host, public)

    def _is_vouched(self, host: KnownHost) -> bool:
        return hmac.compare_digest(host.public, self._vouched(host.id, host.public[:PUBLIC_BYTES]))

    def _is_known(self) -> bool:
        mine = self._hosts.get(self.host)
        return mine is not None and self._own.uses(mine.public[:PUBLIC_BYTES]) and self._is_vouched(mine)

    def _register(self) -> None:
        if self._is_known():
            return
        public = self._vouched(self.host, self._own.public())
        self._hosts.add(self.host, socket.gethostname(), public)
        # What was sealed for another pair opens no more.
        self._hosts.taken(self.host, self._hosts.handed(self.host))
        lacks = bool(set(self._marks.days("")) - self._ring.days())
        self._hosts.change(self.host, name=socket.gethostname(), public=public, wants=lacks)

    def _noted(self, day: str) -> bytes:
        """The mark of a day's key; one is made, noted and handed to all when there is none. Inside a transaction."""
        noted = self._marks.day(day)
        if noted is None:
            key = self._own.candidate(day)
            noted = self._marks.add_day(day, mark_of(day, key))
            for host in self._others():
                self._hand(host, day, key)
        return noted

    def _hand(self, host: KnownHost, day: str, key: bytes) -> None:
        # Under the master key too: a pair that leaks opens nothing alone.
        inner = self._ring.seal(key, _HANDED, day, host.id)
        self._hosts.hand(host.id, day, seal_for(host.public[:PUBLIC_BYTES], inner, _HANDED, day, host.id))

    def _verify(self, day: str, noted: bytes) -> None:
        """Sees to it that the ring has the key that is noted. Raises KeyGone, KeyElsewhere."""
        if not noted:
            raise KeyGone(day)
        inside = self._store.inside_write()
        if not self._is_settled(day, noted, inside=inside):
            self.take()
            if not self._is_settled(day, noted, inside=inside):
                raise KeyElsewhere(
                    f"another host has made the key of {day}, and this one has not got it yet: zegel-courier asks for "
                    "it; see zegel host list"
                )
        if not inside:  # a transaction may come to nothing
            self._sure.add(day)

    def _is_settled(self, day: str, noted: bytes, *, inside: bool) -> bool:
        if not inside:
            return self._own.settle(day, noted)
        return self._ring.holds(day) and mark_of(day, self._ring.read(day)) == noted

    def _take(self) -> tuple[int, bytes]:
        mine, count = self._hosts.get(self.host), 0
        if mine is None or not self._own.uses(mine.public[:PUBLIC_BYTES]):
            self._register()
            return 0, b""
        handed, wants = self._hosts.handed(self.host), mine.wants
        for day, sealed in handed.items():
            key = self._opened(day, sealed)
            if key is not None and self._marks.day(day) == mark_of(day, key):
                self._own.take(day, key)
                count += 1
            else:
                wants = True
        public = self._own.next_public()
        self._hosts.taken(self.host, handed)
        self._hosts.change(self.host, public=self._vouched(self.host, public), wants=wants)
        return count, public

    def _opened(self, day: str, sealed: bytes) -> bytes | None:
        for secret in self._own.secrets():
            try:
                inner = unseal_box(secret, sealed, _HANDED, day, self.host)
                return self._ring.unseal(inner, _HANDED, day, self.host)
            except SealBroken:
                continue
        log.error("a key for %s came that does not open here: was the master key changed on another host?", day)
        return None

    def _is_to_serve(self, host: KnownHost, now: float) -> bool:
        return host.wants and not 0 <= now - self._served.get(host.id, 0.0) < _SERVED_AGAIN

    def _answer(self, now: float) -> int:
        days, served = self._marks.days(day_of(now)), 0
        have = {day: key for day, mark in days.items() if (key := self._known(day, mark)) is not None}
        for host in self._others():
            if not self._is_to_serve(host, now):
                continue
            for day, key in have.items():
                self._hand(host, day, key)
            if len(have) < len(days):
                self._served[host.id] = now  # another may have the rest
            else:
                self._hosts.change(host.id, wants=False)
            served += 1
        return served

    def _known(self, day: str, mark: bytes) -> bytes | None:
        if not self._ring.holds(day):
            return None
        key = self._ring.read(day)
        return key if mark_of(day, key) == mark else None
