"""Replies to all: which of the other people outside a recipient may answer too, and how many answers each of them gets.

They are the recipients whom the sender showed, in To and Cc, and who can still open the message, or have it. Who was in
Bcc is offered to nobody. They can reply to the organisation only, because their answer would show the others that they
got the message. A reply that was shared has its own, smaller circle: nobody comes in who was not in the first one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from zegel.conversations.circle import Circle, is_live
from zegel.conversations.correspondents import people_in
from zegel.conversations.loops import KEPT_SECONDS
from zegel.crypto import keyed_hash
from zegel.mail.addresses import identity
from zegel.mail.envelope import is_plain, is_surely_inside
from zegel.message.mime.tree import Part, parse
from zegel.message.text.safe_names import safe_text
from zegel.settings.model import Settings
from zegel.vault.keyring import KeyGone
from zegel.vault.tables.audit_events import EventName
from zegel.vault.tables.records import Delivery, Message
from zegel.vault.vault import Vault

HOUR = 3600
MOST = 50
"""Other recipients whom a reply is offered for."""


@dataclass(frozen=True, slots=True)
class Other:
    """Another recipient, who may get a reply too."""

    address: str
    """As the message went to it."""
    name: str
    """As the message has it; "" when it has none."""
    level: int
    """The highest at which they got anything of this circle."""


class ReplyAll:
    """Who may get a reply besides the organisation."""

    def __init__(self, settings: Settings, vault: Vault, clock: Callable[[], float]) -> None:
        self._settings = settings
        self._when = settings.replies.to_all
        self._limits = settings.replies
        self._vault = vault
        self._store = vault.store
        self._clock = clock
        self._circle = Circle(settings, vault.store, clock)

    def others(self, delivery: Delivery) -> tuple[Other, ...]:
        """The people outside whom the recipient of `delivery` may answer; () as well when the message is over."""
        round_ = self._circle.around(delivery)
        if round_ is None:
            return ()
        try:
            visible = self._visible(round_.first, round_.here)
        except KeyGone:
            return ()
        me = identity(delivery.recipient).text
        if me not in visible or me not in round_.members:
            return ()
        found = [who for who in visible if who in round_.members and who != me]
        return tuple(Other(round_.here[who].recipient, visible[who], round_.levels[who]) for who in found[:MOST])

    def choice(self, message: Message) -> bool | None:
        """Whether recipients of `message` may reply to each other; None where its sender has nothing to choose."""
        if self._when == "never" or message.kind != "mail" or message.shared or message.expires_at <= self._clock():
            return None
        deliveries = self._store.deliveries.of_message(message.id)
        here = {identity(each.recipient).text: each for each in deliveries if is_live(each, self._clock())}
        try:
            return self._circle.allows(message) if len(self._visible(message, here)) > 1 else None
        except KeyGone:
            return None

    def choose(self, message: Message, allowed: bool) -> bool:
        """Notes what the sender chose; False when there is no choice, or it was so already."""

        def note() -> bool:
            if self.choice(message) in (None, allowed):
                return False
            self._store.replies.allow_to_all(message.id, allowed)
            event: EventName = "reply to all allowed" if allowed else "reply to all stopped"
            self._store.audit_log.record(event, message.sender, self._clock(), message=message.id)
            return True

        return self._store.write(note)

    # Limits, inside transactions.

    def is_full(self, conversation: int, others: Iterable[Other], now: float) -> bool:
        """Whether any of `others` got so many replies in this conversation that one more has to wait."""
        spans = ((HOUR, self._limits.per_hour), (KEPT_SECONDS, self._limits.per_day))
        return any(
            self._store.answers.count(hash_, now - seconds) >= most
            for hash_ in self._counters(conversation, others)
            for seconds, most in spans
        )

    def note(self, conversation: int, others: Iterable[Other], now: float) -> None:
        """Counts a reply for each who gets it."""
        for hash_ in self._counters(conversation, others):
            self._store.answers.add(hash_, now)

    def _counters(self, conversation: int, others: Iterable[Other]) -> Iterator[bytes]:
        key = self._vault.keys.lookup
        return (keyed_hash(key, "reply to all", conversation, identity(each.address).text) for each in others)

    # How.

    def _visible(self, message: Message, here: dict[str, Delivery]) -> dict[str, str]:
        """The people outside in To and Cc who are `here`, each with their name, in the order of the message."""
        found: dict[str, str] = {}
        for each in people_in(head_of(self._vault, message.id, self._clock()), "to", "cc"):
            who = identity(each.address).text
            if who in here and not is_surely_inside(who, self._settings.domains) and is_plain(here[who].recipient):
                found[who] = found.get(who) or safe_text(each.name, 120)
        return found


def head_of(vault: Vault, message_id: int, now: float) -> Part:
    """The header of a message. Raises KeyGone."""
    pieces = vault.original(message_id, now)
    return parse(re.split(rb"(?<=\n)\r?\n", next(pieces), maxsplit=1)[0])
