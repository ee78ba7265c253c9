"""Who is still in the circle of a message that was replied to: told by the database alone, without opening anything.

The milter asks this again when it seals a reply to all. Whom the first message shows, in To and Cc, the portal has read
before the reply was written (zegel/conversations/reply_all.py), and that does not change.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from zegel.mail.addresses import identity
from zegel.settings.model import Settings
from zegel.vault.store import Store
from zegel.vault.tables.records import Delivery, Message

MOST_STEPS = 200
"""Shared replies between a message and the one that began the circle."""
_LIVE = ("direct", "held", "notified", "opened", "delivered", "clearing", "cleared")


@dataclass(frozen=True, slots=True)
class Round:
    """A circle as it is now; people are told by `identity`."""

    first: Message
    """The one that began it."""
    here: dict[str, Delivery]
    """The deliveries of that message that are still meant for their recipients."""
    members: set[str]
    """Who got everything in it, and is not stopped."""
    levels: dict[str, int]
    """The highest at which each of them got anything."""


class Circle:
    """What the sender allows, and who is left."""

    def __init__(self, settings: Settings, store: Store, clock: Callable[[], float]) -> None:
        self._when = settings.replies.to_all
        self._store = store
        self._clock = clock

    def around(self, delivery: Delivery) -> Round | None:
        """The circle of what its recipient answers; None when nobody may reply to others, or it is over."""
        if self._when == "never":
            return None
        now, levels = self._clock(), dict[str, int]()
        members: set[str] | None = None
        message = self._store.message(delivery.message_id)
        strangers = self._strangers(message)
        for _ in range(MOST_STEPS):
            if message is None or message.kind != "mail":
                return None
            writer = self._store.delivery(message.writer) if message.shared else None
            got = self._store.deliveries.of_message(message.id)
            live = [each for each in (*got, *([writer] if writer else [])) if is_live(each, now)]
            here = {identity(each.recipient).text: each for each in live}
            members = (set(here) if members is None else members & set(here)) - strangers
            for who, each in here.items():
                levels[who] = max(levels.get(who, 0), each.level)
            if not message.shared:
                return Round(message, here, members, levels) if self.allows(message) else None
            message = self._store.message(writer.message_id) if writer else None
        return None

    def allows(self, message: Message) -> bool:
        """Whether the sender of a message lets its recipients reply to each other."""
        chosen = self._store.replies.to_all_allowed(message.id)
        return self._when != "never" and (self._when == "always" if chosen is None else chosen)

    def still_in(self, delivery: Delivery) -> set[str]:
        """Who of the circle may still get what the recipient of `delivery` replies, when that one may reply at all."""
        found, me = self.around(delivery), identity(delivery.recipient).text
        return (
            found.members - {me} if found and me in found.members and found.first.expires_at > self._clock() else set()
        )

    def _strangers(self, message: Message | None) -> set[str]:
        """Who said of anything in the conversation that it, or the number, is not theirs."""
        stopped = self._store.deliveries.stopped(message.conversation) if message else []
        return {identity(each.recipient).text for each in stopped}


def is_live(delivery: Delivery, now: float) -> bool:
    """Whether it is still meant for them: not withdrawn, over, locked, or said not to be theirs."""
    gone = delivery.locked_at or delivery.stopped_at or delivery.expires_at <= now
    return delivery.state in _LIVE and not gone
