"""Deliveries in the database: held and released, recalled, locked, stopped, raised."""

from __future__ import annotations

from typing import Any

import peewee

from zegel.vault.tables.prepared import Prepared
from zegel.vault.tables.records import Delivery, DeliveryState
from zegel.vault.tables.schema import Delivery as Table
from zegel.vault.tables.schema import Event, Message
from zegel.vault.tables.schema_threads import Draft
from zegel.way_names import WayName

_LIVE = ("direct", "held", "notified", "opened")


class Deliveries:
    """The queries of deliveries. What changes rows is to be called inside a transaction."""

    def __init__(self, database: peewee.Database) -> None:
        self._database = database

    # Reading.

    def get(self, delivery_id: int) -> Delivery | None:
        return next(map(_delivery, _BY_ID.rows(self._database, delivery_id)), None)

    def by_link(self, link_hash: bytes) -> Delivery | None:
        return next(map(_delivery, _BY_LINK.rows(self._database, link_hash)), None)

    def of_message(self, message_id: int) -> list[Delivery]:
        """All recipients of a message, in the order of their addresses."""
        return [_delivery(row) for row in _OF_MESSAGE.rows(self._database, message_id)]

    def stopped(self, conversation: int) -> list[Delivery]:
        """What somebody said, in a conversation, that it is not theirs."""
        return self._select((Table.conversation == conversation) & (Table.stopped_at > 0))

    def held(self, message_id: int) -> list[Delivery]:
        """The recipients of a message that wait for a number."""
        return self._select((Table.message == message_id) & (Table.state == "held"))

    def live(self, address: str, now: float, *ways: WayName) -> list[Delivery]:
        """What an address (as the phone book knows it) opens in these ways and has not ended, of all senders."""
        mine = (Table.address == address) & Table.way.in_(ways) & Table.state.in_(_LIVE)
        return self._select(mine & (Message.expires_at > now))

    def served(self, message_id: int) -> set[str]:
        """The recipients of a message that it is on its way to, or has reached: not recalled, not given up."""
        given_up = Event.select(Event.delivery).where(
            (Event.message == message_id) & (Event.kind == "could not be delivered")
        )
        live = (
            (Table.message == message_id)
            & Table.state.in_((*_LIVE, "delivered", "clearing", "cleared"))
            & Table.id.not_in(given_up)
        )
        rows = Table.select(Table.recipient).where(live).tuples().execute(self._database)
        return {recipient for (recipient,) in rows}

    def holding_past(self, now: float) -> list[int]:
        """The messages that expire now and still have recipients without a number."""
        held = Table.select(Table.id).where((Table.message == Message.id) & (Table.state == "held"))
        over = (Message.shredded == False) & (Message.expires_at <= now)  # noqa: E712 (peewee's comparison)
        query = Message.select(Message.id).where(over & peewee.fn.EXISTS(held))
        return [id_ for (id_,) in query.tuples().execute(self._database)]

    # Changing.

    def move(self, delivery_id: int, before: DeliveryState, after: DeliveryState) -> bool:
        """From one state to another; False, and nothing changed, when it is in another one."""
        here = (Table.id == delivery_id) & (Table.state == before)
        return bool(Table.update(state=after).where(here).execute(self._database))

    def notify(self, delivery_id: int, way: WayName, held_until: float, locked_at: float = 0) -> bool:
        """From ordinary mail to a link opened in `way`; held when `held_until` is not 0. False for any other."""
        here = (Table.id == delivery_id) & (Table.state == "direct")
        after = "held" if held_until else "notified"
        values = {"state": after, "way": way, "held_until": held_until, "locked_at": locked_at}
        return bool(Table.update(**values).where(here).execute(self._database))

    def turn(self, delivery_id: int, way: WayName, locked_at: float = 0) -> None:
        """Is opened in another way of the same level; what was wrong with the old one is over."""
        self._change(delivery_id, way=way, failures=0, paused_until=0, locked_at=locked_at)

    def recall(self, delivery_id: int) -> bool:
        """Ends a delivery at the sender's wish, with the drafts of replies to it; False when it has ended, or left."""
        here = (Table.id == delivery_id) & Table.state.in_((*_LIVE, "clearing"))
        Draft.delete().where(Draft.delivery == delivery_id).execute(self._database)
        return bool(Table.update(state="recalled").where(here).execute(self._database))

    def leaves(self, delivery_id: int, to: str, now: float) -> bool:
        """Notes that a released mail is about to leave, after which nobody can take it back.

        False when it is not to leave: taken back, over, or the recipient `to` was erased.
        """
        found = self.get(delivery_id)
        if found is None or found.recipient != to or found.expires_at <= now:
            return False
        # Cleared already: the courier was killed, or heard no answer, and it may not have left.
        return found.state == "cleared" or self.move(delivery_id, "clearing", "cleared")

    def stays(self, delivery_id: int) -> None:
        """Notes that a released mail has surely not left, and can be taken back again."""
        self.move(delivery_id, "cleared", "clearing")

    def lock(self, delivery_id: int, now: float) -> None:
        self._change(delivery_id, locked_at=now)

    def forgive(self, delivery_id: int, tries: int | None = None) -> None:
        """Takes wrong tries back, all or some."""
        left = 0 if tries is None else peewee.Case(None, [(Table.failures > tries, Table.failures - tries)], 0)
        self._change(delivery_id, failures=left)

    def unlock(self, delivery_id: int) -> None:
        """Forgives the wrong codes and passwords."""
        self._change(delivery_id, locked_at=0, failures=0, paused_until=0)

    def stop(self, delivery_id: int, why: str, now: float) -> None:
        """No SMS any more, until a number is given."""
        self._change(delivery_id, stopped_at=now, stopped_why=why)

    def resume(self, delivery_id: int) -> None:
        self._change(delivery_id, stopped_at=0, stopped_why="")

    def raise_level(
        self, delivery_id: int, way: WayName, address: str, link_hash: bytes, held_until: float, locked_at: float = 0
    ) -> None:
        """To level 2, in another way and under a new link; held when `held_until` is not 0."""
        self._change(
            delivery_id, level=2, way=way, address=address, link_hash=link_hash, generation=Table.generation + 1,
            state="held" if held_until else "notified", held_until=held_until, failures=0, paused_until=0,
            locked_at=locked_at,
        )  # fmt: skip

    def fail(self, delivery_id: int) -> int:
        """Counts a wrong password or code; how many there were in a row."""
        self._change(delivery_id, failures=Table.failures + 1)
        return int(Table.select(Table.failures).where(Table.id == delivery_id).scalar(self._database))

    def pause(self, delivery_id: int, until: float) -> None:
        """Lets nobody try before `until`, and counts anew from there."""
        self._change(delivery_id, failures=0, paused_until=until)

    def _change(self, delivery_id: int, **values: Any) -> None:
        Table.update(**values).where(Table.id == delivery_id).execute(self._database)

    def _select(self, condition: Any) -> list[Delivery]:
        return [_delivery(row) for row in _where(condition).dicts().execute(self._database)]


def _where(condition: Any) -> peewee.ModelSelect[Any]:
    return (
        Table.select(
            Table.id, Table.message.alias("message_id"), Table.recipient, Table.level, Table.way, Table.state,
            Table.language, Table.generation, Message.expires_at, Table.salt, Table.failures, Table.paused_until,
            Table.address, Table.held_until, Table.locked_at, Table.stopped_at, Table.stopped_why,
        )
        .join(Message, on=(Table.message == Message.id))
        .where(condition)
        .order_by(Table.recipient)
    )  # fmt: skip


def _delivery(row: dict[str, Any]) -> Delivery:
    return Delivery(**row | {"salt": bytes(row["salt"])})


_BY_ID = Prepared(_where(Table.id == 1), 1)
_BY_LINK = Prepared(_where(Table.link_hash == 1), 1)
_OF_MESSAGE = Prepared(_where(Table.message == 1), 1)
