"""An automatic answer to what was delivered directly: it came to the address for reports, and is for the sender."""

from __future__ import annotations

import base64

from zegel.vault.tables.records import OutboxItem
from zegel_courier.desk import Desk
from zegel_courier.kind import Kind
from zegel_courier.outgoing import OutgoingMail


def _passed_on(desk: Desk, item: OutboxItem) -> OutgoingMail:
    payload = desk.payload(item)
    return OutgoingMail("", payload["to"], base64.b64decode(payload["mail"]), original=True)


KINDS = (Kind("passed-on", "nothing", _passed_on),)
