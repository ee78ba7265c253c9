"""Replies and drafts in the database: to whom a reply goes, and what became of it for each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import peewee

from zegel.mail.addresses import identity
from zegel.vault.tables import schema
from zegel.vault.tables.audit_events import EventName
from zegel.vault.tables.audit_log import AuditLog
from zegel.vault.tables.outbox import OutboxTable, item_id
from zegel.vault.tables.prepared import Prepared, insert
from zegel.vault.tables.records import Addressee, NewReply, OutboxItem
from zegel.vault.tables.records import Message as Reply
from zegel.vault.tables.schema import Message
from zegel.vault.tables.schema_threads import Addressee as Table
from zegel.vault.tables.schema_threads import Draft, Thread, ToAll

MOST_DRAFTS = 20
"""Drafts that are kept of one delivery: its link is enough to bring one, so they are few."""


class RepliesTable:
    """The queries of replies. What changes rows is to be called inside a transaction."""

    def __init__(self, database: peewee.Database, audit_log: AuditLog, outbox: OutboxTable) -> None:
        self._database = database
        self._audit_log = audit_log
        self._outbox = outbox

    # Replies.

    def add(self, new: NewReply, answered: int, now: float) -> None:
        """Stores a reply to the message `answered`, a row of the outbox for each addressee, and the event."""
        insert(
            self._database, Message,
            id=new.id, created_at=now, expires_at=new.expires_at, key_day=new.key_day, wrapped_key=new.wrapped_key,
            sender=new.sender, headline=new.headline, level=new.level, scope="message", rules="[]", size=new.size,
            digest=new.digest, conversation=new.conversation, kind="reply", writer=new.writer,
            person=identity(new.sender).text, subject_told=new.subject_told,
        )  # fmt: skip
        for position, sealed in enumerate(new.chunks):
            insert(self._database, schema.Chunk, message=new.id, position=position, sealed=sealed)
        insert(
            self._database, Thread, or_ignore=True,
            hash=new.thread, message=new.id, conversation=new.conversation,
        )  # fmt: skip
        for position, address in enumerate(new.addressees):
            insert(self._database, Table, message=new.id, position=position, address=address)
            self._outbox.add("reply", new.id, position, message=new.id, delivery=new.writer, when=now)
        for position, (address, level) in enumerate(new.others, len(new.addressees)):
            insert(self._database, Table, message=new.id, position=position, address=address, level=level)
        more: dict[str, Any] = {}
        if new.others:
            more = {"others": len(new.others)}
            self._outbox.add("reply-to-all", new.id, message=new.id, delivery=new.writer, when=now)
        self._audit_log.record(
            "replied", new.sender, now,
            message=answered, delivery=new.writer, reply=new.id, addressees=len(new.addressees), level=new.level,
            **more,
        )  # fmt: skip

    def recent(self, digest: bytes, since: float) -> int | None:
        """A reply with this digest that was written after `since` and has not failed; None when there is none."""
        failed = Table.select(Table.message).where((Table.message == Message.id) & (Table.state == "failed"))
        same = (Message.digest == digest) & (Message.created_at > since) & (Message.kind == "reply")
        query = Message.select(Message.id).where(same & ~peewee.fn.EXISTS(failed))
        return next((int(id_) for (id_,) in query.tuples().execute(self._database)), None)

    def times(self, writer: int, since: float) -> list[float]:
        """When replies were written from a delivery after `since`, oldest first."""
        mine = (Message.writer == writer) & (Message.kind == "reply") & (Message.created_at > since)
        query = Message.select(Message.created_at).where(mine).order_by(Message.created_at)
        return [float(at) for (at,) in query.tuples().execute(self._database)]

    def written_from(self, writer: int) -> list[Reply]:
        """The replies that were written from a delivery, oldest first."""
        return [Reply(**row, rules=()) for row in _WRITTEN_FROM.rows(self._database, writer, "reply")]

    def addressees(self, reply: int) -> tuple[Addressee, ...]:
        columns = (Table.position, Table.address, Table.state, Table.why, Table.level)
        query = Table.select(*columns).where(Table.message == reply)
        return tuple(Addressee(*row) for row in query.order_by(Table.position).tuples().execute(self._database))

    def addressee_of(self, item: OutboxItem) -> Addressee | None:
        """Whom a row of the outbox brings a reply to."""
        to = self.addressees(item.message_id) if item.kind == "reply" else ()
        return next((each for each in to if item_id("reply", item.message_id, each.position) == item.id), None)

    def others_waiting(self, reply: int) -> tuple[Addressee, ...]:
        """The people outside to whom a reply still has to go."""
        return tuple(each for each in self.addressees(reply) if each.level and each.state == "sending")

    def sent(self, reply: int, position: int, now: float) -> None:
        """Notes that Postfix has a reply for an addressee."""
        if self._move(reply, position, ("sending",), "sent"):
            self._note("reply accepted", reply, now)

    def failed(self, reply: int, position: int, why: str, now: float) -> bool:
        """Notes that an addressee will not get a reply; False when that was known."""
        if not self._move(reply, position, ("sending", "sent"), "failed", why):
            return False
        self._note("reply failed", reply, now, why=why)
        return True

    def end(self, message: int) -> None:
        """What is over with a message: its drafts and what its sender chose; of a reply, what was on its way."""
        ToAll.delete().where(ToAll.message == message).execute(self._database)
        Draft.delete().where(Draft.message == message).execute(self._database)
        left = (Table.message == message) & (Table.state == "sending")
        Table.update(state="failed", why="late").where(left).execute(self._database)

    # Replies to all.

    def allow_to_all(self, message: int, allowed: bool) -> None:
        """Notes what the sender of a message chose."""
        ToAll.delete().where(ToAll.message == message).execute(self._database)
        insert(self._database, ToAll, message=message, allowed=allowed)

    def to_all_allowed(self, message: int) -> bool | None:
        """What the sender chose; None when they chose nothing."""
        query = ToAll.select(ToAll.allowed).where(ToAll.message == message)
        return next((bool(allowed) for (allowed,) in query.tuples().execute(self._database)), None)

    # Drafts.

    def keep_draft(self, delivery: int, browser: bytes, message: int, sealed: bytes, now: float) -> None:
        """Keeps what is being written in a browser, instead of what was kept before.

        Of too many those go first whose browsers have opened nothing: who has the link alone pushes nobody's out.
        """
        row = {"delivery": delivery, "browser": browser, "message": message, "sealed": sealed, "at": now}
        Draft.insert(row).on_conflict(
            conflict_target=[Draft.delivery, Draft.browser], preserve=[Draft.message, Draft.sealed, Draft.at]
        ).execute(self._database)
        session = schema.Session
        is_in = Draft.browser.in_(session.select(session.cookie_hash).where(session.delivery == delivery))
        mine = Draft.select(Draft.browser).where(Draft.delivery == delivery)
        newest = mine.order_by(peewee.Case(None, [(is_in, 0)], 1), Draft.at.desc())
        kept = [bytes(each) for (each,) in newest.limit(MOST_DRAFTS).tuples().execute(self._database)]
        Draft.delete().where((Draft.delivery == delivery) & Draft.browser.not_in(kept)).execute(self._database)

    def draft(self, delivery: int, browser: bytes) -> bytes | None:
        here = (Draft.delivery == delivery) & (Draft.browser == browser)
        query = Draft.select(Draft.sealed).where(here)
        return next((bytes(sealed) for (sealed,) in query.tuples().execute(self._database)), None)

    def drop_draft(self, delivery: int, browser: bytes) -> None:
        here = (Draft.delivery == delivery) & (Draft.browser == browser)
        Draft.delete().where(here).execute(self._database)

    def _move(self, reply: int, position: int, before: Sequence[str], after: str, why: str = "") -> bool:
        here = (Table.message == reply) & (Table.position == position) & Table.state.in_(before)
        return bool(Table.update(state=after, why=why).where(here).execute(self._database))

    def _note(self, kind: EventName, reply: int, now: float, **details: Any) -> None:
        query = Message.select(Message.writer).where(Message.id == reply)
        self._audit_log.record(kind, "zegel", now, message=reply, delivery=int(query.scalar(self._database)), **details)


_WRITTEN_FROM = Prepared(
    Message.select(
        Message.id, Message.created_at, Message.expires_at, Message.sender, Message.level, Message.scope,
        Message.size, Message.conversation, Message.kind, Message.writer, Message.subject_told,
    )
    .where((Message.writer == 1) & (Message.kind == "reply"))
    .order_by(Message.created_at),
    1,
    "reply",
)  # fmt: skip
