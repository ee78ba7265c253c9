"""One unlock opens a conversation: a browser that has shown who it is need not show it again for the same thread.

It has to have opened another message of the same thread, to the same recipient, at no lower level, and that one has to
be open still: not taken back, not over, nobody has said that it is not theirs.
"""

from __future__ import annotations

from zegel.mail.addresses import identity
from zegel.unlock.standing import closed
from zegel.vault.store import Store
from zegel.vault.tables.records import Delivery, Root


def began_elsewhere(
    store: Store, cookie_hash: bytes, delivery: Delivery, now: float, idle: float, most: float
) -> tuple[float, Root] | None:
    """When the session began that opens `delivery` too, and what it goes back to; None when this browser has none.

    Sessions last as `idle` and `most` say; the new one ends when that one would have.
    """
    message = store.message(delivery.message_id)
    if message is None or delivery.state not in ("notified", "opened"):
        return None
    began = [
        (created_at, fellow_id)
        for fellow_id, created_at, used_at in store.challenges.sessions_in(cookie_hash, message.conversation)
        if fellow_id != delivery.id and now - created_at <= most and now - used_at <= idle
        for fellow in [store.delivery(fellow_id)]
        if fellow is not None and _opens(fellow, delivery, now)
    ]
    if not began:
        return None
    newest, fellow_id = max(began)
    return newest, store.challenges.root(cookie_hash, fellow_id) or Root()


def _opens(fellow: Delivery, delivery: Delivery, now: float) -> bool:
    live = fellow.state == "opened" and not closed(fellow, now)
    return live and fellow.level >= delivery.level and identity(fellow.recipient) == identity(delivery.recipient)
