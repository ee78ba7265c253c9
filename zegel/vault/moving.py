"""A stopped Zegel brought to another database, whole and verified, or not at all.

The key ring stays where it is. What was moved away from knows it, and refuses to go on: both would send what waits.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from zegel.database_address import Place
from zegel.errors import ForPeople
from zegel.vault.engines.looking import Look, looking
from zegel.vault.engines.place import engine_of
from zegel.vault.inspection import in_use, keyring_problems
from zegel.vault.keyring import Keyring
from zegel.vault.keys import Keys, wrap_key
from zegel.vault.marks import MOVED, PURPOSES, UNFINISHED
from zegel.vault.migrations import migrate
from zegel.vault.store import Store
from zegel.vault.table_copy import Told, copy_all
from zegel.vault.tables.audit_log import AuditLog
from zegel.vault.tables.marks import Marks
from zegel.vault.vault import Vault


class CannotMove(ForPeople):
    """A move that was not made; the text says why and what to do."""


@dataclass(frozen=True)
class Moved:
    """What came of a move."""

    rows: dict[str, int]
    """By table."""
    opened: int
    """Messages that were opened in the new place."""


def move(source: Place, target: Place, keyring: Path, master: bytes, now: float, sample: int, told: Told) -> Moved:
    """Copies everything, verifies it in the new place, and lets that go on. Zegel has to be stopped.

    Can be stopped at any moment and run again. Raises CannotMove, WrongVersion, CopyDiffers, or the database's errors.
    """
    if isinstance(source, Path) and not source.exists():
        raise CannotMove(f"{source} is not there")
    for place in (source, target):
        if in_use(place):
            raise CannotMove(f"{place} is in use: stop Zegel first (systemctl stop zegel.target)")
    problems = list(keyring_problems(source, keyring, wrap_key(master)))
    if problems:
        raise CannotMove("; ".join(problems))
    rows = _copied(source, target, told)
    opened = _verified(target, keyring, master, now, sample)
    store = Store(source)
    try:
        store.write(lambda: store.marks.set(MOVED, str(target)))
    finally:
        store.close()
    _begin(target, now)
    return Moved(rows, opened)


def _copied(source: Place, target: Place, told: Told) -> dict[str, int]:
    read, written = engine_of(source), engine_of(target)
    try:
        migrate(written)
        head = AuditLog(written.database).head()
        if head is not None and AuditLog(read.database).hash_of(head.id) != head.hash:
            raise CannotMove(f"{target} has data of its own, which is not in {source}: take an empty database")
        return copy_all(read, written, told, lambda: Marks(written.database).set(MOVED, UNFINISHED))
    finally:
        read.close()
        written.close()


def _verified(target: Place, keyring: Path, master: bytes, now: float, sample: int) -> int:
    """Goes through the chain, and opens messages at random; returns how many. Raises CannotMove."""
    store, ring = Store(target), Keyring(keyring, wrap_key(master))
    try:
        broken = store.audit_log.first_broken()
        if broken is not None:
            raise CannotMove(f"the audit log is broken at event {broken}: see docs/operations.md, The audit log")
        vault = Vault(Keys.unsealed(wrap_key(master), store.marks.get(PURPOSES)), ring, store)
        with looking(target) as look:
            chosen = list(_some(look, now, sample))
        for message in chosen:
            for _ in vault.original(message, now):
                pass  # each piece is authenticated as it is opened
        return len(chosen)
    finally:
        ring.close()
        store.close()


def _some(look: Look, now: float, most: int) -> Iterator[int]:
    """Messages that can still be opened, at random."""
    low, high = look.execute("SELECT MIN(id), MAX(id) FROM message").fetchone()
    for _ in range(most if low is not None else 0):
        found = look.execute(
            "SELECT id FROM message WHERE id >= ? AND shredded = FALSE AND expires_at > ? "
            "AND EXISTS (SELECT 1 FROM chunk WHERE chunk.message = message.id AND position = 0) ORDER BY id LIMIT 1",
            (random.randint(low, high), now),  # noqa: S311 (which ones is no secret)
        ).fetchone()
        if found:
            yield int(found[0])


def _begin(target: Place, now: float) -> None:
    store = Store(target)

    def note() -> None:
        store.marks.set(MOVED, "")
        store.audit_log.record("moved", "administrator", now)
        store.note_newest(anew=True)

    try:
        store.write(note)
    finally:
        store.close()
