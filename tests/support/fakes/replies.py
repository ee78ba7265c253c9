"""Hand-written Replies and Conversations for tests of the portal: they say what they are told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from zegel.conversations.conversations import MOST_ENTRIES, Entry, Page
from zegel.conversations.replies import Addressee, Draft, Other, Replied, ReplyRefused, Upload
from zegel.vault.tables.records import Delivery, Message


@dataclass
class FakeToAll:
    """What the sender chose; None for no choice."""

    chosen: bool | None = None

    def choice(self, message: Message) -> bool | None:
        return self.chosen

    def choose(self, message: Message, allowed: bool) -> bool:
        changed = self.chosen not in (None, allowed)
        self.chosen = allowed if changed else self.chosen
        return changed


@dataclass
class FakeReplies:
    """Takes replies to one colleague and keeps one draft."""

    offered: tuple[Addressee, ...] = (Addressee("deboer@kliniek.example", "Dr. A. de Boer", always=True),)
    answer: Replied | ReplyRefused = field(default_factory=lambda: Replied(11))
    copies: dict[int, bytes] = field(default_factory=dict)
    sent: list[tuple[tuple[str, ...], str, tuple[Upload, ...]]] = field(default_factory=list)
    kept: Draft | None = None
    first: bool = False
    also: tuple[Other, ...] = ()
    to_all: FakeToAll = field(default_factory=FakeToAll)

    def addressees(self, delivery: Delivery) -> tuple[Addressee, ...]:
        return self.offered

    def others(self, delivery: Delivery) -> tuple[Other, ...]:
        return self.also

    def begins(self, delivery: Delivery) -> bool:
        return self.first

    def send(
        self,
        delivery: Delivery,
        to: Sequence[str],
        text: str,
        files: Sequence[Upload],
        *,
        cookie: str = "",
        subject: str = "",
    ) -> Replied | ReplyRefused:
        self.sent.append((tuple(to), text, tuple(files)))
        if isinstance(self.answer, Replied):
            self.kept = None
        return self.answer

    def keep_draft(self, delivery: Delivery, cookie: str, text: str, to: Sequence[str], subject: str = "") -> None:
        self.kept = Draft(text, tuple(to), subject) if text.strip() or to or subject else None

    def draft(self, delivery: Delivery, cookie: str) -> Draft | None:
        return self.kept

    def original(self, delivery: Delivery, reply_id: int) -> bytes:
        return self.copies[reply_id]


@dataclass
class FakeConversations:
    """Says what it is told."""

    told: tuple[Entry, ...] = ()
    key: Delivery | None = None

    def page(self, delivery: Delivery, *, before: int = 0, after: int = 0, most: int = MOST_ENTRIES) -> Page:
        return Page(self.told[:most], 0, len(self.told) > most)

    def count(self, delivery: Delivery) -> int:
        return len(self.told)

    def reply(self, delivery: Delivery, reply_id: int) -> Entry | None:
        return next((each for each in self.told if each.own and each.id == reply_id), None)

    def link(self, delivery: Delivery) -> str:
        return f"link-{delivery.id}"

    def key_delivery(self, delivery: Delivery) -> Delivery:
        return self.key or delivery
