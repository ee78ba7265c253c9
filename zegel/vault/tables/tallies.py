"""How often things happened since the database was made: a row for each kind of thing, for `/metrics`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import peewee

from zegel.vault.tables.prepared import upsert

TallyName = Literal["event", "sealed", "sealed rule", "observed rule", "false alarm rule", "refused rule", "unreadable"]
_ADD = (
    "INSERT INTO tally (name, label, count) VALUES {rows}"
    " ON CONFLICT (name, label) DO UPDATE SET count = tally.count + excluded.count"
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
    """The queries of the tallies. `add` and `add_all` are to be called inside a transaction."""

    def __init__(self, database: Any) -> None:
        self._database = database

    def add(self, name: TallyName, *labels: str) -> None:
        self.add_all([(name, label) for label in labels])

    def add_all(self, each: Sequence[tuple[TallyName, str]]) -> None:
        """Adds one to each, of which none is there twice."""
        upsert(self._database, _ADD, [(name, label, 1) for name, label in each])

    def all(self) -> dict[tuple[str, str], int]:
        """Each count by its name and label: some dozens, and one for each rule."""
        query = Tally.select(Tally.name, Tally.label, Tally.count)
        return {(name, label): count for name, label, count in query.tuples().execute(self._database)}
