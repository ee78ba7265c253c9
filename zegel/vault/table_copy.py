"""All rows of one database in another, whichever engine either has: what backups, restores and moves are made of.

One transaction, so that a copy is whole or not there. A page of rows is in memory at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

import peewee

from zegel.errors import ForPeople
from zegel.vault.engines.engine import Engine
from zegel.vault.migrations import VERSION
from zegel.vault.tables import schema

_ROWS, _CHUNKS = 500, 16
"""Rows read at once; a chunk has up to a megabyte."""
Told = Callable[[str, int], None]
"""Hears the name of a table, and how many rows of it are copied so far."""


class WrongVersion(ForPeople):
    """A database has not the tables of this Zegel."""


class CopyDiffers(ForPeople):
    """What was read back is not what was written; nothing of it stays."""


@dataclass
class Sum:
    """The rows of a table: how many, and a hash over all values in the order of the key."""

    count: int = 0
    _hash: Any = field(default_factory=blake2b)

    def add(self, rows: Sequence[tuple[Any, ...]]) -> None:
        self.count += len(rows)
        for row in rows:
            self._hash.update(repr(row).encode())

    @property
    def value(self) -> tuple[int, str]:
        return self.count, self._hash.hexdigest()


def copy_all(
    source: Engine,
    target: Engine,
    told: Told = lambda name, count: None,
    finish: Callable[[], object] = lambda: None,
) -> dict[str, int]:
    """Puts the rows of `source`, as they stand at one moment, in place of those of `target`; both have their tables.

    Returns how many rows each table has. Reads all of it back, and calls `finish`, before it is committed. Raises
    CopyDiffers, WrongVersion.
    """
    for engine in (source, target):
        if (version := engine.version()) != VERSION:
            raise WrongVersion(f"the database has version {version}, and this Zegel makes it {VERSION}: start it first")
    sums: dict[str, tuple[int, str]] = {}
    with target.writing(), target.loading():
        for table in schema.TABLES:
            target.empty(_name(table))
        with source.snapshot():
            for table in schema.TABLES:
                found = Sum()
                for rows in pages(source, table):
                    target.insert_many(_name(table), _columns(table), rows)
                    found.add(rows)
                    told(_name(table), found.count)
                sums[_name(table)] = found.value
        for table in schema.TABLES:
            back = Sum()
            for rows in pages(target, table):
                back.add(rows)
            if back.value != sums[_name(table)]:
                raise CopyDiffers(f"the copy of the table {_name(table)} is not what was read; nothing is changed")
        target.go_on_counting("event", "id")
        finish()
    return {name: count for name, (count, _) in sums.items()}


def pages(engine: Engine, table: type[peewee.Model]) -> Iterator[list[tuple[Any, ...]]]:
    """The rows of a table in the order of its key, some at a time, with the same values on every engine."""
    database: Any = engine.database
    meta: Any = table._meta
    convert = [_CONVERSIONS.get(type(field)) for field in meta.sorted_fields]
    keys = [field.column_name for field in meta.get_primary_keys()]
    places = [_columns(table).index(key) for key in keys]
    names, order = ", ".join(f'"{each}"' for each in _columns(table)), ", ".join(f'"{each}"' for each in keys)
    most = _CHUNKS if table is schema.Chunk else _ROWS
    everything = f'SELECT {names} FROM "{_name(table)}"'  # noqa: S608 (names of ours)
    after = f"WHERE ({order}) > ({', '.join([database.param] * len(keys))})"
    values: tuple[Any, ...] = ()
    while True:
        where = after if values else ""
        found = database.execute_sql(f"{everything} {where} ORDER BY {order} LIMIT {most}", values).fetchall()
        if not found:
            return
        values = tuple(found[-1][place] for place in places)
        yield [
            tuple(value if to is None or value is None else to(value) for value, to in zip(row, convert, strict=True))
            for row in found
        ]


def _name(table: type[peewee.Model]) -> str:
    return str(table._meta.table_name)


def _columns(table: type[peewee.Model]) -> list[str]:
    return [field.column_name for field in table._meta.sorted_fields]


_CONVERSIONS: dict[type, Callable[[Any], Any]] = {
    peewee.BlobField: bytes,
    peewee.BooleanField: bool,
    peewee.DoubleField: float,
}
"""SQLite returns what was put in, whatever the column says."""
