"""What somebody with the link can say without opening the message: not mine, not asked, please again.

All of it is counted in the database and safe to repeat, for a page may be sent twice. None of it shows anything.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from zegel.unlock.access import Access
from zegel.unlock.objections import NOT_ASKED, quiet_until
from zegel.vault.keyring import KeyGone
from zegel.vault.tables.records import Delivery, Message
from zegel.vault.vault import Vault, subject_to_tell

ASK_APART_SECONDS, ASK_MOST = 24 * 3600, 3
"""How often the sender is asked about one delivery: once a day, and in all; counted in the audit log."""

ASKED_SENDER = "sender asked"
"""The event of a recipient who asks for a message that they cannot open any more."""

Asking = Literal["may", "told", "enough", "open"]
"""Whether the sender can be asked: he was told today, often enough, or there is nothing to ask for."""


class Feedback:
    """What a recipient reports to the sender: not for me, not asked, please send again."""

    def __init__(self, vault: Vault, access: Access, clock: Callable[[], float]) -> None:
        self._vault = vault
        self._store = vault.store
        self._access = access
        self._clock = clock

    def not_mine(self, delivery: Delivery, why: Literal["number", "person"]) -> bool:
        """The number, or the mail, is not his: nobody gets in until the sender has looked. False when it was said."""
        return self._store.write(lambda: self._not_mine(delivery.id, why))

    def not_asked(self, delivery: Delivery) -> bool:
        """He did not ask for the password or code that he got: what was sent works no more.

        It counts once for what was sent since he said so before; False when nothing was.
        """
        return self._store.write(lambda: self._not_asked(delivery.id))

    def quiet_until(self, delivery: Delivery) -> float:
        """Until when no password or code is sent, because too many were not asked for; 0 when they are."""
        return quiet_until(self._store.audit_log, delivery, self._clock())

    def asking(self, delivery: Delivery) -> Asking:
        """Whether the sender of an ended delivery can be asked for it."""
        if not self._access.ended(delivery):
            return "open"
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
        if delivery is None or self._access.ended(delivery) or delivery.stopped_at:
            return False
        if why == "number" and delivery.level < 2:
            return False
        self._store.deliveries.stop(delivery.id, why, now)
        self._store.challenges.end_all(delivery.id, now)
        if why == "person":
            self._store.challenges.shut(delivery.id)
        kind, event = ("wrong-number", "not my number") if why == "number" else ("not-for-me", "not for me")
        self._store.outbox.add(kind, f"{kind} {delivery.id} {now}", delivery.message_id, delivery.id, b"", now)
        self._note(event, delivery, now)
        return True

    def _not_asked(self, delivery_id: int) -> bool:
        now, delivery = self._clock(), self._store.delivery(delivery_id)
        if delivery is None or self._access.ended(delivery):
            return False
        self._store.challenges.end_all(delivery.id, now)
        said = self._store.audit_log.moments(NOT_ASKED, delivery.message_id, delivery.id)
        if self._store.challenges.last_made(delivery.id) <= max(said, default=0.0):
            return False
        self._note(NOT_ASKED, delivery, now)
        return True

    def _ask_sender(self, delivery_id: int) -> Asking:
        now, delivery = self._clock(), self._store.delivery(delivery_id)
        message = self._store.message(delivery.message_id) if delivery else None
        if delivery is None or message is None:
            return "open"
        asking = self.asking(delivery)
        if asking != "may":
            return asking
        # Of no message: what is sealed under the message's own key would be gone with it.
        key = f"ask-sender {delivery.id} {now}"
        told = {
            "to": message.sender,
            "message": message.id,
            "delivery": delivery.id,
            "recipient": delivery.recipient,
            "sent_at": message.created_at,
            "subject": self._subject(message, now),
        }
        self._store.outbox.add("ask-sender", key, 0, 0, self._vault.seal_notice(key, told), now)
        self._note(ASKED_SENDER, delivery, now)
        return "told"

    def _subject(self, message: Message, now: float) -> str:
        try:
            return subject_to_tell(self._vault.headline(message.id, now))
        except KeyGone:
            return ""

    def _note(self, event: str, delivery: Delivery, now: float) -> None:
        self._store.audit_log.record(event, "recipient", now, message=delivery.message_id, delivery=delivery.id)
