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
from click.testing import CliRunner, Result

from tests.support.cast import ORIGINAL, OTHER, RECIPIENT, Built, build
from zegel.cli.main import main
from zegel.cli.upgrade import _units
from zegel.crypto import SealBroken, unseal
from zegel.unlock.access import link_token
from zegel.vault.keys import Keys, read_master_key, wrap_key
from zegel.vault.marks import LOST, PURPOSES
from zegel.vault.opening import Mismatch
from zegel.vault.tables.records import Delivery

DAY = 86_400


def zegel(folder: Path, *words: str) -> Result:
    return CliRunner().invoke(main, [*words, "--config", str(folder / "zegel.yaml")])


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "home"


def start(home: Path) -> Built:
    home.mkdir(exist_ok=True)
    built = build(home)
    built.clock.now = time.time()
    return built


def readable(built: Built, delivery: Delivery) -> bool:
    return built.core.access.original(delivery) == ORIGINAL


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
    again = start(other)
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


def contents(home: Path) -> dict[str, object]:
    """Files byte for byte; of the ring, which is written to when it is tried, the rows."""
    found: dict[str, object] = {path.name: path.read_bytes() for path in home.iterdir() if path.is_file()}
    if found.pop("keyring.db", None):
        with closing(sqlite3.connect(home / "keyring.db")) as ring:
            found["keyring.db"] = list(ring.iterdump())
    return {name: content for name, content in found.items() if not name.endswith("-journal")}


def another_key(home: Path) -> None:
    (home / "master.key").unlink()
    assert CliRunner().invoke(main, ["key", "new", str(home / "master.key")]).exit_code == 0


def opens_anything(folder: Path, wrap: bytes) -> bool:
    """Whether a key opens any stored secret: tried on the rows, as somebody with the files would."""
    blobs: list[tuple[bytes, str, tuple[str, ...]]] = []
    with closing(sqlite3.connect(folder / "keyring.db")) as ring:
        for day, wrapped in ring.execute("SELECT day, wrapped FROM day_key"):
            blobs.append((wrapped, "day key", (day,)))
        facts = dict(ring.execute("SELECT name, value FROM ring"))
        if "handover" in facts:
            blobs.append((facts["handover"], "handover", (facts["generation"].hex(),)))
    with closing(sqlite3.connect(folder / "zegel.db")) as database:
        (kept,) = database.execute("SELECT value FROM mark WHERE name = ?", (PURPOSES,)).fetchone()
        blobs.append((bytes.fromhex(kept), PURPOSES, ()))
    for blob, purpose, ids in blobs:
        try:
            unseal(wrap, bytes(blob), purpose, *ids)
            return True
        except SealBroken:
            continue
    return False


def test_the_master_key_changes_while_all_runs(home: Path) -> None:
    milter, portal = start(home), start(home)
    (before,) = milter.seal(RECIPIENT, days=10)
    link, old = milter.link(before), read_master_key(home / "master.key")
    sealed = milter.core.vault.store.marks.get(PURPOSES)
    rows = [bytes.fromhex(sealed)]
    with closing(sqlite3.connect(home / "keyring.db")) as ring:
        rows += [wrapped for (wrapped,) in ring.execute("SELECT wrapped FROM day_key")]
    running: list[Result] = []
    change = threading.Thread(target=lambda: running.append(zegel(home, "key", "rotate", "--yes", "--wait", "5")))
    change.start()
    meanwhile: list[Delivery] = []
    while change.is_alive():
        meanwhile += milter.seal(RECIPIENT, days=10 + len(meanwhile) % 7)
        assert readable(portal, meanwhile[-1])
        time.sleep(0.05)
    change.join()
    assert running[0].exit_code == 0, running[0].output
    assert "were once derived" not in running[0].output
    new = read_master_key(home / "master.key")
    assert new != old and stat.S_IMODE((home / "master.key").stat().st_mode) == 0o400
    (after,) = milter.seal(RECIPIENT, days=29)
    restarted = start(home)
    for built in (milter, portal, restarted):
        assert all(readable(built, each) for each in (before, *meanwhile, after)) and built.link(before) == link
        built.core.close()
    assert opens_anything(home, wrap_key(new)) and not opens_anything(home, wrap_key(old))
    content = b"".join(path.read_bytes() for path in home.iterdir() if path.name.startswith(("zegel.db", "keyring.db")))
    assert not any(row in content or row.hex().encode() in content for row in rows), "what the old key opens is gone"
    (home / "master.key").chmod(0o600)
    (home / "master.key").write_text(old.hex())
    (home / "master.key").chmod(0o400)
    with pytest.raises(Mismatch):
        start(home)


