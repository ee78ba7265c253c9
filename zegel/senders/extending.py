"""How long a message is kept: until when its sender can have it, and giving it that."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from typing import Any

from zegel.senders.history import asked_at
from zegel.settings.model import Settings
from zegel.vault.keyring import KeyGone
from zegel.vault.tables.records import Delivery, Message
from zegel.vault.vault import Vault

DAY = 86_400


class Extending:
    """Gives messages a later end, within the most that settings allow."""

    def __init__(
        self, settings: Settings, vault: Vault, notify: Callable[[Delivery, float], None], clock: Callable[[], float]
    ) -> None:
        """`notify` has a recipient sent the link again; it is called inside a transaction."""
        self._retention = settings.retention
        self._vault = vault
        self._store = vault.store
        self._notify = notify
        self._clock = clock
        self._officer = self._reason = ""

    def on_behalf(self, officer: str, reason: str) -> Extending:
        """The same, done by an officer."""
        other = copy(self)
        other._officer, other._reason = officer, reason
        return other

    def until(self, message: Message, now: float) -> float:
        """The end that `extend` gives a message; the one that it has when nothing later can be given."""
        if message.expires_at <= now and self._gone(message, now):
            return message.expires_at
        later = min(now + self._retention.days * DAY, message.created_at + self._retention.most_days * DAY)
        return max(message.expires_at, later)

    def extend(self, message: Message) -> float:
        """Gives the message as long as a new one has; its new end.

        That goes also for one that has just expired, as long as the original exists; who asked for it is notified.
        """

        def extend() -> float:
            now, current = self._clock(), self._store.message(message.id)
            if current is None:
                return message.expires_at
            later = self.until(current, now)
            if later > max(current.expires_at, now):
                self._vault.extend(message.id, later, now)
                why: dict[str, Any] = {"reason": self._reason} if self._officer else {}
                actor = self._officer or message.sender
                self._store.audit_log.record("extended", actor, now, message=message.id, until=later, **why)
                if current.expires_at <= now:
                    self._notify_who_asked(current, now)
            return later

        try:
            return self._store.write(extend)
        except KeyGone:
            return message.expires_at

    def _notify_who_asked(self, message: Message, now: float) -> None:
        events = list(self._store.audit_log.events(message.id))
        for delivery in self._store.deliveries.of_message(message.id):
            if delivery.state in ("notified", "opened") and asked_at(delivery, events):
                self._notify(delivery, now)

    def _gone(self, message: Message, now: float) -> bool:
        """Whether the original cannot be read again by anybody."""
        try:
            self._vault.data_key(message.id, now)
        except KeyGone:
            return True
        return False
