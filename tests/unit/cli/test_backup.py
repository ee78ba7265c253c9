"""`zegel backup`, `zegel restore` and `zegel key rotate` on real files, in use and not."""

from __future__ import annotations

import shutil
import sqlite3
import stat
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.cast import OTHER, RECIPIENT
from tests.support.older_versions import as_version_11
from tests.unit.cli.home_in_use import another_key, contents, readable, start, zegel
from zegel.cli.upgrade import _units
from zegel.sealing_core import open_sealing_core
from zegel.settings.model import load_settings
from zegel.settings.storage import SEALING_KEY
from zegel.vault.marks import LOST
from zegel_courier.days_ahead import make_days_ahead


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "home"


def test_a_backup_of_a_zegel_in_use_is_whole_closed_and_verified(home: Path, tmp_path: Path) -> None:
    built, stop = start(home), threading.Event()

    def work() -> None:
        while not stop.is_set():
            built.seal(RECIPIENT)

    worker = threading.Thread(target=work)
    worker.start()
    try:
        done = [zegel(home, "backup", str(tmp_path / "backup")) for _ in range(3)]
    finally:
        stop.set()
        worker.join()
    assert [each.exit_code for each in done] == [0, 0, 0], done[0].output
    files = {str(path.relative_to(tmp_path / "backup")) for path in (tmp_path / "backup").rglob("*") if path.is_file()}
    assert files == {"data/zegel.db", "data/backup.json", "data/files/zegel.yaml", "keyring/keyring.db"}
    modes = {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "backup").rglob("*")}
    assert modes == {0o600, 0o700}
    master = (home / "master.key").read_bytes().strip()
    assert not any(master in path.read_bytes() for path in (tmp_path / "backup").rglob("*") if path.is_file())
    built.core.close()


def test_a_backup_that_would_not_open_is_not_made(home: Path, tmp_path: Path) -> None:
    built = start(home)
    built.seal(RECIPIENT)
    assert zegel(home, "backup", str(tmp_path / "backup")).exit_code == 0
    before = (tmp_path / "backup" / "data" / "zegel.db").read_bytes()
    with closing(sqlite3.connect(home / "keyring.db")) as ring:
        ring.execute("DELETE FROM day_key")
        ring.commit()
    done = zegel(home, "backup", str(tmp_path / "backup"))
    assert done.exit_code == 1 and "the one before stays" in done.output
    assert (tmp_path / "backup" / "data" / "zegel.db").read_bytes() == before
    assert not (tmp_path / "backup" / ".new").exists()
    built.core.close()


def test_a_restore_brings_back_what_was_there_and_says_what_is_gone(home: Path, tmp_path: Path) -> None:
    built = start(home)
    (kept,) = built.seal(RECIPIENT, days=10)
    assert zegel(home, "backup", str(tmp_path / "backup")).exit_code == 0
    (gone,) = built.seal(OTHER, days=20)
    built.core.close()
    done = zegel(home, "restore", str(tmp_path / "backup"), "--yes")
    assert done.exit_code == 0, done.output
    assert "is gone" in done.output and "with its key ring" not in done.output, "the ring that is there is newer"
    again = start(home)
    store = again.core.vault.store
    assert readable(again, kept) and store.delivery(gone.id) is None
    assert store.marks.get(LOST) == "" and "restored" in [event.kind for event in store.audit_log.events()]
    (aside,) = home.glob("before-restore-*")
    assert (aside / "zegel.db").exists()
    again.seal(OTHER, days=20)
    assert "lost its end" not in zegel(home, "check").output
    again.core.close()


