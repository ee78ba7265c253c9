"""What somebody with the link can say without opening the message: not mine, not asked, please again.

All of it is counted in the database and safe to repeat, because a form may be sent twice. No answer reveals content.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from zegel.unlock.access import Access
from zegel.unlock.objections import NOT_ASKED, quiet_until
from zegel.unlock.standing import standing
from zegel.vault.keyring import KeyGone
from zegel.vault.tables.audit_events import EventName
from zegel.vault.tables.outbox_kinds import KindName
from zegel.vault.tables.records import Delivery, Message
from zegel.vault.vault import Vault

ASK_APART_SECONDS, ASK_MOST = 24 * 3600, 3
"""How often the sender is asked about one delivery: once a day, and in all; counted in the audit log."""

ASKED_SENDER: EventName = "sender asked"
"""The event of a recipient who asks for a message that they cannot open any more."""

Asking = Literal["may", "told", "enough", "open"]
"""Whether the sender can be asked: they were told today, often enough, or there is nothing to ask for."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What happened to a message between two objections, or up to the first."""

    opened_at: tuple[float, ...] = ()
    taken: bool = False
    """Whether files were looked at or downloaded."""


class Feedback:
    """What a recipient reports to the sender: not for me, not asked, please send again."""

    def __init__(self, vault: Vault, access: Access, clock: Callable[[], float]) -> None:
        self._vault = vault
        self._store = vault.store
        self._access = access
        self._clock = clock

    def not_mine(self, delivery: Delivery, why: Literal["number", "person"]) -> bool:
        """The number or the mail is not theirs: nobody gets in until the sender has looked. False when it was said."""
        return self._store.write(lambda: self._not_mine(delivery.id, why))

    def not_asked(self, delivery: Delivery) -> bool:
        """They did not ask for the password or code that they got: what was sent works no more.

        What was opened by those since they said so before ends too: sessions, remembered devices and passkeys, whatever
        these opened in turn. It is not known who typed which password, so the owner's own are among them. The sender is
        told when the message was opened. Works also when the message has ended: devices and passkeys open others.

        It counts once for what was sent or opened since it was said before; False when nothing was.
        """
        return self._store.write(lambda: self._not_asked(delivery.id))

    def seen(self, delivery: Delivery) -> Seen:
        """When the message was opened before the last objection and after the one before."""
        said = self._store.audit_log.moments(NOT_ASKED, delivery.message_id, delivery.id)
        return self._seen(delivery, said[-2] if len(said) > 1 else 0.0, said[-1]) if said else Seen()

    def quiet_until(self, delivery: Delivery) -> float:
        """Until when no password or code is sent, because too many were not asked for; 0 when they are."""
        return quiet_until(self._store.audit_log, delivery, self._clock())

    def asking(self, delivery: Delivery) -> Asking:
        """Whether the sender of an ended delivery can be asked for it."""
        if not self._access.ended(delivery):
            return "open"
        if self._is_shared(delivery) or delivery.state in ("clearing", "cleared"):
            return "enough"
        asked = self._store.audit_log.moments(ASKED_SENDER, delivery.message_id, delivery.id)
        if asked and self._clock() - asked[-1] < ASK_APART_SECONDS:
            return "told"
        return "enough" if len(asked) >= ASK_MOST else "may"

    def ask_sender(self, delivery: Delivery) -> Asking:
        """Asks the sender for a message that expired or was withdrawn; works also when its key is gone."""
        return self._store.write(lambda: self._ask_sender(delivery.id))

    # Inside transactions.

    def _not_mine(self, delivery_id: int, why: Literal["number", "person"]) -> bool:
        now, delivery = self._clock(), self._store.delivery(delivery_id)
        if delivery is None or standing(delivery, now) in ("ended", "stopped"):
            return False
        if (why == "number" and delivery.way != "sms") or self._written_first(delivery):
            return False
        self._store.deliveries.stop(delivery.id, why, now)
        self._store.challenges.end_all(delivery.id, now)
        if why == "person":
            self._store.challenges.shut(delivery.id)
        kind: KindName = "wrong-number" if why == "number" else "not-for-me"
        event: EventName = "not my number" if why == "number" else "not for me"
        self._store.outbox.add(kind, delivery.id, now, about=delivery, when=now)
        self._note(event, delivery, now)
        return True

    def _not_asked(self, delivery_id: int) -> bool:
        now, delivery = self._clock(), self._store.delivery(delivery_id)
        if delivery is None:
            return False
        self._store.challenges.end_all(delivery.id, now)
        said = max(self._store.audit_log.moments(NOT_ASKED, delivery.message_id, delivery.id), default=0.0)
        seen = self._seen(delivery, said, now)
        if self._store.challenges.last_made(delivery.id) <= said and not seen.opened_at:
            return False
        self._store.challenges.shut_root(delivery.id, said)
        self._store.devices.remove_root(delivery.id, said)
        self._store.passkeys.remove_root(delivery.id, said)
        self._note(NOT_ASKED, delivery, now)
        if seen.opened_at:
            self._tell_sender("not-asked", delivery, now, opened_at=seen.opened_at, taken=seen.taken)
        return True

    def _seen(self, delivery: Delivery, since: float, until: float) -> Seen:
        log, where = self._store.audit_log, (delivery.message_id, delivery.id)
        opened = (at for at in log.moments("opened", *where, since) if at <= until)
        taken = any(at <= until for at in log.moments("downloaded", *where, since))
        return Seen(tuple(opened), taken)

    def _ask_sender(self, delivery_id: int) -> Asking:
        now, delivery = self._clock(), self._store.delivery(delivery_id)
        if delivery is None or self._store.message(delivery.message_id) is None:
            return "open"
        asking = self.asking(delivery)
        if asking != "may" or self._written_first(delivery):
            return asking
        self._tell_sender("ask-sender", delivery, now)
        self._note(ASKED_SENDER, delivery, now)
        return "told"

    def _tell_sender(self, kind: KindName, delivery: Delivery, now: float, **more: Any) -> None:
        """A mail of no message: what is sealed under the message's own key would be gone with it."""
        message = self._store.message(delivery.message_id)
        if message is None or message.kind == "write":
            return
        told = {
            "to": message.sender,
            "message": message.id,
            "delivery": delivery.id,
            "recipient": delivery.recipient,
            "sent_at": message.created_at,
            "subject": self._subject(message, now),
            **more,
        }
        self._vault.tell(told, kind, delivery.id, now, when=now)

    def _written_first(self, delivery: Delivery) -> bool:
        """Whether there is no sender who could be told: the recipient writes first from here."""
        message = self._store.message(delivery.message_id)
        return message is not None and message.kind == "write"

    def _is_shared(self, delivery: Delivery) -> bool:
        """Whether another recipient wrote it, so that nobody of ours could send it once more."""
        message = self._store.message(delivery.message_id)
        return message is not None and message.shared

    def _subject(self, message: Message, now: float) -> str:
        try:
            return self._vault.headline(message.id, now).told_subject
        except KeyGone:
            return ""

    def _note(self, event: EventName, delivery: Delivery, now: float) -> None:
        self._store.audit_log.record(event, "recipient", now, about=delivery)
