"""The milter seals and opens nothing: neither what it has in memory, nor its key file with all the data, is enough."""

from __future__ import annotations

import itertools
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from tests.support.cast import NOW, ORIGINAL, RECIPIENT, SENDER, Built, build
from tests.support.older_versions import sealed_by_day_keys
from tests.support.shipped import shipped_rules
from tests.unit.vault.secrets_in_reach import memory_of, reachable, secrets_of
from zegel.cli.checks.storage import sealing as check_sealing
from zegel.cli.main import main
from zegel.crypto import SealBroken, derive, new_key, unseal
from zegel.intake import Intake
from zegel.mail.envelope import Envelope
from zegel.message.reader import Reader
from zegel.pairs import public_half, seal_for, unseal_box
from zegel.sealing_core import SealingCore, open_sealing_core
from zegel.settings.model import load_settings
from zegel.settings.storage import SEALING_KEY
from zegel.vault.days_ahead import AHEAD, days_ahead
from zegel.vault.keyring import KeyGone, day_of
from zegel.vault.keys import SealingKeys, read_master_key, sealing_key, wrap_key
from zegel.vault.marks import PURPOSES, SEALING
from zegel.vault.opening import Mismatch
from zegel.vault.sealing_vault import DayNotReady, WrongDayKey, vouched_for
from zegel_courier.days_ahead import make_days_ahead

DAY = 86_400
SECRET = ORIGINAL.replace(b"\r\n\r\n", b"\r\nMessage-ID: <a@kliniek.example>\r\n\r\n")
RULES = shipped_rules()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Built]:
    """A Zegel whose courier has made days ready."""
    built = build(tmp_path)
    make_days_ahead(built.core)
    yield built
    built.core.close()


def to_seal(built: Built) -> SealingCore:
    """What a milter opens, without the master key in reach."""
    master, hidden = built.folder / "master.key", built.folder / "hidden.key"
    master.rename(hidden)
    try:
        return open_sealing_core(load_settings(built.folder / "zegel.yaml", SEALING_KEY), built.clock, patience=0)
    finally:
        hidden.rename(master)


@pytest.fixture
def milter(house: Built) -> Iterator[SealingCore]:
    core = to_seal(house)
    yield core
    core.close()


def test_what_the_milter_seals_is_opened_by_the_portal(house: Built, milter: SealingCore) -> None:
    reader = Reader(milter.settings.limits, 1)
    reader.start()
    try:
        outcome = Intake(milter, reader, lambda: RULES).receive(Envelope("A1", SENDER, (RECIPIENT,), False), SECRET)
    finally:
        reader.close()
    assert outcome.kind == "sealed"
    store = house.core.vault.store
    (item,) = [each for each in store.outbox.list(["due"]) if each.kind == "notification"]
    delivery = store.delivery(item.delivery_id)
    assert delivery is not None and house.core.access.original(delivery) == SECRET
    assert house.core.vault.headline(delivery.message_id, house.clock()).subject == "uitslag"


def test_nothing_that_opens_can_be_come_by_from_its_objects(house: Built, milter: SealingCore) -> None:
    house.seal(RECIPIENT, days=milter.settings.retention.days)
    milter.vault.new_data_key(1, house.clock() + milter.settings.retention.days * DAY)
    found = {bytes(each) for each in reachable(milter) if isinstance(each, bytes | bytearray)}
    assert {milter.vault.keys.link, milter.vault.keys.reply} <= found, "the search finds what is there"
    assert [name for name, secret in secrets_of(house).items() if secret in found] == []
    for name in ("data_key", "original", "payload", "headline", "keyring", "extend", "make_ready"):
        assert not hasattr(milter.vault, name)
    keys: Any = milter.vault.keys
    for name in ("phone", "notice", "code", "passkey", "audit", "policy", "archive", "form"):
        with pytest.raises(AttributeError):
            getattr(keys, name)


