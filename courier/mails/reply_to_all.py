"""Replies to all: brought to the milter by way of Postfix's filters, and sealed there (zegel/shared_replies.py).

Postfix has taken the mail only when that is done, so who still waits then was passed by: no milter stood in the way.
"""

from __future__ import annotations

import logging

from zegel.conversations.bounces import why
from zegel.delivery_error import DeliveryError
from zegel.mail.reply_reference import to_all_address
from zegel.notices.reply_mail import for_others
from zegel.vault.tables.records import OutboxItem
from zegel_courier.desk import Desk
from zegel_courier.kind import Kind
from zegel_courier.outgoing import OutgoingMail

log = logging.getLogger("zegel.courier")


def _compose(desk: Desk, item: OutboxItem) -> OutgoingMail | None:
    """None when it has gone to everybody, or to nobody more. Raises KeyGone."""
    if not desk.store.replies.others_waiting(item.message_id):
        return None
    content = b"".join(desk.vault.original(item.message_id, desk.core.clock()))
    answered = desk.store.replies.addressees(item.message_id)[0].address
    sender = to_all_address(desk.vault.keys.reply, desk.core.settings.reply_address, item.message_id)
    return OutgoingMail(sender, answered, for_others(content, answered))


def _accepted(desk: Desk, item: OutboxItem, mail: OutgoingMail) -> None:
    if _failed(desk, item, "refused"):
        log.error("item %d: no milter sealed the reply for the other recipients; its writer is shown so", item.id)


def _refused(desk: Desk, item: OutboxItem, error: DeliveryError) -> None:
    log.error("item %d: reply to all cannot be brought: %s; its writer is shown so", item.id, error.status)

    def note() -> None:
        desk.store.outbox.done(item.id)
        _failed(desk, item, why(error.status) if error.permanent else "late")

    desk.store.write(note)


def _failed(desk: Desk, item: OutboxItem, kind: str) -> bool:
    """Notes it for those who wait; False when nobody does."""
    left = desk.store.replies.others_waiting(item.message_id)
    for each in left:
        desk.store.replies.failed(item.message_id, each.position, kind, desk.core.clock())
    return bool(left)


KINDS = (Kind("reply-to-all", "message", _compose, route="through the filters", accepted=_accepted, refused=_refused),)
