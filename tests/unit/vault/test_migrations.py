"""A database of version 1 goes on working: its messages open, its passwords count, its outbox is sent."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.support.cast import ORIGINAL, OTHER, RECIPIENT, build, join
from zegel.conversations.replies import Replied
from zegel.core import open_core
from zegel.unlock.way import Opened
from zegel.vault import opening
from zegel.vault.keys import Keys
from zegel.vault.migrations import VERSION, NewerDatabase
from zegel.vault.store import Store
from zegel_courier.composer import Composer

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


@pytest.fixture(autouse=True)
def derived_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before version 8 the keys for each purpose followed from the master key; so what is made old here has such."""
    made = opening._keys

    def derived(*words: Any, used: bool) -> Keys:
        return made(*words, used=True)

    monkeypatch.setattr(opening, "_keys", derived)


def as_version_11(folder: Path) -> None:
    """Takes out what version 12 added: replies to all."""
    with closing(sqlite3.connect(folder / "zegel.db")) as database:
        database.execute("DROP TABLE to_all")
        database.execute("ALTER TABLE addressee DROP COLUMN level")
        database.execute("PRAGMA user_version = 11")
        database.commit()


def as_version_10(folder: Path) -> None:
    """Takes out what version 11 added too: conversations by recipient."""
    as_version_11(folder)
    with closing(sqlite3.connect(folder / "zegel.db")) as database:
        for index in ADDED_IN_11_INDEXES:
            database.execute(f"DROP INDEX IF EXISTS {index}")
        without(database, ADDED_IN_11)
        database.execute("CREATE INDEX message_conversation ON message (conversation)")
        database.execute("PRAGMA user_version = 10")
        database.commit()


def as_version_9(folder: Path) -> None:
    """Takes out what version 10 added too: agreed codes."""
    as_version_10(folder)
    with closing(sqlite3.connect(folder / "zegel.db")) as database:
        database.execute("DROP TABLE agreed")
        database.execute("PRAGMA user_version = 9")
        database.commit()


def as_version_8(folder: Path) -> None:
    """Takes out what version 9 added too: the proofs of those who write first."""
    as_version_10(folder)
    with closing(sqlite3.connect(folder / "zegel.db")) as database:
        for table in ("proof", "agreed"):
            database.execute(f"DROP TABLE IF EXISTS {table}")
        database.execute("PRAGMA user_version = 8")
        database.commit()


def as_version_7(folder: Path) -> None:
    """Takes out what version 8 added too: what the database and the key ring know of each other."""
    as_version_10(folder)
    with closing(sqlite3.connect(folder / "zegel.db")) as database:
        for table in ("mark", "day_mark", "proof", "agreed"):
            database.execute(f"DROP TABLE IF EXISTS {table}")
        database.execute("PRAGMA user_version = 7")
        database.commit()
    with closing(sqlite3.connect(folder / "keyring.db")) as ring:
        ring.execute("DROP TABLE ring")
        ring.commit()
    (folder / "zegel.db-newest").unlink(missing_ok=True)


def as_version_5(folder: Path) -> None:
    """Takes out what versions 6 and 7 added too."""
    as_version_7(folder)
    with closing(sqlite3.connect(folder / "zegel.db")) as database:
        without(database, ADDED_IN_6)
        database.execute("PRAGMA user_version = 5")
        database.commit()


def as_version_4(folder: Path) -> None:
    """Takes out what version 5 added too, and gives back the index that it dropped."""
    as_version_5(folder)
    with closing(sqlite3.connect(folder / "zegel.db")) as database:
        for index in ADDED_IN_5:
            database.execute(f"DROP INDEX {index}")
        database.execute("DROP TABLE rule_count")
        database.execute("CREATE INDEX message_expires_at ON message (expires_at)")
        database.execute("PRAGMA user_version = 4")
        database.commit()


def as_version_3(folder: Path) -> None:
    """Takes out what version 4 added too."""
    as_version_4(folder)
    with closing(sqlite3.connect(folder / "zegel.db")) as database:
        without(database, ADDED_IN_4)
        database.execute("PRAGMA user_version = 3")
        database.commit()


def as_version_2(folder: Path) -> None:
    """Takes out what version 3 added too, and two tables that a version 2 may not have had yet."""
    as_version_3(folder)
    with closing(sqlite3.connect(folder / "zegel.db")) as database:
        without(database, ADDED_IN_3)
        for table in ("passkey", "device"):
            database.execute(f"DROP TABLE {table}")
        for table in ("thread", "addressee", "draft"):
            database.execute(f"DROP TABLE {table}")
        database.execute("PRAGMA user_version = 2")
        database.commit()


FROM_7 = (as_version_7, as_version_8, as_version_9, as_version_10, as_version_11)
OLD = (as_version_2, as_version_3, as_version_4, as_version_5, *FROM_7)
BEFORE = pytest.mark.parametrize("as_before", [as_version_1, *OLD])


def version(path: Path) -> int:
    with sqlite3.connect(path) as database:
        return int(database.execute("PRAGMA user_version").fetchone()[0])


def schema(path: Path) -> dict[str, set[str]]:
    with sqlite3.connect(path) as database:
        names = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        columns = {name: {row[1] for row in database.execute(f"PRAGMA table_info({name})")} for name in names}
        indexes = database.execute("SELECT name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL")
        return columns | {"indexes": {name for (name,) in indexes}}


