"""Which message belongs to which conversation, found by keyed hashes of Message-IDs."""

from __future__ import annotations

from collections.abc import Sequence

import peewee

from zegel.vault.prepared import insert
from zegel.vault.schema import Thread as Table


class Threads:
    """The queries of threads. What changes rows is to be called inside a transaction."""

    def __init__(self, database: peewee.Database) -> None:
        self._database = database

    def conversation(self, hashes: Sequence[bytes]) -> int:
        """The conversation of the first of `hashes` that is known; 0 when none is."""
        wanted = [hash_ for hash_ in hashes if hash_]
        if not wanted:
            return 0
        query = Table.select(Table.hash, Table.conversation).where(Table.hash.in_(wanted))
        known = {bytes(hash_): int(found) for hash_, found in query.tuples().execute(self._database)}
        return next((known[hash_] for hash_ in wanted if hash_ in known), 0)

    def add(self, hash_: bytes, message: int, conversation: int) -> None:
        """Notes a message; a Message-ID that is known already keeps its first."""
        insert(self._database, Table, or_ignore=True, hash=hash_, message=message, conversation=conversation)

    def forget(self, message: int) -> None:
        """Removes a message that has ended."""
        Table.delete().where(Table.message == message).execute(self._database)
