"""A false alarm that an officer released: the original as it was sent, and the mail that tells its sender."""

from __future__ import annotations

from zegel.delivery_error import DeliveryError
from zegel.notices.status_mails import cleared_mail
from zegel.vault.tables.records import OutboxItem
from zegel_courier.desk import Desk, OfMessage
from zegel_courier.kind import Kind, to_sender_of_message
from zegel_courier.mails.notification import undeliverable
from zegel_courier.outgoing import OutgoingMail


def _in_clear(desk: Desk, item: OutboxItem) -> OutgoingMail | None:
    message, to, now = desk.store.message(item.message_id), desk.payload(item)["to"], desk.core.clock()
    original = desk.originals.get(item.message_id)  # before it counts as leaving: it may not open
    if message is None or not desk.store.write(lambda: desk.store.deliveries.leaves(item.delivery_id, to, now)):
        return None
    return OutgoingMail(message.sender, to, original, original=True)


def _put_off(desk: Desk, item: OutboxItem, error: DeliveryError) -> None:
    if not error.unsure:
        desk.store.deliveries.stays(item.delivery_id)


def _cleared(case: OfMessage) -> bytes | None:
    ids = case.desk.payload(case.item)["deliveries"]
    found = [each for each in case.desk.store.deliveries.of_message(case.message.id) if each.id in ids]
    going = [each.recipient for each in found if each.state in ("clearing", "cleared")]
    return cleared_mail(case.desk.brand, case.about(), recipients=going) if going else None


KINDS = (
    Kind("in-clear", "delivery", _in_clear, event="sent in clear", refused=undeliverable, put_off=_put_off),
    to_sender_of_message("cleared", _cleared),
)
