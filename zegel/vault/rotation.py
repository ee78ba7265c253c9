"""Another master key for the same data, while everything runs.

The keys for each purpose and the day keys stay what they are; what is stored of them is sealed anew. Processes that run
find the way by the handover in the key ring, which holds the new wrapping key under the old one for some seconds. Each
step can be repeated after a cut, because what the new key seals already is left alone.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from zegel.crypto import SealBroken
from zegel.database_address import Place
from zegel.errors import ForPeople
from zegel.vault.keyring import Keyring
from zegel.vault.keys import Keys, wrap_key
from zegel.vault.marks import PURPOSES
from zegel.vault.opening import note_sealing
from zegel.vault.ring_file import host_of
from zegel.vault.shared_days import LIVES
from zegel.vault.store import Store


class CannotRotate(ForPeople):
    """Neither the old nor the new master key opens what is there."""


def rotate(
    database: Place, keyring: Path, old: bytes, new: bytes, put_in_place: Callable[[], object], wait: float
) -> bool:
    """Seals all under `new`, calls `put_in_place` for the key's file, and ends the handover `wait` seconds later.

    Returns whether the old key stays worth guarding, because the keys for each purpose were once derived from it.
    Raises CannotRotate before anything is changed.
    """
    was, is_ = wrap_key(old), wrap_key(new)
    store = Store(database)
    try:
        _alone(store, keyring)
    except BaseException:
        store.close()
        raise
    ring = _opened(keyring, was, is_)
    try:
        keys = _purposes(store, was, is_)
        store.write(lambda: store.marks.set(PURPOSES, keys.sealed(is_)))
        note_sealing(store, keys, new)
        ring.rewrap(is_)
        put_in_place()
        store.write(lambda: store.audit_log.record("master key changed", "administrator", time.time()))
        time.sleep(wait)
        ring.end_handover()
        store.engine.forget_overwritten()  # the purposes under the old key
        return keys.were_derived_from(old)
    finally:
        ring.close()
        store.close()


def _alone(store: Store, keyring: Path) -> None:
    """Raises CannotRotate while another host works with the old key."""
    own = host_of(keyring) if keyring.exists() else ""
    lives = [each for each in store.hosts.all() if each.id != own and each.seen > store.engine.clock() - LIVES]
    if lives:
        raise CannotRotate(
            f"{', '.join(each.name for each in lives)} works with the key that is there: stop zegel.target on all "
            f"other hosts, wait {LIVES / 60:.0f} minutes, and see docs/operations.md, Several hosts; nothing is changed"
        )


def _opened(keyring: Path, was: bytes, is_: bytes) -> Keyring:
    for wrap in (was, is_):
        ring = Keyring(keyring, wrap)
        if ring.opens():
            return ring
        ring.close()
    raise CannotRotate(f"the master key is not the one that {keyring} was made with; nothing is changed")


def _purposes(store: Store, was: bytes, is_: bytes) -> Keys:
    kept = store.marks.get(PURPOSES)
    if not kept:
        raise CannotRotate("start Zegel once before its master key changes; nothing is changed")
    for wrap in (was, is_):
        try:
            return Keys.unsealed(wrap, kept)
        except SealBroken:
            continue
    raise CannotRotate("the master key is not the one of this database; nothing is changed")
