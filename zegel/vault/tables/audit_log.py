"""The audit log: who did what when, never content, each event chained to the one before."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import peewee

from zegel.crypto import fingerprint
from zegel.vault.tables.audit_events import EventName
from zegel.vault.tables.day_counts import DayCounts
from zegel.vault.tables.prepared import Prepared, insert
from zegel.vault.tables.records import Delivery
from zegel.vault.tables.rule_counts import RuleCounts
from zegel.vault.tables.schema import Event as Table

log = logging.getLogger("zegel.audit")
LOGGED = frozenset({
    "opened", "downloaded", "passkey used", "device used", "wrong password", "wrong code", "wrong passkey", "paused",
    "locked", "unblocked", "password asked", "code asked", "not asked", "not for me", "not my number", "recalled",
    "could not be delivered", "false alarm", "released in clear", "sent in clear",
})  # fmt: skip
"""Events that the log of the process has too, by numbers only: who opens, who fails, what people object to."""
START = b"\0" * 32
"""What stands before the first event."""
_as_json = json.JSONEncoder(sort_keys=True).encode
_EVENTS = Table.select(Table.id, Table.at, Table.kind, Table.message, Table.delivery, Table.actor, Table.details)
_OF_MESSAGE = Prepared(_EVENTS.where(Table.message == 1).order_by(Table.id), 1)
_LAST = Prepared(Table.select(Table.id, Table.hash, Table.at).order_by(Table.id.desc()).limit(1), 1)
_HASH = Prepared(Table.select(Table.hash).where(Table.id == 1), 1)


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


EVENT_COLUMNS = (Table.id, Table.at, Table.kind, Table.message, Table.delivery, Table.actor, Table.details)


def event_of(row: dict[str, Any]) -> Event:
    """The event in a row of EVENT_COLUMNS."""
    return Event(**row | {"details": json.loads(row["details"])})


@dataclass(frozen=True, slots=True)
class Link:
    """Where an event stands in the chain."""

    id: int
    hash: bytes
    at: float


@dataclass(frozen=True, slots=True)
class Verified:
    """What came of going through the chain: its last good link, how many were looked at, and the first broken one."""

    last: Link | None
    count: int
    broken: int | None = None


class AuditLog:
    """The events. The hash of each covers its fields and the hash before it, so a change shows."""

    def __init__(self, database: peewee.Database) -> None:
        self._database = database
        self._counts = RuleCounts(database)
        self._days = DayCounts(database)

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
        text = _as_json(details)
        chained = chain(bytes(last[0]["hash"]) if last else START, at, kind, message, delivery, actor, text)
        insert(
            self._database, Table,
            at=at, kind=kind, message=message, delivery=delivery, actor=actor, details=text, hash=chained,
        )  # fmt: skip
        self._counts.add(kind, at, details)
        self._days.add(kind, at, details)
        if kind in LOGGED:
            extra = {"event": kind, "message_id": message, "delivery": delivery}
            log.info("%s: message %s, delivery %s", kind, message or "-", delivery or "-", extra=extra)

    def events(self, message: int | None = None) -> Iterator[Event]:
        """The events in order, of one message or all."""
        if message is not None:
            rows: Iterable[dict[str, Any]] = _OF_MESSAGE.rows(self._database, message)
        else:
            rows = _EVENTS.order_by(Table.id).dicts().iterator(self._database)
        for row in rows:
            text = row["details"]
            row["details"] = json.loads(text) if text != "{}" else {}
            yield Event(**row)

    def queue_id(self, message: int) -> str:
        """What Postfix called the original of a message; "" when that is not known."""
        mine = (Table.message == message) & (Table.kind == "sealed")
        query = Table.select(Table.details).where(mine).limit(1)
        for (details,) in query.tuples().execute(self._database):
            return str(json.loads(details).get("queue_id") or "")
        return ""

    def moments(self, kind: str, message: int, delivery: int, since: float = 0) -> list[float]:
        """When something happened to a delivery after `since`, oldest first: what limits count."""
        mine = (Table.message == message) & (Table.delivery == delivery) & (Table.kind == kind) & (Table.at > since)
        query = Table.select(Table.at).where(mine).order_by(Table.id)
        return [at for (at,) in query.tuples().execute(self._database)]

    def head(self) -> Link | None:
        """The newest event; None when there is none."""
        for row in _LAST.rows(self._database, 1):
            return Link(row["id"], bytes(row["hash"]), row["at"])
        return None

    def link(self, event_id: int) -> Link | None:
        """Where an event stands in the chain; None when it is not there."""
        query = Table.select(Table.id, Table.hash, Table.at).where(Table.id == event_id)
        return next((Link(id_, bytes(found), at) for id_, found, at in query.tuples().execute(self._database)), None)

    def hash_of(self, event_id: int) -> bytes | None:
        """The hash of an event; None when it is not there."""
        return next((bytes(row["hash"]) for row in _HASH.rows(self._database, event_id)), None)

    def first_broken(self) -> int | None:
        """The id of the first event that was changed, or that follows a removed one; None when all is right."""
        return self.verify().broken

    def verify(self, since: Link | None = None, most: int = 0) -> Verified:
        """Goes through the chain, from behind the link `since` or from the start, to its end or to where it breaks.

        `most` bounds how many events are looked at; 0 is no bound.
        """
        last, count = since, 0
        if since is not None and self.hash_of(since.id) != since.hash:
            return Verified(None, 0, since.id)
        query = Table.select(
            Table.id, Table.at, Table.kind, Table.message, Table.delivery, Table.actor, Table.details, Table.hash
        ).order_by(Table.id)
        if since is not None or most:
            query = query.where(Table.id > (since.id if since else 0))
        if most:
            query = query.limit(most)
        for id_, at, kind, message, delivery, actor, text, chained in query.tuples().iterator(self._database):
            count += 1
            if chain(last.hash if last else START, at, kind, message, delivery, actor, text) != bytes(chained):
                return Verified(last, count, int(id_))
            last = Link(int(id_), bytes(chained), at)
        return Verified(last, count)


def chain(before: bytes, *fields: object) -> bytes:
    """The hash of an event: over the one before, and over moment, kind, message, delivery, actor and details."""
    return fingerprint(before.hex() + json.dumps(fields))
