"""What is different about replies: they are composed already, and a failure is shown to who wrote.

They go to people inside, by Postfix's ordinary listener, behind which its filters stand. Whatever is refused, at once
or later, is noted on the reply. The envelope sender is an address of ours, so that a report about it comes back here
and not to who wrote, outside, with the reply in it.
"""

from __future__ import annotations

import logging

from zegel.conversations.bounces import why
from zegel.core import Core
from zegel.delivery_error import DeliveryError
from zegel.mail.reply_reference import bounce_address
from zegel.vault.tables.records import Addressee, OutboxItem
from zegel_courier.outgoing import OutgoingMail

log = logging.getLogger("zegel.courier")


class Replies:
    """Brings replies to their addressees, one row of the outbox each."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._store = core.vault.store

    def compose(self, item: OutboxItem) -> OutgoingMail | None:
        """The mail of `item`, or None when it has arrived or failed already. Raises KeyGone."""
        addressee = self._addressee(item)
        if addressee is None or addressee.state != "sending":
            return None
        content = b"".join(self._core.vault.original(item.message_id, self._core.clock()))
        own = self._core.settings.reply_address
        sender = bounce_address(self._core.vault.keys.reply, own, item.message_id, addressee.position)
        return OutgoingMail(sender, addressee.address, content)

    def accepted(self, item: OutboxItem) -> None:
        """Notes that Postfix has it; inside a transaction."""
        if addressee := self._addressee(item):
            self._store.replies.sent(item.message_id, addressee.position, self._core.clock())

    def refused(self, item: OutboxItem, error: DeliveryError) -> None:
        """Nobody will take it any more; who wrote sees so in the conversation."""
        log.error("item %d: reply cannot be delivered: %s; its writer is shown so", item.id, error.status)
        kind = why(error.status) if error.permanent else "late"

        def note() -> None:
            self._store.outbox.done(item.id)
            if addressee := self._addressee(item):
                self._store.replies.failed(item.message_id, addressee.position, kind, self._core.clock())

        self._store.write(note)

    def _addressee(self, item: OutboxItem) -> Addressee | None:
        return self._store.replies.addressee_of(item)
