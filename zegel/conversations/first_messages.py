"""What is different about messages of people who write first: a subject of their own, and limits by address."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from zegel.conversations.first_limits import FirstLimits
from zegel.mail.reply_reference import reference
from zegel.settings.model import Settings
from zegel.vault.keyring import KeyGone
from zegel.vault.tables.records import Delivery, Message
from zegel.vault.vault import Vault

MOST_IDS = 20
"""Message-IDs in References of what somebody wrote before; more make a long header and no better thread."""


@dataclass(frozen=True, slots=True)
class Before:
    """What the writer has sent from the same page; nothing for a reply to somebody who wrote to them."""

    begins: bool = False
    """Whether nothing was sent yet, so that the next one begins the conversation."""
    subject: str = ""
    ids: tuple[str, ...] = ()
    """The Message-IDs, the oldest first."""


class FirstMessages:
    """Looks at messages of kind "write"; of any other it says nothing."""

    def __init__(self, settings: Settings, vault: Vault) -> None:
        self._vault = vault
        self._store = vault.store
        self._limits = FirstLimits(settings.write, vault)
        self._own = settings.reply_address.rpartition("@")[2]

    def begins(self, delivery: Delivery) -> bool:
        message = self._store.message(delivery.message_id)
        return message is not None and message.kind == "write" and not self._sent(delivery)

    def thread(self, delivery: Delivery, message: Message, now: float) -> Before:
        if message.kind != "write":
            return Before()
        sent = self._sent(delivery)
        if not sent:
            return Before(begins=True)
        key = self._vault.keys.reply
        ids = tuple(f"<{reference(key, each.id, each.level)}@{self._own}>" for each in sent[-MOST_IDS:])
        try:
            subject = self._vault.headline(sent[0].id, now).subject
        except KeyGone:
            subject = ""
        return Before(False, subject, ids)

    def over(self, delivery: Delivery, message: Message, now: float) -> Literal["", "often", "full"]:
        """Which limit one more would be over: the writer's, or that of the published address."""
        if message.kind != "write":
            return ""
        if not self._limits.may_write(delivery.recipient, now):
            return "often"
        return "" if self._limits.may_get(message.sender, now) else "full"

    def note(self, delivery: Delivery, message: Message, now: float) -> None:
        """Counts one; inside its transaction."""
        if message.kind == "write":
            self._limits.wrote(delivery.recipient, message.sender, now)

    def _sent(self, delivery: Delivery) -> list[Message]:
        return self._store.replies.written_from(delivery.id)
