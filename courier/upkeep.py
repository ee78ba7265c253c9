"""What has to be done by the clock: expiry, shredding, forgetting."""

from __future__ import annotations

import logging

from zegel.access import SESSION_IDLE, SESSION_MOST
from zegel.house import House
from zegel.vault.keyring import day_of
from zegel.vault.store import Store

log = logging.getLogger("zegel.courier")


def upkeep(house: House) -> None:
    """Ends what is over and destroys the keys of days that are over. Safe to repeat at any time."""
    now, store = house.clock(), house.vault.store
    expired = store.write(lambda: store.expire(now))
    days = house.vault.keyring.destroy_before(day_of(now))
    if days:
        store.write(lambda: _note_destroyed(store, days, now))
    store.write(lambda: store.doors.clean(now, SESSION_IDLE, SESSION_MOST))
    if expired or days:
        log.info("%d messages expired, keys of %d days destroyed", len(expired), len(days))


def _note_destroyed(store: Store, days: list[str], now: float) -> None:
    for day in days:
        store.ledger.record("day key destroyed", "zegel", now, day=day)
