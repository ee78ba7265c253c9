"""A database of a server as a file of SQLite, and back: what a backup of it is.

The file is the same for both engines, so a backup of one can be restored into the other.
"""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from contextlib import ExitStack, closing
from pathlib import Path

from zegel.database_address import Address
from zegel.vault.engines.postgresql import Postgresql
from zegel.vault.engines.sqlite import Sqlite
from zegel.vault.migrations import migrate
from zegel.vault.table_copy import copy_all
from zegel.vault.tables import schema


def copy_to_file(address: Address, file: Path) -> None:
    """Writes the database of a server, as it stands at one moment, into a new file. Raises CopyDiffers."""
    source, target = Postgresql(address), Sqlite(file)
    try:
        migrate(target)
        copy_all(source, target)
    finally:
        source.close()
        target.close()
    file.with_name(f"{file.name}-turn").unlink()
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")


def put_on_server(file: Path, address: Address, aside: str, undo: ExitStack) -> None:
    """Puts what is in `file` in place of what is on the server, which is moved into the schema `aside`.

    `undo` brings it back. Raises CopyDiffers.
    """
    tables = [table._meta.table_name for table in schema.TABLES]
    target = Postgresql(address)
    try:
        target.set_aside(tables, aside)
        undo.callback(_bring_back, address, tables, aside)
        migrate(target)
        with tempfile.TemporaryDirectory(dir=address.folder) as folder:
            copy = Path(folder, file.name)  # a backup of an earlier version gets its new tables here
            shutil.copyfile(file, copy)
            source = Sqlite(copy)
            try:
                migrate(source)
                copy_all(source, target)
            finally:
                source.close()
    finally:
        target.close()


def server_size(address: Address) -> int:
    """Bytes that the database takes on its server."""
    engine = Postgresql(address)
    try:
        return engine.size()
    finally:
        engine.close()


def _bring_back(address: Address, tables: list[str], aside: str) -> None:
    engine = Postgresql(address)
    try:
        engine.bring_back(tables, aside)
    finally:
        engine.close()
