"""The outbox in the database: what has to be sent, claimed by a lease, done after it was accepted.

States: `due` -> `claimed` -> `done`; back to `due` on failure; `stuck` when a person must look. What has to
happen later, such as a reminder, is a row that becomes due then.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any, get_args

import peewee

from zegel.crypto import keyed_hash
from zegel.vault.tables.outbox_kinds import IN_A_HURRY, KindName, Lane
from zegel.vault.tables.prepared import Prepared, insert
from zegel.vault.tables.records import Delivery, OutboxItem
from zegel.vault.tables.schema import Outbox as Table

_NO_DELAY = 86_400.0
"""Seconds that no item waits for its next try, nor is leased."""

_COLUMNS = (
    Table.id, Table.kind, Table.message.alias("message_id"), Table.delivery.alias("delivery_id"), Table.payload,
    Table.state, Table.created_at, Table.attempts, Table.next_try, Table.error,
)  # fmt: skip


class OutboxTable:
    """The queries of the outbox. What changes rows is to be called inside a transaction."""

    def __init__(self, database: peewee.Database) -> None:
        self._database = database

    def add(
        self,
        kind: KindName,
        *once: object,
        when: float,
        about: Delivery | None = None,
        message: int = 0,
        delivery: int = 0,
        payload: bytes = b"",
    ) -> bool:
        """Adds something to send from `when` on; False when it was there already: what is of one `kind` and `once`.

        It is `about` a delivery and its message, or about what `message` and `delivery` name.
        """
        if about is not None:
            message, delivery = about.message_id, about.id
        return insert(
            self._database, Table, or_ignore=True,
            id=item_id(kind, *once), kind=kind, unique_key=_unique_key(kind, *once), message=message,
            delivery=delivery, payload=payload, state="due", created_at=when, next_try=when,
        )  # fmt: skip

    def any_due(self, now: float, lane: Lane = "mail") -> bool:
        """Whether there is something to claim; a cheap read."""
        return bool(_ANY_DUE[lane].rows(self._database, now, now))

    def claim(self, owner: str, now: float, lease: float, most: int, lane: Lane = "mail") -> list[OutboxItem]:
        """Claims up to `most` due items, oldest first, for `lease` seconds."""
        items = [_item(row) for row in _DUE[lane].rows(self._database, now, now, most)]
        for first in range(0, len(items), _MOST_CLAIMED):
            some = items[first : first + _MOST_CLAIMED]
            _claim(len(some)).change(self._database, now + lease, owner, *(item.id for item in some))
        return [replace(item, claimed_until=now + lease) for item in items]

    def is_claimed_by(self, item: OutboxItem) -> bool:
        """Whether an item is still at whom `claim` gave `item`, and nobody has settled or claimed it since."""
        return bool(Table.select(Table.id).where(_is_claim(item)).exists(self._database))

    def renew(self, item: OutboxItem, until: float) -> bool:
        """Lengthens the lease of who has `item` from `claim`; False when it is theirs no more."""
        return bool(Table.update(lease_until=until).where(_is_claim(item)).execute(self._database))

    def give_back(self, item_id: int, owner: str, next_try: float) -> None:
        """Has an item tried again that `owner` has; nothing when it has it no more."""
        mine = (Table.id == item_id) & (Table.state == "claimed") & (Table.owner == owner)
        Table.update(state="due", next_try=next_try, lease_until=0).where(mine).execute(self._database)

    def release(self, owner: str, now: float) -> int:
        """Gives back what `owner` had claimed; for a courier that starts again after a crash."""
        mine = (Table.state == "claimed") & (Table.owner == owner)
        return int(Table.update(state="due", next_try=now, lease_until=0).where(mine).execute(self._database))

    def done(self, item_id: int) -> None:
        """Marks an item as accepted and forgets its payload."""
        _DONE.change(self._database, item_id)

    def retry(self, item_id: int, next_try: float, error: str) -> None:
        self._change(item_id, state="due", next_try=next_try, error=error, lease_until=0)

    def hurry(self, now: float) -> None:
        """Makes due what was tried, or is claimed, until a moment that no delay reaches: the date was wrong then."""
        tried = (Table.state == "due") & (Table.attempts > 0) & (Table.next_try > now + _NO_DELAY)
        Table.update(next_try=now).where(tried).execute(self._database)
        claimed = (Table.state == "claimed") & (Table.lease_until > now + _NO_DELAY)
        Table.update(lease_until=now).where(claimed).execute(self._database)

    def stick(self, item_id: int, error: str) -> None:
        """Sets an item aside until a person has looked."""
        self._change(item_id, state="stuck", error=error, lease_until=0)

    def drop(self, item_id: int) -> None:
        Table.delete().where(Table.id == item_id).execute(self._database)

    def forget(self, message: int) -> None:
        """Removes what was still to be sent for a message, and what was sent."""
        Table.delete().where(Table.message == message).execute(self._database)

    def troubled(self, most: int) -> list[OutboxItem]:
        """What is stuck, and then what was tried in vain, by the index on states."""
        found: list[OutboxItem] = []
        for state in ("stuck", "due"):
            tried = (Table.state == state) & ((state == "stuck") | (Table.attempts > 0))
            query = Table.select(*_COLUMNS).where(tried).order_by(Table.next_try).limit(most - len(found))
            found += [_item(row) for row in query.dicts().execute(self._database)] if len(found) < most else []
        return found

    def list(self, states: Sequence[str]) -> Iterator[OutboxItem]:
        query = Table.select(*_COLUMNS).where(Table.state.in_(states)).order_by(Table.created_at)
        return (_item(row) for row in query.dicts().execute(self._database))

    def item(self, item_id: int) -> OutboxItem | None:
        query = Table.select(*_COLUMNS).where(Table.id == item_id)
        return next((_item(row) for row in query.dicts().execute(self._database)), None)

    def newest(self, kind: KindName, delivery: int) -> float:
        """When something of a kind was last to be sent about a delivery; 0 for never."""
        mine = (Table.delivery == delivery) & (Table.kind == kind)
        return float(Table.select(peewee.fn.MAX(Table.created_at)).where(mine).scalar(self._database) or 0)

    def _change(self, item_id: int, **values: Any) -> None:
        Table.update(**values).where(Table.id == item_id).execute(self._database)


def item_id(kind: KindName, *once: object) -> int:
    """The id of a row, known before it is written: its payload is bound to it."""
    return int.from_bytes(keyed_hash(b"outbox", _unique_key(kind, *once))[:8], "big") >> 1


def _unique_key(kind: KindName, *once: object) -> str:
    return " ".join((kind, *map(str, once)))


def _is_claim(item: OutboxItem) -> Any:
    """That one claim and no other: each counts an attempt."""
    return (Table.id == item.id) & (Table.state == "claimed") & (Table.attempts == item.attempts + 1)


def _claimable(lane: Lane, due_at: float, over_at: float) -> Any:
    """What is due at a moment, or claimed with a lease that is over at a moment."""
    due = (Table.state == "due") & (Table.next_try <= due_at)
    kinds = [kind for kind, its_lane in IN_A_HURRY.items() if its_lane == lane]
    mine = Table.kind.in_(kinds) if kinds else Table.kind.not_in(list(IN_A_HURRY))
    return mine & (due | ((Table.state == "claimed") & (Table.lease_until <= over_at)))


def _item(row: dict[str, Any]) -> OutboxItem:
    return OutboxItem(**row | {"payload": bytes(row["payload"])})


_ANY_DUE: Mapping[Lane, Prepared] = {
    lane: Prepared(Table.select(Table.id).where(_claimable(lane, 1.5, 2.5)).limit(1), 1.5, 2.5)
    for lane in get_args(Lane)
}
_DUE: Mapping[Lane, Prepared] = {
    lane: Prepared(
        Table.select(*_COLUMNS).where(_claimable(lane, 1.5, 2.5)).order_by(Table.next_try).limit(3), 1.5, 2.5, 3
    )
    for lane in get_args(Lane)
}
_MOST_CLAIMED = 64
"""Rows of one statement, of which there is one for each number of rows."""


@cache
def _claim(count: int) -> Prepared:
    """Claims `count` rows: until when, for whom, which."""
    ids = range(-count, 0)
    values: dict[str, Any] = {"state": "claimed", "owner": "who", "lease_until": 0.5, "attempts": Table.attempts + 1}
    return Prepared(Table.update(values).where(Table.id.in_(list(ids))), 0.5, "who", *ids)


_DONE = Prepared(Table.update(state="done", payload=b"", error="", lease_until=0).where(Table.id == 2), 2)
