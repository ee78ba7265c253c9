"""Sealing, the key ring, the store: round trips, moved blobs, destroyed keys, one transaction or nothing."""

from __future__ import annotations

import random
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from tests.support.cast import NOW, ORIGINAL, RECIPIENT, Built, build
from zegel.crypto import (
    CHUNK_BYTES,
    SealBroken,
    derive,
    keyed_hash,
    new_key,
    seal,
    seal_chunks,
    unseal,
    unseal_chunks,
)
from zegel.packing import PIECE_BYTES, NotPacked, pack, padded, unpack
from zegel.vault.keyring import KeyGone, Keyring, day_of
from zegel.vault.keys import write_master_key

KEY = new_key()


@given(st.binary(max_size=2000), st.text(max_size=20), st.integers())
def test_what_is_sealed_opens_for_the_same_purpose_and_row(plain: bytes, purpose: str, row: int) -> None:
    assert unseal(KEY, seal(KEY, plain, purpose, row), purpose, row) == plain


@pytest.mark.parametrize(
    ("purpose", "row", "key"),
    [("other", 1, KEY), ("this", 2, KEY), ("this", 1, new_key())],
    ids=["other purpose", "other row", "other key"],
)
def test_a_blob_does_not_open_elsewhere(purpose: str, row: int, key: bytes) -> None:
    blob = seal(KEY, b"secret", "this", 1)
    with pytest.raises(SealBroken):
        unseal(key, blob, purpose, row)


@given(st.integers(min_value=0, max_value=34), st.integers(min_value=1, max_value=255))
def test_a_changed_byte_breaks_the_seal(position: int, flip: int) -> None:
    blob = bytearray(seal(KEY, b"secret", "this", 1))
    blob[position] ^= flip
    with pytest.raises(SealBroken):
        unseal(KEY, bytes(blob), "this", 1)


@pytest.mark.parametrize("size", [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES])
def test_pieces_come_back_whole(size: int) -> None:
    plain = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    assert b"".join(unseal_chunks(KEY, seal_chunks(KEY, plain, "original", 7), "original", 7)) == plain


def test_threads_that_pack_at_the_same_time_do_not_meet() -> None:
    """Compressors are used again, each by one thread at a time."""
    pieces = [random.Random(number).randbytes(1_000) * (50 + number) for number in range(100)]
    with ThreadPoolExecutor(8) as threads:
        assert [unpack(packed) for packed in threads.map(pack, pieces)] == pieces


def test_pieces_cannot_be_dropped_swapped_or_cut_off() -> None:
    first, second, third = seal_chunks(KEY, bytes(3 * CHUNK_BYTES), "original", 7)
    for wrong in ([first, second], [second, first, third], [first, third], [], [third]):
        with pytest.raises(SealBroken):
            list(unseal_chunks(KEY, wrong, "original", 7))


def test_derived_keys_differ_by_purpose_and_refuse_a_short_master() -> None:
    assert derive(KEY, "link") != derive(KEY, "mark")
    with pytest.raises(ValueError, match="32 bytes"):
        derive(b"short", "link")


def test_keyed_hashes_do_not_run_values_together() -> None:
    assert keyed_hash(KEY, "ab", "c") != keyed_hash(KEY, "a", "bc")


def test_a_master_key_is_never_overwritten_and_is_its_owners(tmp_path: Path) -> None:
    file = tmp_path / "master.key"
    write_master_key(file)
    assert file.stat().st_mode & 0o777 == 0o400
    with pytest.raises(FileExistsError):
        write_master_key(file)


