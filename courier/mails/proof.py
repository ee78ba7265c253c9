"""The mail with a password that proves an address, for somebody who wants to write first."""

from __future__ import annotations

from zegel.conversations.writing import PROOF_SECONDS
from zegel.delivery_error import DeliveryError
from zegel.notices.proof_mail import proof_mail
from zegel.vault.tables.records import OutboxItem
from zegel_courier.desk import Desk
from zegel_courier.kind import Kind
from zegel_courier.outgoing import OutgoingMail


def _proof(desk: Desk, item: OutboxItem) -> OutgoingMail | None:
    """None when it is of no use any more, or its address has had enough of them."""
    payload = desk.payload(item)
    password = desk.core.writing.password(payload["proof"])
    if not password:
        return None
    content = proof_mail(
        desk.brand,
        sender_address=desk.own_address,
        recipient=payload["to"],
        password=password,
        until=item.created_at + PROOF_SECONDS,
        at=item.created_at,
        language=payload["language"],
        phrase=desk.phrase(payload["to"]),
    )
    return OutgoingMail(desk.own_address, payload["to"], content)


def _refused(desk: Desk, item: OutboxItem, error: DeliveryError) -> None:
    """Strangers type addresses that do not exist: nobody of ours has to look at that."""
    desk.store.write(lambda: desk.store.outbox.done(item.id))


KINDS = (Kind("proof", "nothing", _proof, refused=_refused),)
