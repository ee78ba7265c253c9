"""SQL that is built once for what is done with every message.

peewee builds the text of a query each time it runs, which costs ten times what SQLite needs to carry it out (measured:
3.4 of 3.75 ms for a sealed message). What is rare stays plain peewee.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any

import peewee


def insert(database: peewee.Database, table: type[peewee.Model], *, or_ignore: bool = False, **values: Any) -> bool:
    """Adds a row, with the defaults of its table; False when `or_ignore` and one with its key was there."""
    row = _defaults(table) | values
    sql = _insert_sql(table, tuple(row), or_ignore, database.param)
    return bool(_execute(database, sql, tuple(row.values())).rowcount)


_MOST_VALUES = 900
"""Values in one statement: databases have a limit."""


def upsert(database: peewee.Database, sql: str, rows: Sequence[tuple[Any, ...]]) -> None:
    """Carries out an INSERT … VALUES {rows} ON CONFLICT … for `rows`, of which no two may have the same key.

    One statement for several costs little more than one of them alone.
    """
    if not rows:
        return
    at_once = max(1, _MOST_VALUES // len(rows[0]))
    for first in range(0, len(rows), at_once):
        some = rows[first : first + at_once]
        text = sql.format(rows=_places(len(some[0]), len(some), database.param))
        _execute(database, text, tuple(chain.from_iterable(some)))


@functools.cache
def _places(columns: int, rows: int, param: str) -> str:
    return ", ".join([f"({', '.join([param] * columns)})"] * rows)


def _execute(database: Any, sql: str, values: tuple[Any, ...]) -> Any:
    return database.execute_sql(sql, values)


class Prepared:
    """A statement with places for values, in the order of `places`."""

    def __init__(self, query: Any, *places: float | str) -> None:
        """`query` stands with the numbers or words `places`, each once, where values will be; its others stay."""
        self._query = query
        self._places = places
        self._built: dict[str, tuple[str, list[Any], list[int]]] = {}
        """By the sign that a database has for a value: the text, all values, and which of them are places."""

    def rows(self, database: peewee.Database, *values: Any) -> list[dict[str, Any]]:
        """The rows for `values`, each by the names of its columns."""
        cursor = self._run(database, values)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def change(self, database: peewee.Database, *values: Any) -> int:
        """Runs what changes rows; returns how many."""
        return int(self._run(database, values).rowcount)

    def _run(self, database: peewee.Database, values: tuple[Any, ...]) -> Any:
        sql, all_values, places = self._built.get(database.param) or self._build(database)
        if len(places) == len(all_values):
            return _execute(database, sql, values)
        filled = all_values.copy()
        for place, value in zip(places, values, strict=True):
            filled[place] = value
        return _execute(database, sql, tuple(filled))

    def _build(self, database: peewee.Database) -> tuple[str, list[Any], list[int]]:
        context: Any = database.get_sql_context()
        sql, found = context.sql(self._query).query()
        places = [index for index, value in enumerate(found) if value in self._places]
        if tuple(found[index] for index in places) != self._places:
            raise ValueError(f"the query has the values {found}, and not each of {self._places} once, in this order")
        self._built[database.param] = sql, list(found), places
        return self._built[database.param]


class Among:
    """A SELECT of the rows whose `column` has one of some values."""

    MOST = 500
    """Values in one statement: databases have a limit."""

    def __init__(self, query: peewee.ModelSelect[Any], column: peewee.Field) -> None:
        """`query` has no WHERE and no values."""
        self._query = query
        self._column = column.column_name

    def rows(self, database: peewee.Database, values: Sequence[Any]) -> Iterator[dict[str, Any]]:
        """The rows for `values`, each by the names of its columns, in no order."""
        context: Any = database.get_sql_context()
        sql, _ = context.sql(self._query).query()
        for first in range(0, len(values), self.MOST):
            some = tuple(values[first : first + self.MOST])
            places = ", ".join([database.param] * len(some))
            cursor = _execute(database, f'{sql} WHERE "t1"."{self._column}" IN ({places})', some)
            names = [column[0] for column in cursor.description]
            for row in cursor.fetchall():
                yield dict(zip(names, row, strict=True))


@functools.cache
def _defaults(table: type[peewee.Model]) -> dict[str, Any]:
    return {field.name: value for field, value in table._meta.defaults.items()}


@functools.cache
def _insert_sql(table: type[peewee.Model], columns: tuple[str, ...], or_ignore: bool, param: str) -> str:
    names = ", ".join(f'"{column}"' for column in columns)
    places = ", ".join([param] * len(columns))
    ignore = " ON CONFLICT DO NOTHING" if or_ignore else ""
    return f'INSERT INTO "{table._meta.table_name}" ({names}) VALUES ({places}){ignore}'  # noqa: S608 (names of ours)
