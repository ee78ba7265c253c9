"""From an outbox row to the mail that it stands for."""

from __future__ import annotations

from zegel.core import Core
from zegel.vault.tables.records import OutboxItem
from zegel_courier.desk import Desk
from zegel_courier.outgoing import OutgoingMail
from zegel_courier.registry import kind_of


class Composer:
    """Composes the mails, at one desk for all threads."""

    def __init__(self, core: Core) -> None:
        self.desk = Desk(core)

    def compose(self, item: OutboxItem) -> OutgoingMail | None:
        """The mail of `item`, or None when nobody needs it any more. Raises KeyGone for expired messages."""
        return kind_of(item.kind).compose(self.desk, item)

    def rest(self) -> None:
        """Forgets what it keeps for the next mails, when there are none."""
        self.desk.originals.forget()
