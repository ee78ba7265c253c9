"""Days as a form has them."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo


def start_of(typed: str, zone: ZoneInfo, more: int = 0) -> float | None:
    """The beginning of a day as a form has it, `more` days on; None for what is no day.

    >>> start_of("2027-01-15", ZoneInfo("UTC")), start_of("15-01-2027", ZoneInfo("UTC"))
    (1799971200.0, None)
    """
    try:
        found = date.fromisoformat(typed) + timedelta(days=more)
    except (ValueError, OverflowError):
        return None
    return datetime.combine(found, time(), zone).timestamp()
