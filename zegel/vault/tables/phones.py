"""The phone book in the database: sealed numbers under a keyed hash of the address."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import peewee

from zegel.vault.tables.prepared import Among
from zegel.vault.tables.records import Phone
from zegel.vault.tables.schema import Phone as Table

FRESH_SECONDS = 365 * 86_400
"""How long an unused number is believed; then the next sender is asked again."""

_COLUMNS = (Table.address_hash, Table.sealed, Table.given_by, Table.given_at, Table.used_at, Table.changed_at)
_AMONG = Among(Table.select(*_COLUMNS), Table.address_hash)


class Phones:
    """The queries of the phone book. What changes rows is to be called inside a transaction."""

    def __init__(self, database: peewee.Database) -> None:
        self._database = database

    def find(self, address_hash: bytes) -> Phone | None:
        query = Table.select(*_COLUMNS).where(Table.address_hash == address_hash)
        return next((_phone(row) for row in query.dicts().execute(self._database)), None)

    def find_all(self, address_hashes: list[bytes]) -> dict[bytes, Phone]:
        """Those that there are, by the hash of the address."""
        return {phone.address_hash: phone for phone in map(_phone, _AMONG.rows(self._database, address_hashes))}

    def believed(self, address_hash: bytes, now: float) -> bool:
        """Whether there is a number that was given or used within a year."""
        fresh = (Table.address_hash == address_hash) & (Table.used_at > now - FRESH_SECONDS)
        return bool(Table.select(Table.address_hash).where(fresh).exists(self._database))

    def put(self, phone: Phone) -> None:
        """Stores a number, in the place of an older one of the same address."""
        values = {column.name: getattr(phone, column.name) for column in _COLUMNS}
        insert = Table.insert(values).on_conflict(conflict_target=[Table.address_hash], preserve=_COLUMNS[1:])
        insert.execute(self._database)

    def used(self, address_hash: bytes, now: float) -> None:
        """Notes that a code goes to the number."""
        Table.update(used_at=now).where(Table.address_hash == address_hash).execute(self._database)

    def forget(self, address_hash: bytes) -> bool:
        """Removes a number; False when there was none."""
        return bool(Table.delete().where(Table.address_hash == address_hash).execute(self._database))

    def after(self, address_hash: bytes, most: int) -> list[Phone]:
        """Up to `most` of them, in the order of their hashes from behind one on; b"" is before all."""
        query = Table.select(*_COLUMNS).where(Table.address_hash > address_hash).order_by(Table.address_hash)
        return [_phone(row) for row in query.limit(most).dicts().execute(self._database)]

    def all(self) -> Iterator[Phone]:
        query = Table.select(*_COLUMNS).order_by(Table.given_at)
        return (_phone(row) for row in query.dicts().iterator(self._database))


def _phone(row: dict[str, Any]) -> Phone:
    return Phone(**row | {"address_hash": bytes(row["address_hash"]), "sealed": bytes(row["sealed"])})
