"""SQLite databases: the rows of every table below the names of their columns. In a worker, and in memory only."""

from __future__ import annotations

import contextlib
import sqlite3
from itertools import islice

from zegel.message.base import file_types as kinds
from zegel.message.base.found import Exceeded, Found
from zegel.message.formats.archive import Inner, below
from zegel.message.text import table_marks as marks

_MOST_TABLES = 500
_ROWS_AT_ONCE = 200
_LONGEST_ROW = 10_000_000
_STEPS = 20_000
"""Steps of SQLite's machine between two looks at the clock."""


def read_sqlite(found: Found, data: bytes, part: str, name: str, inner: Inner) -> None:
    """The tables of a database as tables; files in its cells go to `inner`. Raises Exceeded."""
    if data[18:20] == b"\2\2":  # written with a log beside it: in memory there is none
        data = data[:18] + b"\1\1" + data[20:]
    found.budget.charge(len(data))
    with contextlib.closing(sqlite3.connect(":memory:")) as database:
        database.set_progress_handler(lambda: _is_late(found), _STEPS)
        database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST_ROW)
        database.text_factory = lambda text: text.decode("utf-8", "replace")
        try:
            database.deserialize(data)
            database.execute("PRAGMA trusted_schema = OFF")
            names = "SELECT name FROM sqlite_schema WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'"
            for (table,) in database.execute(names).fetchmany(_MOST_TABLES):
                _read_table(found, database, table, part, inner)
        except (sqlite3.Error, sqlite3.Warning, OverflowError):
            found.budget.check_time()
            found.cannot_read(part, name, "corrupt")


def _is_late(found: Found) -> bool:
    try:
        found.budget.check_time()
    except Exceeded:
        return True
    return False


def _read_table(found: Found, database: sqlite3.Connection, table: str, part: str, inner: Inner) -> None:
    quoted = table.replace('"', '""')
    cursor = database.execute(f'SELECT * FROM "{quoted}"')  # noqa: S608  # the sender's own table, quoted
    head = [column[0] for column in cursor.description]
    while rows := list(islice(cursor, _ROWS_AT_ONCE)):
        cells = [["" if cell is None or isinstance(cell, bytes) else str(cell) for cell in row] for row in rows]
        text = marks.table([head, *cells])
        found.budget.charge(len(text))
        found.text("attachments", part, text, f"table {table}")
        for cell in (cell for row in rows for cell in row if isinstance(cell, bytes)):
            if kinds.container(cell) or kinds.is_text(cell):
                found.budget.charge_member()
                inner(cell, below(part, table), "")
