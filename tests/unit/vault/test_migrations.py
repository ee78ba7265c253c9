"""A database of version 1 goes on working: its messages open, its passwords count, its outbox is sent."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.cast import ORIGINAL, OTHER, RECIPIENT, build, join
from tests.support.older_versions import (
    as_version_1,
    as_version_2,
    as_version_3,
    as_version_4,
    as_version_5,
    as_version_7,
    as_version_8,
    as_version_9,
    as_version_10,
    as_version_11,
    as_version_12,
    as_version_13,
)
from zegel.conversations.replies import Replied
from zegel.core import open_core
from zegel.unlock.way import Opened
from zegel.vault import opening
from zegel.vault.keys import Keys
from zegel.vault.migrations import VERSION, NewerDatabase
from zegel.vault.store import Store
from zegel_courier.composer import Composer


@pytest.fixture(autouse=True)
def derived_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before version 8 the keys for each purpose followed from the master key; so what is made old here has such."""
    made = opening._keys

    def derived(*words: Any, used: bool) -> Keys:
        return made(*words, used=True)

    monkeypatch.setattr(opening, "_keys", derived)


FROM_7 = (
    as_version_7, as_version_8, as_version_9, as_version_10, as_version_11, as_version_12, as_version_13
)  # fmt: skip
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
