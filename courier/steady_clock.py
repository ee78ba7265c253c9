"""Whether the clock can be believed before something is destroyed by it.

A machine that starts with a wrong date would expire every message and destroy every key, for good. So the courier
notes in the database when it last looked; when the date has jumped ahead since, nothing is destroyed until the date is
right again or a person has said that it is right: `zegel clock accept`.
"""

from __future__ import annotations

import json
import logging

from zegel.vault.marks import CLOCK_DOUBTED, CLOCK_SEEN
from zegel.vault.store import Store

log = logging.getLogger("zegel.courier")
LARGEST_STEP = 2 * 86_400.0
"""Seconds between two looks that need no explanation: a weekend without power does."""


class SteadyClock:
    """Remembers the last look in the database, through restarts."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def believed(self, now: float) -> bool:
        """Whether the date `now` (seconds since 1970) may be acted on."""
        marks = self._store.marks
        last, doubted = marks.get(CLOCK_SEEN), marks.get(CLOCK_DOUBTED)
        if last and now - float(last) >= LARGEST_STEP:
            if not doubted:
                self._store.write(lambda: marks.set(CLOCK_DOUBTED, json.dumps({"last": float(last), "now": now})))
                log.error(
                    "the date jumped ahead by %.1f days: nothing expires and no key is destroyed until it is right "
                    "again; when it is right, run: zegel clock accept",
                    (now - float(last)) / 86_400,
                )
            return False
        if last and now < float(last) - LARGEST_STEP:
            log.warning("the date went back by %.1f days", (float(last) - now) / 86_400)  # that destroys nothing

        def note() -> None:
            marks.set(CLOCK_SEEN, str(now))
            marks.set(CLOCK_DOUBTED, "")

        self._store.write(note)
        if doubted:
            # What was tried by the wrong date would wait until that date comes.
            self._store.write(lambda: self._store.outbox.hurry(now))
            log.info("the date is believed again")
        return True
