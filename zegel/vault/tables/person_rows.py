"""All rows about one address, for a request under articles 15 and 17 of the GDPR.

Recipients and senders have no index: such a request is rare, and the database reads the tables through once. It looks
for a piece of the address that every spelling has, and only of what has it is asked whether it is the one.
"""

from __future__ import annotations

import functools
import json
import operator
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import peewee

from zegel.vault.tables.agreed_schema import Agreed
from zegel.vault.tables.audit_log import EVENT_COLUMNS, Event, event_of
from zegel.vault.tables.console_schema import ConsoleChallenge, ConsoleSession
from zegel.vault.tables.schema import Challenge, Delivery, Message, Outbox, Phone, Session
from zegel.vault.tables.schema import Event as Log
from zegel.vault.tables.schema_threads import Addressee, Draft


@dataclass(frozen=True, slots=True)
class Wanted:
    """An address. `is_it` knows each way of writing it; each has `piece` in it, whatever the case, or a backslash."""

    is_it: Callable[[str], bool]
    piece: str

    def written_in(self, *columns: Any) -> Any:
        """The condition that one of the columns may name the address; "" as a piece lets all through."""
        maybe: list[Any] = []
        for column in columns:
            if not self.piece:
                maybe.append(peewee.fn.length(column) > 0)
            maybe += [_has(peewee.fn.lower(column), self.piece), _has(column, "\\")]
        return functools.reduce(operator.or_, maybe)


def _has(text: Any, piece: str) -> Any:
    """The condition that a piece is in a text; each engine has another function for it, and this one all have."""
    return peewee.fn.replace(text, piece, "") != text


_ENDED = ("recalled", "delivered", "cleared", "expired")
_MANY = 500


