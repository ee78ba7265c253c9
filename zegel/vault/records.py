"""What the store gives out: frozen rows without the database behind them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Scope = Literal["files", "message"]
DeliveryState = Literal["held", "notified", "opened", "recalled", "expired"]


@dataclass(frozen=True, slots=True)
class Message:
    """A sealed message, without its content."""

    id: int
    created_at: float
    expires_at: float
    sender: str
    level: int
    scope: Scope
    rules: tuple[str, ...]
    size: int


@dataclass(frozen=True, slots=True)
class Delivery:
    """One recipient of a message."""

    id: int
    message_id: int
    recipient: str
    level: int
    state: DeliveryState
    language: str
    generation: int
    expires_at: float
    salt: bytes = field(repr=False)
    failures: int = 0
    paused_until: float = 0


@dataclass(frozen=True, slots=True)
class Challenge:
    """A password that was sent, as its argon2id hash."""

    id: int
    hash: bytes = field(repr=False)
    created_at: float
    expires_at: float
    used_at: float | None


@dataclass(frozen=True, slots=True)
class OutboxItem:
    """Something to send: `payload` is still sealed."""

    id: int
    kind: str
    message_id: int
    delivery_id: int
    payload: bytes = field(repr=False)
    state: str
    created_at: float
    attempts: int
    next_try: float
    error: str


@dataclass(frozen=True, slots=True)
class NewDelivery:
    """A delivery and its first notification, to be stored with its message."""

    id: int
    recipient: str
    level: int
    language: str
    link_hash: bytes = field(repr=False)
    salt: bytes = field(repr=False)
    payload: bytes = field(repr=False)
    """The sealed outbox payload of the notification."""


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A sealed message with all that is stored with it in one transaction."""

    id: int
    expires_at: float
    key_day: str
    wrapped_key: bytes = field(repr=False)
    sender: str
    headline: bytes = field(repr=False)
    """The sealed sender name and subject, for the pages and mails that mention the message."""
    level: int
    scope: Scope
    rules: tuple[str, ...]
    size: int
    digest: bytes = field(repr=False)
    chunks: tuple[bytes, ...] = field(repr=False)
    deliveries: tuple[NewDelivery, ...]
