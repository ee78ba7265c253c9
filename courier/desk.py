"""What mails are composed with, and what they are about: read when their turn comes, so a recall is always heeded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from zegel.core import Core
from zegel.notices.brand import brand
from zegel.notices.to_sender import About
from zegel.vault.headline import Headline
from zegel.vault.tables.records import Delivery, Message, OutboxItem
from zegel_courier.originals import Originals


class Desk:
    """What every mail is composed with."""

    def __init__(self, core: Core) -> None:
        self.core = core
        self.vault = core.vault
        self.store = core.vault.store
        self.brand = brand(core.settings)
        self.own_address = core.settings.own_address
        self.language = core.settings.organisation.languages[0]
        """Of mails to senders and the administrator; recipients have one of their own."""
        self.originals = Originals(lambda message_id: b"".join(core.vault.original(message_id, core.clock())))

    def payload(self, item: OutboxItem) -> dict[str, Any]:
        """What was stored with `item`; {} for nothing. Raises KeyGone."""
        return self.vault.payload(item.id, item.message_id, item.payload, self.core.clock())

    def link(self, delivery: Delivery) -> str:
        """The recipient's link."""
        return self.core.access.link(delivery.id, delivery.generation)

    def phrase(self, recipient: str) -> str:
        """What a recipient chose to know us by."""
        return self.core.people.person(recipient).phrase


@dataclass(frozen=True, slots=True)
class OfMessage:
    """A mail about a message."""

    desk: Desk
    item: OutboxItem
    message: Message

    def headline(self) -> Headline:
        """Raises KeyGone."""
        return self.desk.vault.headline(self.message.id, self.desk.core.clock())

    def about(self) -> About:
        """The message as a mail to its sender tells it. Raises KeyGone."""
        return About(
            own_address=self.desk.own_address,
            sender=self.message.sender,
            subject=self.headline().told_subject,
            link=self.desk.core.access.sender_link(self.message.id),
            language=self.desk.language,
            shared=self.message.shared,
        )


@dataclass(frozen=True, slots=True)
class OfDelivery(OfMessage):
    """A mail about a message and one of its recipients."""

    delivery: Delivery

    @property
    def recipient(self) -> str:
        return self.delivery.recipient

    def number(self) -> str:
        """Where the recipient's codes go, masked; "" when no number is known."""
        return self.desk.core.codes.number(self.delivery)
