"""Deliveries that wait for a number or an agreed code: asked for, reminded of, released, ended. Never silence.

There is no state machine besides the delivery's own state. What has to happen later is an outbox row that
becomes due then, looks whether anybody still waits, and otherwise does nothing:

    number-request    at once      a mail to the sender
    number-reminder   4 and 24 h   the same, shorter
    hold-over         5 days       ends what still waits, with a bounce to the sender
"""

from __future__ import annotations

from zegel.vault.keyring import KeyGone
from zegel.vault.store import Store
from zegel.vault.tables.outbox_kinds import KindName
from zegel.vault.tables.records import Delivery
from zegel.vault.vault import Vault
from zegel.way_names import WayName

HOUR = 3600
REMIND_AFTER = (4 * HOUR, 24 * HOUR)
HOLD_SECONDS = 5 * 24 * HOUR
_BEFORE_EXPIRY = HOUR
"""A message that lives shorter than a hold: its hold ends while it can still be told what it was."""


def held_until(now: float, expires_at: float) -> float:
    """When a hold that begins now ends."""
    return min(now + HOLD_SECONDS, max(now, expires_at - _BEFORE_EXPIRY))


def ask_for_numbers(store: Store, message_id: int, now: float) -> None:
    """Asks the sender for the numbers that a message waits for; nothing when it waits for none. In a transaction."""
    held = store.deliveries.held(message_id)
    if not held:
        return
    last = max(held, key=lambda delivery: delivery.held_until)
    moments: list[tuple[KindName, float]] = [("number-request", now)]
    moments += [("number-reminder", now + after) for after in REMIND_AFTER if now + after < last.held_until]
    moments += [("hold-over", last.held_until)]
    for kind, when in moments:
        store.outbox.add(kind, message_id, int(when), about=last, when=when)


class Holds:
    """What ends holds; everything is to be called inside a transaction."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._store = vault.store

    def release(self, delivery: Delivery, by: str, now: float, way: WayName = "sms") -> bool:
        """Notifies a held delivery, which is opened in `way` from now on; False when it is not held any more."""
        if not self._store.deliveries.move(delivery.id, "held", "notified"):
            return False
        self._store.outbox.add("notification", delivery.id, delivery.generation, about=delivery, when=now)
        self._store.audit_log.record("released", by, now, about=delivery, way=way)
        return True

    def turn_all(self, address: str, before: WayName, after: WayName, now: float, locked_at: float = 0) -> None:
        """Has what an address opens in one way opened in another; who was notified is told how anew.

        `locked_at` is when the other way was locked, by wrong tries at other messages. What is held stays so: the
        sender was asked, and the answer releases it.
        """
        for delivery in self._store.deliveries.live(address, now, before):
            if delivery.state != "held":
                self.turn(delivery, after, now, locked_at)

    def turn(self, delivery: Delivery, after: WayName, now: float, locked_at: float = 0) -> None:
        """The same for one delivery."""
        self._store.deliveries.turn(delivery.id, after, locked_at)
        self._store.challenges.end_all(delivery.id, now)
        if delivery.state in ("notified", "opened"):
            once = (delivery.generation, after, now)
            self._store.outbox.add("notification", delivery.id, *once, about=delivery, when=now)

    def end(self, message_id: int, now: float, *, all_: bool = False) -> int:
        """Ends the holds of a message that are over (or all), with one bounce; returns how many deliveries."""
        over = [each for each in self._store.deliveries.held(message_id) if all_ or each.held_until <= now]
        message = self._store.message(message_id)
        if not over or message is None:
            return 0
        for delivery in over:
            self._store.deliveries.move(delivery.id, "held", "expired")
            self._store.audit_log.record("hold ended", "zegel", now, message=message_id, delivery=delivery.id)
        # Of no message: the bounce has to reach the sender also when the message is shredded before it is sent.
        told = {
            "to": message.sender,
            "subject": self._subject(message_id, now),
            "recipients": [delivery.recipient for delivery in over],
        }
        self._vault.tell(told, "hold-bounce", over[0].id, over[0].generation, when=now)
        return len(over)

    def _subject(self, message_id: int, now: float) -> str:
        try:
            subject = self._vault.headline(message_id, now).told_subject
        except KeyGone:
            return ""
        return subject
