"""Messages and their deliveries in the database. With its neighbours, the only place that knows peewee."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from typing import TypeVar

import peewee

from zegel.database_address import Place
from zegel.mail.addresses import identity
from zegel.vault.engines.place import engine_of
from zegel.vault.migrations import migrate
from zegel.vault.newest import Head, Newest
from zegel.vault.tables import schema
from zegel.vault.tables.agreed import AgreedTable
from zegel.vault.tables.answers import Answers
from zegel.vault.tables.audit_log import AuditLog
from zegel.vault.tables.challenges import Challenges
from zegel.vault.tables.console import ConsoleTable
from zegel.vault.tables.day_counts import DayCounts
from zegel.vault.tables.deliveries import Deliveries
from zegel.vault.tables.devices import DeviceTable
from zegel.vault.tables.direct import DirectTable
from zegel.vault.tables.hosts import Hosts
from zegel.vault.tables.marks import Marks
from zegel.vault.tables.messages import Messages
from zegel.vault.tables.offered import OfferedTable
from zegel.vault.tables.outbox import OutboxTable
from zegel.vault.tables.passkeys import Passkeys
from zegel.vault.tables.persons import PersonTable
from zegel.vault.tables.phones import Phones
from zegel.vault.tables.prepared import insert
from zegel.vault.tables.proofs import Proofs
from zegel.vault.tables.records import Delivery, Message, NewDelivery, NewMessage
from zegel.vault.tables.replies import RepliesTable
from zegel.vault.tables.rule_counts import RuleCounts
from zegel.vault.tables.rules_versions import RulesVersions
from zegel.vault.tables.sms import Texts
from zegel.vault.tables.tallies import Tallies
from zegel.vault.tables.threads import Threads
from zegel.vault.tables.timelines import Timelines
from zegel.vault.writer import Writer
from zegel.way_names import WayName

T = TypeVar("T")


class Store:
    """The database of Zegel. Reads run in the calling thread, writes through `write`."""

    def __init__(self, place: Place) -> None:
        self.engine = engine_of(place)
        self.database = self.engine.database
        try:
            self._make_ready()
        except BaseException:
            self.engine.close()
            raise
        self.newest = Newest(self.engine.beside)
        self._writer = Writer(self.engine, self.note_newest)
        self.audit_log = AuditLog(self.database)
        self.marks = Marks(self.database)
        self.rule_counts = RuleCounts(self.database)
        self.tallies = Tallies(self.database)
        self.rules_versions = RulesVersions(self.database)
        self.outbox = OutboxTable(self.database)
        self.challenges = Challenges(self.database)
        self.deliveries = Deliveries(self.database)
        self.messages = Messages(self.database)
        self.phones = Phones(self.database)
        self.agreed = AgreedTable(self.database)
        self.passkeys = Passkeys(self.database)
        self.persons = PersonTable(self.database)
        self.devices = DeviceTable(self.database)
        self.texts = Texts(self.database)
        self.threads = Threads(self.database)
        self.timelines = Timelines(self.database, self.deliveries)
        self.offered = OfferedTable(self.database)
        self.answers = Answers(self.database)
        self.direct = DirectTable(self.database)
        self.console = ConsoleTable(self.database)
        self.proofs = Proofs(self.database, self.audit_log)
        self.day_counts = DayCounts(self.database)
        self.hosts = Hosts(self.database)
        self.replies = RepliesTable(self.database, self.audit_log, self.outbox)

    def _make_ready(self) -> None:
        """Makes or updates the tables. The processes start together, and the switch to WAL waits for nobody."""
        for wait in (0.1, 0.3, 1.0, 3.0, 0.0):
            try:
                migrate(self.engine)
                self.engine.keep_private()
                return
            except peewee.OperationalError:
                self.database.close()
                if not wait:
                    raise
                time.sleep(wait)

    def write(self, work: Callable[[], T]) -> T:
        """Runs `work` in a transaction; its result is durable when this returns (see Writer)."""
        return self._writer.write(work)

    def write_or_join(self, work: Callable[[], T]) -> T:
        """As `write`, but what runs inside a write already becomes a part of it."""
        return work() if self._writer.inside() else self._writer.write(work)

    def inside_write(self) -> bool:
        """Whether the calling code is a part of a write, which may still come to nothing."""
        return self._writer.inside()

    def note_newest(self, *, anew: bool = False) -> None:
        """Notes the newest event beside the database; `anew` also when a newer one is noted, which is lost then."""
        head = self.audit_log.head()
        if head is not None:
            self.newest.note(Head(head.id, head.hash, int(head.at)), anew=anew)

    def close(self) -> None:
        self._writer.close()
        self.newest.close()
        self.database.close()

    # What a transaction is made of: to be called inside `write`.

    def offered_before(self, new: NewMessage, now: float) -> int | None:
        """The message that `new` is, when that was stored, not answered, and is on its way to all these recipients.

        It is found once: the next one that is the same is a message of its own.
        """
        wanted = {delivery.recipient for delivery in new.deliveries}
        for same in self.offered.same(new.digest, now - new.recognised_for):
            if wanted <= self.deliveries.served(same):
                self.offered.remove(same)
                return same
        return None

    def conversation_of(self, new: NewMessage) -> int:
        """The conversation that a new message joins, or begins."""
        return self.threads.conversation((new.thread, *new.answers)) or new.conversation or new.id

    def add_message(self, new: NewMessage, now: float, hold_until: float = 0, conversation: int = 0) -> None:
        """Stores a message, its deliveries, their notifications and the events.

        A delivery that needs a number or an agreed code, and has neither, is held until `hold_until` and has no
        notification yet. `conversation` is given by who has asked for it already.
        """
        conversation = conversation or self.conversation_of(new)
        insert(
            self.database, schema.Message,
            id=new.id, created_at=now, expires_at=new.expires_at, key_day=new.key_day, wrapped_key=new.wrapped_key,
            sender=new.sender, headline=new.headline, level=new.level, scope=new.scope, rules=json.dumps(new.rules),
            size=new.size, digest=new.digest, sender_link_hash=new.sender_link_hash or None,
            conversation=conversation, writer=new.writer, subject_told=new.subject_told,
        )  # fmt: skip
        if new.thread:
            self.threads.add(new.thread, new.id, conversation)
        for position, sealed in enumerate(new.chunks):
            insert(self.database, schema.Chunk, message=new.id, position=position, sealed=sealed)
        self.audit_log.record(
            "sealed", new.sender, now,
            message=new.id, level=new.level, scope=new.scope, rules=new.rules, recipients=len(new.deliveries),
            queue_id=new.queue_id,
        )  # fmt: skip
        for delivery in new.deliveries:
            self._add_delivery(new.id, conversation, delivery, now, hold_until)

    def _add_delivery(
        self, message_id: int, conversation: int, new: NewDelivery, now: float, hold_until: float
    ) -> None:
        way = self.way_at_level_2(new.phone_hash, now) if new.phone_hash else new.way
        held = not new.proofs and way is None
        locked_at = self.agreed.locked_at(new.phone_hash) if way == "agreed" else 0.0
        insert(
            self.database, schema.Delivery,
            id=new.id, message=message_id, recipient=new.recipient, level=new.level,
            way=way or new.way,
            state="direct" if new.proofs else "held" if held else "notified",
            language=new.language, link_hash=new.link_hash, salt=new.salt,
            address=new.address, held_until=hold_until if held else 0, locked_at=locked_at,
            conversation=conversation, person=identity(new.recipient).text, sent_at=now,
        )  # fmt: skip
        if new.proofs:
            self.direct.add(new.id, message_id, identity(new.recipient).domain, new.proofs, now)
            self.outbox.add("direct", new.id, message=message_id, delivery=new.id, when=now)
        elif held:
            self.audit_log.record("held", "zegel", now, message=message_id, delivery=new.id)
        else:
            self.outbox.add("notification", new.id, 0, message=message_id, delivery=new.id, when=now)

    def way_at_level_2(self, address_hash: bytes, now: float) -> WayName | None:
        """By what a recipient (under the phone book's key) opens level 2 now: an SMS when a number is known, else the
        agreed code; None when neither is known, or not used for so long that it is not believed."""
        if self.phones.believed(address_hash, now):
            return "sms"
        return "agreed" if self.agreed.believed(address_hash, now) else None

    def destroy_original(self, message_id: int) -> bool:
        """Removes the content of a message that nobody can open any more; False while somebody can."""
        table, chunk = schema.Delivery, schema.Chunk
        open_ = (table.message == message_id) & table.state.not_in(("recalled", "delivered", "expired"))
        if table.select(table.id).where(open_).limit(1).exists(self.database):
            return False
        chunk.delete().where(chunk.message == message_id).execute(self.database)
        return True

    def opened(self, delivery: Delivery, now: float) -> None:
        """Notes that the recipient opened a delivery."""
        table, message = schema.Delivery, schema.Message
        first = table.select(message.created_at).join(message, on=(message.id == table.message))
        unseen = first.where((table.id == delivery.id) & table.first_opened_at.is_null())
        for (sealed_at,) in unseen.tuples().execute(self.database):
            self.day_counts.opened(sealed_at, now)
        table.update(
            state="opened",
            last_opened_at=now,
            first_opened_at=peewee.fn.COALESCE(table.first_opened_at, now),
            times_opened=table.times_opened + 1,
        ).where(table.id == delivery.id).execute(self.database)
        self.audit_log.record("opened", delivery.recipient, now, about=delivery)

    def rewrap(self, message_id: int, expires_at: float, day: str, wrapped_key: bytes) -> None:
        """Gives a message another end, and its key under the key of that day."""
        table = schema.Message
        values = {"expires_at": expires_at, "key_day": day, "wrapped_key": wrapped_key}
        table.update(values).where(table.id == message_id).execute(self.database)

    def end_days(self, days: list[str], now: float) -> int:
        """Has the messages end now that expire on these days, whose keys are gone; returns how many."""
        message = schema.Message
        mine = (message.shredded == False) & (message.expires_at >= now) & message.key_day.in_(days)  # noqa: E712
        return int(message.update(expires_at=now - 1).where(mine).execute(self.database))

    def expire(self, now: float) -> list[int]:
        """Ends every message whose time is over and removes its content; returns their ids."""
        message, delivery, chunk = schema.Message, schema.Delivery, schema.Chunk
        over = (message.expires_at <= now) & (message.shredded == False)  # noqa: E712 (peewee's comparison)
        ids = [id_ for (id_,) in message.select(message.id).where(over).tuples().execute(self.database)]
        for id_ in ids:
            chunk.delete().where(chunk.message == id_).execute(self.database)
            # Empty, not NULL: these bytes were the only way to the content besides the day key.
            gone = {"shredded": True, "wrapped_key": b"", "headline": b"", "subject_told": False}
            message.update(gone).where(message.id == id_).execute(self.database)
            waiting = (delivery.message == id_) & delivery.state.not_in(("recalled", "delivered", "cleared"))
            delivery.update(state="expired").where(waiting).execute(self.database)
            self.outbox.forget(id_)
            self.direct.forget(id_)
            self.threads.forget(id_)
            self.offered.remove(id_)
            self.replies.end(id_)
            self.audit_log.record("expired", "zegel", now, message=id_)
        return ids

    # Reading.

    def delivery_by_link(self, link_hash: bytes) -> Delivery | None:
        return self.deliveries.by_link(link_hash)

    def delivery(self, delivery_id: int) -> Delivery | None:
        return self.deliveries.get(delivery_id)

    def message_by_sender_link(self, link_hash: bytes) -> Message | None:
        return self.messages.by_sender_link(link_hash)

    def message(self, message_id: int) -> Message | None:
        return self.messages.get(message_id)

    def wrapped_key(self, message_id: int) -> tuple[str, bytes] | None:
        """The day of the key and the wrapped data key of a message, None when it is gone."""
        return self.messages.wrapped_key(message_id)

    def sealed_headline(self, message_id: int) -> bytes:
        return self.messages.sealed_headline(message_id)

    def any_readable(self, now: float) -> bool:
        """Whether there is any message that a key is needed for."""
        return bool(self.days_in_use(now, most=1))

    def days_in_use(self, now: float, most: int = 4000) -> set[str]:
        """The days whose keys are needed, by one look into the index for each."""
        return self.messages.days_in_use(now, most)

    def chunks(self, message_id: int, first: int = 0) -> Iterator[bytes]:
        """The sealed pieces of an original from the one with the number `first`, read one at a time."""
        return self.messages.chunks(message_id, first)
