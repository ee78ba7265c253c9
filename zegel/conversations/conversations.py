"""What a recipient and the organisation wrote each other in one thread, oldest first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Literal, overload

from zegel.mail.addresses import identity
from zegel.unlock.access import Access, link_token
from zegel.unlock.standing import closed
from zegel.vault.keyring import KeyGone
from zegel.vault.tables.records import Addressee, Delivery, Message
from zegel.vault.vault import Vault

EntryState = Literal["new", "opened", "expired", "recalled", "sending", "sent", "failed"]


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
    large, refused, or late (nobody took it in time)."""


class Thread(Sequence[Entry]):
    """Entries, oldest first, each of which is put together when it is asked for: a page shows a few of many."""

    def __init__(self, made: Sequence[Callable[[], Entry]]) -> None:
        self._made = made

    def __len__(self) -> int:
        return len(self._made)

    @overload
    def __getitem__(self, at: int) -> Entry: ...
    @overload
    def __getitem__(self, at: slice) -> tuple[Entry, ...]: ...
    def __getitem__(self, at: int | slice) -> Entry | tuple[Entry, ...]:
        return tuple(make() for make in self._made[at]) if isinstance(at, slice) else self._made[at]()


class Conversations:
    """What belongs together, and which message opens all of it."""

    def __init__(self, vault: Vault, access: Access, clock: Callable[[], float]) -> None:
        self._vault = vault
        self._store = vault.store
        self._access = access
        self._clock = clock

    def entries(self, delivery: Delivery) -> Sequence[Entry]:
        """The messages to this recipient in the thread of `delivery`, and their own replies, oldest first.

        Subjects are told: this is for who has unlocked the highest of them (`key_delivery`).
        """
        message = self._store.message(delivery.message_id)
        if message is None:
            return ()
        mine = self._mine(delivery)
        found: list[tuple[float, bool, int, Callable[[], Entry]]] = [
            (self._sent_at(each), False, each.id, partial(self._message, each))
            for each in mine
            if each.state not in ("direct", "held", "delivered") and not self._is_beginning(each)
        ]
        replies = self._store.replies.of_conversation(message.conversation)
        writers, shows = {each.id for each in mine}, (delivery, *mine)
        found += [
            (each.created_at, True, each.id, partial(self._reply, each, shows))
            for each in replies
            if each.writer in writers
        ]
        return Thread([make for *_, make in sorted(found, key=lambda entry: entry[:3])])

    def key_delivery(self, delivery: Delivery) -> Delivery:
        """The delivery whose unlocking opens all of the thread that can be opened: the highest level in it.

        Of several the given one, else the newest; the given one also when nothing else can be opened.
        """
        ready = [each for each in self._mine(delivery) if self._can_be_unlocked(each)]
        highest = max((each.level for each in ready), default=delivery.level)
        if delivery.level >= highest or not ready:
            return delivery
        return max((each for each in ready if each.level == highest), key=lambda each: self._sent_at(each))

    def _mine(self, delivery: Delivery) -> list[Delivery]:
        """The deliveries to the same recipient in the same thread."""
        message = self._store.message(delivery.message_id)
        same = self._store.deliveries.of_conversation(message.conversation) if message else [delivery]
        return [each for each in same if identity(each.recipient) == identity(delivery.recipient)]

    def _is_beginning(self, delivery: Delivery) -> bool:
        """Whether nobody wrote it: the recipient writes first from there."""
        message = self._store.message(delivery.message_id)
        return message is not None and message.kind == "write"

    def _can_be_unlocked(self, delivery: Delivery) -> bool:
        return not closed(delivery, self._clock())

    def _sent_at(self, delivery: Delivery) -> float:
        message = self._store.message(delivery.message_id)
        return message.created_at if message else 0.0

    def _message(self, delivery: Delivery) -> Entry:
        # What is withdrawn, locked or "not mine" stays closed, and says no more than it did before it was opened.
        shut = bool(delivery.state == "recalled" or delivery.locked_at or delivery.stopped_at)
        name, subject = self._told(delivery.message_id, to_tell=shut)
        message = self._store.message(delivery.message_id)
        states: dict[str, EntryState] = {"notified": "new", "opened": "opened", "recalled": "recalled"}
        over = self._access.ended(delivery) and delivery.state != "recalled"
        return Entry(
            kind="message",
            id=delivery.id,
            at=message.created_at if message else 0.0,
            author=name or (message.sender if message else ""),
            own=False,
            subject=subject,
            level=delivery.level,
            state="expired" if over else states[delivery.state],
            link=self._token(delivery),
        )

    def _reply(self, reply: Message, mine: Sequence[Delivery]) -> Entry:
        """`mine` are the deliveries whose pages may show it, the preferred one first."""
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
            link=next((self._token(each) for each in mine if self._shows(each, reply)), ""),
            why="\n".join(f"{each.why} {each.address}" for each in failed),
        )

    def _shows(self, delivery: Delivery, reply: Message) -> bool:
        gone = delivery.state in ("direct", "held") or self._access.ended(delivery) or reply.expires_at <= self._clock()
        return not gone and delivery.level >= reply.level

    def _token(self, delivery: Delivery) -> str:
        return link_token(self._vault.keys.link, delivery.id, delivery.generation)

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