def test_a_destroyed_day_key_is_gone_for_good_and_its_bytes_from_the_file(tmp_path: Path) -> None:
    ring = Keyring(tmp_path / "ring.db", KEY)
    old, new = day_of(NOW), day_of(NOW + 86_400)
    ring.key_for(old)
    kept = ring.key_for(new)
    wrapped = (tmp_path / "ring.db").read_bytes()
    assert ring.destroy_before(new) == [old]
    with pytest.raises(KeyGone):
        ring.existing(old, NOW)
    assert Keyring(tmp_path / "ring.db", KEY).existing(new, NOW) == kept
    after = (tmp_path / "ring.db").read_bytes()
    assert old.encode() in wrapped and old.encode() not in after
    ring.close()


def test_a_destroyed_day_key_is_in_no_file_of_the_ring_not_even_the_journal(tmp_path: Path) -> None:
    ring = Keyring(tmp_path / "ring.db", KEY)
    ring.key_for("2020-01-01")
    with closing(sqlite3.connect(tmp_path / "ring.db")) as database:
        ((wrapped,),) = database.execute("SELECT wrapped FROM day_key").fetchall()
    ring.key_for("2030-01-01")
    ring.destroy_before("2025-01-01")
    assert {file.name for file in tmp_path.iterdir()} == {"ring.db", "ring.db-journal"}
    assert [file.name for file in tmp_path.iterdir() if wrapped in file.read_bytes()] == []
    assert ring.days() == {"2030-01-01"}
    ring.close()


def test_a_key_that_was_lost_from_the_ring_is_put_back_before_it_is_used_again(tmp_path: Path) -> None:
    ring = Keyring(tmp_path / "ring.db", KEY)
    key = ring.key_for(day_of(NOW))
    with closing(sqlite3.connect(tmp_path / "ring.db")) as database, database:
        database.execute("DELETE FROM day_key")
    assert ring.key_for(day_of(NOW)) == key
    assert Keyring(tmp_path / "ring.db", KEY).existing(day_of(NOW), NOW) == key


def test_a_ring_that_was_replaced_is_not_written_to(tmp_path: Path) -> None:
    ring = Keyring(tmp_path / "ring.db", KEY)
    (tmp_path / "ring.db").rename(tmp_path / "old.db")
    with pytest.raises(OSError):
        ring.key_for(day_of(NOW))
    Keyring(tmp_path / "ring.db", KEY).close()
    with pytest.raises(OSError, match="restart"):
        ring.key_for(day_of(NOW))


def test_another_master_key_does_not_open_the_ring(tmp_path: Path) -> None:
    Keyring(tmp_path / "ring.db", KEY).key_for(day_of(NOW))
    with pytest.raises(SealBroken):
        Keyring(tmp_path / "ring.db", new_key()).existing(day_of(NOW), NOW)


def test_a_sealed_message_can_be_read_again_after_a_restart(built: Built) -> None:
    (delivery,) = built.seal(RECIPIENT)
    built.core.close()
    again = build(built.folder)
    found = again.core.access.delivery(again.link(delivery))
    assert found is not None and found.recipient == RECIPIENT
    assert again.core.access.original(found) == ORIGINAL
    again.core.close()


def test_a_failure_inside_a_transaction_leaves_nothing_and_does_not_hurt_its_neighbours(built: Built) -> None:
    store = built.core.vault.store
    results: list[str] = []

    def fails() -> None:
        store.audit_log.record("held", "x", NOW)
        raise KeyError("no")

    def works() -> None:
        store.write(lambda: store.audit_log.record("opened", "x", NOW))
        results.append("ok")

    threads = [threading.Thread(target=works) for _ in range(20)]
    for thread in threads:
        thread.start()
    with pytest.raises(KeyError):
        store.write(fails)
    for thread in threads:
        thread.join()
    assert len(results) == 20
    assert [event.kind for event in store.audit_log.events()] == ["opened"] * 20


def change(built: Built, statement: str) -> None:
    """What somebody with the database file could do."""
    with sqlite3.connect(built.folder / "zegel.db") as database:
        database.execute(statement)
    database.close()


