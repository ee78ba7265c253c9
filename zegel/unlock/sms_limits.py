"""How many SMS may leave: per phone, and all together.

SMS cost money, and a premium number behind a recipient's name would earn it for somebody. So every SMS that is asked
for counts, whatever came of it, whoever asked, and for whichever message.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from zegel.crypto import keyed_hash
from zegel.settings.model import Settings
from zegel.vault.keyring import day_of
from zegel.vault.vault import Vault

APART_SECONDS = 30
WINDOW_SECONDS, WINDOW_MOST = 10 * 60, 3
DAY_SECONDS, DAY_MOST = 24 * 3600, 10
ALARMS = (80, 100)
"""At which percentages of the daily cap the administrator is told."""


@dataclass(frozen=True, slots=True)
class TooSoon:
    """No SMS now: one went there just now, the phone has had its share, or everybody has."""

    kind: Literal["wait", "limit", "cap"]
    seconds: int


class SmsLimits:
    """Counts in the database; to be called inside the transaction that sends."""

    def __init__(self, settings: Settings, vault: Vault) -> None:
        self._settings = settings
        self._vault = vault
        self._texts = vault.store.texts

    def number_hash(self, number: str) -> bytes:
        """Under what SMS to a number are counted."""
        return keyed_hash(self._vault.keys.lookup, "number", number)

    def too_soon(self, number: str, now: float) -> TooSoon | None:
        """None when an SMS may go to the number now; else the limit that takes longest, for that is the true wait."""
        made = self._texts.times(self.number_hash(number), now - DAY_SECONDS)
        cap = self._settings.sms.daily_cap
        reached: list[tuple[Literal["wait", "limit", "cap"], float]] = [
            ("wait", made[-1] + APART_SECONDS if made else 0.0),
            ("limit", made[-WINDOW_MOST] + WINDOW_SECONDS if len(made) >= WINDOW_MOST else 0.0),
            ("limit", made[-DAY_MOST] + DAY_SECONDS if len(made) >= DAY_MOST else 0.0),
            ("cap", self._texts.nth_newest(cap) + DAY_SECONDS),
        ]
        kind, until = max(reached, key=lambda limit: limit[1])
        return TooSoon(kind, max(1, math.ceil(until - now))) if until > now else None

    def alarm(self, now: float) -> None:
        """Tells the administrator when the day's SMS run out: once a day for each step."""
        cap, sent = self._settings.sms.daily_cap, self._texts.count(now - DAY_SECONDS)
        for percentage in ALARMS:
            if sent * 100 >= cap * percentage:
                told = {"to": self._settings.sms_alarm, "sent": sent, "cap": cap}
                self._vault.tell(told, "sms-alarm", day_of(now), percentage, when=now)
