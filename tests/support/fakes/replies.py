"""Hand-written Replies and Conversations for tests of the portal: they say what they are told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from zegel.conversations.conversations import Entry
from zegel.conversations.replies import Addressee, Draft, Replied, ReplyRefused, Upload
from zegel.vault.tables.records import Delivery


@dataclass
class FakeReplies:
    """Takes replies to one colleague and keeps one draft."""

    offered: tuple[Addressee, ...] = (Addressee("deboer@kliniek.example", "Dr. A. de Boer", always=True),)
    answer: Replied | ReplyRefused = field(default_factory=lambda: Replied(11))
    copies: dict[int, bytes] = field(default_factory=dict)
    sent: list[tuple[tuple[str, ...], str, tuple[Upload, ...]]] = field(default_factory=list)
    kept: Draft | None = None
    first: bool = False

    def addressees(self, delivery: Delivery) -> tuple[Addressee, ...]:
        return self.offered

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

    def entries(self, delivery: Delivery) -> tuple[Entry, ...]:
        return self.told

    def key_delivery(self, delivery: Delivery) -> Delivery:
        return self.key or delivery
