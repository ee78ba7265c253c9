"""Going through the chain of the audit log: a little at a time from where the last look ended, or all of it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass

from zegel.vault.marks import AUDIT
from zegel.vault.store import Store
from zegel.vault.tables.audit_log import Link, Verified

_PIECE = 20_000


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


def verify_all_within(
    store: Store, now: float, seconds: float, since: Link | None = None, clock: Callable[[], float] = time.monotonic
) -> tuple[Verified, bool]:
    """Goes through the chain from its beginning, or on from the link that an earlier go ended with, for some seconds.

    Returns what came of it, and whether the end was reached. Only then, or where the chain is broken, is it noted how
    far the chain is whole. What was noted as broken stays so: a go in parts saw each part at another moment.
    """
    until, count, last, done = clock() + seconds, 0, since, False
    while True:
        found = store.audit_log.verify(last, _PIECE)
        count, last = count + found.count, found.last or last
        done = found.broken is not None or found.count < _PIECE
        if done or clock() >= until:
            break
    if done:
        _note(store, last, now, found.broken, in_parts=since is not None)
    return Verified(last, count, found.broken), done


def _note(store: Store, last: Link | None, now: float, broken: int | None, *, in_parts: bool) -> None:
    link = last or Link(0, b"", 0.0)
    after = Standing(link.id, link.hash.hex(), link.at, now, broken, now)

    def note() -> None:
        before = standing(store.marks.get(AUDIT))
        if not (in_parts and broken is None and before is not None and before.broken is not None):
            store.marks.set(AUDIT, json.dumps(asdict(after)))

    store.write(note)
