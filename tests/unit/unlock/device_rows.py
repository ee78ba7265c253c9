"""Reads the rows of remembered devices straight from the database."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import Any

from tests.support.level2 import Level2


def count(home: Level2) -> int:
    return len(rows(home))


def rows(home: Level2) -> list[Any]:
    """What the database itself has."""
    with closing(sqlite3.connect(home.built.folder / "zegel.db")) as database:
        return database.execute("SELECT * FROM device").fetchall()
