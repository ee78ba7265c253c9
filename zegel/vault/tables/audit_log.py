"""The audit log: who did what when, never content, each event chained to the one before."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import peewee

from zegel.crypto import fingerprint
from zegel.vault.tables.audit_events import EventName
from zegel.vault.tables.prepared import Prepared, insert
from zegel.vault.tables.records import Delivery
from zegel.vault.tables.rule_counts import RuleCounts
from zegel.vault.tables.schema import Event as Table

_START = b"\0" * 32
_LAST = Prepared(Table.select(Table.hash).order_by(Table.id.desc()).limit(1), 1)


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the log."""

    id: int
    at: float
    kind: str
    message: int | None
    delivery: int | None
    actor: str
    details: dict[str, Any]


class AuditLog:
    """The events. The hash of each covers its fields and the hash before it, so a change shows."""

    def __init__(self, database: peewee.Database) -> None:
        self._database = database
        self._counts = RuleCounts(database)

    def record(
        self,
        kind: EventName,
        actor: str,
        at: float,
        *,
        about: Delivery | None = None,
        message: int | None = None,
        delivery: int | None = None,
        **details: Any,
    ) -> None:
        """Adds an event; to be called inside a transaction, which is what keeps the chain in order.

        It is `about` a delivery and its message, or about what `message` and `delivery` name.
        """
        if about is not None:
            message, delivery = about.message_id, about.id
        last = _LAST.rows(self._database, 1)
        text = json.dumps(details, sort_keys=True)
        chained = _chain(bytes(last[0]["hash"]) if last else _START, at, kind, message, delivery, actor, text)
        insert(
            self._database, Table,
            at=at, kind=kind, message=message, delivery=delivery, actor=actor, details=text, hash=chained,
        )  # fmt: skip
        self._counts.add(kind, at, details)

    def events(self, message: int | None = None) -> Iterator[Event]:
        """The events in order, of one message or all."""
        query = Table.select(Table.id, Table.at, Table.kind, Table.message, Table.delivery, Table.actor, Table.details)
        if message is not None:
            query = query.where(Table.message == message)
        for row in query.order_by(Table.id).dicts().iterator(self._database):
            yield Event(**row | {"details": json.loads(row["details"])})

    def moments(self, kind: str, message: int, delivery: int, since: float = 0) -> list[float]:
        """When something happened to a delivery after `since`, oldest first: what limits count."""
        mine = (Table.message == message) & (Table.delivery == delivery) & (Table.kind == kind) & (Table.at > since)
        query = Table.select(Table.at).where(mine).order_by(Table.id)
        return [at for (at,) in query.tuples().execute(self._database)]

    def first_broken(self) -> int | None:
        """The id of the first event that was changed, or that follows a removed one; None when all is right."""
        before = _START
        query = Table.select(
            Table.id, Table.at, Table.kind, Table.message, Table.delivery, Table.actor, Table.details, Table.hash
        ).order_by(Table.id)
        for id_, at, kind, message, delivery, actor, text, chained in query.tuples().iterator(self._database):
            before = _chain(before, at, kind, message, delivery, actor, text)
            if before != bytes(chained):
                return int(id_)
        return None


def _chain(before: bytes, *fields: object) -> bytes:
    return fingerprint(before.hex() + json.dumps(fields))
