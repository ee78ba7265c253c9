"""Databases as earlier versions had them: what later versions added is taken out of one of today."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

from zegel.crypto import seal, unseal
from zegel.pairs import is_box, unseal_box
from zegel.vault.keys import Keys, read_master_key, wrap_key

VERSION_1 = """
CREATE TABLE message (id INTEGER NOT NULL PRIMARY KEY, created_at REAL NOT NULL, expires_at REAL NOT NULL,
  key_day TEXT NOT NULL, wrapped_key BLOB NOT NULL, sender TEXT NOT NULL, headline BLOB NOT NULL,
  level INTEGER NOT NULL, scope TEXT NOT NULL,
  rules TEXT NOT NULL, size INTEGER NOT NULL, digest BLOB NOT NULL, shredded INTEGER NOT NULL);
CREATE TABLE chunk (message INTEGER NOT NULL, position INTEGER NOT NULL, sealed BLOB NOT NULL,
  PRIMARY KEY (message, position));
CREATE TABLE delivery (id INTEGER NOT NULL PRIMARY KEY, message INTEGER NOT NULL, recipient TEXT NOT NULL,
  level INTEGER NOT NULL, state TEXT NOT NULL, language TEXT NOT NULL, link_hash BLOB NOT NULL,
  generation INTEGER NOT NULL, salt BLOB NOT NULL, failures INTEGER NOT NULL, paused_until REAL NOT NULL,
  first_opened_at REAL, last_opened_at REAL, times_opened INTEGER NOT NULL);
CREATE TABLE challenge (id INTEGER NOT NULL PRIMARY KEY, delivery INTEGER NOT NULL, hash BLOB NOT NULL,
  created_at REAL NOT NULL, expires_at REAL NOT NULL, used_at REAL);
CREATE TABLE session (cookie_hash BLOB NOT NULL, delivery INTEGER NOT NULL, created_at REAL NOT NULL,
  used_at REAL NOT NULL, PRIMARY KEY (cookie_hash, delivery));
CREATE TABLE outbox (id INTEGER NOT NULL PRIMARY KEY, kind TEXT NOT NULL, unique_key TEXT NOT NULL,
  message INTEGER NOT NULL, delivery INTEGER NOT NULL, payload BLOB NOT NULL, state TEXT NOT NULL,
  created_at REAL NOT NULL, attempts INTEGER NOT NULL, next_try REAL NOT NULL, lease_until REAL NOT NULL,
  owner TEXT NOT NULL, error TEXT NOT NULL);
CREATE UNIQUE INDEX outbox_unique_key ON outbox (unique_key);
CREATE TABLE event (id INTEGER NOT NULL PRIMARY KEY, at REAL NOT NULL, kind TEXT NOT NULL, message INTEGER,
  delivery INTEGER, actor TEXT NOT NULL, details TEXT NOT NULL, hash BLOB NOT NULL);
"""
ADDED_IN_3 = {"message": ("conversation", "kind", "writer")}
ADDED_IN_4 = dict.fromkeys(("session", "passkey", "device"), ("root", "root_at"))
ADDED_IN_6 = {"delivery": ("way",)}
ADDED_IN_11 = {"message": ("person",), "delivery": ("conversation", "person", "sent_at")}
ADDED_IN_11_INDEXES = (
    "message_conversation_person_created_at_id", "delivery_conversation_person_sent_at_id_level_state"
)  # fmt: skip
ADDED_IN_5 = (
    "message_shredded_expires_at", "challenge_created_at", "session_delivery", "session_created_at", "session_used_at",
    "passkey_used_at",
)  # fmt: skip
TABLES = ("message", "chunk", "delivery", "challenge", "session", "outbox", "event")


def as_version_1(folder: Path) -> None:
    """Writes the database of `folder` as version 1 had it: fewer columns, no version, payloads in the outbox."""
    as_version_5(folder)
    new, old = folder / "zegel.db", folder / "old.db"
    with sqlite3.connect(old) as database:
        database.executescript(VERSION_1)
        database.execute("ATTACH ? AS newer", (str(new),))
        for table in TABLES:
            columns = ", ".join(row[1] for row in database.execute(f"PRAGMA table_info({table})"))
            database.execute(f"INSERT INTO {table} ({columns}) SELECT {columns} FROM newer.{table}")
        database.commit()
        database.execute("DETACH newer")
    for file in folder.glob("zegel.db*"):
        file.unlink()
    old.rename(new)


def without(database: sqlite3.Connection, added: Mapping[str, tuple[str, ...]]) -> None:
    for table, columns in added.items():
        for column in columns:
            database.execute(f"DROP INDEX IF EXISTS {table}_{column}")
            database.execute(f"ALTER TABLE {table} DROP COLUMN {column}")


@contextmanager
def brought_back(folder: Path, version: int) -> Iterator[sqlite3.Connection]:
    """The database of `folder`, which calls itself `version` afterwards."""
    with closing(sqlite3.connect(folder / "zegel.db")) as database:
        yield database
        database.execute(f"PRAGMA user_version = {version}")
        database.commit()


def as_version_13(folder: Path) -> None:
    """Takes out what version 14 added: public halves, and what is sealed by them; the days' own keys seal instead."""
    sealed_by_day_keys(folder)
    with brought_back(folder, 13) as database:
        database.execute("ALTER TABLE day_mark DROP COLUMN public")
        database.execute("DELETE FROM mark WHERE name = 'sealing'")


