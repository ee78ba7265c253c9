"""The mail with a password, while it can still be of use."""

from __future__ import annotations

from zegel.notices.automatic import password_mail
from zegel.unlock.password_way import PASSWORD_SECONDS
from zegel.vault.tables.records import OutboxItem
from zegel_courier.desk import Desk
from zegel_courier.kind import Kind, open_delivery
from zegel_courier.outgoing import OutgoingMail


def _password(desk: Desk, item: OutboxItem) -> OutgoingMail | None:
    case = open_delivery(desk, item)
    if case is None or desk.core.clock() > item.created_at + PASSWORD_SECONDS or case.delivery.way != "password":
        return None
    payload = desk.payload(item)
    content = password_mail(
        desk.brand,
        sender_address=desk.own_address,
        recipient=case.recipient,
        password=payload["password"],
        link=desk.link(case.delivery),
        message_sender=case.headline().name or case.message.sender,
        until=item.created_at + PASSWORD_SECONDS,
        at=item.created_at,
        language=payload["language"],
        phrase=desk.phrase(case.recipient),
        written_first=case.message.kind == "write",
    )
    return OutgoingMail(desk.own_address, case.recipient, content)


KINDS = (Kind("password", "delivery", _password),)
