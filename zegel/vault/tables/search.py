"""Finding messages by who, when and what became of them: a bounded piece of the table at a time, the newest first."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import peewee

from zegel.vault.tables.schema import Delivery, Message

PIECE = 500
"""Messages that are read at once."""
WRITERS_MOST = 2_000
"""Messages that are looked at for who writes."""


@dataclass(frozen=True, slots=True)
class FoundDelivery:
    """A recipient, and where it stands with them."""

    recipient: str
    state: str
    expires_at: float
    locked: bool
    stopped: bool


@dataclass(frozen=True, slots=True)
class FoundMessage:
    """A message without anything of its content."""

    id: int
    created_at: float
    sender: str
    level: int
    rules: tuple[str, ...]
    expires_at: float


def messages_before(database: Any, before: int, first: int) -> list[FoundMessage]:
    """Up to PIECE mails with an id below `before` and from `first` on, the newest first; replies are none."""
    query = (
        Message.select(
            Message.id,
            Message.created_at,
            Message.sender,
            Message.level,
            Message.rules,
            Message.expires_at,
            Message.kind,
        )
        .where((Message.id < before) & (Message.id >= first))
        .order_by(Message.id.desc())
        .limit(PIECE)
    )
    return [
        FoundMessage(id_, at, sender if kind == "mail" else "", level, tuple(json.loads(rules)), expires)
        for id_, at, sender, level, rules, expires, kind in query.tuples().execute(database)
    ]


def deliveries_of(database: Any, messages: Sequence[FoundMessage]) -> dict[int, list[FoundDelivery]]:
    """The recipients of each, by one look."""
    ends = {each.id: each.expires_at for each in messages}
    query = Delivery.select(
        Delivery.message, Delivery.recipient, Delivery.state, Delivery.locked_at, Delivery.stopped_at
    ).where(Delivery.message.in_(list(ends)))
    found: dict[int, list[FoundDelivery]] = {id_: [] for id_ in ends}
    for message, recipient, state, locked, stopped in query.tuples().execute(database):
        found[message].append(FoundDelivery(recipient, state, ends[message], bool(locked), bool(stopped)))
    return found


def writers(database: Any, first: int, last: int) -> set[str]:
    """Who sent the mails from the id `first` to `last`, at most the newest of them."""
    found: set[str] = set()
    for _ in range(WRITERS_MOST // PIECE):
        piece = messages_before(database, last, first)
        found |= {each.sender for each in piece if each.sender}
        if len(piece) < PIECE:
            break
        last = piece[-1].id
    return found


def held_count(database: Any) -> int:
    """Recipients who wait for a mobile number, by the index of those alone."""
    held = Delivery.select(peewee.fn.COUNT(Delivery.id)).where((Delivery.held_until > 0) & peewee.SQL("state = 'held'"))
    return int(held.scalar(database) or 0)
