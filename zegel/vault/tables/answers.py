"""Answers that were sealed lately, by a keyed hash of who answered whom (zegel/conversations/loops.py)."""

from __future__ import annotations

import peewee

from zegel.vault.tables.prepared import Prepared, insert
from zegel.vault.tables.schema_threads import Answer as Table

_COUNT = Prepared(
    Table.select(peewee.fn.COUNT(peewee.SQL("*")).alias("number")).where((Table.hash == 1) & (Table.at > 2)), 1, 2
)


class Answers:
    """The queries of answers. What changes rows is to be called inside a transaction."""

    def __init__(self, database: peewee.Database) -> None:
        self._database = database

    def add(self, hash_: bytes, now: float) -> None:
        insert(self._database, Table, hash=hash_, at=now)

    def count(self, hash_: bytes, since: float) -> int:
        """How many there were after `since`."""
        return int(_COUNT.rows(self._database, hash_, since)[0]["number"])

    def clean(self, before: float) -> None:
        Table.delete().where(Table.at < before).execute(self._database)
