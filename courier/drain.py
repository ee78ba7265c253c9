"""Drains the outbox: some threads that claim what is due and deliver it."""

from __future__ import annotations

import logging
import queue
import random
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol

from zegel.core import Core
from zegel.errors import describe
from zegel.vault.tables.outbox_kinds import Lane
from zegel.vault.tables.records import OutboxItem

log = logging.getLogger("zegel.courier")
LEASE = 600.0
"""Seconds that a claim lasts: longer than any submission's time-outs together, and than Postfix waits for a client."""
_FIRST_DELAY, _MOST_DELAY = 5.0, 1800.0
REST_AFTER = 20.0
"""Seconds without work after which a worker closes what it holds open."""
_TRY_AGAIN = 1.0


class Worker(Protocol):
    """What delivers items, in one thread at a time."""

    def deliver(self, item: OutboxItem) -> None:
        """Delivers an item and notes what came of it. Raises only when the database fails."""

    def close(self) -> None:
        """Lets go of what it holds open; it may be asked to deliver again."""


class Drain:
    """Some threads that empty one lane of the outbox, each with a worker of its own."""

    def __init__(
        self,
        core: Core,
        lane: Lane,
        worker: Callable[[], Worker],
        owner: str,
        threads: int,
        before: Sequence[str] | None = None,
    ) -> None:
        """`before` are the owners of claims that crashed predecessors left; `owner` itself, unless it is given."""
        self._core = core
        self._store = core.vault.store
        self._lane = lane
        self._worker = worker
        self._owner, *self._before = (
            name if lane == "mail" else f"{name} {lane}" for name in (owner, *([owner] if before is None else before))
        )
        self._threads = threads
        self._work: queue.Queue[OutboxItem | None] = queue.Queue()
        self._unfinished: deque[OutboxItem] = deque()
        """What the database failed on, still claimed: given back as soon as it answers."""
        self._running: list[threading.Thread] = []
        self._stopping = threading.Event()

    def start(self) -> None:
        """Takes back what crashed predecessors had claimed, and starts the threads."""
        now, release = self._core.clock(), self._store.outbox.release
        released = self._store.write(lambda: sum(release(each, now) for each in self._before)) if self._before else 0
        if released:
            log.warning("%d items were under way when the courier stopped; they are sent again", released)
        for number in range(self._threads):
            thread = threading.Thread(target=self._run, name=f"{self._lane}-{number}")
            thread.start()
            self._running.append(thread)

    def claim(self) -> int:
        """Claims what is due, as much as the threads can soon handle; returns how many items."""
        self._give_back()
        room = self._threads * 4 - self._work.qsize()
        if room <= 0 or not self._store.outbox.any_due(self._core.clock(), self._lane):
            return 0
        now = self._core.clock()
        items = self._store.write(lambda: self._store.outbox.claim(self._owner, now, LEASE, room, self._lane))
        for item in items:
            self._work.put(item)
        return len(items)

    def again(self, item: OutboxItem) -> None:
        """Has an item that is still claimed delivered once more, by the next thread that is free."""
        self._work.put(item)

    def stop(self) -> None:
        """Lets the threads finish what they are at; what was only claimed is given back."""
        self._stopping.set()
        while not self._work.empty():
            try:
                self._work.get_nowait()
            except queue.Empty:
                break
        for _ in self._running:
            self._work.put(None)
        for thread in self._running:
            thread.join()
        self._store.write(lambda: self._store.outbox.release(self._owner, self._core.clock()))

    def _run(self) -> None:
        worker = self._made()
        while worker is not None:
            try:
                item = self._work.get(timeout=REST_AFTER)
            except queue.Empty:
                worker.close()
                continue
            if item is None:
                break
            try:
                if ours := self._still_ours(item):
                    worker.deliver(ours)
            except Exception as error:
                # Only the database can fail here. If we end before it answers, the lease brings the item back.
                log.error("item %d: %s", item.id, describe(error))
                self._unfinished.append(item)
        if worker is not None:
            worker.close()

    def _give_back(self) -> None:
        """Has the unfinished tried again soon, and later each time: it may be the item that the database fails on."""
        if not (items := list(self._unfinished)):
            return
        now, outbox = self._core.clock(), self._store.outbox

        def give_back() -> None:
            for item in items:
                outbox.give_back(item.id, self._owner, now + delay(item.attempts))

        self._store.write(give_back)
        for item in items:
            self._unfinished.remove(item)

    def _made(self) -> Worker | None:
        """The worker of a thread, as soon as it can be made; None when all stops before that."""
        while not self._stopping.is_set():
            try:
                return self._worker()
            except Exception as error:
                log.error("lane %s: a worker cannot start, tried again: %s", self._lane, describe(error))
                self._stopping.wait(_TRY_AGAIN)
        return None

    def _still_ours(self, item: OutboxItem) -> OutboxItem | None:
        """Renews the lease of an item that waited long behind others; None when somebody else has it by now."""
        now = self._core.clock()
        if item.claimed_until - now > LEASE * 0.9:
            return item
        renewed = self._store.write(lambda: self._store.outbox.renew(item, now + LEASE))
        return replace(item, claimed_until=now + LEASE) if renewed else None


def delay(attempts: int) -> float:
    """Seconds until the next try: doubling from 5 s to half an hour, with half of it left to chance."""
    full = min(_MOST_DELAY, _FIRST_DELAY * 2.0 ** min(attempts, 20))
    return full * random.uniform(0.5, 1.0)  # noqa: S311 (spreads load, keeps no secret)
