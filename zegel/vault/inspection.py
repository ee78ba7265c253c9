"""Looking at database and key ring from outside, for `zegel check`: also at what is damaged, locked or somebody else's.

Nothing here goes through peewee or migrates anything, and nothing raises for what it finds: it yields what is wrong.
"""

from __future__ import annotations

import fcntl
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from zegel.crypto import SealBroken, unseal
from zegel.database_address import Place, beside
from zegel.vault.engines.looking import FAILED, Look, looking
from zegel.vault.keyring import day_of
from zegel.vault.marks import RING
from zegel.vault.migrations import VERSION
from zegel.vault.newest import Loss, Newest
from zegel.vault.server_inspection import SAMPLES, plain, server_problems
from zegel.vault.vault import unwrapped

SMALL = 128 << 20
"""Bytes that SQLite reads through in a second; of a larger file only samples are read, unless all is asked for."""
_HELD_WHILE_OPEN = 128
"""The byte of the -shm that each connection locks (UNIX_SHM_DMS in SQLite's os_unix.c)."""
_GOODBYES = 15
"""Looks at a server that says it is still in use, a fifth of a second apart."""
LOOKED_THROUGH = 5_000
"""Items of the outbox that are looked at, those first that are due first."""
STARTED = "; if Zegel has just been installed, start it: it makes the file"


@dataclass(frozen=True, slots=True)
class Waiting:
    """The outbox in figures; moments are seconds since 1970, and 0 is never."""

    stuck: int
    due_since: float
    """When the first item that nobody has claimed became due."""
    failing: int
    failing_since: float
    failing_why: str


def wal_removed(path: Place) -> str:
    """What to say when the -wal of a database in use was removed; "" otherwise.

    To be asked before anything is opened: that would make an empty one beside the one that the services have open.
    """
    if not isinstance(path, Path):
        return ""
    wal, index = path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")
    if not index.exists() or wal.exists() or not _in_use(index):
        return ""
    return (
        f"{wal} was removed while Zegel runs: the newest mail is in it, and the services still have it open. Stop them "
        "in the ordinary way, which saves it: systemctl stop zegel.target; then start them"
    )


def database_problems(path: Place, *, everything: bool = False) -> Iterator[str]:
    """What is wrong with the database; a real write is tried."""
    if not isinstance(path, Path):
        yield from server_problems(path, everything=everything)
    elif not path.exists():
        yield f"{path} is not there{STARTED}"
    else:
        try:
            with looking(path) as connection:
                yield from _written_and_read(connection, path, everything)
                (version,) = connection.execute("PRAGMA user_version").fetchone()
                if version != VERSION:
                    yield f"{path} has version {version}, and this Zegel makes it {VERSION}: restart zegel.target"
        except FAILED as error:
            yield f"{path}: {plain(error)}"


def keyring_problems(database: Place, ring: Path, wrap: bytes) -> Iterator[str]:
    """Whether the ring opens with this master key, and has the key of every message that can still be read."""
    if not ring.exists():
        yield f"{ring} is not there{STARTED}; if it was lost, put it back from its copy before you start Zegel"
        return
    try:
        with looking(ring) as connection:
            connection.execute("PRAGMA journal_mode = persist")  # as the ring has it: its journal keeps its place
            yield from _written_and_read(connection, ring, everything=True)
            wrapped = dict(connection.execute("SELECT day, wrapped FROM day_key WHERE day != ''"))
            own = dict(connection.execute("SELECT name, value FROM ring")).get("id", b"")
        with looking(database) as connection:
            known = dict(connection.execute("SELECT name, value FROM mark")).get(RING)
            if known and bytes(own).hex() != known:
                yield f"{ring} is the key ring of another database: put back the one that belongs to this one"
            yield from _unopened(connection, ring, wrapped, wrap)
    except FAILED as error:
        yield f"{ring}: {plain(error)}"


def waiting(path: Place, now: float) -> Waiting | None:
    """What is in the outbox; None when the database does not answer, which `database_problems` says."""
    try:
        with looking(path) as connection:
            (stuck,) = connection.execute("SELECT COUNT(*) FROM outbox WHERE state = 'stuck'").fetchone()
            (due,) = connection.execute("SELECT MIN(next_try) FROM outbox WHERE state = 'due'").fetchone()
            failing = connection.execute(
                "SELECT error, created_at FROM (SELECT error, created_at FROM outbox WHERE state = 'due' "
                "ORDER BY next_try LIMIT ?) AS next WHERE error != ''",
                (LOOKED_THROUGH,),
            ).fetchall()
    except FAILED:
        return None
    oldest = min(failing, key=lambda row: row[1], default=("", 0.0))
    return Waiting(stuck, due if due is not None and due < now else 0.0, len(failing), oldest[1], oldest[0])


def unfinished(path: Place, now: float) -> Iterator[str]:
    """What would be cut off if Zegel ended now; nothing when the database does not answer."""
    try:
        with looking(path) as connection:
            (open_,) = connection.execute(
                "SELECT COUNT(*) FROM message WHERE shredded = FALSE AND expires_at > ?", (now,)
            ).fetchone()
            (unsent,) = connection.execute("SELECT COUNT(*) FROM outbox WHERE state != 'done'").fetchone()
    except FAILED:
        return
    if open_:
        yield f"{open_} messages can still be opened by their recipients"
    if unsent:
        yield f"{unsent} mails or SMS wait to be sent (zegel outbox list)"


