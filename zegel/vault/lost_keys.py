"""Going on after day keys were lost for good: a person has said so, because what they protect cannot be read again."""

from __future__ import annotations

from pathlib import Path

from zegel.database_address import Place
from zegel.errors import ForPeople
from zegel.vault.keyring import Keyring, day_of
from zegel.vault.keys import wrap_key
from zegel.vault.marks import RING
from zegel.vault.store import Store


class OtherHosts(ForPeople):
    """Another host may have what is lost on this one."""


def give_up_lost_keys(database: Place, keyring: Path, master: bytes, now: float) -> tuple[list[str], int]:
    """Ends the messages whose keys the ring lacks, and lets new keys be made; returns those days and how many messages.

    A ring that is gone is made anew. The services have to be stopped. Raises OtherHosts while others may have the keys.
    """
    store, ring = Store(database), Keyring(keyring, wrap_key(master))
    try:
        own = ring.fact("host").hex()
        if others := [f"{each.name} ({each.id})" for each in store.hosts.all() if each.id != own]:
            raise OtherHosts(
                f"{', '.join(others)} may have the keys: start zegel-courier there, and run zegel host join here. "
                "Those that never come back: zegel host forget"
            )
        today = day_of(now)
        needed = store.marks.days(today) | dict.fromkeys(store.days_in_use(now), b"")
        lost = sorted(
            day for day, mark in needed.items() if day not in ring.days() or (mark and ring.mark(day) != mark)
        )

        def note() -> int:
            ended = store.end_days(lost, now)
            for day in lost:
                store.marks.forget_day(day)
                store.audit_log.record("day key lost", "administrator", now, day=day)
            store.marks.set(RING, ring.id)
            return ended

        return lost, store.write(note)
    finally:
        ring.close()
        store.close()
