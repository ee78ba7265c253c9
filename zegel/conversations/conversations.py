"""What a recipient and the organisation wrote each other in one thread, a page at a time, oldest first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from zegel.mail.addresses import identity
from zegel.unlock.access import Access, link_token
from zegel.vault.keyring import KeyGone
from zegel.vault.tables.records import Addressee, Delivery, Message
from zegel.vault.tables.timelines import NEWEST, OLDEST, Place, Whose
from zegel.vault.vault import Vault

MOST_ENTRIES = 20
"""Messages and replies on one page."""
EntryState = Literal["new", "opened", "expired", "recalled", "clear", "sending", "sent", "failed"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One message to the recipient, or one reply of theirs."""

    kind: Literal["message", "reply"]
    id: int
    """Of the delivery, or of the reply."""
    at: float
    author: str
    own: bool
    subject: str
    level: int
    state: EntryState
    link: str = field(repr=False)
    """The token of the delivery; of a reply, that of a message that shows it, "" when none does any more."""
    why: str = ""
    """For "failed": a line "WHY ADDRESS" for each that did not get it. WHY is unknown (no such mailbox), full,
    large, refused, or late (nobody took it in time); other for another recipient, whatever the reason."""
    others: tuple[str, ...] = ()
    """Of a reply, the other recipients to whom it went."""


@dataclass(frozen=True, slots=True)
class Page:
    """Some entries that follow each other, oldest first."""

    entries: tuple[Entry, ...]
    earlier: int
    """How many entries come before them."""
    later: bool
    """Whether any come after them."""


class Conversations:
    """What belongs together, and which message opens all of it."""

    def __init__(self, vault: Vault, access: Access, clock: Callable[[], float]) -> None:
        self._vault = vault
        self._store = vault.store
        self._access = access
        self._clock = clock

    def page(self, delivery: Delivery, *, before: int = 0, after: int = 0, most: int = MOST_ENTRIES) -> Page:
        """The messages to this recipient in the thread of `delivery`, and their own replies: the newest.

        Or those before or after the entry with an id, as long as it is there; never fewer than `most` when there are
        so many. Subjects are told: this is for who has unlocked the highest of them (`key_delivery`).
        """
        whose, table = self._whose(delivery), self._store.timelines
        behind = table.place(whose, after) if after else None
        if behind is not None:
            found = table.after(whose, behind, most + 1)
            if len(found) > most:
                return self._page(delivery, whose, found[:most], later=True)
        until = table.place(whose, before) if before else None
        if until is not None:
            found = table.before(whose, until, most)
            if len(found) == most:
                return self._page(delivery, whose, found, later=True)
            found = table.after(whose, OLDEST, most + 1)
            return self._page(delivery, whose, found[:most], later=len(found) > most)
        return self._page(delivery, whose, table.before(whose, NEWEST, most), later=False)

    def count(self, delivery: Delivery) -> int:
        """How many messages and replies this recipient is shown in the thread of `delivery`."""
        return self._store.timelines.count(self._whose(delivery))

    def reply(self, delivery: Delivery, reply_id: int) -> Entry | None:
        """A reply of this recipient in the thread of `delivery`; None when it is not one."""
        place = self._store.timelines.place(self._whose(delivery), reply_id)
        return self._entry(delivery, self._whose(delivery), place) if place and place.own else None

    def key_delivery(self, delivery: Delivery) -> Delivery:
        """The delivery whose unlocking opens all of the thread that can be opened: the highest level in it.

        Of several the given one, else the newest; the given one also when nothing else can be opened.
        """
        find = self._store.timelines.newest_openable
        return find(self._whose(delivery), delivery.level + 1, self._clock()) or delivery

    def link(self, delivery: Delivery) -> str:
        """The token in the link of a delivery."""
        return link_token(self._vault.keys.link, delivery.id, delivery.generation)

    def _whose(self, delivery: Delivery) -> Whose:
        message = self._store.message(delivery.message_id)
        return Whose(message.conversation if message else 0, identity(delivery.recipient).text)

    def _page(self, delivery: Delivery, whose: Whose, places: Sequence[Place], *, later: bool) -> Page:
        made = (self._entry(delivery, whose, place) for place in places)
        earlier = self._store.timelines.count(whose, places[0]) if places else 0
        return Page(tuple(each for each in made if each is not None), earlier, later)

    def _entry(self, delivery: Delivery, whose: Whose, place: Place) -> Entry | None:
        """None for what is gone since its place was read."""
        if place.own:
            reply = self._store.message(place.id)
            return self._reply(reply, delivery, whose) if reply else None
        found = self._store.delivery(place.id)
        return self._message(found) if found and found.state not in ("direct", "held", "delivered") else None

    def _message(self, delivery: Delivery) -> Entry:
        # What is withdrawn, locked or "not mine" stays closed, and says no more than it did before it was opened.
        shut = bool(delivery.state == "recalled" or delivery.locked_at or delivery.stopped_at)
        name, subject = self._told(delivery.message_id, to_tell=shut)
        message = self._store.message(delivery.message_id)
        states: dict[str, EntryState] = {"recalled": "recalled", "clearing": "clear", "cleared": "clear"}
        state = states.get(delivery.state) or ("opened" if delivery.state == "opened" else "new")
        over = self._access.ended(delivery) and delivery.state not in states
        return Entry(
            kind="message",
            id=delivery.id,
            at=message.created_at if message else 0.0,
            author=name or (message.sender if message else ""),
            own=False,
            subject=subject,
            level=delivery.level,
            state="expired" if over else state,
            link=self.link(delivery),
        )

    def _reply(self, reply: Message, delivery: Delivery, whose: Whose) -> Entry:
        """The page of `delivery` shows it, when that may, else that of another message."""
        name, subject = self._told(reply.id)
        to = self._store.replies.addressees(reply.id)
        failed = [each for each in to if each.state == "failed"]
        return Entry(
            kind="reply",
            id=reply.id,
            at=reply.created_at,
            author=name or reply.sender,
            own=True,
            subject=subject,
            level=reply.level,
            state=self._state(reply, to),
            link=self._shown_by(reply, delivery, whose),
            why="\n".join(f"{'other' if each.level else each.why} {each.address}" for each in failed),
            others=tuple(each.address for each in to if each.level),
        )

    def _shown_by(self, reply: Message, delivery: Delivery, whose: Whose) -> str:
        now = self._clock()
        if reply.expires_at <= now:
            return ""
        if delivery.level >= reply.level and not self._access.ended(delivery):
            return self.link(delivery)
        other = self._store.timelines.newest_openable(whose, reply.level, now)
        return self.link(other) if other else ""

    def _state(self, reply: Message, to: tuple[Addressee, ...]) -> EntryState:
        """Failed when anybody did not get it; who wrote has to know that even when it is over."""
        states = {each.state for each in to}
        if "failed" in states:
            return "failed"
        if reply.expires_at <= self._clock():
            return "expired"
        return "sending" if "sending" in states else "sent"

    def _told(self, message_id: int, *, to_tell: bool = False) -> tuple[str, str]:
        """Who wrote, and the subject, or what closed pages may tell of it; nothing of what is over."""
        try:
            headline = self._vault.headline(message_id, self._clock())
        except KeyGone:
            return "", ""
        return headline.name, headline.told_subject if to_tell else headline.subject
