"""Bringing the database to this version, tried on an empty copy of its tables: nothing of it is changed."""

from __future__ import annotations

import sqlite3
import tempfile
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from zegel.database_address import Address, Place
from zegel.errors import describe
from zegel.vault.engines.place import engine_of
from zegel.vault.engines.sqlite import Sqlite
from zegel.vault.migrations import VERSION, migrate


@dataclass(frozen=True)
class Rehearsal:
    """What would become of a database; `problem` is "" when all is well."""

    version: int
    becomes: int
    problem: str = ""


def rehearse(path: Place) -> Rehearsal:
    """Takes the tables and indexes of the database without their rows through the migration.

    Of a server it only tells the version: there a migration that fails is taken back whole.
    """
    if not isinstance(path, Path):
        return _of_server(path)
    try:
        with closing(sqlite3.connect(path.absolute().as_uri() + "?mode=rw", uri=True, timeout=5)) as source:
            (version,) = source.execute("PRAGMA user_version").fetchone()
            made = [sql for (sql,) in source.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL")]
        if version > VERSION:
            return _newer(version)
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder, "copy.db")
            with closing(sqlite3.connect(copy)) as target:
                for sql in made:
                    if "sqlite_sequence" not in sql:
                        target.execute(sql)
                target.execute(f"PRAGMA user_version = {int(version)}")
                target.commit()
            engine = Sqlite(copy)
            migrate(engine)
            engine.close()
    except Exception as error:
        return Rehearsal(0, VERSION, f"it cannot be brought to version {VERSION}: {describe(error)}")
    return Rehearsal(version, VERSION)


def _newer(version: int) -> Rehearsal:
    return Rehearsal(version, version, f"it has version {version}, of a newer Zegel than this: install that one")


def _of_server(address: Address) -> Rehearsal:
    try:
        engine = engine_of(address)
        try:
            version = engine.version()
        finally:
            engine.database.close()
    except Exception as error:
        return Rehearsal(0, VERSION, f"its version cannot be read: {describe(error)}")
    return _newer(version) if version > VERSION else Rehearsal(version or VERSION, VERSION)
