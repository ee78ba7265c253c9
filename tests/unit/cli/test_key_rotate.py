"""`zegel key rotate`: the master key changes in use, after a crash, and against older backups."""

from __future__ import annotations

import json
import shutil
import sqlite3
import stat
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import Result

from tests.support.cast import RECIPIENT
from tests.unit.cli.home_in_use import readable, start, zegel
from zegel.crypto import SealBroken, seal, unseal
from zegel.unlock.access import link_token
from zegel.vault.audit_export import public_key
from zegel.vault.keys import Keys, read_master_key, wrap_key
from zegel.vault.marks import PURPOSES
from zegel.vault.opening import Mismatch
from zegel.vault.tables.records import Delivery


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "home"


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


@pytest.mark.parametrize("newer", [(), ("audit",), ("policy", "audit")], ids=["all", "one newer", "two newer"])
def test_keys_that_were_derived_from_the_old_one_are_told(
    home: Path, monkeypatch: pytest.MonkeyPatch, newer: tuple[str, ...]
) -> None:
    """A database from before version 8: its links stay what they were, and the old key still leads to them.

    Also when its keys were stored before there were some purposes.
    """
    monkeypatch.setattr(Keys, "new", classmethod(lambda cls: cls.from_master(read_master_key(home / "master.key"))))
    built = start(home)
    (delivery,) = built.seal(RECIPIENT)
    old, link = read_master_key(home / "master.key"), built.link(delivery)
    store, wrap = built.core.vault.store, wrap_key(read_master_key(home / "master.key"))
    kept = json.loads(unseal(wrap, bytes.fromhex(store.marks.get(PURPOSES)), PURPOSES))
    fewer = json.dumps({name: key for name, key in kept.items() if name not in newer})
    store.write(lambda: store.marks.set(PURPOSES, seal(wrap, fewer.encode(), PURPOSES).hex()))
    built.core.close()
    before = start(home)
    public = public_key(before.core.vault)
    before.core.close()
    done = zegel(home, "key", "rotate", "--yes", "--wait", "0")
    assert done.exit_code == 0 and "were once derived" in done.output
    again = start(home)
    assert again.link(delivery) == link == link_token(Keys.from_master(old).link, delivery.id, 0)
    assert public_key(again.core.vault) == public  # exports of before can still be checked
    again.core.close()
