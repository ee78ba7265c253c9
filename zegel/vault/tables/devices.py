"""Remembered browsers in the database. What changes rows is to be called inside a transaction."""

from __future__ import annotations

from typing import Any

import peewee

from zegel.vault.tables.records import DeviceRow
from zegel.vault.tables.schema import Device as Table

_COLUMNS = (
    Table.id, Table.address_hash, Table.cookie_hash, Table.previous_hash, Table.rotated_at, Table.level,
    Table.created_at, Table.used_at, Table.sealed, Table.root, Table.root_at,
)  # fmt: skip


class DeviceTable:
    """The queries of remembered browsers."""

    def __init__(self, database: peewee.Database) -> None:
        self._database = database

    def add(self, row: DeviceRow, link_hash: bytes) -> None:
        values = {column.name: getattr(row, column.name) for column in _COLUMNS}
        Table.insert(values | {"link_hash": link_hash}).execute(self._database)

    def by_cookie(self, cookie_hash: bytes, address_hash: bytes) -> DeviceRow | None:
        """The browser with this cookie, or with this as the cookie before, for one address."""
        cookie = (Table.cookie_hash == cookie_hash) | (Table.previous_hash == cookie_hash)
        return next(iter(self._select(cookie & (Table.address_hash == address_hash))), None)

    def by_link(self, link_hash: bytes) -> DeviceRow | None:
        return next(iter(self._select(Table.link_hash == link_hash)), None)

    def by_id(self, device_id: int) -> DeviceRow | None:
        return next(iter(self._select(Table.id == device_id)), None)

    def of(self, address_hash: bytes) -> list[DeviceRow]:
        """All of an address, the one that was used last first."""
        return self._select(Table.address_hash == address_hash)

    def rotate(self, old_hash: bytes, new_hash: bytes, now: float) -> None:
        """Gives a browser another cookie, for all its addresses."""
        values = {"cookie_hash": new_hash, "previous_hash": old_hash, "rotated_at": now}
        Table.update(values).where(Table.cookie_hash == old_hash).execute(self._database)

    def used(self, device_id: int, now: float) -> None:
        self._change(device_id, used_at=now)

    def renew(self, device_id: int, now: float) -> None:
        """Begins anew with what was shown just now."""
        self._change(device_id, created_at=now, used_at=now)

    def remove(self, device_id: int) -> bool:
        return bool(Table.delete().where(Table.id == device_id).execute(self._database))

    def remove_of(self, address_hash: bytes, level: int = 1) -> int:
        """Removes all of an address, from a level on; how many there were."""
        mine = (Table.address_hash == address_hash) & (Table.level >= level)
        return int(Table.delete().where(mine).execute(self._database))

    def remove_cookie(self, cookie_hash: bytes) -> list[int]:
        """Removes a browser with all its addresses, whether this is its cookie or the one before."""
        mine = (Table.cookie_hash == cookie_hash) | (Table.previous_hash == cookie_hash)
        found = [row.id for row in self._select(mine)]
        Table.delete().where(Table.id.in_(found)).execute(self._database)
        return found

    def remove_root(self, delivery_id: int, since: float) -> None:
        """Removes all that go back to a password or code of a delivery that was typed after `since`."""
        theirs = (Table.root == delivery_id) & (Table.root_at > since)
        Table.delete().where(theirs).execute(self._database)

    def clean(self, until: float) -> None:
        """Removes what was remembered up to a moment."""
        Table.delete().where(Table.created_at <= until).execute(self._database)

    def _change(self, device_id: int, **values: Any) -> None:
        Table.update(**values).where(Table.id == device_id).execute(self._database)

    def _select(self, condition: Any) -> list[DeviceRow]:
        query = Table.select(*_COLUMNS).where(condition).order_by(Table.used_at.desc())
        return [_row(row) for row in query.dicts().execute(self._database)]


_BLOBS = ("address_hash", "cookie_hash", "previous_hash", "sealed")


def _row(row: dict[str, Any]) -> DeviceRow:
    return DeviceRow(**row | {name: bytes(row[name]) for name in _BLOBS})
