"""The database and the key ring in figures, as `/metrics` shows them: each a cheap read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import peewee

from zegel.vault.keyring import day_of
from zegel.vault.marks import AUDIT, CLOCK_DOUBTED, LOST
from zegel.vault.tables.schema import Outbox
from zegel.vault.vault import Vault
from zegel.vault.verification import standing

DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class StandingFigures:
    """Where things stand now."""

    outbox: Mapping[tuple[str, str], int]
    """Items by state and kind. "later" is what waits for its moment, a reminder or another try."""
    oldest: Mapping[str, float]
    """By state, seconds that the oldest item waits: since it was due, or was made for "stuck"."""
    sms_of_a_day: int
    keys: int
    keys_missing: int
    """Keys of days to come that the database knows and the ring lacks."""
    data_lost: bool
    audit_broken: bool
    audit_verified_at: float
    date_doubted: bool


def standing_figures(vault: Vault, now: float) -> StandingFigures:
    """Reads them. Raises peewee's errors."""
    store = vault.store
    days = vault.keyring.days()
    audit = standing(store.marks.get(AUDIT))
    outbox, oldest = _outbox(store.database, now)
    return StandingFigures(
        outbox,
        oldest,
        store.texts.count(now - DAY),
        len(days),
        len(store.marks.days(day_of(now)).keys() - days),
        bool(store.marks.get(LOST)),
        audit is not None and audit.broken is not None,
        audit.verified_at if audit else 0.0,
        bool(store.marks.get(CLOCK_DOUBTED)),
    )


def _outbox(database: peewee.Database, now: float) -> tuple[dict[tuple[str, str], int], dict[str, float]]:
    counts: dict[tuple[str, str], int] = {}
    oldest: dict[str, float] = {}
    due = (Outbox.state == "due") & (Outbox.next_try <= now)
    later = (Outbox.state == "due") & (Outbox.next_try > now)
    for state, condition, since in (
        ("due", due, Outbox.next_try),
        ("later", later, None),
        ("claimed", Outbox.state == "claimed", Outbox.next_try),
        ("stuck", Outbox.state == "stuck", Outbox.created_at),
    ):
        query = Outbox.select(Outbox.kind, peewee.fn.COUNT(Outbox.id), peewee.fn.MIN(since or Outbox.next_try))
        rows = list(query.where(condition).group_by(Outbox.kind).tuples().execute(database))
        counts.update({(state, kind): count for kind, count, _ in rows})
        if since is not None:
            oldest[state] = max((now - first for _, _, first in rows), default=0.0)
    return counts, oldest