def test_a_change_that_was_cut_off_is_finished_by_another_run(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    built = start(home)
    (delivery,) = built.seal(RECIPIENT)
    built.core.close()
    for step in (
        "zegel.vault.keyring.Keyring.rewrap",
        "zegel.vault.keyring.Keyring.end_handover",
        "pathlib.Path.replace",
    ):

        def cut(*_: object) -> None:
            raise OSError(5, "cut off")

        with monkeypatch.context() as patch:
            patch.setattr(step, cut)
            assert zegel(home, "key", "rotate", "--yes", "--wait", "0").exit_code == 1
    assert zegel(home, "key", "rotate", "--yes", "--wait", "0").exit_code == 0
    again = start(home)
    assert readable(again, delivery) and not (home / "master.key.new").exists()
    again.core.close()


def test_a_backup_from_before_the_change_needs_the_key_of_then(home: Path, tmp_path: Path) -> None:
    built = start(home)
    (delivery,) = built.seal(RECIPIENT)
    assert zegel(home, "backup", str(tmp_path / "backup")).exit_code == 0
    shutil.copy(home / "master.key", tmp_path / "then.key")
    built.core.close()
    assert zegel(home, "key", "rotate", "--yes", "--wait", "0").exit_code == 0
    assert zegel(home, "restore", str(tmp_path / "backup"), "--yes").exit_code == 1
    for lost_ring in (False, True):
        if lost_ring:
            (home / "keyring.db").unlink()
        words = ["restore", str(tmp_path / "backup"), "--yes", "--key-then", str(tmp_path / "then.key")]
        done = zegel(home, *words)
        assert done.exit_code == 0, done.output
        again = start(home)
        assert readable(again, delivery)
        again.core.close()
        time.sleep(1.1)  # the folder of what was there is named by the second


def test_keys_that_were_derived_from_the_old_one_are_told(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A database from before version 8: its links stay what they were, and the old key still leads to them."""
    monkeypatch.setattr(Keys, "new", classmethod(lambda cls: cls.from_master(read_master_key(home / "master.key"))))
    built = start(home)
    (delivery,) = built.seal(RECIPIENT)
    old, link = read_master_key(home / "master.key"), built.link(delivery)
    built.core.close()
    done = zegel(home, "key", "rotate", "--yes", "--wait", "0")
    assert done.exit_code == 0 and "were once derived" in done.output
    again = start(home)
    assert again.link(delivery) == link == link_token(Keys.from_master(old).link, delivery.id, 0)
    again.core.close()


def test_an_upgrade_is_tried_before_it_is_made(home: Path, tmp_path: Path) -> None:
    built = start(home)
    built.core.close()
    root = Path(__file__).parents[3]
    shutil.copy(root / "rules.yaml", home / "rules.yaml")
    shutil.copytree(root / "systemd", tmp_path / "units")
    words = ["upgrade-check", "--units", str(tmp_path / "units")]
    done = zegel(home, *words)
    assert done.exit_code == 0 and done.output.count("ok  ") == 4, done.output
    (tmp_path / "units" / "zegel-milter.service").write_text("[Unit]\n")
    assert "warning units: zegel-milter.service in" in zegel(home, *words).output
    with closing(sqlite3.connect(home / "zegel.db")) as database:
        database.execute("DROP TABLE mark")
        database.execute("PRAGMA user_version = 7")
        before = list(database.iterdump())
    assert "a restart brings it from version 7 to" in zegel(home, *words).output
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
