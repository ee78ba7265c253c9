"""What `zegel check` looks at in a database of a PostgreSQL server."""

from __future__ import annotations

import random
from collections.abc import Iterator

from zegel.database_address import Address
from zegel.errors import ForPeople, of_database
from zegel.vault.engines.looking import FAILED, Look, looking
from zegel.vault.migrations import VERSION
from zegel.vault.tables.schema import TABLES

OLDEST = 13
"""The first release with `pg_current_xact_id`."""
SAMPLES = {"message": 40, "delivery": 40, "event": 40, "outbox": 40, "chunk": 8}
"""Rows that are read of each table; a chunk is a megabyte."""
_SETTINGS = ("fsync", "full_page_writes")
"""What has to be on, or a power failure loses what was answered with 250."""


def server_problems(place: Address, *, everything: bool) -> Iterator[str]:
    """What is wrong with the server, the database or the account; a real write is tried."""
    try:
        with looking(place) as look:
            problems = list(_of_server(look))
            yield from problems
            if problems:
                return
            (there,) = look.execute("SELECT to_regclass('schema_version') IS NOT NULL").fetchone()
            if not there:
                yield f"{place} is empty; if Zegel has just been installed, start it: it makes the tables"
                return
            look.execute("BEGIN")
            (version,) = look.execute("SELECT version FROM schema_version").fetchone()
            look.execute("UPDATE schema_version SET version = version")
            look.execute("COMMIT")
            if version != VERSION:
                yield f"{place} has version {version}, and this Zegel makes it {VERSION}: restart zegel.target"
            else:
                _read(look, everything=everything)
    except (*FAILED, ForPeople) as error:
        yield f"{place}: {plain(error)}"


def plain(error: Exception) -> str:
    """An error of a look, for people."""
    if isinstance(error, ForPeople):
        return str(error)
    return of_database(error) or f"the database does not answer ({type(error).__name__})"


def _of_server(look: Look) -> Iterator[str]:
    (number,) = look.execute("SELECT current_setting('server_version_num')::int").fetchone()
    if number < OLDEST * 10_000:
        yield f"the server is PostgreSQL {number // 10_000}: Zegel needs {OLDEST} or newer"
        return
    (standby,) = look.execute("SELECT pg_is_in_recovery()").fetchone()
    if standby:
        yield "the server is a standby, which only reads: the address has to lead to the primary"
    (encoding,) = look.execute("SELECT current_setting('server_encoding')").fetchone()
    if encoding != "UTF8":
        yield f"the encoding of the database is {encoding}: make it anew with ENCODING 'UTF8'"
    for name in _SETTINGS:
        (value,) = look.execute("SELECT current_setting(?)", (name,)).fetchone()
        if value != "on":
            yield f"{name} is {value} on the server: a power failure loses mail or the database; set it to on"


def _read(look: Look, *, everything: bool) -> None:
    """Reads samples, or every byte. Raises what the server says of damaged rows."""
    if everything:
        for table in TABLES:
            name = table._meta.table_name
            look.execute(f'SELECT COUNT(md5(read::text)) FROM "{name}" AS read').fetchone()  # noqa: S608 (ours)
        return
    for name, count in SAMPLES.items():
        key = "message" if name == "chunk" else "id"
        low, high = look.execute(f"SELECT MIN({key}), MAX({key}) FROM {name}").fetchone()  # noqa: S608 (ours)
        for _ in range(count if low is not None else 0):
            at = random.randint(low, high)  # noqa: S311 (which rows are read is no secret)
            look.execute(f"SELECT * FROM {name} WHERE {key} >= ? ORDER BY {key} LIMIT 1", (at,)).fetchone()  # noqa: S608
