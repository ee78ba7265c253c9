"""A month of made-up figures behind the demo's console: counts alone, for there were no such messages."""

from __future__ import annotations

import os
import random
import time
from pathlib import Path

from zegel.core import open_core
from zegel.settings.model import load_settings
from zegel.vault.tables.day_counts import DAY

_RULES = (("bsn", 1, 9), ("health-and-person", 1, 7), ("bsn-and-health", 2, 4), ("pay-slip", 1, 2), ("passport", 2, 1))
"""A rule, its level, and about how many messages it protects on a working day."""
_SOON = (600.0, 2400.0, 3000.0, 20_000.0, 70_000.0, 200_000.0, 0.0)
"""Seconds until a recipient opens; 0 is never."""


def make_up(config: Path) -> bool:
    """Adds the figures of the 29 days before today, unless there are figures of any of them; whether it did."""
    mask = os.umask(0o077)
    core = open_core(load_settings(config))
    os.umask(mask)  # of the demo, whose own files Postfix reads
    try:
        store, chance, now = core.vault.store, random.Random(1), time.time()  # noqa: S311 (no secret)
        today = int(now // DAY)
        if any(day < today for day, *_ in store.day_counts.since(today - 29)):
            return False

        def month() -> None:
            for day in range(today - 29, today):
                at = day * DAY + DAY / 2
                quiet = 0.1 if time.gmtime(at).tm_wday > 4 else 1.0
                for rule, level, usual in _RULES:
                    for _ in range(round(chance.gauss(usual, usual / 3) * quiet)):
                        people = chance.choice((1, 1, 1, 2, 3))
                        details = {"rules": [rule], "level": level, "recipients": people}
                        store.day_counts.add("sealed", at, details)
                        store.rule_counts.add("sealed", at, details)
                        for soon in chance.choices(_SOON, k=people):
                            if soon:
                                store.day_counts.opened(at, at + soon)
                            if soon and level > 1:
                                arrives = chance.random() < 0.96
                                store.day_counts.add("code sent", at, {})
                                store.day_counts.add("code delivered" if arrives else "code failed", at, {})
                if chance.random() < 0.3:
                    store.rule_counts.add("false alarm", at, {"rules": ["health-and-person"]})
                    store.rule_counts.note_blind_spots(["encrypted application/zip"], at)

        store.write(month)
        return True
    finally:
        core.close()
