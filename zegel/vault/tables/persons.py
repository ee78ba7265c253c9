"""What recipients chose, in the database: sealed, under a keyed hash of the address."""

from __future__ import annotations

import peewee

from zegel.vault.tables.prepared import Prepared
from zegel.vault.tables.schema import Person as Table

_SEALED = Prepared(Table.select(Table.sealed).where(Table.address_hash == 1), 1)


class PersonTable:
    """The queries of persons. What changes rows is to be called inside a transaction."""

    def __init__(self, database: peewee.Database) -> None:
        self._database = database

    def find(self, address_hash: bytes) -> bytes | None:
        """What is kept of a person, sealed."""
        return next((bytes(row["sealed"]) for row in _SEALED.rows(self._database, address_hash)), None)

    def put(self, address_hash: bytes, sealed: bytes, now: float) -> None:
        row = {"address_hash": address_hash, "sealed": sealed, "used_at": now}
        Table.insert(row).on_conflict(
            conflict_target=[Table.address_hash], preserve=[Table.sealed, Table.used_at]
        ).execute(self._database)

    def used(self, address_hash: bytes, now: float) -> None:
        """Notes that the person was here."""
        Table.update(used_at=now).where(Table.address_hash == address_hash).execute(self._database)

    def forget(self, address_hash: bytes) -> None:
        Table.delete().where(Table.address_hash == address_hash).execute(self._database)

    def clean(self, before: float) -> None:
        """Removes persons who were not here since `before`."""
        Table.delete().where(Table.used_at < before).execute(self._database)
