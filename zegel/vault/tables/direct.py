"""Direct deliveries in the database: what may go so, what is on its way, and what became of it by domain."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import peewee

from zegel.vault.tables.direct_records import DirectLine, DirectRow
from zegel.vault.tables.prepared import Prepared, insert
from zegel.vault.tables.schema_direct import Direct as Table
from zegel.vault.tables.schema_direct import DirectCount as Count

NOTIFIED = "notified"
"""The outcome of what was not delivered directly."""
_LONGEST = 300


class DirectTable:
    """The queries of direct deliveries. What changes rows is to be called inside a transaction."""

    def __init__(self, database: peewee.Database) -> None:
        self._database = database

    def add(self, delivery: int, message: int, domain: str, proofs: Sequence[str], now: float) -> None:
        insert(
            self._database, Table,
            delivery=delivery, message=message, domain=domain, proofs=" ".join(proofs), began_at=now,
        )  # fmt: skip

    def get(self, delivery: int) -> DirectRow | None:
        return next(map(_row, _BY_DELIVERY.rows(self._database, delivery)), None)

    def begin(self, delivery: int, proof: str, now: float) -> int:
        """Notes that an attempt is about to leave; its number, from 1."""
        self._change(Table.delivery == delivery, attempt=Table.attempt + 1, handed_at=now, sure=False, proof=proof)
        return int(Table.select(Table.attempt).where(Table.delivery == delivery).scalar(self._database))

    def accepted(self, delivery: int, attempt: int) -> bool:
        """Notes that Postfix has an attempt; False when what became of it is known already."""
        mine = (Table.delivery == delivery) & (Table.attempt == attempt) & (Table.handed_at > 0)
        return self._change(mine, sure=True)

    def back(self, delivery: int) -> None:
        """Notes that nothing is on its way any more."""
        self._change(Table.delivery == delivery, handed_at=0, sure=False)

    def forget(self, message: int) -> None:
        Table.delete().where(Table.message == message).execute(self._database)

    def count(self, domain: str, outcome: str, last: str, now: float) -> None:
        """Counts what became of a delivery."""
        insert(self._database, Count, or_ignore=True, domain=domain, outcome=outcome, first_at=now, last_at=now)
        here = (Count.domain == domain) & (Count.outcome == outcome)
        Count.update(times=Count.times + 1, last_at=now, last=last[:_LONGEST]).where(here).execute(self._database)

    def lines(self) -> list[DirectLine]:
        """What became of all, by domain and outcome."""
        query = Count.select().order_by(Count.domain, Count.outcome).dicts().execute(self._database)
        return [DirectLine(**row) for row in query]

    def _change(self, where: Any, **values: Any) -> bool:
        return bool(Table.update(**values).where(where).execute(self._database))


def _row(row: dict[str, Any]) -> DirectRow:
    return DirectRow(**row | {"proofs": tuple(row["proofs"].split()), "sure": bool(row["sure"])})


_BY_DELIVERY = Prepared(Table.select().where(Table.delivery == 1), 1)
