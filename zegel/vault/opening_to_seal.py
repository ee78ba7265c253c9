"""Database, key ring and sealing key put together for the milter, and refused when they do not belong together."""

from __future__ import annotations

import time
from pathlib import Path

from zegel.crypto import SealBroken
from zegel.database_address import Place
from zegel.vault.keys import SealingKeys, wrap_key
from zegel.vault.marks import RING, SEALING
from zegel.vault.opening import Mismatch, check_days, check_id, check_not_moved, note_loss
from zegel.vault.ring_file import RingFile
from zegel.vault.sealing_vault import SealingVault
from zegel.vault.store import Store

PATIENCE = 20.0
"""Seconds that a new Zegel waits for its first process that has the master key: all of them start together."""
_LOOK_EVERY = 0.25


def open_to_seal(
    database: Place, keyring: Path, sealing: bytes | SealingKeys, now: float | None, patience: float = PATIENCE
) -> tuple[SealingVault, SealingKeys]:
    """Opens what a process with the master key has made. Raises Mismatch, with what to put back.

    `sealing` is the sealing key, or what it has opened before; that is returned too. `now` is the date of the
    database unless it is given.
    """
    store = Store(database)
    try:
        now = store.engine.clock() if now is None else now
        check_not_moved(store, database)
        keys = sealing if isinstance(sealing, SealingKeys) else _keys(store, sealing, patience)
        known = store.marks.get(RING)
        if not keyring.exists():
            raise Mismatch(
                f"the key ring {keyring} is gone, and messages need it: put it back from its copy, then start"
            )
        ring = RingFile(keyring)
        try:
            check_id(ring, keyring, known)
            _check_days(store, ring, keyring, now, patience if store.engine.of_hosts else 0)
        except BaseException:
            ring.close()
            raise
        note_loss(store, now)
        return SealingVault(keys, ring, store), keys
    except BaseException:
        store.close()
        raise


def _check_days(store: Store, ring: RingFile, path: Path, now: float, patience: float) -> None:
    """Raises Mismatch; not before the courier, which starts together with us, has had time to get them from others."""
    until = time.monotonic() + patience
    while time.monotonic() < until:
        try:
            check_days(store, ring, path, now)
            return
        except Mismatch:
            time.sleep(_LOOK_EVERY)
    check_days(store, ring, path, now)


def _keys(store: Store, sealing: bytes, patience: float) -> SealingKeys:
    until = time.monotonic() + patience
    while True:
        kept = store.marks.get(SEALING)
        try:
            if kept:
                return SealingKeys.unsealed(wrap_key(sealing), kept)
        except SealBroken:
            pass  # an update, or another master key, may be under way
        if time.monotonic() >= until:
            break
        time.sleep(_LOOK_EVERY)
    if not kept:
        raise Mismatch("nothing is made ready to seal with: start zegel-courier, which does it")
    raise Mismatch("the sealing key is not the one of this database: run, as root: zegel key sealing")
