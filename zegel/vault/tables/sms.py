"""SMS that were asked for, in the database: what the limits count, and what came of each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import peewee

from zegel.vault.tables.records import Text, TextState
from zegel.vault.tables.schema import Text as Table

KEPT_SECONDS = 2 * 86_400
"""How long they are remembered: the limits look back a day, and delivery reports may be late."""

_COLUMNS = (
    Table.id, Table.challenge.alias("challenge_id"), Table.number_hash, Table.language, Table.at, Table.state,
)  # fmt: skip


class Texts:
    """The queries of SMS. What changes rows is to be called inside a transaction."""

    def __init__(self, database: peewee.Database) -> None:
        self._database = database

    def add(
        self, id_: int, challenge: int, number_hash: bytes, reference_hash: bytes, language: str, now: float
    ) -> None:
        Table.insert(
            id=id_, challenge=challenge, number_hash=number_hash, reference_hash=reference_hash, language=language,
            at=now,
        ).execute(self._database)  # fmt: skip

    def text(self, id_: int) -> Text | None:
        return self._one(Table.id == id_)

    def by_reference(self, reference_hash: bytes) -> Text | None:
        return self._one(Table.reference_hash == reference_hash)

    def newest(self, challenge: int) -> Text | None:
        """The last SMS with the code of a challenge."""
        return self._one(Table.challenge == challenge)

    def times(self, number_hash: bytes, since: float) -> list[float]:
        """When SMS to a number were asked for after `since`, oldest first."""
        query = Table.select(Table.at).where((Table.number_hash == number_hash) & (Table.at > since)).order_by(Table.at)
        return [at for (at,) in query.tuples().execute(self._database)]

    def count(self, since: float) -> int:
        """How many SMS were asked for after `since`, to whatever number."""
        return int(Table.select().where(Table.at > since).count(self._database))

    def nth_newest(self, n: int) -> float:
        """When the n-th SMS from the end was asked for (1 is the newest); 0 when there are fewer."""
        query = Table.select(Table.at).order_by(Table.at.desc()).offset(n - 1).limit(1)
        return float(query.scalar(self._database) or 0)

    def move(self, id_: int, before: Sequence[TextState], after: TextState) -> bool:
        """From one of the states `before` to `after`; False, and nothing changed, when it is in another."""
        here = (Table.id == id_) & Table.state.in_(before)
        return bool(Table.update(state=after).where(here).execute(self._database))

    def accepted(self, since: float) -> list[int]:
        """The SMS asked for after `since` that the gateway has, and no report says more of."""
        query = Table.select(Table.id).where((Table.at > since) & (Table.state == "accepted"))
        return [id_ for (id_,) in query.tuples().execute(self._database)]

    def clean(self, now: float) -> None:
        Table.delete().where(Table.at < now - KEPT_SECONDS).execute(self._database)

    def _one(self, condition: Any) -> Text | None:
        query = Table.select(*_COLUMNS).where(condition).order_by(Table.at.desc(), Table.id).limit(1)
        for row in query.dicts().execute(self._database):
            return Text(**row | {"number_hash": bytes(row["number_hash"])})
        return None
