"""Going through the chain of the audit log: a little at a time from where the last look ended, or all of it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from zegel.vault.marks import AUDIT
from zegel.vault.store import Store
from zegel.vault.tables.audit_log import Link


@dataclass(frozen=True)
class Standing:
    """How far the chain was found whole, and where it is broken."""

    id: int
    hash: str
    at: float
    verified_at: float
    broken: int | None = None
    full_at: float = 0.0
    """When all of it was last gone through."""


def standing(text: str) -> Standing | None:
    """What the mark says; None when nothing was verified yet."""
    return Standing(**json.loads(text)) if text else None


def verify(store: Store, now: float, *, full: bool = False, most: int = 0) -> tuple[Standing, int]:
    """Goes on from the last good event, or from the start; returns where that stands, and how many events it took.

    `most` bounds the events of one go; 0 is no bound.
    """
    before = standing(store.marks.get(AUDIT))
    since = None
    if before is not None and not full:
        if before.broken is not None:
            return before, 0  # a chain does not mend itself
        since = Link(before.id, bytes.fromhex(before.hash), before.at) if before.id else None
    found = store.audit_log.verify(since, most)
    last = found.last or since or Link(0, b"", 0.0)
    full_at = now if full else before.full_at if before else 0.0
    after = Standing(last.id, last.hash.hex(), last.at, now, found.broken, full_at)
    store.write(lambda: store.marks.set(AUDIT, json.dumps(asdict(after))))
    return after, found.count
