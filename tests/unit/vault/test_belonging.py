"""Database, key ring and master key that do not belong together, or that lost a part: refused or said, never mended."""

from __future__ import annotations

import shutil
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from tests.support.cast import NOW, ORIGINAL, RECIPIENT, Built, build
from zegel.cli.main import main
from zegel.crypto import new_key, seal
from zegel.settings.model import load_settings
from zegel.unlock.way import Opened
from zegel.vault.keyring import KeyGone, day_of
from zegel.vault.keys import read_master_key, wrap_key, write_master_key
from zegel.vault.marks import LOST
from zegel.vault.opening import Mismatch, open_vault
from zegel.vault.sealing_vault import WrongDayKey
from zegel.vault.store import Store
from zegel.vault.vault import Vault
from zegel.vault.verification import verify
from zegel_courier.upkeep import upkeep

DAY = 86_400


@pytest.fixture
def used(tmp_path: Path) -> Path:
    """A stopped Zegel with messages that expire on two days, and copies of its files as they were after the first."""
    built = build(tmp_path)
    built.seal(RECIPIENT, days=10)
    built.core.close()
    for name in ("zegel.db", "keyring.db"):
        shutil.copy(tmp_path / name, tmp_path / f"{name}.copy")
    built = build(tmp_path)
    built.seal(RECIPIENT, days=20)
    built.core.close()
    return tmp_path


def opened(folder: Path, now: float = NOW) -> Vault:
    kept = load_settings(folder / "zegel.yaml").storage
    return open_vault(kept.place, kept.keyring, read_master_key(kept.master_key), now)


def lose_ring(folder: Path) -> None:
    (folder / "keyring.db").unlink()


def empty_ring(folder: Path) -> None:
    (folder / "keyring.db").write_bytes(b"")


def older_ring(folder: Path) -> None:
    shutil.copy(folder / "keyring.db.copy", folder / "keyring.db")


def another_master_key(folder: Path) -> None:
    (folder / "master.key").unlink()
    write_master_key(folder / "master.key")


def ring_of_another_zegel(folder: Path) -> None:
    (folder / "other").mkdir()
    shutil.copy(folder / "master.key", folder / "other" / "master.key")
    shutil.copy(folder / "zegel.yaml", folder / "other" / "zegel.yaml")
    built = build(folder / "other")
    built.seal(RECIPIENT, days=10)
    built.seal(RECIPIENT, days=20)
    built.core.close()
    shutil.copy(folder / "other" / "keyring.db", folder / "keyring.db")


def another_key_of_a_day(folder: Path) -> None:
    wrap, day = wrap_key(read_master_key(folder / "master.key")), day_of(NOW + 20 * DAY)
    with closing(sqlite3.connect(folder / "keyring.db")) as ring:
        ring.execute("UPDATE day_key SET wrapped = ? WHERE day = ?", (seal(wrap, new_key(), "day key", day), day))
        ring.commit()


def lose_database(folder: Path) -> None:
    """The ring and the key of another database than the empty one that is made."""
    shutil.copy(folder / "zegel.db.copy", folder / "zegel.db")
    (folder / "master.key").unlink()
    write_master_key(folder / "master.key")


WRONG = pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lose_ring, "is gone, and messages need it"),
        (empty_ring, "is the key ring of another database"),
        (older_ring, "it is an older copy; put back the newest one"),
        (another_master_key, "the master key is not the one that"),
        (ring_of_another_zegel, "is the key ring of another database"),
        (another_key_of_a_day, "has another key for"),
        (lose_database, "the master key is not the one"),
    ],
)


@WRONG
def test_what_does_not_belong_together_is_refused_and_nothing_is_made(
    used: Path, damage: Callable[[Path], None], said: str
) -> None:
    damage(used)
    ring = (used / "keyring.db").read_bytes() if (used / "keyring.db").exists() else None
    days = _days(used)
    with pytest.raises(Mismatch, match=said):
        opened(used)
    assert _days(used) == days and (ring is not None or not (used / "keyring.db").exists())


