"""Drains the outbox: claim, compose, submit, and only then done.

A crash between Postfix's acceptance and `done` sends a mail twice; nothing sends it never.
"""

from __future__ import annotations

import logging
import queue
import random
import threading
from collections.abc import Callable
from typing import Protocol

from zegel.house import House
from zegel.processes import describe
from zegel.vault.keyring import KeyGone
from zegel.vault.records import OutboxItem

from .compose import Composer, OutgoingMail
from .submission import DeliveryError

log = logging.getLogger("zegel.courier")
LEASE = 600.0
"""Seconds that a claim lasts: longer than any submission's time-outs together."""
GIVE_UP_AFTER = 5 * 86_400.0
_FIRST_DELAY, _MOST_DELAY = 5.0, 1800.0


class Sender(Protocol):
    """What mails are handed to."""

    def send(self, sender: str, recipient: str, mail: bytes) -> None:
        """Submits one mail. Raises DeliveryError."""

    def close(self) -> None: ...


class Drain:
    """Some threads that empty the outbox, each with a connection of its own."""

    def __init__(
        self, house: House, composer: Composer, connect: Callable[[], Sender], owner: str, threads: int
    ) -> None:
        self._house = house
        self._store = house.vault.store
        self._composer = composer
        self._connect = connect
        self._owner = owner
        self._threads = threads
        self._work: queue.Queue[OutboxItem | None] = queue.Queue()
        self._running: list[threading.Thread] = []

    def start(self) -> None:
        """Takes back what a crashed predecessor had claimed, and starts the threads."""
        released = self._store.write(lambda: self._store.outbox.release(self._owner, self._house.clock()))
        if released:
            log.warning("%d items were under way when the courier stopped; they are sent again", released)
        for number in range(self._threads):
            thread = threading.Thread(target=self._run, name=f"courier-{number}")
            thread.start()
            self._running.append(thread)

    def claim(self) -> int:
        """Claims what is due, as much as the threads can soon handle; returns how many items."""
        room = self._threads * 4 - self._work.qsize()
        if room <= 0 or not self._store.outbox.any_due(self._house.clock()):
            return 0
        now = self._house.clock()
        items = self._store.write(lambda: self._store.outbox.claim(self._owner, now, LEASE, room))
        for item in items:
            self._work.put(item)
        return len(items)

    def stop(self) -> None:
        """Lets the threads finish the mail that they are at; what was only claimed is given back."""
        while not self._work.empty():
            try:
                self._work.get_nowait()
            except queue.Empty:
                break
        for _ in self._running:
            self._work.put(None)
        for thread in self._running:
            thread.join()
        self._store.write(lambda: self._store.outbox.release(self._owner, self._house.clock()))

    def _run(self) -> None:
        sender = self._connect()
        while (item := self._work.get()) is not None:
            try:
                self.deliver(item, sender)
            except Exception as error:
                # Only the database can fail here; the lease brings the item back.
                log.error("item %d: %s", item.id, describe(error))
        sender.close()

    def deliver(self, item: OutboxItem, sender: Sender) -> None:
        """Sends one item and notes what came of it."""
        outbox = self._store.outbox
        try:
            mail = self._composer.compose(item)
            if mail is None:
                log.info("item %d: %s no longer needed", item.id, item.kind)
                self._store.write(lambda: outbox.done(item.id))
                return
            sender.send(mail.sender, mail.recipient, mail.content)
        except DeliveryError as error:
            self._refused(item, mail, error)
        except KeyGone:
            log.info("item %d: its message has expired", item.id)
            self._store.write(lambda: outbox.drop(item.id))
        except Exception as error:
            log.error("item %d: set aside, see zegel outbox show: %s", item.id, describe(error))
            reason = describe(error)
            self._store.write(lambda: outbox.stick(item.id, reason))
        else:
            self._store.write(lambda: outbox.done(item.id))
            log.info("item %d: %s accepted", item.id, item.kind)

    def _refused(self, item: OutboxItem, mail: OutgoingMail | None, error: DeliveryError) -> None:
        now, outbox = self._house.clock(), self._store.outbox
        if not error.permanent and now - item.created_at < GIVE_UP_AFTER:
            next_try = now + delay(item.attempts)
            log.warning("item %d: %s put off: %s", item.id, item.kind, error.status)
            self._store.write(lambda: outbox.retry(item.id, next_try, error.status))
        elif item.kind == "notification" and mail is not None:
            log.error("item %d: cannot be delivered: %s; the sender is told", item.id, error.status)
            self._tell_sender(item, error, now)
        else:
            log.error("item %d: %s cannot be delivered: %s; see zegel outbox show", item.id, item.kind, error.status)
            self._store.write(lambda: outbox.stick(item.id, error.status))

    def _tell_sender(self, item: OutboxItem, error: DeliveryError, now: float) -> None:
        key = f"failure {item.delivery_id}"
        data_key = self._house.vault.data_key(item.message_id, now)
        payload = data_key.seal_payload(key, {"status": error.status, "answer": error.answer})

        def note() -> None:
            self._store.outbox.done(item.id)
            self._store.outbox.add("failure", key, item.message_id, item.delivery_id, payload, now)
            self._store.ledger.record(
                "could not be delivered", "zegel", now,
                message=item.message_id, delivery=item.delivery_id, status=error.status,
            )  # fmt: skip

        self._store.write(note)


def delay(attempts: int) -> float:
    """Seconds until the next try: doubling from 5 s to half an hour, with half of it left to chance."""
    full = min(_MOST_DELAY, _FIRST_DELAY * 2.0 ** min(attempts, 20))
    return full * random.uniform(0.5, 1.0)  # noqa: S311 (spreads load, keeps no secret)