class PersonRows:
    """The queries. What changes rows is to be called inside a transaction."""

    def __init__(self, database: peewee.Database) -> None:
        self._database = database

    def received(self, who: Wanted) -> list[dict[str, Any]]:
        """The deliveries to the address, with what is known of their messages."""
        query = Delivery.select(Delivery.id, Delivery.recipient).where(who.written_in(Delivery.recipient))
        found = [id_ for id_, written in self._rows(query) if who.is_it(written)]
        columns = (
            Delivery.id, Delivery.message, Message.created_at, Message.expires_at, Message.sender, Message.kind,
            Delivery.level, Delivery.way, Delivery.state, Delivery.language, Delivery.first_opened_at,
            Delivery.last_opened_at, Delivery.times_opened, Delivery.stopped_why, Message.shredded,
        )  # fmt: skip
        join = Message.id == Delivery.message
        return [
            row
            for some in _some(found)
            for row in Delivery.select(*columns)
            .join(Message, on=join)
            .where(Delivery.id.in_(some))
            .order_by(Delivery.id)
            .dicts()
            .execute(self._database)
        ]

    def sent(self, who: Wanted) -> list[dict[str, Any]]:
        """The messages of which the address is the sender, replies among them."""
        query = Message.select(Message.id, Message.sender).where(who.written_in(Message.sender))
        found = [id_ for id_, written in self._rows(query) if who.is_it(written)]
        columns = (
            Message.id, Message.created_at, Message.expires_at, Message.kind, Message.level, Message.scope,
            Message.rules, Message.size, Message.shredded,
        )  # fmt: skip
        return [
            row
            for some in _some(found)
            for row in Message.select(*columns)
            .where(Message.id.in_(some))
            .order_by(Message.id)
            .dicts()
            .execute(self._database)
        ]

    def replies_to(self, who: Wanted) -> list[tuple[int, int]]:
        """The replies that went to the address: message and position."""
        query = Addressee.select(Addressee.message, Addressee.position, Addressee.address)
        rows = self._rows(query.where(who.written_in(Addressee.address)))
        return [(message, position) for message, position, written in rows if who.is_it(written)]

    def given(self, who: Wanted) -> list[bytes]:
        """The numbers and agreed codes that the address gave for others, by their keys."""
        return [
            bytes(key)
            for table in (Phone, Agreed)
            for key, by in self._rows(
                table.select(table.address_hash, table.given_by).where(who.written_in(table.given_by))
            )
            if who.is_it(by)
        ]

    def events(self, who: Wanted, deliveries: Collection[int]) -> Iterator[Event]:
        """The events of the audit log of their doing, about them, or about what they got, in order."""
        mine, found = set(deliveries), set()
        columns = (Log.id, Log.actor, Log.details)
        for id_, actor, details in self._rows(Log.select(*columns).where(who.written_in(Log.actor, Log.details))):
            named = (actor, str(json.loads(details).get("address", "")))
            if any("@" in each and who.is_it(each) for each in named):
                found.add(int(id_))
        for some in _some(sorted(mine)):
            messages = Delivery.select(Delivery.message).where(Delivery.id.in_(some))
            query = Log.select(Log.id, Log.delivery).where(Log.message.in_(messages))
            found |= {int(id_) for id_, delivery in self._rows(query) if delivery in mine}
        for some in _some(sorted(found)):
            rows = Log.select(*EVENT_COLUMNS).where(Log.id.in_(some)).order_by(Log.id)
            yield from (event_of(row) for row in rows.dicts().execute(self._database))

    def waiting(self, deliveries: Sequence[int]) -> int:
        """How many items of the outbox wait to be sent about these deliveries."""
        waits = Outbox.state.in_(("due", "claimed", "stuck"))
        found = 0
        for some in _some(deliveries):
            messages = Delivery.select(Delivery.message).where(Delivery.id.in_(some))
            mine = Outbox.message.in_(messages) & Outbox.delivery.in_(some) & waits
            found += Outbox.select(Outbox.id).where(mine).count(self._database)
        return found

    def console(self, address: str) -> tuple[int, int]:
        """Sessions and challenges of the console."""
        sessions = ConsoleSession.select().where(ConsoleSession.address == address).count(self._database)
        asked = ConsoleChallenge.select().where(ConsoleChallenge.address == address).count(self._database)
        return int(sessions), int(asked)

    # Erasing.

    def forget_entries(self, deliveries: Sequence[int], address: str) -> dict[str, int]:
        """Removes sessions, challenges and drafts of these deliveries, and sign-ins at the console."""
        counts = {"sessions": 0, "challenges": 0, "drafts": 0}
        for some in _some(deliveries):
            for name, table in (("sessions", Session), ("challenges", Challenge), ("drafts", Draft)):
                counts[name] += int(table.delete().where(table.delivery.in_(some)).execute(self._database))
        for signed_in in (ConsoleSession, ConsoleChallenge):
            signed_in.delete().where(signed_in.address == address).execute(self._database)
        return counts

    def rename_recipient(self, deliveries: Sequence[int], instead: str) -> int:
        """Puts `instead` in the place of the recipient of those deliveries that have ended; returns how many."""
        changed = 0
        for some in _some(deliveries):
            mine = Delivery.id.in_(some) & Delivery.state.in_(_ENDED)
            renamed = Delivery.update(recipient=instead, address="", person=None).where(mine)
            changed += int(renamed.execute(self._database))
        return changed

    def rename_sender(self, messages: Sequence[int], instead: str) -> int:
        """The same for the sender of messages whose content is gone."""
        changed = 0
        for some in _some(messages):
            mine = Message.id.in_(some) & (Message.shredded == True)  # noqa: E712 (peewee's comparison)
            changed += int(Message.update(sender=instead, person=None).where(mine).execute(self._database))
        return changed

    def rename_addressee(self, replies: Sequence[tuple[int, int]], instead: str) -> int:
        """The same for who got replies that are over."""
        changed = 0
        for message, position in replies:
            over = Message.select(Message.id).where((Message.id == message) & (Message.shredded == True))  # noqa: E712
            mine = (Addressee.message.in_(over)) & (Addressee.position == position)
            changed += int(Addressee.update(address=instead).where(mine).execute(self._database))
        return changed

    def forget_givers(self, keys: Sequence[bytes]) -> int:
        """Takes the name from numbers and codes that were given for others."""
        for some in _some(keys):
            for table in (Phone, Agreed):
                table.update(given_by="").where(table.address_hash.in_(some)).execute(self._database)
        return len(keys)

    def _rows(self, query: Any) -> Any:
        return query.tuples().iterator(self._database)


def _some(ids: Sequence[Any]) -> list[list[Any]]:
    """Lists that fit in a query."""
    return [list(ids[at : at + _MANY]) for at in range(0, len(ids), _MANY)]
