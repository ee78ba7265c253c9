"""The original as it came, for a colleague whom Postfix could not be left to serve."""

from __future__ import annotations

from zegel.vault.tables.records import OutboxItem
from zegel_courier.desk import Desk
from zegel_courier.kind import Kind
from zegel_courier.outgoing import OutgoingMail


def _copy(desk: Desk, item: OutboxItem) -> OutgoingMail:
    payload = desk.payload(item)
    original = b"".join(desk.vault.original(item.message_id, desk.core.clock()))
    return OutgoingMail(payload["sender"], payload["to"], original, original=True)


KINDS = (Kind("copy", "message", _copy),)
