"""What one link may take of the portal at a time, and all links together: processor, memory, answers under way.

Whoever has a link can ask for as much as they like. A budget that is used up is answered with a page that says when to
try again, and costs next to nothing; everybody else is served as if that link were quiet. Thread-safe.
"""

from __future__ import annotations

import io
import math
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

AWAY = "zegel.turned_away"
"""Where the server says in the environment of a request that it has no room, and for how many seconds."""
EVERYBODY = ""
"""The key of what belongs to no link that somebody was given: made-up links, the first page."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The sizes of the budgets."""

    seconds: float = 20.0
    """Seconds of processor time that a link may take at once; what another process draws counts too."""
    refill: float = 0.25
    """Seconds of it that come back in a second."""
    loop_seconds: float = 0.25
    loop_refill: float = 0.4
    """The same of the one thread that sends all answers: what is downloaded is unsealed there."""
    bytes_a_link: int = 32_000_000
    bytes_in_all: int = 128_000_000
    """Bytes of answers that slow readers keep in memory. What several read at once counts once."""
    answers_a_link: int = 32
    answers_in_all: int = 200
    """Answers that are still being read. When all are taken, a link may have `answers_fair` of them."""
    answers_fair: int = 2


@dataclass(slots=True)
class _Bucket:
    """Seconds that are left of a budget, and when that was so."""

    left: float
    at: float


class Rate:
    """A budget of seconds for each key, which fills again by itself."""

    def __init__(self, most: float, refill: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._refill = refill
        self._clock = clock
        self._buckets: dict[str, _Bucket] = {}
        self._lock = threading.Lock()

    def spend(self, key: str, seconds: float) -> None:
        with self._lock:
            bucket = self._now(key)
            bucket.left = max(bucket.left - seconds, -self._most)  # one long answer does not shut a link for ever
            if len(self._buckets) > 1000:
                self._forget()

    def wait(self, key: str) -> float:
        """Seconds until there is something left; 0 when there is."""
        with self._lock:
            return max(0.0, -self._now(key).left / self._refill) if key in self._buckets else 0.0

    def _now(self, key: str) -> _Bucket:
        now = self._clock()
        bucket = self._buckets.setdefault(key, _Bucket(self._most, now))
        bucket.left = min(self._most, bucket.left + (now - bucket.at) * self._refill)
        bucket.at = now
        return bucket

    def _forget(self) -> None:
        full = [key for key in self._buckets if self._now(key).left >= self._most]
        for key in full:
            del self._buckets[key]


@dataclass(slots=True)
class _Held:
    """Bytes that somebody reads."""

    data: bytes = field(repr=False)
    readers: Counter[str] = field(default_factory=Counter)


class Memory:
    """The bytes of answers that are being read: one copy, however many read it."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._held: dict[int, _Held] = {}
        """By id(): it is nobody else's as long as the bytes are here."""
        self._lock = threading.Lock()

    def hold(self, key: str, data: bytes) -> Reading | None:
        """The bytes as a file for one reader, who gives them back by closing it; None when there is no room."""
        with self._lock:
            known = self._held.get(id(data))
            if known is None or not known.readers[key]:
                mine = sum(len(each.data) for each in self._held.values() if each.readers[key])
                if mine and mine + len(data) > self._limits.bytes_a_link:
                    return None
            if known is None:
                every = sum(len(each.data) for each in self._held.values())
                if every and every + len(data) > self._limits.bytes_in_all:
                    return None
                known = self._held[id(data)] = _Held(data)
            known.readers[key] += 1
            return Reading(data, lambda: self._give_back(key, known))

    @property
    def bytes_held(self) -> int:
        """All bytes that are being read."""
        with self._lock:
            return sum(len(each.data) for each in self._held.values())

    def _give_back(self, key: str, held: _Held) -> None:
        with self._lock:
            held.readers[key] -= 1
            if held.readers[key] <= 0:
                del held.readers[key]
            if not held.readers:
                self._held.pop(id(held.data), None)


class Reading(io.RawIOBase):
    """A file of bytes that others read too: it copies no more than is asked for."""

    def __init__(self, data: bytes, done: Callable[[], None]) -> None:
        super().__init__()
        self._data: memoryview | None = memoryview(data)
        self._done = done
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        size = len(self._data or b"")
        self._at = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: size}[whence]
        return self._at

    def read(self, size: int = -1) -> bytes:
        if self._data is None:
            raise ValueError("closed")
        found = bytes(self._data[self._at :] if size < 0 else self._data[self._at : self._at + size])
        self._at += len(found)
        return found

    def close(self) -> None:
        if not self.closed:
            self._data = None
            self._done()
        super().close()


class OnePerLink:
    """A place that each link has once: what it asks for at the same time waits for itself, not for others."""

    def __init__(self) -> None:
        self._taken: set[str] = set()
        self._free = threading.Condition()

    @contextmanager
    def turn(self, seconds: float) -> Iterator[bool]:
        """Waits for the place of the link that this thread works for; False when it did not come free in time."""
        key = working.key
        if key == EVERYBODY:
            yield True
            return
        with self._free:
            mine = self._free.wait_for(lambda: key not in self._taken, seconds)
            if mine:
                self._taken.add(key)
        try:
            yield mine
        finally:
            if mine:
                with self._free:
                    self._taken.discard(key)
                    self._free.notify_all()


class Budgets:
    """All budgets of one portal."""

    def __init__(self, limits: Limits | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self.limits = limits or Limits()
        self.processor = Rate(self.limits.seconds, self.limits.refill, clock)
        self.loop = Rate(self.limits.loop_seconds, self.limits.loop_refill, clock)
        self.memory = Memory(self.limits)

    def wait(self, key: str) -> int:
        """Whole seconds until a link may ask for something again; 0 when it may now."""
        return math.ceil(self.processor.wait(key))

    def may_answer(self, mine: int, every: int) -> bool:
        """Whether one more answer may begin where `mine` of the link and `every` in all are still being read."""
        limits = self.limits
        return mine < (limits.answers_a_link if every < limits.answers_in_all else limits.answers_fair)


class _Working(threading.local):
    """What the thread is working for, and what it had others do."""

    key = EVERYBODY
    elsewhere = 0.0


working = _Working()


def count_elsewhere(seconds: float) -> None:
    """Notes that a process of ours has worked for the link whose request this thread answers."""
    working.elsewhere += seconds
