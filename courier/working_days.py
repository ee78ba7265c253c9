"""Days on which people work, as far as a calendar without holidays knows."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

_SATURDAY = 5


def two_working_days_after(moment: float, timezone: str) -> float:
    """The same time of day, two days later that are no Saturday or Sunday. Seconds since 1970.

    >>> friday = datetime(2026, 11, 20, 16, 0, tzinfo=ZoneInfo("Europe/Amsterdam"))
    >>> later = two_working_days_after(friday.timestamp(), "Europe/Amsterdam")
    >>> datetime.fromtimestamp(later, ZoneInfo("Europe/Amsterdam")).strftime("%A %H:%M")
    'Tuesday 16:00'
    """
    there, left = datetime.fromtimestamp(moment, ZoneInfo(timezone)), 2
    while left:
        there += timedelta(days=1)
        left -= there.weekday() < _SATURDAY
    return there.timestamp()
