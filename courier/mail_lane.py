"""Hands mails to Postfix: compose, submit, and only then done.

A crash between Postfix's acceptance and `done` sends a mail twice; nothing sends it never.
"""

from __future__ import annotations

import logging
from typing import Protocol

from zegel.core import Core
from zegel.delivery_error import DeliveryError
from zegel.errors import describe
from zegel.mail.own_mark import marked
from zegel.vault.keyring import KeyGone
from zegel.vault.tables.audit_events import EventName
from zegel.vault.tables.records import OutboxItem
from zegel_courier.compose_recipient import Composer
from zegel_courier.date_and_id import dated
from zegel_courier.drain import delay
from zegel_courier.outgoing import OutgoingMail
from zegel_courier.reply_lane import Replies
from zegel_courier.working_days import two_working_days_after

log = logging.getLogger("zegel.courier")
GIVE_UP_AFTER = 5 * 86_400.0
TIME_TO_TELL = 2 * 3600.0
"""Before a message expires its sender hears what was not delivered."""
_EVENTS: dict[str, EventName] = {
    "notification": "notified",
    "number-request": "number requested",
    "number-reminder": "sender reminded",
    "hold-bounce": "sender told",
}
"""What the audit log says when Postfix has taken a mail; of the others it says nothing."""


class Sender(Protocol):
    """What mails are handed to."""

    def send(self, sender: str, recipient: str, mail: bytes) -> None:
        """Submits one mail. Raises DeliveryError."""

    def close(self) -> None: ...


class Mails:
    """Delivers outbox rows that are mails; one thread uses it at a time."""

    def __init__(self, core: Core, composer: Composer, sender: Sender, filtered: Sender | None = None) -> None:
        """`filtered` takes replies, to go through Postfix's filters; `sender` all other mail."""
        self._core = core
        self._store = core.vault.store
        self._composer = composer
        self._sender = sender
        self._filtered = filtered or sender
        self._replies = Replies(core)

    def close(self) -> None:
        self._composer.rest()
        self._sender.close()
        self._filtered.close()

    def deliver(self, item: OutboxItem) -> None:
        """Sends one item and notes what came of it."""
        outbox = self._store.outbox
        mail: OutgoingMail | None = None
        try:
            if item.kind == "hold-over":
                self._end_hold(item)
                return
            is_reply = item.kind == "reply"
            mail = self._replies.compose(item) if is_reply else self._composer.compose(item)
            if mail is None:
                log.info("item %d: %s no longer needed", item.id, item.kind)
                self._store.write(lambda: outbox.done(item.id))
                return
            content = dated(self._core, item, mail.content)
            if not is_reply:
                content = marked(self._core.vault.keys.mark, content)
            (self._filtered if is_reply else self._sender).send(mail.sender, mail.recipient, content)
        except DeliveryError as error:
            self._refused(item, mail, error)
        except KeyGone:
            self._without_key(item)
        except Exception as error:
            log.error("item %d: set aside, see zegel outbox show: %s", item.id, describe(error))
            reason = describe(error)
            self._store.write(lambda: outbox.stick(item.id, reason))
        else:
            report = mail.report
            self._store.write(lambda: self._accepted(item, report=report))
            log.info("item %d: %s accepted", item.id, item.kind)

    def _accepted(self, item: OutboxItem, *, report: bool) -> None:
        now = self._core.clock()
        self._store.outbox.done(item.id)
        if report:
            key = f"relayed {item.delivery_id}"
            self._store.outbox.add("relayed", key, item.message_id, item.delivery_id, b"", now)
        if item.kind == "reply":
            self._replies.accepted(item)
        if item.kind in _EVENTS:
            self._store.audit_log.record(
                _EVENTS[item.kind], "zegel", now,
                message=item.message_id or None, delivery=item.delivery_id if item.kind == "notification" else None,
            )  # fmt: skip
        if item.kind == "notification" and self._core.settings.notices.not_opened:
            when = two_working_days_after(now, self._core.settings.organisation.timezone)
            key = f"not-opened {item.delivery_id}"
            self._store.outbox.add("not-opened", key, item.message_id, item.delivery_id, b"", when)

    def _end_hold(self, item: OutboxItem) -> None:
        """No mail but a change: what still waits ends, and the bounce about it is a row of its own."""

        def end() -> int:
            self._store.outbox.done(item.id)
            return self._core.holds.end(item.message_id, self._core.clock())

        if ended := self._store.write(end):
            log.info("item %d: %d deliveries ended without a number", item.id, ended)

    def _without_key(self, item: OutboxItem) -> None:
        """Its message has expired; or the key ring is not the one that it was sealed with, and a person must look."""
        message, outbox = self._store.message(item.message_id), self._store.outbox
        if message is None or message.expires_at <= self._core.clock():
            log.info("item %d: its message has expired", item.id)
            self._store.write(lambda: outbox.drop(item.id))
        else:
            log.error("item %d: set aside: the key ring has no key for its message", item.id)
            self._store.write(lambda: outbox.stick(item.id, "the key ring has no key for it"))

    def _give_up_at(self, item: OutboxItem) -> float:
        """After five days; earlier when the message, and with it what to tell its sender, would be gone by then."""
        message = self._store.message(item.message_id)
        end = item.created_at + GIVE_UP_AFTER
        return min(end, message.expires_at - TIME_TO_TELL) if message else end

    def _refused(self, item: OutboxItem, mail: OutgoingMail | None, error: DeliveryError) -> None:
        now, outbox = self._core.clock(), self._store.outbox
        if not error.permanent and now < self._give_up_at(item):
            next_try = now + delay(item.attempts)
            log.warning("item %d: %s put off: %s", item.id, item.kind, error.status)
            self._store.write(lambda: outbox.retry(item.id, next_try, error.status))
        elif item.kind == "reply":
            self._replies.refused(item, error)
        elif item.kind == "notification" and mail is not None:
            log.error("item %d: cannot be delivered: %s; the sender is told", item.id, error.status)
            self._tell_sender(item, error, now)
        else:
            log.error("item %d: %s cannot be delivered: %s; see zegel outbox show", item.id, item.kind, error.status)
            self._store.write(lambda: outbox.stick(item.id, error.status))

    def _tell_sender(self, item: OutboxItem, error: DeliveryError, now: float) -> None:
        key = f"failure {item.id}"
        data_key = self._core.vault.data_key(item.message_id, now)
        payload = data_key.seal_payload(key, {"status": error.status, "answer": error.answer})

        def note() -> None:
            self._store.outbox.done(item.id)
            self._store.outbox.add("failure", key, item.message_id, item.delivery_id, payload, now)
            self._store.audit_log.record(
                "could not be delivered", "zegel", now,
                message=item.message_id, delivery=item.delivery_id, status=error.status,
            )  # fmt: skip

        self._store.write(note)
