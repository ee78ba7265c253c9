"""Whether the ring holds a key is known without reading it, as long as nobody has changed the file."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from zegel.vault import ring_file
from zegel.vault.ring_file import RingFile

DAY, OTHER = "2027-02-14", "2027-02-15"


@pytest.fixture
def ring(tmp_path: Path) -> RingFile:
    ring = RingFile(tmp_path / "ring.db")
    change(tmp_path, f"INSERT INTO day_key VALUES ('{DAY}', x'00'), ('{OTHER}', x'00')")
    return ring


def change(folder: Path, sql: str) -> None:
    """By somebody else: the courier, an administrator, a copy that was put back."""
    with closing(sqlite3.connect(folder / "ring.db")) as database, database:
        database.execute(sql)


def test_a_key_that_goes_at_once_after_another_change_is_missed(ring: RingFile, tmp_path: Path) -> None:
    """The kernel may give both changes one time, so a fresh change is not believed to be the last."""
    for _ in range(20):
        change(tmp_path, f"INSERT OR IGNORE INTO day_key VALUES ('{DAY}', x'00')")
        assert ring.holds(DAY)
        change(tmp_path, f"DELETE FROM day_key WHERE day = '{DAY}'")
        assert not ring.holds(DAY) and ring.holds(OTHER)


def test_the_file_is_read_once_for_each_change(ring: RingFile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ring_file, "_SETTLED", 20_000_000)
    time.sleep(0.05)
    database: Any = ring.database
    read: list[str] = []
    execute = database.execute_sql

    def noted(sql: str, *rest: Any) -> Any:
        read.append(sql)
        return execute(sql, *rest)

    monkeypatch.setattr(database, "execute_sql", noted)
    assert all(ring.holds(DAY) for _ in range(5)) and len(read) == 1
    change(tmp_path, f"DELETE FROM day_key WHERE day = '{DAY}'")
    assert not ring.holds(DAY) and not ring.holds(DAY), "what is missing is looked for each time"
    assert len(read) == 3
