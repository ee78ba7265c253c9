"""Finding events of the audit log: a bounded piece at a time by their ids, which grow with time, the newest first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from zegel.vault.tables.audit_log import EVENT_COLUMNS, Event, event_of
from zegel.vault.tables.schema import Delivery, Message
from zegel.vault.tables.schema import Event as Table

PIECE = 500
"""Events that are read at once."""


def events_before(database: Any, before: int, first: int, message: int | None = None) -> list[Event]:
    """Up to PIECE events with an id below `before` and from `first` on, of one message or all, the newest first."""
    here = (Table.id < before) & (Table.id >= first)
    if message is not None:
        here &= Table.message == message
    query = Table.select(*EVENT_COLUMNS).where(here).order_by(Table.id.desc()).limit(PIECE)
    return [event_of(row) for row in query.dicts().execute(database)]


def chained_rows(database: Any, first: int, last: int) -> Iterator[dict[str, Any]]:
    """The events of these ids as they are stored, in order, with their hashes; the database is not kept busy."""
    columns = (*EVENT_COLUMNS, Table.hash)
    while first <= last:
        here = (Table.id >= first) & (Table.id <= last)
        rows = list(Table.select(*columns).where(here).order_by(Table.id).limit(PIECE).dicts().execute(database))
        if not rows:
            return
        yield from rows
        first = rows[-1]["id"] + 1


def first_event_at(database: Any, moment: float, newest: int) -> int:
    """The id of the first event at `moment` or later, `newest` + 1 when there is none, by halving.

    Events are in the order of their ids. Their moments are too, but for those that happened at once, and where the
    date of the server was wrong: who needs all of them leaves some room.
    """
    low, high = 1, newest + 1
    while low < high:
        middle = (low + high) // 2
        query = Table.select(Table.id, Table.at).where(Table.id >= middle).order_by(Table.id).limit(1)
        found = list(query.tuples().execute(database))
        if not found or found[0][1] >= moment:
            high = middle
        else:
            low = int(found[0][0]) + 1
    return low


def recipients_of(database: Any, deliveries: Sequence[int]) -> dict[int, str]:
    """Who the deliveries are to, for those that there are."""
    if not deliveries:
        return {}
    query = Delivery.select(Delivery.id, Delivery.recipient).where(Delivery.id.in_(list(deliveries)))
    return dict(query.tuples().execute(database))


def mails_among(database: Any, messages: Sequence[int]) -> set[int]:
    """Those of the messages that are still there and are mails, not replies."""
    query = Message.select(Message.id).where(Message.id.in_(list(messages)) & (Message.kind == "mail"))
    return {id_ for (id_,) in query.tuples().execute(database)}