def test_nothing_that_opens_is_in_its_memory(house: Built) -> None:
    house.seal(RECIPIENT, days=house.core.settings.retention.days)
    (house.folder / "master.key").rename(house.folder / "hidden.key")
    command = [sys.executable, "-m", "tests.unit.vault.sealing_process", str(house.folder), str(NOW)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None and process.stdout.readline() == b"sealed\n"
        try:
            memory = memory_of(process.pid)
        except PermissionError:
            pytest.skip("this machine lets nobody read the memory of a child")
    finally:
        process.communicate()
    (house.folder / "hidden.key").rename(house.folder / "master.key")
    assert house.core.vault.keys.link in memory, "the search finds what is there"
    assert [name for name, secret in secrets_of(house).items() if secret in memory] == []
    assert (house.folder / "master.key").read_bytes().strip() not in memory


def test_its_key_file_and_all_the_data_open_nothing(house: Built, milter: SealingCore) -> None:
    """Every key that it has, tried as every key that there is."""
    (delivery,) = house.seal(RECIPIENT, days=milter.settings.retention.days)
    house.core.passwords.ask(delivery, "", "nl")
    store, keys = house.core.vault.store, milter.vault.keys
    sealing = read_master_key(house.folder / "sealing.key")
    has = [sealing, wrap_key(sealing), *(getattr(keys, name) for name in SealingKeys.__slots__)]
    has += [derive(key, purpose) for key in has for purpose in ("wrap", "pair", "sealing", "newer purposes")]
    day, wrapped = store.wrapped_key(delivery.message_id) or ("", b"")
    with closing(sqlite3.connect(house.folder / "keyring.db")) as ring:
        days = ring.execute("SELECT day, wrapped FROM day_key").fetchall()
    tried: list[tuple[bytes, str, tuple[int | str, ...]]] = [
        (wrapped, "data key", (delivery.message_id,)),
        (bytes.fromhex(store.marks.get(PURPOSES)), PURPOSES, ()),
        (store.sealed_headline(delivery.message_id), "headline", (delivery.message_id,)),
        *((each.payload, "outbox", (each.id,)) for each in store.outbox.list(["due"]) if each.payload),
        *((blob, "day key", (name,)) for name, blob in days),
    ]
    assert day and len(tried) > 4
    for key, (blob, purpose, ids) in itertools.product(has, tried):
        for open_ in (unseal, unseal_box):
            with pytest.raises(SealBroken):
                open_(key, blob, purpose, *ids)


def test_what_was_sealed_under_the_days_own_key_opens_and_is_extended(house: Built) -> None:
    (delivery,) = house.seal(RECIPIENT, days=5)
    house.core.close()
    sealed_by_day_keys(house.folder)
    again = build(house.folder)
    store = again.core.vault.store
    old = store.wrapped_key(delivery.message_id)
    assert old is not None and old[1][:1] == b"\x01" and again.core.access.original(delivery) == ORIGINAL
    store.write(lambda: again.core.vault.extend(delivery.message_id, NOW + 9 * DAY, NOW))
    new = store.wrapped_key(delivery.message_id)
    assert new is not None and new[1][:1] == b"\x03" and again.core.access.original(delivery) == ORIGINAL
    again.core.close()


def test_a_box_opens_for_its_purpose_and_row_with_its_key_alone() -> None:
    key = new_key()
    box = seal_for(public_half(key), b"secret", "data key", 7)
    assert unseal_box(key, box, "data key", 7) == b"secret"
    assert seal_for(public_half(key), b"secret", "data key", 7) != box
    wrong = [(new_key(), box, "data key", 7), (key, box, "data key", 8), (key, box, "outbox", 7)]
    wrong += [(key, box[:at] + bytes([box[at] ^ 1]) + box[at + 1 :], "data key", 7) for at in range(len(box))]
    wrong += [(key, box[:length], "data key", 7) for length in range(len(box))]
    for words in wrong:
        with pytest.raises(SealBroken):
            unseal_box(*words)


def test_what_remembers_public_halves_holds_no_key() -> None:
    """The key of a day that was destroyed would stay in memory with it."""
    key = new_key()
    held = sys.getrefcount(key)
    assert public_half(key) == public_half(key) and sys.getrefcount(key) == held


def test_the_courier_makes_the_days_that_are_needed_and_a_week_more(house: Built) -> None:
    retention = house.core.settings.retention.days
    ready = days_ahead(NOW, retention)
    assert ready[1] == day_of(NOW + retention * DAY) and len(ready) == AHEAD + 2
    assert house.core.vault.keyring.days() >= set(ready)
    assert make_days_ahead(house.core) == 0
    house.clock.pass_(DAY)
    assert make_days_ahead(house.core) == 1


@pytest.mark.parametrize("jump", [0, AHEAD * DAY, -DAY], ids=["today", "a week without a courier", "set back a day"])
def test_it_seals_for_the_days_that_are_ready(house: Built, milter: SealingCore, jump: float) -> None:
    expires_at = NOW + jump + milter.settings.retention.days * DAY
    key = milter.vault.new_data_key(1, expires_at)
    assert key.day == day_of(expires_at) and key.wrapped[:1] == b"\x03"


def test_of_a_day_that_is_not_ready_it_says_what_to_do_and_waits_for_the_courier(
    house: Built, milter: SealingCore, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = NOW + (milter.settings.retention.days + AHEAD + 1) * DAY
    with monkeypatch.context() as patch:
        patch.setattr("zegel.vault.sealing_vault.PATIENCE", 0.0)
        with pytest.raises(DayNotReady, match="start zegel-courier"):
            milter.vault.new_data_key(1, later)
    house.clock.pass_(DAY)
    make_days_ahead(house.core)
    assert milter.vault.new_data_key(1, later).day == day_of(later)


def test_a_public_half_that_somebody_put_into_the_database_is_refused_and_mended(
    house: Built, milter: SealingCore
) -> None:
    expires_at = NOW + milter.settings.retention.days * DAY
    day, theirs, store = day_of(expires_at), public_half(new_key()), house.core.vault.store
    store.write(lambda: store.marks.publish(day, vouched_for(b"another key of 32 bytes, as they are", day, theirs)))
    with pytest.raises(WrongDayKey):
        milter.vault.new_data_key(1, expires_at)
    assert make_days_ahead(house.core) == 1
    milter.vault.new_data_key(1, expires_at)


def test_a_day_that_the_ring_has_lost_is_not_sealed_for(house: Built, milter: SealingCore) -> None:
    expires_at = NOW + milter.settings.retention.days * DAY
    milter.vault.new_data_key(1, expires_at)
    with closing(sqlite3.connect(house.folder / "keyring.db")) as ring:
        ring.execute("DELETE FROM day_key WHERE day = ?", (day_of(expires_at),))
        ring.commit()
    with pytest.raises(KeyGone):
        milter.vault.new_data_key(2, expires_at)
    make_days_ahead(house.core)  # who still knows the key puts it back
    milter.vault.new_data_key(3, expires_at)
    (house.folder / "keyring.db").rename(house.folder / "away.db")
    with pytest.raises(OSError):
        milter.vault.new_data_key(4, expires_at)
    shutil.copy(house.folder / "away.db", house.folder / "keyring.db")
    with pytest.raises(OSError, match="replaced"):
        milter.vault.new_data_key(5, expires_at)


def test_it_opens_nothing_before_there_is_something_and_with_the_wrong_key(house: Built, tmp_path: Path) -> None:
    house.core.vault.store.write(lambda: house.core.vault.store.marks.set(SEALING, ""))
    with pytest.raises(Mismatch, match="start zegel-courier"):
        to_seal(house)
    house.core.close()
    build(house.folder).core.close()
    to_seal(house).close()
    wrong = house.folder / "sealing.key"
    wrong.unlink()
    wrong.write_text(new_key().hex())
    with pytest.raises(Mismatch, match="zegel key sealing"):
        to_seal(house)
    words = ["--config", str(house.folder / "zegel.yaml")]
    assert "sealing.key made" in CliRunner().invoke(main, ["key", "sealing", *words]).output
    assert "is there already" in CliRunner().invoke(main, ["key", "sealing", *words]).output
    assert wrong.stat().st_mode & 0o777 == 0o400
    to_seal(house).close()


def test_another_master_key_brings_another_sealing_key_while_it_runs(house: Built, milter: SealingCore) -> None:
    old = (house.folder / "sealing.key").read_text()
    words = ["key", "rotate", "--yes", "--wait", "0", "--config", str(house.folder / "zegel.yaml")]
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 0, done.output
    new = (house.folder / "sealing.key").read_text()
    assert new != old and new.strip() == sealing_key(read_master_key(house.folder / "master.key")).hex()
    milter.vault.new_data_key(1, NOW + milter.settings.retention.days * DAY)
    again = to_seal(house)
    assert again.keys == milter.keys
    again.close()
    restarted = open_sealing_core(milter.settings, house.clock, keys=milter.keys)  # as the milter starts a process anew
    restarted.close()
    (house.folder / "sealing.key").chmod(0o600)
    (house.folder / "sealing.key").write_text(old)
    (house.folder / "sealing.key").chmod(0o400)
    with pytest.raises(Mismatch):
        to_seal(house)


def test_check_says_what_is_wrong_with_it(house: Built) -> None:
    kept, retention = house.core.settings.storage, house.core.settings.retention.days
    key = house.folder / "sealing.key"

    def said(now: float = NOW) -> list[tuple[str, str]]:
        return [(state, text) for state, text in check_sealing(kept, retention, kept.master_key, now)]

    assert [state for state, _ in said()] == ["ok"]
    assert [state for state, _ in said(NOW + 3 * DAY)] == ["ok"]
    ((state, text),) = said(NOW + 5 * DAY)
    assert state == "warning" and "run out" in text
    ((state, text),) = said(NOW + 9 * DAY)
    assert state == "critical" and "no mail can be protected" in text
    key.rename(house.folder / "away")
    ((state, text), *_) = said()
    assert state == "critical" and "is not there" in text and "zegel key sealing" in text
    key.write_text(new_key().hex())
    ((state, text), *_) = said()
    assert state == "critical" and "is not the one of this master key" in text
