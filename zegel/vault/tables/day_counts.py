"""What happened day by day (UTC), counted as it happens: so that an overview reads days and never messages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

import peewee

from zegel.vault.tables.prepared import upsert

DayName = Literal["sealed", "recipients", "opened", "direct", "sms", "sms delivered", "sms failed", "failed"]
"""`label` is the level of "sealed", and how soon of "opened": "hour", "day" or "later", on the day of the sealing."""
DAY = 86_400
_ADD = (
    "INSERT INTO day_count (day, name, label, count) VALUES {rows}"
    " ON CONFLICT (day, name, label) DO UPDATE SET count = day_count.count + excluded.count"
)
_EVENTS: dict[str, DayName] = {
    "delivered directly": "direct",
    "code sent": "sms",
    "code delivered": "sms delivered",
    "code failed": "sms failed",
    "wrong password": "failed",
    "wrong code": "failed",
    "wrong passkey": "failed",
}


class DayCount(peewee.Model):
    """A count of one day, in days since 1970."""

    day = peewee.IntegerField()
    name = peewee.TextField()
    label = peewee.TextField()
    count = peewee.BigIntegerField()

    class Meta:
        table_name = "day_count"
        primary_key = peewee.CompositeKey("day", "name", "label")


class DayCounts:
    """The queries of the counts. `add` and `opened` are to be called inside a transaction."""

    def __init__(self, database: Any) -> None:
        self._database = database

    def add(self, kind: str, at: float, details: dict[str, Any]) -> None:
        """Counts an event, if days are told of it."""
        if kind == "sealed":
            sealed, recipients = str(details.get("level", 0)), int(details.get("recipients", 0))
            self._count(at, ("sealed", sealed, 1), ("recipients", "", recipients))
        elif kind in _EVENTS:
            self._count(at, (_EVENTS[kind], "", 1))

    def opened(self, sealed_at: float, opened_at: float) -> None:
        """Counts the first opening by a recipient."""
        passed = opened_at - sealed_at
        self._count(sealed_at, ("opened", "hour" if passed <= 3600 else "day" if passed <= DAY else "later", 1))

    def since(self, day: int) -> Iterator[tuple[int, str, str, int]]:
        """Day, name, label and count from a day on."""
        query = DayCount.select(DayCount.day, DayCount.name, DayCount.label, DayCount.count).where(DayCount.day >= day)
        return iter(query.tuples().execute(self._database))

    def _count(self, at: float, *amounts: tuple[DayName, str, int]) -> None:
        upsert(self._database, _ADD, [(int(at // DAY), *amount) for amount in amounts])
