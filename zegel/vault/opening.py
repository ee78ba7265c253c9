"""Database, key ring and master key put together, and refused when they do not belong together.

A key that is made for a day that has one elsewhere, in the ring that was lost or in the copy that is to be put back,
splits what was sealed on that day for good. So the database knows its ring and has a mark of each day's key.
"""

from __future__ import annotations

import json
import logging
from dataclasses import asdict
from pathlib import Path

from zegel.crypto import SealBroken
from zegel.database_address import Place
from zegel.errors import ForPeople
from zegel.vault.keyring import Keyring, day_of
from zegel.vault.keys import Keys, SealingKeys, sealing_key, wrap_key
from zegel.vault.marks import LOST, MOVED, PURPOSES, RING, SEALING, UNFINISHED
from zegel.vault.newest import Loss
from zegel.vault.ring_file import RingFile
from zegel.vault.shared_days import PATIENCE, SharedDays
from zegel.vault.store import Store
from zegel.vault.tables.audit_log import Link
from zegel.vault.vault import Vault

log = logging.getLogger("zegel.vault")


class Mismatch(ForPeople):
    """Database, key ring and master key are not those of one installation."""


def open_vault(database: Place, keyring: Path, master: bytes, now: float | None = None) -> Vault:
    """Opens what is there, or makes it all when nothing is. Raises Mismatch, with what to put back.

    `now` is the date of the database unless it is given.
    """
    store = Store(database)
    try:
        now = store.engine.clock() if now is None else now
        check_not_moved(store, database)
        wrap = wrap_key(master)
        known = store.marks.get(RING)
        used = bool(known) or store.any_readable(now)
        if used and not keyring.exists():
            raise Mismatch(
                f"the key ring {keyring} is gone, and messages need it: put it back from its copy, then start. If "
                "there is "
                f"no copy, what is sealed cannot be read again; then run: zegel key lost"
                + (". On another host than the first, run: zegel host join" if store.engine.of_hosts else "")
            )
        ring = Keyring(keyring, wrap)
        try:
            shared = _check(store, ring, keyring, known, now)
            keys = _keys(store, ring, master, wrap, used=used)
            note_sealing(store, keys, master)
        except BaseException:
            ring.close()
            raise
        note_loss(store, now)
        return Vault(keys, ring, store, shared)
    except BaseException:
        store.close()
        raise


def check_not_moved(store: Store, database: Place) -> None:
    """Raises Mismatch for a database that another one has taken the place of, or is about to."""
    moved = store.marks.get(MOVED)
    if moved == UNFINISHED:
        raise Mismatch(f"{database} has {UNFINISHED}: run zegel migrate again")
    if moved:
        raise Mismatch(
            f"all that was in {database} was moved to {moved}: name that in storage.database. To come back, run "
            "zegel migrate the other way round"
        )


def _check(store: Store, ring: Keyring, path: Path, known: str, now: float) -> SharedDays | None:
    """Raises Mismatch. On first use, the ring and the database get to know each other."""
    if not ring.opens():
        raise Mismatch(
            f"the master key is not the one that {path} was made with: put the right one back. Nothing can be read, "
            "and no "
            "mail can be protected, until then"
        )
    check_id(ring, path, known)
    if store.engine.of_hosts:
        return _check_shared(store, ring, path, now)
    days = check_days(store, ring, path, now)
    marked = store.marks.days(day_of(now))
    foreign = [day for day, mark in marked.items() if ring.mark(day) != mark]
    if foreign:
        raise Mismatch(_foreign(path, foreign[0]))
    if not known or len(marked) < len(days):

        def note() -> None:
            store.marks.begin(RING, ring.id)
            for day in days - set(marked):
                store.marks.add_day(day, ring.mark(day))

        store.write(note)
    return None


