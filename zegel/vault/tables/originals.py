"""Sealed messages of a time, a page at a time, with what opens them: for looking at many originals once more."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import peewee

from zegel.vault.tables.schema import Chunk, Delivery, Message


@dataclass(frozen=True, slots=True)
class SealedOriginal:
    """A message as it stands in the database."""

    id: int
    sender: str
    rules: tuple[str, ...]
    key_day: str
    wrapped_key: bytes = field(repr=False)
    levels: dict[str, int]
    """By recipient, of those who are protected."""
    first_chunk: bytes = field(repr=False)
    """The first piece of the original; empty when it is gone."""


class Originals:
    """The queries. Reads by the keys of the tables only."""

    def __init__(self, database: peewee.Database) -> None:
        self._database = database

    def count(self, first: int) -> int:
        """How many mails there are from the id `first` on that have not ended."""
        return int(Message.select(Message.id).where(self._live(first)).count(self._database))

    def page(self, first: int, most: int) -> list[SealedOriginal]:
        """Up to `most` from the id `first` on, in order."""
        columns = (Message.id, Message.sender, Message.rules, Message.key_day, Message.wrapped_key)
        query = Message.select(*columns).where(self._live(first)).order_by(Message.id).limit(most)
        rows = list(query.tuples().execute(self._database))
        ids = [id_ for id_, *_ in rows]
        if not ids:
            return []
        levels, chunks = dict(self._levels(ids)), dict(self._chunks(ids))
        return [
            SealedOriginal(id_, sender, tuple(json.loads(rules)), day, bytes(key), levels[id_], chunks.get(id_, b""))
            for id_, sender, rules, day, key in rows
            if id_ in levels
        ]

    def _live(self, first: int) -> peewee.Expression:
        found: peewee.Expression = (Message.id >= first) & (Message.kind == "mail") & (Message.shredded == False)  # noqa: E712
        return found

    def _levels(self, ids: Sequence[int]) -> Iterator[tuple[int, dict[str, int]]]:
        found: dict[int, dict[str, int]] = {}
        query = Delivery.select(Delivery.message, Delivery.recipient, Delivery.level).where(Delivery.message.in_(ids))
        for message, recipient, level in query.tuples().execute(self._database):
            found.setdefault(message, {})[recipient] = level
        yield from found.items()

    def _chunks(self, ids: Sequence[int]) -> Iterator[tuple[int, bytes]]:
        """Only the beginnings, so that a page stays small; the rest is read one original at a time."""
        query = Chunk.select(Chunk.message, Chunk.sealed).where(Chunk.message.in_(ids) & (Chunk.position == 0))
        return ((message, bytes(sealed)) for message, sealed in query.tuples().execute(self._database))