def marks(path: Place) -> dict[str, str]:
    """What the database keeps about itself; nothing when it does not answer, or is of an earlier version."""
    try:
        with looking(path) as connection:
            return dict(connection.execute("SELECT name, value FROM mark"))
    except FAILED:
        return {}


def published(path: Place, since: str) -> set[str]:
    """The days of `since` and later that can be sealed for; none when the database does not answer, or is older."""
    try:
        with looking(path) as connection:
            sql = "SELECT day FROM day_mark WHERE day >= ? AND length(public) > 0"
            found = connection.execute(sql, (since,)).fetchall()
    except FAILED:
        return set()
    return {day for (day,) in found}


def loss(path: Place) -> Loss | None:
    """Whether the database ends before what was committed last."""
    newest = Newest(beside(path)).read()
    if newest is None:
        return None
    try:
        with looking(path) as connection:
            found = connection.execute("SELECT hash FROM event WHERE id = ?", (newest.id,)).fetchone()
            left = connection.execute("SELECT id, at FROM event ORDER BY id DESC LIMIT 1").fetchone() or (0, 0.0)
    except FAILED:
        return None
    return None if found and bytes(found[0]) == newest.hash else Loss(left[0], left[1], newest.id, newest.at)


def _written_and_read(connection: Look, path: Path, everything: bool) -> Iterator[str]:
    """Writes what is there already, which goes to the disk all the same; then reads."""
    connection.execute("BEGIN IMMEDIATE")
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    connection.execute(f"PRAGMA user_version = {int(version)}")
    connection.execute("COMMIT")
    if everything or path.stat().st_size <= SMALL:
        pragma = "integrity_check" if everything else "quick_check"
        (found,) = connection.execute(f"PRAGMA {pragma}(1)").fetchone()
        if found != "ok":
            yield f"{path} is damaged ({found}): stop Zegel, and restore a backup"
    else:
        for table, count in SAMPLES.items():
            _sampled(connection, table, count)


def _sampled(connection: Look, table: str, count: int) -> None:
    """Reads rows all over a table by their number. Raises sqlite3.Error where they are damaged."""
    low, high = connection.execute(f"SELECT MIN(rowid), MAX(rowid) FROM {table}").fetchone()  # noqa: S608 (ours)
    for _ in range(count if low is not None else 0):
        at = random.randint(low, high)  # noqa: S311 (which rows are read is no secret)
        connection.execute(f"SELECT * FROM {table} WHERE rowid >= ? LIMIT 1", (at,)).fetchone()  # noqa: S608 (ours)


def _unopened(connection: Look, ring: Path, wrapped: dict[str, bytes], wrap: bytes) -> Iterator[str]:
    """Tries one message of each day that messages expire on, by the index of those that are not shredded."""
    lacking, others = [], []
    after = time.time()
    while row := connection.execute(
        "SELECT id, expires_at, key_day, wrapped_key FROM message WHERE shredded = FALSE AND expires_at >= ? "
        "ORDER BY expires_at LIMIT 1",
        (after,),
    ).fetchone():
        message, expires_at, day, data_key = row
        after = _next_day(expires_at)
        if day not in wrapped:
            lacking.append(day)
            continue
        try:
            day_key = unseal(wrap, bytes(wrapped[day]), "day key", day)
        except SealBroken:
            yield (
                f"the master key is not the one that {ring} was made with: put the right one back. Nothing can be "
                "read, and no mail can be protected, until then"
            )
            return
        try:
            unwrapped(day_key, bytes(data_key), message)
        except SealBroken:
            others.append(day)
    if lacking:
        yield f"{ring} lacks the keys of {_days(lacking)}: put back the copy that has them, and do not start without"
    if others:
        yield f"{ring} has other keys for {_days(others)} than the messages: put back the ring of this database"


def _days(days: list[str]) -> str:
    return days[0] if len(days) == 1 else f"{len(days)} days, {days[0]} to {days[-1]}"


def _next_day(moment: float) -> float:
    day = datetime.fromisoformat(day_of(moment)).replace(tzinfo=UTC)
    return (day + timedelta(days=1)).timestamp()


def in_use(database: Place) -> bool:
    """Whether another process has the database open. Raises one of FAILED."""
    if isinstance(database, Path):
        index = database.with_name(database.name + "-shm")
        return index.exists() and _in_use(index)
    with looking(database) as look:
        for _ in range(_GOODBYES):
            others = look.execute(
                "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() "
                "AND application_name = current_setting('application_name') AND pid != pg_backend_pid()"
            )
            if not others.fetchone()[0]:
                return False
            time.sleep(0.2)  # the server may still list a connection that has just closed
    return True


def _in_use(index: Path) -> bool:
    """Whether another process has the database open: it holds this lock on the -shm as long as it does."""
    try:
        with index.open("r+b") as file:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, _HELD_WHILE_OPEN)
    except OSError:
        return True
    return False
