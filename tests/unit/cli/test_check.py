"""What `zegel check` says of a database, a key ring and a disk that are not as they should be."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.support.cast import RECIPIENT, Built, build
from zegel.cli.checks import storage
from zegel.cli.main import main
from zegel.crypto import new_key, seal
from zegel.vault.inspection import database_problems, keyring_problems, waiting
from zegel.vault.keys import read_master_key, wrap_key, write_master_key


@pytest.fixture
def stopped(tmp_path: Path) -> Path:
    """A folder with a sealed message that can still be read, and nobody who has it open."""
    built = build(tmp_path)
    built.clock.now = time.time()
    built.seal(RECIPIENT)
    built.seal(RECIPIENT, days=20)
    built.core.close()
    return tmp_path


def findings(folder: Path) -> dict[str, list[tuple[str, str]]]:
    done = CliRunner().invoke(main, ["check", "--json", "--config", str(folder / "zegel.yaml")])
    assert isinstance(done.exception, SystemExit), done.exception
    found: dict[str, list[tuple[str, str]]] = {}
    for each in json.loads(done.stdout)["findings"]:
        found.setdefault(each["name"], []).append((each["state"], each["text"]))
    return found


def overwrite(path: Path, at: int, what: bytes = b"\xff" * 4096) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        file.write(what)


def another_key(folder: Path) -> None:
    (folder / "master.key").unlink()
    write_master_key(folder / "master.key")


def another_ring(folder: Path) -> None:
    """The same days, other keys, the right master key."""
    wrap = wrap_key(read_master_key(folder / "master.key"))
    with closing(sqlite3.connect(folder / "keyring.db")) as ring:
        for (day,) in ring.execute("SELECT day FROM day_key").fetchall():
            ring.execute("UPDATE day_key SET wrapped = ? WHERE day = ?", (seal(wrap, new_key(), "day key", day), day))
        ring.commit()


def one_day_less(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "keyring.db")) as ring:
        ring.execute("DELETE FROM day_key WHERE day = (SELECT MIN(day) FROM day_key)")
        ring.commit()


@pytest.mark.parametrize(
    ("damage", "name", "said"),
    [
        (lambda folder: overwrite(folder / "zegel.db", 0), "database", "is no database, or its beginning is damaged"),
        (lambda folder: overwrite(folder / "zegel.db", 8192), "database", "damaged"),
        (lambda folder: (folder / "zegel.db").unlink(), "database", "is not there"),
        (lambda folder: overwrite(folder / "keyring.db", 4096), "key ring", "damaged"),
        (lambda folder: (folder / "keyring.db").unlink(), "key ring", "put it back from its copy before"),
        (lambda folder: (folder / "keyring.db").chmod(0o644), "key ring", "can be read by others; run: chmod go="),
        (another_key, "key ring", "the master key is not the one"),
        (another_ring, "key ring", "has other keys for 2 days"),
        (one_day_less, "key ring", "lacks the keys of"),
    ],
)
def test_what_is_damaged_or_wrong_is_said_with_what_to_do(
    stopped: Path, damage: Callable[[Path], None], name: str, said: str
) -> None:
    assert findings(stopped)["database"][0][0] == findings(stopped)["key ring"][0][0] == "ok"
    damage(stopped)
    found = findings(stopped)
    assert any(state == "critical" and said in text for state, text in found[name]), found
    assert "could not be looked at" not in json.dumps(found)


def test_files_of_another_account_are_named(stopped: Path) -> None:
    kept = build(stopped).core.settings.storage
    said = list(storage.database(kept, 12345, everything=False))
    assert ("critical", f"{kept.place} belongs to root: run: chown 12345: {kept.place}") in said


def test_a_large_database_is_sampled_and_read_through_when_asked(
    stopped: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zegel.vault.inspection.SMALL", 0)
    database = stopped / "zegel.db"
    assert list(database_problems(database)) == []
    assert list(database_problems(database, everything=True)) == []
    with closing(sqlite3.connect(database)) as connection:  # an index without its rows: no sample shows it
        page = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'delivery_address'").fetchone()[0]
        size = connection.execute("PRAGMA page_size").fetchone()[0]
    overwrite(database, (page - 1) * size, b"\x0a" + bytes(4095))
    assert list(database_problems(database)) == []
    (problem,) = database_problems(database, everything=True)
    assert "is damaged" in problem


def test_the_ring_is_asked_for_each_day_and_not_for_each_message(built: Built) -> None:
    kept = built.core.settings.storage
    wrap = wrap_key(read_master_key(kept.master_key))
    for _ in range(30):
        built.seal(RECIPIENT)
    asked: list[str] = []
    connect = sqlite3.connect

    def watched(*words: object, **more: object) -> sqlite3.Connection:
        connection = connect(*words, **more)  # type: ignore[call-overload]
        connection.set_trace_callback(asked.append)
        return connection  # type: ignore[no-any-return]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("zegel.vault.engines.looking.sqlite3.connect", watched)
        patch.setattr("zegel.vault.inspection.time.time", built.clock)
        assert list(keyring_problems(kept.place, kept.keyring, wrap)) == []
    assert len([each for each in asked if "FROM message" in each]) == 2
    plan = " ".join(row[3] for row in connect(built.folder / "zegel.db").execute("EXPLAIN QUERY PLAN " + asked[-1]))
    assert "message_shredded_expires_at" in plan


def test_the_outbox_is_told_by_what_is_stuck_late_or_refused(built: Built) -> None:
    built.seal(RECIPIENT)
    built.seal(RECIPIENT)
    store, path, now = built.core.vault.store, built.core.settings.storage.place, built.clock()
    first, second = store.outbox.list(["due"])
    assert list(storage.outbox(path, now)) == [("ok", "nothing is stuck or late")]
    ((state, text),) = storage.outbox(path, now + 1000)
    assert state == "warning" and "nobody has taken it up" in text
    store.write(lambda: store.outbox.stick(first.id, "ValueError at x.py:1"))
    store.write(lambda: store.outbox.retry(second.id, now + 20_000, "450 4.7.1 later"))
    found = waiting(path, now)
    assert found is not None and found.failing_why == "450 4.7.1 later"
    said = dict(storage.outbox(path, now + 15_000))
    assert (
        "1 mails are stuck" in said["warning"] and "not taken by Postfix, the oldest since 4 hours" in said["critical"]
    )


def test_a_disk_without_room_for_a_message_is_critical(built: Built) -> None:
    kept = built.core.settings.storage
    assert [state for state, _ in storage.disk(kept, 1_000_000)] == ["ok"]
    assert [state for state, _ in storage.disk(kept, 10**15)] == ["critical"]
