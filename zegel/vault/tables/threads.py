"""Which message belongs to which conversation, found by keyed hashes of Message-IDs."""

from __future__ import annotations

from collections.abc import Sequence

import peewee

from zegel.vault.tables.prepared import Prepared, insert
from zegel.vault.tables.schema_threads import Thread as Table

_CONVERSATION = Prepared(Table.select(Table.conversation).where(Table.hash == 1), 1)


class Threads:
    """The queries of threads. What changes rows is to be called inside a transaction."""

    def __init__(self, database: peewee.Database) -> None:
        self._database = database

    def conversation(self, hashes: Sequence[bytes]) -> int:
        """The conversation of the first of `hashes` that is known; 0 when none is."""
        for hash_ in filter(None, hashes):
            for row in _CONVERSATION.rows(self._database, hash_):
                return int(row["conversation"])
        return 0

    def add(self, hash_: bytes, message: int, conversation: int) -> None:
        """Notes a message; a Message-ID that is known already keeps its first."""
        insert(self._database, Table, or_ignore=True, hash=hash_, message=message, conversation=conversation)

    def forget(self, message: int) -> None:
        """Removes a message that has ended."""
        Table.delete().where(Table.message == message).execute(self._database)
