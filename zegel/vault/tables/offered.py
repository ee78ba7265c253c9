"""Messages whose answer never reached Postfix (zegel/offers.py), which alone may be recognised when they come again."""

from __future__ import annotations

import peewee

from zegel.vault.tables.prepared import Prepared, insert
from zegel.vault.tables.schema import Message
from zegel.vault.tables.schema_threads import Offered as Table


class OfferedTable:
    """The queries of unanswered offers. What changes rows is to be called inside a transaction."""

    def __init__(self, database: peewee.Database) -> None:
        self._database = database

    def add(self, message_id: int) -> None:
        """Notes that a message was not answered; nothing when it was not stored."""
        if Message.select(Message.id).where(Message.id == message_id).exists(self._database):
            insert(self._database, Table, or_ignore=True, message=message_id)

    def same(self, digest: bytes, since: float) -> list[int]:
        """The unanswered messages with this digest, sealed after `since`."""
        return [row["message"] for row in _SAME.rows(self._database, digest, since)]

    def remove(self, message_id: int) -> None:
        Table.delete().where(Table.message == message_id).execute(self._database)


_SAME = Prepared(
    Table.select(Table.message)
    .join(Message, on=(Table.message == Message.id))
    .where((Message.digest == 1) & (Message.created_at > 2)),
    1,
    2,
)
