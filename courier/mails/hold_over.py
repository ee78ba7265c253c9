"""The moment at which a hold ends. No mail but a change: what still waits ends, and the bounce is a row of its own."""

from __future__ import annotations

import logging

from zegel.vault.tables.records import OutboxItem
from zegel_courier.desk import Desk
from zegel_courier.kind import Kind

log = logging.getLogger("zegel.courier")


def _end(desk: Desk, item: OutboxItem) -> None:
    if ended := desk.core.holds.end(item.message_id, desk.core.clock()):
        log.info("item %d: %d deliveries ended without a number", item.id, ended)


KINDS = (Kind("hold-over", "message", lambda _desk, _item: None, instead=_end),)
