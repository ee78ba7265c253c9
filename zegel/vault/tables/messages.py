"""What is read of messages: their facts, their keys, and the pieces of their originals."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

import peewee

from zegel.vault.tables import schema
from zegel.vault.tables.prepared import Prepared
from zegel.vault.tables.records import Message


class Messages:
    """Reads of the tables `message` and `chunk`; they are written by the store."""

    def __init__(self, database: peewee.Database) -> None:
        self._database = database

    def by_sender_link(self, link_hash: bytes) -> Message | None:
        return _message(_messages().where(schema.Message.sender_link_hash == link_hash).dicts().execute(self._database))

    def get(self, message_id: int) -> Message | None:
        return _message(_MESSAGE.rows(self._database, message_id))

    def wrapped_key(self, message_id: int) -> tuple[str, bytes] | None:
        """The day of the key and the wrapped data key of a message, None when it is gone."""
        for row in _KEY.rows(self._database, message_id):
            return (row["key_day"], bytes(row["wrapped_key"])) if row["wrapped_key"] else None
        return None

    def sealed_headline(self, message_id: int) -> bytes:
        return b"".join(bytes(row["headline"]) for row in _HEADLINE.rows(self._database, message_id))

    def days_in_use(self, now: float, most: int = 4000) -> set[str]:
        """The days whose keys are needed, by one look into the index for each."""
        days: set[str] = set()
        after = now
        while len(days) < most:
            row = _NEXT.rows(self._database, False, after, 1)
            if not row:
                break
            days.add(row[0]["key_day"])
            after = (float(row[0]["expires_at"]) // 86_400 + 1) * 86_400
        return days

    def chunks(self, message_id: int, first: int = 0) -> Iterator[bytes]:
        """The sealed pieces of an original from the one with the number `first`, read one at a time."""
        position = first
        while found := _CHUNK.rows(self._database, message_id, position):
            yield bytes(found[0]["sealed"])
            position += 1


def _messages() -> peewee.ModelSelect[Any]:
    table = schema.Message
    return table.select(
        table.id, table.created_at, table.expires_at, table.sender, table.level, table.scope, table.rules, table.size,
        table.conversation, table.kind, table.writer, table.subject_told,
    )  # fmt: skip


def _message(rows: Iterable[dict[str, Any]]) -> Message | None:
    return next((Message(**row | {"rules": tuple(json.loads(row["rules"]))}) for row in rows), None)


_MESSAGE = Prepared(_messages().where(schema.Message.id == 1), 1)
_KEY = Prepared(
    schema.Message.select(schema.Message.key_day, schema.Message.wrapped_key).where(schema.Message.id == 1), 1
)
_NEXT = Prepared(
    schema.Message.select(schema.Message.expires_at, schema.Message.key_day)
    .where((schema.Message.shredded == False) & (schema.Message.expires_at >= 1.5))  # noqa: E712 (peewee's comparison)
    .order_by(schema.Message.expires_at)
    .limit(1),
    False, 1.5, 1,
)  # fmt: skip
_HEADLINE = Prepared(schema.Message.select(schema.Message.headline).where(schema.Message.id == 1), 1)
_CHUNK = Prepared(
    schema.Chunk.select(schema.Chunk.sealed).where((schema.Chunk.message == 1) & (schema.Chunk.position == 2)), 1, 2
)