def _days(folder: Path) -> list[tuple[str, bytes]]:
    if not (folder / "keyring.db").exists() or not (folder / "keyring.db").stat().st_size:
        return []
    with closing(sqlite3.connect(folder / "keyring.db")) as ring:
        return ring.execute("SELECT day, wrapped FROM day_key ORDER BY day").fetchall()


@pytest.mark.parametrize("damage", [lose_ring, empty_ring, older_ring, another_key_of_a_day])
def test_what_is_put_back_opens_all_again(used: Path, damage: Callable[[Path], None]) -> None:
    shutil.copy(used / "keyring.db", used / "kept.db")
    damage(used)
    with pytest.raises(Mismatch):
        opened(used)
    shutil.copy(used / "kept.db", used / "keyring.db")
    vault = opened(used)
    assert vault.keyring.days() == {day_of(NOW + 10 * DAY), day_of(NOW + 20 * DAY)}
    vault.close()


@pytest.mark.parametrize(("damage", "left"), [(lose_ring, 0), (empty_ring, 0), (older_ring, 1)])
def test_after_a_persons_word_the_rest_goes_on(
    used: Path, damage: Callable[[Path], None], left: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    damage(used)
    monkeypatch.setattr("zegel.cli.key.time.time", lambda: NOW)
    assert CliRunner().invoke(main, ["key", "lost", "--config", str(used / "zegel.yaml")], input="n\n").exit_code == 1
    done = CliRunner().invoke(main, ["key", "lost", "--yes", "--config", str(used / "zegel.yaml")])
    assert done.exit_code == 0 and f"{2 - left} messages have ended" in done.output
    built = build(used)
    upkeep(built.core)
    kinds = [event.kind for event in built.core.vault.store.audit_log.events()]
    assert kinds.count("expired") == kinds.count("day key lost") == 2 - left
    (delivery,) = built.seal(RECIPIENT, days=20)
    assert built.core.access.original(delivery) == ORIGINAL
    built.core.close()


def test_a_new_zegel_opens_and_its_parts_know_each_other(tmp_path: Path) -> None:
    first, second = build(tmp_path), build(tmp_path)
    (delivery,) = first.seal(RECIPIENT)
    second.core.passwords.ask(delivery, "", "nl")
    unlocked = second.core.passwords.enter(second.link(delivery), second.passwords_sent()[0], None)
    assert isinstance(unlocked, Opened), "both have the same keys"
    first.core.close()
    second.core.close()


def test_a_day_whose_key_was_destroyed_never_gets_another(built: Built) -> None:
    built.seal(RECIPIENT, days=1)
    day = built.clock() + DAY
    built.clock.pass_(3 * DAY)
    upkeep(built.core)
    built.core.vault._noted.clear()
    with pytest.raises(KeyGone):
        built.core.vault.new_data_key(1, day)


def test_two_rings_with_a_key_for_the_same_day_are_noticed(built: Built) -> None:
    store, day = built.core.vault.store, day_of(NOW + 5 * DAY)
    store.write(lambda: store.marks.add_day(day, b"x" * 32))
    with pytest.raises(KeyGone):
        built.core.vault.new_data_key(1, NOW + 5 * DAY)
    built.core.vault.keyring.key_for(day)
    with pytest.raises(WrongDayKey):
        built.core.vault.new_data_key(1, NOW + 5 * DAY)


def crashed(folder: Path) -> Path:
    """The files as a kill leaves them: the newest message is in the -wal."""
    built = build(folder)
    built.seal(RECIPIENT)
    database: Any = built.core.vault.store.database
    database.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    built.seal(RECIPIENT)
    left = folder / "left"
    left.mkdir()
    for name in ("zegel.db", "zegel.db-wal", "zegel.db-newest", "keyring.db", "master.key", "zegel.yaml"):
        shutil.copy(folder / name, left / name)
    built.core.close()
    return left


def without_wal(folder: Path) -> None:
    (folder / "zegel.db-wal").unlink()


def with_an_older_copy(folder: Path) -> None:
    Store(folder / "zegel.db").close()
    shutil.copy(folder / "zegel.db", folder / "older.db")
    built = build(folder)
    built.seal(RECIPIENT)
    built.core.close()
    shutil.copy(folder / "older.db", folder / "zegel.db")


@pytest.mark.parametrize("lose", [without_wal, with_an_older_copy])
def test_a_database_that_lost_its_end_is_said_until_a_person_accepts_it(
    tmp_path: Path, lose: Callable[[Path], None], caplog: pytest.LogCaptureFixture
) -> None:
    folder = crashed(tmp_path)
    lose(folder)
    config = ["--config", str(folder / "zegel.yaml")]
    before = CliRunner().invoke(main, ["check", *config])
    assert "WRONG   audit log: the database has lost its end" in before.output
    built = build(folder)
    assert "the database has lost its end" in caplog.text
    store = built.core.vault.store
    assert store.marks.get(LOST) and "data lost" in [event.kind for event in store.audit_log.events()]
    built.seal(RECIPIENT)
    assert "the database has lost its end" in CliRunner().invoke(main, ["check", *config]).output
    assert CliRunner().invoke(main, ["audit", "accept", "--yes", *config]).exit_code == 0
    built.core.close()
    after = CliRunner().invoke(main, ["check", *config])
    assert "lost its end" not in after.output
    assert build(folder).core.vault.store.marks.get(LOST) == ""


def test_a_kill_that_lost_nothing_is_no_loss(tmp_path: Path) -> None:
    folder = crashed(tmp_path)
    built = build(folder)
    assert built.core.vault.store.marks.get(LOST) == ""
    built.core.close()


@pytest.mark.parametrize(
    "content", [b"", b"nonsense", b"5 " + b"0" * 64 + b" 1 0123456789abcdef", b"\xff" * 200, b"9" * 300]
)
def test_a_note_that_cannot_be_trusted_says_nothing(built: Built, content: bytes) -> None:
    built.seal(RECIPIENT)
    newest = built.core.vault.store.newest
    newest.path.write_bytes(content)
    assert newest.read() is None
    built.core.close()
    build(built.folder).core.close()


def test_the_chain_is_verified_from_where_the_last_look_ended(built: Built) -> None:
    store = built.core.vault.store
    built.seal(RECIPIENT)
    assert verify(store, NOW)[1] == 1
    built.seal(RECIPIENT)
    built.seal(RECIPIENT)
    assert verify(store, NOW, most=1)[1] == 1
    found, count = verify(store, NOW)
    assert (found.broken, count) == (None, 1)
    with closing(sqlite3.connect(built.folder / "zegel.db")) as database:
        database.execute("UPDATE event SET actor = 'nobody' WHERE id = 1")
        database.commit()
    assert verify(store, NOW)[0].broken is None, "it was whole when it was looked at"
    assert verify(store, NOW, full=True)[0].broken == 1
    config = ["--config", str(built.folder / "zegel.yaml")]
    assert CliRunner().invoke(main, ["audit", "verify", *config]).exit_code == 2
    assert "WRONG   audit log: event 1 was changed" in CliRunner().invoke(main, ["check", *config]).output
    assert CliRunner().invoke(main, ["audit", "accept", "--yes", *config]).exit_code == 0
    assert CliRunner().invoke(main, ["audit", "verify", *config]).exit_code == 0
    with closing(sqlite3.connect(built.folder / "zegel.db")) as database:
        database.execute("DELETE FROM event WHERE id = (SELECT MAX(id) FROM event)")
        database.commit()
    done = CliRunner().invoke(main, ["audit", "verify", *config])
    assert done.exit_code == 2 and time.time()
