"""Replies: composed already, and a failure is shown to who wrote.

They go to people inside, by Postfix's ordinary listener, behind which its filters stand. Whatever is refused, at once
or later, is noted on the reply. The envelope sender is an address of ours, so that a report about it comes back here
and not to who wrote, outside, with the reply in it.
"""

from __future__ import annotations

import logging

from zegel.conversations.bounces import why
from zegel.delivery_error import DeliveryError
from zegel.mail.reply_reference import bounce_address
from zegel.vault.tables.records import OutboxItem
from zegel_courier.desk import Desk
from zegel_courier.kind import Kind
from zegel_courier.outgoing import OutgoingMail

log = logging.getLogger("zegel.courier")


def _reply(desk: Desk, item: OutboxItem) -> OutgoingMail | None:
    """None when it has arrived or failed already. Raises KeyGone."""
    addressee = desk.store.replies.addressee_of(item)
    if addressee is None or addressee.state != "sending":
        return None
    content = b"".join(desk.vault.original(item.message_id, desk.core.clock()))
    own = desk.core.settings.reply_address
    sender = bounce_address(desk.vault.keys.reply, own, item.message_id, addressee.position)
    return OutgoingMail(sender, addressee.address, content)


def _accepted(desk: Desk, item: OutboxItem, mail: OutgoingMail) -> None:
    if addressee := desk.store.replies.addressee_of(item):
        desk.store.replies.sent(item.message_id, addressee.position, desk.core.clock())


def _refused(desk: Desk, item: OutboxItem, error: DeliveryError) -> None:
    log.error("item %d: reply cannot be delivered: %s; its writer is shown so", item.id, error.status)
    kind = why(error.status) if error.permanent else "late"

    def note() -> None:
        desk.store.outbox.done(item.id)
        if addressee := desk.store.replies.addressee_of(item):
            desk.store.replies.failed(item.message_id, addressee.position, kind, desk.core.clock())

    desk.store.write(note)


KINDS = (Kind("reply", "message", _reply, route="through the filters", accepted=_accepted, refused=_refused),)
