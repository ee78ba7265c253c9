"""How often things happened since the database was made: a row for each kind of thing, for `/metrics`."""

from __future__ import annotations

from typing import Any, Literal

import peewee

TallyName = Literal["event", "sealed", "sealed rule", "observed rule", "false alarm rule", "refused rule", "unreadable"]
_ADD = (
    "INSERT INTO tally (name, label, count) VALUES ({p}, {p}, 1)"
    " ON CONFLICT (name, label) DO UPDATE SET count = tally.count + 1"
)


class Tally(peewee.Model):
    """A count that only grows; `label` says of what among those of one `name`."""

    name = peewee.TextField()
    label = peewee.TextField()
    count = peewee.BigIntegerField()

    class Meta:
        table_name = "tally"
        primary_key = peewee.CompositeKey("name", "label")


class Tallies:
    """The queries of the tallies. `add` is to be called inside a transaction."""

    def __init__(self, database: Any) -> None:
        self._database = database

    def add(self, name: TallyName, label: str) -> None:
        self._database.execute_sql(_ADD.format(p=self._database.param), (name, label))

    def all(self) -> dict[tuple[str, str], int]:
        """Each count by its name and label: some dozens, and one for each rule."""
        query = Tally.select(Tally.name, Tally.label, Tally.count)
        return {(name, label): count for name, label, count in query.tuples().execute(self._database)}