def as_version_12(folder: Path) -> None:
    """Takes out what version 13 added too: whether the subject of a message may be told."""
    as_version_13(folder)
    with brought_back(folder, 12) as database:
        database.execute("ALTER TABLE message DROP COLUMN subject_told")


def sealed_by_day_keys(folder: Path) -> None:
    """Seals keys of messages under the keys of their days, and what waits to be sent under its own."""
    master = read_master_key(folder / "master.key")
    wrap = wrap_key(master)
    with closing(sqlite3.connect(folder / "keyring.db")) as ring:
        days = {day: unseal(wrap, wrapped, "day key", day) for day, wrapped in ring.execute("SELECT * FROM day_key")}
    with closing(sqlite3.connect(folder / "zegel.db")) as database:
        (kept,) = database.execute("SELECT value FROM mark WHERE name = 'purposes'").fetchone()
        keys = Keys.unsealed(wrap, kept)
        for id_, day, box in database.execute("SELECT id, key_day, wrapped_key FROM message").fetchall():
            if box:
                sealed = seal(days[day], unseal_box(days[day], box, "data key", id_), "data key", id_)
                database.execute("UPDATE message SET wrapped_key = ? WHERE id = ?", (sealed, id_))
        for id_, payload in database.execute("SELECT id, payload FROM outbox").fetchall():
            if is_box(payload):
                sealed = seal(keys.notice, unseal_box(keys.notice, payload, "outbox", id_), "outbox", id_)
                database.execute("UPDATE outbox SET payload = ? WHERE id = ?", (sealed, id_))
        database.commit()


def as_version_11(folder: Path) -> None:
    """Takes out what version 12 added too: replies to all."""
    as_version_12(folder)
    with brought_back(folder, 11) as database:
        database.execute("DROP TABLE to_all")
        database.execute("ALTER TABLE addressee DROP COLUMN level")


def as_version_10(folder: Path) -> None:
    """Takes out what version 11 added too: conversations by recipient."""
    as_version_11(folder)
    with brought_back(folder, 10) as database:
        for index in ADDED_IN_11_INDEXES:
            database.execute(f"DROP INDEX IF EXISTS {index}")
        without(database, ADDED_IN_11)
        database.execute("CREATE INDEX message_conversation ON message (conversation)")


def as_version_9(folder: Path) -> None:
    """Takes out what version 10 added too: agreed codes."""
    as_version_10(folder)
    with brought_back(folder, 9) as database:
        database.execute("DROP TABLE agreed")


def as_version_8(folder: Path) -> None:
    """Takes out what version 9 added too: the proofs of those who write first."""
    as_version_10(folder)
    with brought_back(folder, 8) as database:
        for table in ("proof", "agreed"):
            database.execute(f"DROP TABLE IF EXISTS {table}")


def as_version_7(folder: Path) -> None:
    """Takes out what version 8 added too: what the database and the key ring know of each other."""
    as_version_10(folder)
    with brought_back(folder, 7) as database:
        for table in ("mark", "day_mark", "proof", "agreed"):
            database.execute(f"DROP TABLE IF EXISTS {table}")
    with closing(sqlite3.connect(folder / "keyring.db")) as ring:
        ring.execute("DROP TABLE ring")
        ring.commit()
    (folder / "zegel.db-newest").unlink(missing_ok=True)


def as_version_5(folder: Path) -> None:
    """Takes out what versions 6 and 7 added too."""
    as_version_7(folder)
    with brought_back(folder, 5) as database:
        without(database, ADDED_IN_6)


def as_version_4(folder: Path) -> None:
    """Takes out what version 5 added too, and gives back the index that it dropped."""
    as_version_5(folder)
    with brought_back(folder, 4) as database:
        for index in ADDED_IN_5:
            database.execute(f"DROP INDEX {index}")
        database.execute("DROP TABLE rule_count")
        database.execute("CREATE INDEX message_expires_at ON message (expires_at)")


def as_version_3(folder: Path) -> None:
    """Takes out what version 4 added too."""
    as_version_4(folder)
    with brought_back(folder, 3) as database:
        without(database, ADDED_IN_4)


def as_version_2(folder: Path) -> None:
    """Takes out what version 3 added too, and two tables that a version 2 may not have had yet."""
    as_version_3(folder)
    with brought_back(folder, 2) as database:
        without(database, ADDED_IN_3)
        for table in ("passkey", "device"):
            database.execute(f"DROP TABLE {table}")
        for table in ("thread", "addressee", "draft"):
            database.execute(f"DROP TABLE {table}")