def test_a_restore_on_another_machine_needs_only_the_master_key(home: Path, tmp_path: Path) -> None:
    built = start(home)
    (kept,) = built.seal(RECIPIENT, level=1)
    assert zegel(home, "backup", str(tmp_path / "backup")).exit_code == 0
    built.core.close()
    other = tmp_path / "other"
    other.mkdir()
    for name in ("master.key", "zegel.yaml"):
        shutil.copy(home / name, other / name)
    done = zegel(other, "restore", str(tmp_path / "backup"), "--yes")
    assert done.exit_code == 0 and "with its key ring" in done.output
    assert (other / "sealing.key").read_text() == (home / "sealing.key").read_text(), "and so the milter can start"
    again = start(other)
    make_days_ahead(again.core)
    sealing = open_sealing_core(load_settings(other / "zegel.yaml", SEALING_KEY), patience=0)
    assert sealing.vault.new_data_key(1, time.time() + sealing.settings.retention.days * 86_400)
    sealing.close()
    assert readable(again, kept) and again.link(kept) == built.link(kept)
    again.core.close()


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda backup, _: shutil.rmtree(backup / "data"), "holds no backup"),
        (lambda backup, _: (backup / "data" / "zegel.db").write_bytes(b"x"), "is not what was backed up"),
        (
            lambda backup, home: ((backup / "keyring" / "keyring.db").unlink(), (home / "keyring.db").unlink()),
            "put the",
        ),
        (lambda _, home: another_key(home), "nothing is changed: "),
    ],
    ids=["no data", "changed", "no ring", "another master key"],
)
def test_a_restore_that_cannot_be_leaves_all_as_it_was(home: Path, tmp_path: Path, damage: object, said: str) -> None:
    built = start(home)
    built.seal(RECIPIENT)
    assert zegel(home, "backup", str(tmp_path / "backup")).exit_code == 0
    built.seal(RECIPIENT)
    built.core.close()
    damage(tmp_path / "backup", home)  # type: ignore[operator]
    before = contents(home)
    done = zegel(home, "restore", str(tmp_path / "backup"), "--yes")
    assert done.exit_code == 1 and said in done.output, done.output
    assert contents(home) == before
    assert not list(home.glob("before-restore-*"))


def test_an_upgrade_is_tried_before_it_is_made(home: Path, tmp_path: Path) -> None:
    built = start(home)
    built.core.close()
    root = Path(__file__).parents[3]
    shutil.copy(root / "rules.yaml", home / "rules.yaml")
    shutil.copytree(root / "systemd", tmp_path / "units")
    words = ["upgrade-check", "--units", str(tmp_path / "units")]
    done = zegel(home, *words)
    assert done.exit_code == 0 and done.output.count("ok  ") == 5, done.output
    (home / "sealing.key").rename(tmp_path / "away")
    assert "WRONG   sealing key: " in zegel(home, *words).output
    (tmp_path / "away").rename(home / "sealing.key")
    (tmp_path / "units" / "zegel-milter.service").write_text("[Unit]\n")
    assert "warning units: zegel-milter.service in" in zegel(home, *words).output
    as_version_11(home)
    with closing(sqlite3.connect(home / "zegel.db")) as database:
        before = list(database.iterdump())
    assert "a restart brings it from version 11 to" in zegel(home, *words).output
    with closing(sqlite3.connect(home / "zegel.db")) as database:
        assert list(database.iterdump()) == before
        database.execute("PRAGMA user_version = 999")
    done = zegel(home, *words)
    assert done.exit_code == 2 and "of a newer Zegel" in done.output
    (home / "rules.yaml").write_text("version: 2\n")
    assert "no mail is taken after a restart" in zegel(home, *words).output


def test_units_that_hide_those_of_the_package_are_named(tmp_path: Path) -> None:
    units = tmp_path / "units"
    (units / "zegel-milter.service.d").mkdir(parents=True)
    assert list(_units(units, tmp_path / "nowhere")) == []
    (units / "zegel-milter.service").write_text("[Unit]\n")
    ((state, text),) = _units(units, tmp_path / "nowhere")
    assert state == "warning" and "zegel-milter.service" in text and "precedence" in text
