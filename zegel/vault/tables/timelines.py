"""What one recipient sees of one conversation: the messages to them and their own replies, read by key.

Each query begins at a place in an index of (conversation, person, time, id), so a page of twenty costs the same in a
conversation of two and of thousands, whoever else is in it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Any, NamedTuple

import peewee

from zegel.vault.tables.deliveries import Deliveries
from zegel.vault.tables.prepared import Prepared
from zegel.vault.tables.records import Delivery as Row
from zegel.vault.tables.schema import Delivery, Message

_LAST_ID = 2**63 - 1
_HIDDEN = ("direct", "held", "delivered")
"""Deliveries in these states are not in the conversation: nobody has been told of a link to them."""
_OPENABLE = ("notified", "opened")
_ABOVE_ALL = 32_767
"""A level that none is."""


class Place(NamedTuple):
    """Where an entry stands in a conversation; in order of time."""

    at: float
    own: bool
    """Whether it is a reply, which comes after a message of the same moment."""
    id: int
    """Of the delivery, or of the reply."""


NEWEST = Place(math.inf, True, _LAST_ID)
"""Behind every entry."""
OLDEST = Place(-math.inf, False, 0)
"""Before every entry."""


@dataclass(frozen=True, slots=True)
class Whose:
    """A recipient in a conversation."""

    conversation: int
    person: str
    """The text of their `identity`."""


class Timelines:
    """The queries of conversations as their recipients see them. All of them only read."""

    def __init__(self, database: peewee.Database, deliveries: Deliveries) -> None:
        self._database = database
        self._deliveries = deliveries

    def before(self, whose: Whose, place: Place, most: int) -> list[Place]:
        """The newest entries before `place`, oldest first, at most `most`."""
        both = [*self._rows(_MESSAGES_BEFORE, whose, False, place, most)]
        both += self._rows(_REPLIES_BEFORE, whose, True, place, most)
        return sorted(both)[-most:]

    def after(self, whose: Whose, place: Place, most: int) -> list[Place]:
        """The oldest entries after `place`, oldest first, at most `most`."""
        both = [*self._rows(_MESSAGES_AFTER, whose, False, place, most)]
        both += self._rows(_REPLIES_AFTER, whose, True, place, most)
        return list(islice(sorted(both), most))

    def count(self, whose: Whose, before: Place = NEWEST) -> int:
        """How many entries there are before a place, from the index alone."""
        counted = 0
        for own, query in ((False, _COUNT_MESSAGES), (True, _COUNT_REPLIES)):
            hidden = () if own else _HIDDEN
            values = (whose.conversation, whose.person, *hidden, before.at, _bound(own, before))
            counted += int(query.rows(self._database, *values)[0]["number"])
        return counted

    def place(self, whose: Whose, id_: int) -> Place | None:
        """Where the entry with an id stands; None when there is none."""
        for own, query in ((False, _MESSAGE_AT), (True, _REPLY_AT)):
            hidden = () if own else _HIDDEN
            for row in query.rows(self._database, whose.conversation, whose.person, *hidden, id_):
                return Place(row["at"], own, row["id"])
        return None

    def newest_openable(self, whose: Whose, level: int, now: float) -> Row | None:
        """Of the messages of at least this level that can be opened, the newest of the highest level."""
        table = Delivery
        mine = (table.conversation == whose.conversation) & (table.person == whose.person)
        ready = mine & table.state.in_(_OPENABLE)
        top = _ABOVE_ALL
        while True:
            between = ready & (table.level >= level) & (table.level < top)
            top = table.select(peewee.fn.MAX(table.level)).where(between).scalar(self._database) or 0
            if not top:
                return None
            free = (table.stopped_at == 0) & (table.locked_at == 0) & (Message.expires_at > now)
            query = table.select(table.id).join(Message, on=(table.message == Message.id))
            newest = query.where(ready & (table.level == top) & free).order_by(table.sent_at.desc(), table.id.desc())
            for (id_,) in newest.limit(1).tuples().execute(self._database):
                return self._deliveries.get(id_)

    def highest_level(self, conversation: int, above: int, now: float) -> int:
        """The highest level of what lives in a conversation, whoever got it; `above` when none is above that."""
        table = Delivery
        lives = (table.conversation == conversation) & (table.level > above) & (Message.expires_at > now)
        query = table.select(peewee.fn.MAX(table.level)).join(Message, on=(table.message == Message.id)).where(lives)
        return int(query.scalar(self._database) or above)

    def _rows(self, query: Prepared, whose: Whose, own: bool, place: Place, most: int) -> Iterable[Place]:
        hidden = () if own else _HIDDEN
        values = (whose.conversation, whose.person, *hidden, place.at, _bound(own, place), most)
        return (Place(row["at"], own, row["id"]) for row in query.rows(self._database, *values))


def _bound(own: bool, place: Place) -> int:
    """The id that messages, or replies, of the same moment as `place` are compared with."""
    if own == place.own:
        return place.id
    return 0 if own else _LAST_ID


def _mine(table: Any) -> Any:
    """What of a table is in a conversation, with places for conversation and person, and for the hidden states."""
    mine = (table.conversation == 1) & (table.person == "p")
    return mine & table.state.not_in(_HIDDEN) if table is Delivery else mine


def _page(table: Any, at: Any, newest_first: bool) -> Prepared:
    here, there = peewee.Tuple(at, table.id), peewee.Tuple(2.5, 3)
    order = (at.desc(), table.id.desc()) if newest_first else (at, table.id)
    beyond = here < there if newest_first else here > there
    query = table.select(table.id, at.alias("at")).where(_mine(table) & beyond).order_by(*order).limit(4)
    return Prepared(query, 1, "p", *_hidden(table), 2.5, 3, 4)


def _counted(table: Any, at: Any) -> Prepared:
    here = _mine(table) & (peewee.Tuple(at, table.id) < peewee.Tuple(2.5, 3))
    query = table.select(peewee.fn.COUNT(peewee.SQL("*")).alias("number")).where(here)
    return Prepared(query, 1, "p", *_hidden(table), 2.5, 3)


def _at(table: Any, at: Any) -> Prepared:
    query = table.select(table.id, at.alias("at")).where(_mine(table) & (table.id == 2))
    return Prepared(query, 1, "p", *_hidden(table), 2)


def _hidden(table: Any) -> tuple[str, ...]:
    return _HIDDEN if table is Delivery else ()


_MESSAGES_BEFORE = _page(Delivery, Delivery.sent_at, newest_first=True)
_MESSAGES_AFTER = _page(Delivery, Delivery.sent_at, newest_first=False)
_REPLIES_BEFORE = _page(Message, Message.created_at, newest_first=True)
_REPLIES_AFTER = _page(Message, Message.created_at, newest_first=False)
_COUNT_MESSAGES = _counted(Delivery, Delivery.sent_at)
_COUNT_REPLIES = _counted(Message, Message.created_at)
_MESSAGE_AT = _at(Delivery, Delivery.sent_at)
_REPLY_AT = _at(Message, Message.created_at)
