"""Hands mails to Postfix: compose, submit, and only then done.

A crash between Postfix's acceptance and `done` sends a mail twice; nothing sends it never.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Protocol

from zegel.core import Core
from zegel.delivery_error import DeliveryError
from zegel.errors import describe, is_database_away
from zegel.mail.own_mark import marked
from zegel.vault.keyring import KeyGone
from zegel.vault.marks import CLOCK_DOUBTED
from zegel.vault.tables.records import OutboxItem
from zegel_courier.composer import Composer
from zegel_courier.date_and_id import dated
from zegel_courier.drain import delay
from zegel_courier.kind import Kind
from zegel_courier.outgoing import OutgoingMail
from zegel_courier.registry import kind_of

log = logging.getLogger("zegel.courier")
GIVE_UP_AFTER = 5 * 86_400.0
TIME_TO_TELL = 2 * 3600.0
"""Before a message expires its sender hears what was not delivered."""
TIME_TO_SEND = 240.0
"""Seconds that have to be left of a lease when the content of a mail leaves: more than Postfix may take to answer."""


class Sender(Protocol):
    """What mails are handed to."""

    def send(self, sender: str, recipient: str, mail: bytes, may_go: Callable[[], bool] = ..., /) -> str:
        """Submits one mail, unless `may_go` says no at the last moment. Raises DeliveryError."""

    def close(self) -> None: ...


class Mails:
    """Delivers outbox rows that are mails; one thread uses it at a time."""

    def __init__(self, core: Core, composer: Composer, sender: Sender, filtered: Sender | None = None) -> None:
        """`filtered` takes what goes through Postfix's filters; `sender` all other mail."""
        self._core = core
        self._store = core.vault.store
        self._composer = composer
        self._desk = composer.desk
        self._sender = sender
        self._filtered = filtered or sender

    def close(self) -> None:
        self._composer.rest()
        self._sender.close()
        self._filtered.close()

    def deliver(self, item: OutboxItem) -> None:
        """Sends one item and notes what came of it."""
        try:
            kind = kind_of(item.kind)
            mail = kind.compose(self._desk, item)
            if mail is None:
                self._without_mail(item, kind)
                return
            queued_as = self._hand_over(item, kind, mail)
        except DeliveryError as error:
            self._refused(item, error)
        except KeyGone:
            self._without_key(item)
        except Exception as error:
            if is_database_away(error):
                raise
            log.error("item %d: set aside, see zegel outbox show: %s", item.id, describe(error))
            self._stick(item, describe(error))
        else:
            self._store.write(lambda: self._accepted(item, kind, mail, queued_as))
            log.info(
                "item %d: %s of message %d accepted, queued as %s",
                item.id, item.kind, item.message_id, queued_as or "?",
                extra={"item": item.id, "message_id": item.message_id, "queued_as": queued_as},
            )  # fmt: skip

    def _hand_over(self, item: OutboxItem, kind: Kind, mail: OutgoingMail) -> str:
        """Returns what Postfix calls it. Raises DeliveryError."""
        content = dated(self._core, item, mail.content)

        def may_go() -> bool:
            return item.claimed_until - self._core.clock() > TIME_TO_SEND

        if kind.route == "through the filters":
            return self._filtered.send(mail.sender, mail.recipient, content, may_go)
        only_to = mail.recipient if mail.original else ""
        content = marked(self._core.vault.keys.mark, content, only_to)
        return self._sender.send(mail.sender, mail.recipient, content, may_go)

    def _accepted(self, item: OutboxItem, kind: Kind, mail: OutgoingMail, queued_as: str) -> None:
        now = self._core.clock()
        self._store.outbox.done(item.id)
        if kind.event is not None:
            self._store.audit_log.record(
                kind.event, "zegel", now,
                message=item.message_id or None, delivery=item.delivery_id if kind.about == "delivery" else None,
                queue_id=queued_as,
            )  # fmt: skip
        if kind.accepted is not None:
            kind.accepted(self._desk, item, mail)

    def _put_off(self, item: OutboxItem, kind: Kind, error: DeliveryError, next_try: float) -> None:
        if not self._store.outbox.is_claimed_by(item):
            return
        self._store.outbox.retry(item.id, next_try, error.status)
        if kind.put_off is not None:
            kind.put_off(self._desk, item, error)

    def _in_doubt(self, item: OutboxItem) -> bool:
        """Puts an item off while the date is doubted: its message seems to have ended, and may not have."""
        if not self._store.marks.get(CLOCK_DOUBTED):
            return False
        next_try = self._core.clock() + delay(item.attempts)
        self._store.write(lambda: self._store.outbox.retry(item.id, next_try, "the date is in doubt"))
        log.warning("item %d: put off, because the date is in doubt", item.id)
        return True

    def _without_mail(self, item: OutboxItem, kind: Kind) -> None:
        if self._in_doubt(item):
            return

        def end() -> None:
            self._store.outbox.done(item.id)
            if kind.instead is not None:
                kind.instead(self._desk, item)

        if kind.instead is None:
            log.info("item %d: %s no longer needed", item.id, item.kind)
        self._store.write(end)

    def _without_key(self, item: OutboxItem) -> None:
        """Its message has expired; or the key ring is not the one that it was sealed with, and a person must look."""
        if self._in_doubt(item):
            return
        message, outbox = self._store.message(item.message_id), self._store.outbox
        if message is None or message.expires_at <= self._core.clock():
            log.info("item %d: its message has expired", item.id)
            self._store.write(lambda: outbox.drop(item.id))
        else:
            log.error("item %d: set aside: the key ring has no key for its message", item.id)
            self._stick(item, "the key ring has no key for it")

    def _stick(self, item: OutboxItem, reason: str) -> None:
        """Sets an item aside, unless somebody else has it by now."""

        def stick() -> None:
            if self._store.outbox.is_claimed_by(item):
                self._store.outbox.stick(item.id, reason)

        self._store.write(stick)

    def _give_up_at(self, item: OutboxItem) -> float:
        """After five days; earlier when the message, and with it what to tell its sender, would be gone by then."""
        message = self._store.message(item.message_id)
        end = item.created_at + GIVE_UP_AFTER
        return min(end, message.expires_at - TIME_TO_TELL) if message else end

    def _refused(self, item: OutboxItem, error: DeliveryError) -> None:
        now, outbox, kind = self._core.clock(), self._store.outbox, kind_of(item.kind)
        if not outbox.is_claimed_by(item):
            log.warning("item %d: left to who has it now: %s", item.id, error.status)
        elif not error.permanent and (now < self._give_up_at(item) or self._store.marks.get(CLOCK_DOUBTED)):
            # A date that jumped ahead makes everything old at once: while it is doubted, nothing is given up.
            next_try = now + delay(item.attempts)
            log.warning("item %d: %s put off: %s", item.id, item.kind, error.status)
            self._store.write(lambda: self._put_off(item, kind, error, next_try))
        elif kind.refused is not None:
            kind.refused(self._desk, item, error)
        else:
            log.error("item %d: %s cannot be delivered: %s; see zegel outbox show", item.id, item.kind, error.status)
            self._stick(item, error.status)
