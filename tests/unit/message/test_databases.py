"""SQLite databases are read as tables, whatever is wrong with them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import pytest

from tests.unit.message.message_samples import file_part, mail, text_part, zipped
from zegel.message.reader import Mail, Reader
from zegel.settings.model import Limits


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    made = Reader(Limits(seconds=5), 1)
    made.start()
    yield made
    made.close()


def database(*statements: str, values: tuple[object, ...] = ()) -> bytes:
    with sqlite3.connect(":memory:") as made:
        for statement in statements[:-1]:
            made.execute(statement)
        made.execute(statements[-1], values)
        made.commit()
        return made.serialize()


def read(reader: Reader, data: bytes) -> Mail:
    return reader.read(mail(text_part("x"), file_part(data, "a.db")))


def is_found(found: Mail) -> bool:
    return any("BSN" in text.content and "111222333" in text.content for text in found.texts)


TABLE = "CREATE TABLE clients (name TEXT, BSN)"
ROW = "INSERT INTO clients VALUES ('Jan', ?)"
KEYED = "CREATE TABLE a (BSN PRIMARY KEY) WITHOUT ROWID"
WHOLE = database(TABLE, ROW, values=(111222333,))
DATABASES = {
    "a number": WHOLE,
    "a text": database(TABLE, ROW, values=("111222333",)),
    "UTF-16": database("PRAGMA encoding = 'UTF-16'", TABLE, ROW, values=("111222333",)),
    "a table with a quote in its name": database('CREATE TABLE "a""b" (BSN)', 'INSERT INTO "a""b" VALUES (111222333)'),
    "a table without row numbers": database(KEYED, "INSERT INTO a VALUES (111222333)"),
    "with a log beside it": WHOLE[:18] + b"\2\2" + WHOLE[20:],
    "a file in a cell": database(TABLE, ROW, values=(zipped({"a.txt": "BSN 111222333"}),)),
}  # fmt: skip


@pytest.mark.parametrize("name", list(DATABASES))
def test_the_tables_of_a_database_are_read(reader: Reader, name: str) -> None:
    found = read(reader, DATABASES[name])
    assert is_found(found)
    assert found.unreadable == ()


@pytest.mark.parametrize("size", [100, 1000, 4500, 5000])
def test_a_broken_database_is_said_to_be_corrupt(reader: Reader, size: int) -> None:
    assert {item.kind for item in read(reader, WHOLE[:size] + b"\xff" * 3000).unreadable} <= {"corrupt"}
    assert {item.kind for item in read(reader, WHOLE[:100] + b"\xff" * 9000).unreadable} == {"corrupt"}


def test_a_view_that_never_ends_is_not_looked_at(reader: Reader) -> None:
    endless = "CREATE VIEW v AS WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x FROM n"
    assert is_found(read(reader, database(TABLE, endless, ROW, values=(111222333,))))