def _check_shared(store: Store, ring: Keyring, path: Path, now: float) -> SharedDays:
    """The same for one of several hosts, which gets what it lacks from the others. Raises Mismatch."""
    check_id(ring, path, store.marks.get(RING) or store.write(lambda: store.marks.begin(RING, ring.id)))
    shared, marked = SharedDays(store, ring), store.marks.days(day_of(now))
    for day in sorted(marked.keys() & ring.days()):
        if not shared.settles(day, marked[day]) and ring.holds(day):
            raise Mismatch(_foreign(path, day))
    shared.register()
    if missing := shared.fetch(now, PATIENCE if shared.somebody_lives(now) else 0.0):
        log.warning("%s lacks the keys of %d days that other hosts made: they are asked for", path, len(missing))
    check_days(store, ring, path, now)
    shared.note({day for day in ring.days() - marked.keys() if day >= day_of(now)})
    return shared


def _foreign(path: Path, day: str) -> str:
    return f"{path} has another key for {day} than this database: put back the ring that belongs to it"


def check_id(ring: RingFile, path: Path, known: str) -> None:
    """Raises Mismatch when the ring is another database's than that which knows the ring `known`."""
    if known and (not ring.has_id or ring.id != known):
        raise Mismatch(f"{path} is the key ring of another database: put back the one that belongs to this one")


def check_days(store: Store, ring: RingFile, path: Path, now: float) -> set[str]:
    """The days of the ring. Raises Mismatch when it lacks some.

    Of several hosts one may lack the key of a day that nothing was sealed for yet: it goes on, and gets it later.
    """
    days, today = ring.days(), day_of(now)
    noted = set() if store.engine.of_hosts else set(store.marks.days(today))
    missing = sorted(day for day in {*noted, *store.days_in_use(now)} - days if day >= today)
    if missing:
        lacks = f"{path} lacks the keys of {len(missing)} days, {missing[0]} to {missing[-1]}"
        if len(store.hosts.all()) > 1:
            raise Mismatch(
                f"{lacks}: start zegel-courier on another host, which hands them to this one. If no other has them, "
                "run: zegel host list"
            )
        raise Mismatch(f"{lacks}: it is an older copy; put back the newest one. If there is none, run: zegel key lost")
    return days


def note_sealing(store: Store, keys: Keys, master: bytes) -> None:
    """Has the database keep what the milter seals with, unless it does."""
    wrap = wrap_key(sealing_key(master))
    try:
        if (kept := store.marks.get(SEALING)) and SealingKeys.unsealed(wrap, kept) == keys.for_sealing():
            return
    except SealBroken:
        pass
    store.write(lambda: store.marks.set(SEALING, keys.for_sealing().sealed(wrap)))


def _keys(store: Store, ring: Keyring, master: bytes, wrap: bytes, *, used: bool) -> Keys:
    """The keys for each purpose; those of a database from before version 8 follow from the master key."""
    kept = store.marks.get(PURPOSES)
    if not kept:
        fresh = Keys.from_master(master) if used or ring.days() else Keys.new()
        kept = store.write(lambda: store.marks.begin(PURPOSES, fresh.sealed(wrap)))
    try:
        return Keys.unsealed(wrap, kept)
    except SealBroken:
        raise Mismatch(
            "the master key is not the one of this database: put the right one back; if a change of it was cut off, "
            "run: "
            "zegel key rotate"
        ) from None


def find_loss(store: Store) -> Loss | None:
    """Whether the database ends before what was committed last."""
    newest, head = store.newest.read(), store.audit_log.head() or Link(0, b"", 0.0)
    if newest is None or store.audit_log.hash_of(newest.id) == newest.hash:
        return None
    return Loss(head.id, head.at, newest.id, newest.at)


def note_loss(store: Store, now: float) -> None:
    """Says that the database has lost its end, and keeps saying so until `zegel audit accept`."""
    if find_loss(store) is None:
        return

    def note() -> Loss | None:
        loss = find_loss(store)  # another process may just have noted it
        if loss is not None:
            store.marks.set(LOST, json.dumps(asdict(loss)))
            store.audit_log.record("data lost", "zegel", now, left=loss.left, newest=loss.newest, until=loss.newest_at)
            store.note_newest(anew=True)
        return loss

    loss = store.write(note)
    if loss is not None:
        log.error("%s", loss.described())
