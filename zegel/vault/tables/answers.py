"""Answers that were sealed lately, by a keyed hash of who answered whom (zegel/conversations/loops.py)."""

from __future__ import annotations

import peewee

from zegel.vault.tables.prepared import insert
from zegel.vault.tables.schema_threads import Answer as Table


class Answers:
    """The queries of answers. What changes rows is to be called inside a transaction."""

    def __init__(self, database: peewee.Database) -> None:
        self._database = database

    def add(self, hash_: bytes, now: float) -> None:
        insert(self._database, Table, hash=hash_, at=now)

    def count(self, hash_: bytes, since: float) -> int:
        """How many there were after `since`."""
        return int(Table.select().where((Table.hash == hash_) & (Table.at > since)).count(self._database))

    def clean(self, before: float) -> None:
        Table.delete().where(Table.at < before).execute(self._database)