def test_a_changed_or_removed_event_shows(built: Built) -> None:
    store = built.core.vault.store
    for _ in range(3):
        store.write(lambda: store.audit_log.record("sealed", "actor", NOW))
    assert store.audit_log.first_broken() is None
    change(built, "UPDATE event SET actor = 'nobody' WHERE id = 2")
    assert store.audit_log.first_broken() == 2
    change(built, "DELETE FROM event WHERE id = 2")
    assert store.audit_log.first_broken() == 3


def test_files_belong_to_their_owner_only(built: Built) -> None:
    built.seal(RECIPIENT)
    for file in built.folder.iterdir():
        if file.name.startswith(("zegel.db", "keyring.db")):
            assert file.stat().st_mode & 0o077 == 0, file.name


def test_nothing_readable_is_on_disk(built: Built) -> None:
    (delivery,) = built.seal(RECIPIENT)
    built.core.passwords.ask(delivery, "", "nl")
    (password,) = built.passwords_sent()
    secrets = [b"111222333", b"uitslag", b"Anna", password.encode(), built.link(delivery).encode()]
    for file in built.folder.glob("*.db*"):
        content = file.read_bytes()
        assert not [secret for secret in secrets if secret in content], file.name


def test_a_connection_may_be_carried_from_thread_to_thread(built: Built) -> None:
    """As libmilter carries a session: Python sees one thread, SQLite another each time."""
    database: Any = built.core.vault.store.database
    connection = database.connection()
    found: list[object] = []
    carried = threading.Thread(target=lambda: found.extend(connection.execute("SELECT COUNT(*) FROM message")))
    carried.start()
    carried.join()
    assert found == [(0,)]


def sealed_by_version_1(plain: bytes) -> list[bytes]:
    """An original as it was sealed before there was packing."""
    pieces = [plain[at : at + CHUNK_BYTES] for at in range(0, len(plain), CHUNK_BYTES)]
    ends = ["more"] * (len(pieces) - 1) + ["last"]
    return [seal(KEY, piece, "original", 7, at, end) for at, (piece, end) in enumerate(zip(pieces, ends, strict=True))]


def test_what_was_sealed_before_there_was_packing_opens() -> None:
    plain = bytes(range(256)) * 5000
    assert b"".join(unseal_chunks(KEY, sealed_by_version_1(plain), "original", 7)) == plain


def test_a_sealed_text_is_small_and_its_length_says_little() -> None:
    words = [b"afspraak %d om tien uur\r\n" % number for number in range(2000)]
    (whole,) = seal_chunks(KEY, b"".join(words), "original", 7)
    assert len(whole) < len(b"".join(words)) / 2
    lengths = {len(next(seal_chunks(KEY, b"".join(words[:count]), "original", 7))) for count in range(1, 2001)}
    assert len(lengths) < 60, "two thousand texts have few lengths"


def test_noise_grows_by_little() -> None:
    noise = random.Random(1).randbytes(3 * CHUNK_BYTES)
    assert sum(map(len, seal_chunks(KEY, noise, "original", 7))) < 1.04 * len(noise)


def frame(content: bytes, size: bool = True) -> bytes:
    made = zstandard.ZstdCompressor(write_content_size=size).compress(content)
    return len(made).to_bytes(4, "big") + made


@pytest.mark.parametrize(
    "packed",
    [
        frame(bytes(PIECE_BYTES + 1)), frame(bytes(1 << 28)), frame(b"x" * 1000, size=False), b"", b"\0\0\0\x09short",
        b"\0\0\0\4nope", b"\xff" * 600,
    ],
    ids=["one over", "a bomb", "no size", "nothing", "cut", "no frame", "all ones"],
)  # fmt: skip
def test_what_no_packing_gave_is_refused(packed: bytes) -> None:
    with pytest.raises(NotPacked):
        unpack(packed)


@given(st.binary(max_size=3000))
def test_packing_gives_back_every_byte(piece: bytes) -> None:
    assert unpack(pack(piece)) == piece
    assert len(pack(piece)) == padded(len(pack(piece)))
