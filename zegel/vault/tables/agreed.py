"""Agreed codes in the database: sealed, under a keyed hash of the address."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import peewee

from zegel.vault.tables.agreed_schema import Agreed as Table
from zegel.vault.tables.phones import FRESH_SECONDS
from zegel.vault.tables.prepared import Among
from zegel.vault.tables.records import AgreedRow

_COLUMNS = (
    Table.address_hash, Table.sealed, Table.given_by, Table.given_at, Table.used_at, Table.failures, Table.locked_at,
)  # fmt: skip
_AMONG = Among(Table.select(Table.address_hash), Table.address_hash)


class AgreedTable:
    """The queries of agreed codes. What changes rows is to be called inside a transaction."""

    def __init__(self, database: peewee.Database) -> None:
        self._database = database

    def find(self, address_hash: bytes) -> AgreedRow | None:
        query = Table.select(*_COLUMNS).where(Table.address_hash == address_hash)
        return next((_row(row) for row in query.dicts().execute(self._database)), None)

    def known(self, address_hashes: list[bytes]) -> set[bytes]:
        """Those of a message's recipients that have a code."""
        return {bytes(row["address_hash"]) for row in _AMONG.rows(self._database, address_hashes)}

    def believed(self, address_hash: bytes, now: float) -> bool:
        """Whether there is a code that was set or used within a year; an older one is forgotten by people."""
        fresh = (Table.address_hash == address_hash) & (Table.used_at > now - FRESH_SECONDS)
        return bool(Table.select(Table.address_hash).where(fresh).exists(self._database))

    def locked_at(self, address_hash: bytes) -> float:
        """When wrong tries locked a code; 0 when it is not locked, or not there."""
        query = Table.select(Table.locked_at).where(Table.address_hash == address_hash)
        return float(query.scalar(self._database) or 0)

    def put(self, row: AgreedRow) -> None:
        """Stores a code, in the place of an older one of the same address."""
        values = {column.name: getattr(row, column.name) for column in _COLUMNS}
        insert = Table.insert(values).on_conflict(conflict_target=[Table.address_hash], preserve=_COLUMNS[1:])
        insert.execute(self._database)

    def fail(self, address_hash: bytes) -> int:
        """Counts a wrong try; how many there were in a row."""
        self._change(address_hash, failures=Table.failures + 1)
        query = Table.select(Table.failures).where(Table.address_hash == address_hash)
        return int(query.scalar(self._database) or 0)

    def right(self, address_hash: bytes, tries: int, now: float) -> None:
        """Notes that the code was used, and takes back the wrong `tries` of the same browser."""
        left = peewee.Case(None, [(Table.failures > tries, Table.failures - tries)], 0)
        self._change(address_hash, failures=left, used_at=now)

    def lock(self, address_hash: bytes, now: float) -> None:
        self._change(address_hash, locked_at=now)

    def unlock(self, address_hash: bytes) -> None:
        """Forgives the wrong tries."""
        self._change(address_hash, failures=0, locked_at=0)

    def forget(self, address_hash: bytes) -> bool:
        """Removes a code; False when there was none."""
        return bool(Table.delete().where(Table.address_hash == address_hash).execute(self._database))

    def all(self) -> Iterator[AgreedRow]:
        query = Table.select(*_COLUMNS).order_by(Table.given_at)
        return (_row(row) for row in query.dicts().iterator(self._database))

    def _change(self, address_hash: bytes, **values: Any) -> None:
        Table.update(**values).where(Table.address_hash == address_hash).execute(self._database)


def _row(row: dict[str, Any]) -> AgreedRow:
    return AgreedRow(**row | {"address_hash": bytes(row["address_hash"]), "sealed": bytes(row["sealed"])})