def test_what_was_sealed_under_version_1_is_notified_and_opened(tmp_path: Path) -> None:
    built = build(tmp_path)
    (delivery,) = built.seal(RECIPIENT)
    key = built.core.vault.data_key(delivery.message_id, built.clock())
    told = {"hide_subject": True, "removed_words": ["[veilig]"], "withheld_parts": []}
    headline = key.seal(b'{"name": "Anna", "subject": "uitslag"}', "headline")
    built.core.close()
    with sqlite3.connect(tmp_path / "zegel.db") as database:
        database.execute("UPDATE outbox SET payload = ?", (key.seal_payload(told, "notification", delivery.id, 0),))
        database.execute("UPDATE message SET headline = ?", (headline,))
    as_version_1(tmp_path)
    again = build(tmp_path)
    assert version(tmp_path / "zegel.db") == VERSION
    (item,) = again.core.vault.store.outbox.list(["due"])
    mail = Composer(again.core).compose(item)
    assert mail is not None and b"uitslag" not in mail.content
    access, passwords = again.core.access, again.core.passwords
    passwords.ask(delivery, "", "nl")
    opened = passwords.enter(again.link(delivery), again.passwords_sent()[0], None)
    assert isinstance(opened, Opened) and access.original(delivery) == ORIGINAL
    assert again.core.vault.store.audit_log.first_broken() is None
    again.core.close()


def test_wrong_passwords_of_before_still_count(tmp_path: Path) -> None:
    built = build(tmp_path)
    (delivery,) = built.seal(RECIPIENT)
    for _ in range(9):
        built.core.passwords.enter(built.link(delivery), "wrong", None)
    built.core.close()
    as_version_1(tmp_path)
    again = build(tmp_path)
    refused = again.core.passwords.enter(again.link(delivery), "wrong", None)
    assert not isinstance(refused, Opened) and refused.kind == "paused"
    again.core.close()


@BEFORE
def test_a_migrated_database_has_the_columns_of_a_new_one(tmp_path: Path, as_before: Callable[[Path], None]) -> None:
    (tmp_path / "old").mkdir()
    (tmp_path / "new").mkdir()
    build(tmp_path / "old").core.close()
    as_before(tmp_path / "old")
    build(tmp_path / "old").core.close()
    build(tmp_path / "new").core.close()
    assert schema(tmp_path / "old" / "zegel.db") == schema(tmp_path / "new" / "zegel.db")


@BEFORE
def test_what_was_there_is_a_conversation_by_itself_and_can_be_answered(
    tmp_path: Path, as_before: Callable[[Path], None]
) -> None:
    built = build(tmp_path)
    first, second = [built.seal(RECIPIENT, raw=ORIGINAL)[0] for _ in range(2)]
    built.core.close()
    as_before(tmp_path)
    again = build(tmp_path)
    store, core = again.core.vault.store, again.core
    found = [store.message(each.message_id) for each in (first, second)]
    assert [(each.conversation, each.kind, each.writer) for each in found if each] == [
        (first.message_id, "mail", 0),
        (second.message_id, "mail", 0),
    ]
    assert isinstance(core.replies.send(first, [], "Dank u wel", []), Replied)
    assert [entry.kind for entry in core.conversations.page(first).entries] == ["message", "reply"]
    assert [entry.kind for entry in core.conversations.page(second).entries] == ["message"]
    again.core.close()


@BEFORE
def test_three_processes_that_start_at_once_migrate_once(tmp_path: Path, as_before: Callable[[Path], None]) -> None:
    build(tmp_path).core.close()
    as_before(tmp_path)
    failures: list[Exception] = []

    def start() -> None:
        try:
            Store(tmp_path / "zegel.db").close()
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=start) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == [] and version(tmp_path / "zegel.db") == VERSION


def test_a_database_of_a_newer_zegel_is_left_alone(tmp_path: Path) -> None:
    built = build(tmp_path)
    settings = built.core.settings
    built.core.close()
    with sqlite3.connect(tmp_path / "zegel.db") as database:
        database.execute(f"PRAGMA user_version = {VERSION + 1}")
    with pytest.raises(NewerDatabase):
        open_core(settings)
    assert version(tmp_path / "zegel.db") == VERSION + 1


@pytest.mark.parametrize("as_before", OLD)
def test_a_delivery_of_before_is_opened_in_the_way_of_its_level(
    tmp_path: Path, as_before: Callable[[Path], None]
) -> None:
    built = build(tmp_path)
    (low,), (high,) = built.seal(RECIPIENT), built.seal(RECIPIENT, level=2)
    built.core.close()
    as_before(tmp_path)
    again = build(tmp_path)
    found = [again.core.vault.store.delivery(each.id) for each in (low, high)]
    assert [each.way for each in found if each] == ["password", "sms"]
    assert again.core.passwords.ask(high, "", "nl").kind == "other way"
    assert again.core.passwords.ask(low, "", "nl").kind == "sent"
    again.core.close()


def test_a_conversation_of_before_is_the_same_by_recipient(tmp_path: Path) -> None:
    built = build(tmp_path)
    first, other = built.seal(RECIPIENT, OTHER)
    second = built.seal(RECIPIENT.upper())[0]
    join(built.core.vault.store, first.message_id, second.message_id)
    for each in (first, other, second):
        built.clock.pass_(60)
        assert isinstance(built.core.replies.send(each, [], "Dank u wel", []), Replied)
    pages = [built.core.conversations.page(each).entries for each in (first, other, second)]
    assert [len(page) for page in pages] == [4, 2, 4]
    built.core.close()
    as_version_10(tmp_path)
    again = build(tmp_path)
    assert [again.core.conversations.page(each).entries for each in (first, other, second)] == pages
    again.core.close()
