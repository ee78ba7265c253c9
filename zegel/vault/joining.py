"""A further host on a database that others use: it gets a key ring of its own, with the keys that they have."""

from __future__ import annotations

from pathlib import Path

from zegel.crypto import SealBroken
from zegel.database_address import Place
from zegel.errors import ForPeople
from zegel.vault.keyring import Keyring
from zegel.vault.keys import Keys, wrap_key
from zegel.vault.marks import PURPOSES, RING
from zegel.vault.opening import check_id, check_not_moved
from zegel.vault.shared_days import SharedDays
from zegel.vault.store import Store


class CannotJoin(ForPeople):
    """This host cannot become one of several; the text says why and what to do."""


def join(database: Place, keyring: Path, master: bytes, patience: float) -> tuple[int, set[str]]:
    """Makes the key ring and asks for all keys. Returns how many days it has, and which are still missing.

    Can be repeated; what is missing then comes when a courier of another host runs. Raises CannotJoin, Mismatch.
    """
    store = Store(database)
    try:
        if not store.engine.of_hosts:
            raise CannotJoin("several hosts need a database of a PostgreSQL server: docs/operations.md, Several hosts")
        check_not_moved(store, database)
        ring = _ring(store, database, keyring, master)
        try:
            shared, now = SharedDays(store, ring), store.engine.clock()
            shared.register()
            missing = shared.fetch(now, patience)
            return len(ring.days()), missing
        finally:
            ring.close()
    finally:
        store.close()


def _ring(store: Store, database: Place, keyring: Path, master: bytes) -> Keyring:
    known, wrap = store.marks.get(RING), wrap_key(master)
    if not known:
        raise CannotJoin(f"nobody uses {database} yet: this is the first host, start zegel.target")
    try:
        Keys.unsealed(wrap, store.marks.get(PURPOSES))
    except SealBroken:
        raise CannotJoin("the master key is not that of the other hosts: copy master.key from one of them") from None
    is_new = not keyring.exists()
    ring = Keyring(keyring, wrap)
    try:
        if is_new:
            ring.adopt(known)
        if not ring.opens():
            raise CannotJoin(f"{keyring} was made with another master key: remove it (shred -u), then join again")
        check_id(ring, keyring, known)
    except BaseException:
        ring.close()
        raise
    return ring
