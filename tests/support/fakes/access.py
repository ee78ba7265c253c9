"""A hand-written Access for tests of the portal: the same methods, with nothing behind them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from zegel.crypto import CHUNK_BYTES
from zegel.message.mime.view import view
from zegel.unlock.access import Card, masked
from zegel.unlock.passwords import from_bytes
from zegel.unlock.way import Asked, Refused
from zegel.vault.tables.records import Delivery

TOKEN = "kliniek-link-kliniek-link-kliniek-link-1234"
PASSWORD = "abcd-efgh-jk23"
NOW = 1_790_000_000.0
"""A moment in 2026."""


@dataclass
class FakeAccess:
    """One delivery behind TOKEN, opened by PASSWORD."""

    raw: bytes = b"Subject: Uitslag\r\n\r\nHallo\r\n"
    now: float = NOW
    asked: Asked = field(default_factory=lambda: Asked("sent", 60))
    refusal: Refused | None = None
    fail: Exception | None = None
    delivered: Delivery = field(
        default_factory=lambda: Delivery(
            id=7, message_id=3, recipient="jan@post.example", level=1, way="password", state="notified",
            language="nl", generation=1, expires_at=NOW + 30 * 86400, salt=b"s" * 16,
        )
    )  # fmt: skip
    facts: dict[str, Any] = field(default_factory=dict)
    open_in: set[str] = field(default_factory=set)
    calls: list[str] = field(default_factory=list)

    def delivery(self, link: str) -> Delivery | None:
        return self.delivered if link == TOKEN else None

    def end(self, state: Any) -> None:
        self.delivered = replace(self.delivered, state=state)

    def ended(self, delivery: Delivery) -> bool:
        return delivery.state in ("recalled", "clearing", "cleared", "expired") or delivery.expires_at <= self.now

    def destroyed(self, message: int) -> bool:
        return self.delivered.state == "expired"

    def card(self, delivery: Delivery) -> Card:
        facts: dict[str, Any] = {
            "sender": "Dr. A. de Boer",
            "sender_address": "deboer@kliniek.example",
            "from_address": "deboer@kliniek.example",
            "told": "Dr. A. de Boer",
            "recipient_masked": masked(delivery.recipient),
            "subject": "",
            "scope": "message",
            "expires_at": delivery.expires_at,
            "way": delivery.way,
        }
        return Card(**(facts | self.facts))

    def session(self, cookie: str | None, delivery: Delivery) -> bool:
        return cookie in self.open_in and not self.ended(delivery) and delivery.level <= self.delivered.level

    def sign_out(self, cookie: str) -> None:
        self.calls.append("sign out")
        self.open_in.discard(cookie)

    def subject(self, delivery: Delivery) -> str:
        return view(self.raw).subject

    def original(self, delivery: Delivery) -> bytes:
        if self.fail:
            raise self.fail
        return self.raw

    def original_pieces(self, delivery: Delivery, first: int = 0) -> Iterator[bytes]:
        raw = self.original(delivery)
        return (raw[at : at + CHUNK_BYTES] for at in range(first * CHUNK_BYTES, max(1, len(raw)), CHUNK_BYTES))

    def original_size(self, delivery: Delivery) -> int:
        return len(self.raw)

    def opened_file(self, delivery: Delivery, what: str) -> None:
        self.calls.append(f"opened {what}")

    def archive_password(self, cookie: str, delivery: Delivery) -> str:
        return from_bytes(hashlib.sha256(cookie.encode()).digest())

    def csrf(self, cookie: str, link: str) -> str:
        return hashlib.sha256(f"{cookie} {link}".encode()).hexdigest()

    def csrf_ok(self, cookie: str, link: str, given: str) -> bool:
        return given == self.csrf(cookie, link)
