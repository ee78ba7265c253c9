"""Messages and their deliveries in the database. With its neighbours, the only place that knows peewee."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import peewee

from zegel.vault import schema
from zegel.vault.commits import Commits
from zegel.vault.doors import Doors
from zegel.vault.ledger import Ledger
from zegel.vault.outbox_table import OutboxTable
from zegel.vault.records import Delivery, DeliveryState, Message, NewMessage

T = TypeVar("T")
OFFERED_AGAIN_SECONDS = 24 * 3600
"""How long an offered message is recognised when Postfix offers it again."""


class Store:
    """The database of Zegel. Reads run in the calling thread, writes through `write`."""

    def __init__(self, path: Path) -> None:
        self.database = peewee.SqliteDatabase(
            str(path),
            pragmas={"journal_mode": "wal", "synchronous": "full", "busy_timeout": 10_000, "secure_delete": 1},
        )
        with self.database.bind_ctx(schema.TABLES):
            for table in schema.TABLES:
                table.create_table(safe=True)
        path.chmod(0o600)
        self._commits = Commits(self.database)
        self.ledger = Ledger(self.database)
        self.outbox = OutboxTable(self.database)
        self.doors = Doors(self.database)

    def write(self, work: Callable[[], T]) -> T:
        """Runs `work` in a transaction; its result is durable when this returns (see Commits)."""
        return self._commits.write(work)

    def close(self) -> None:
        self._commits.close()
        self.database.close()

    # What a transaction is made of: to be called inside `write`.

    def add_message(self, new: NewMessage, now: float) -> bool:
        """Stores a message, its deliveries, their notifications and the events.

        False, and nothing stored, when the same message was stored within the last 24 hours.
        """
        same = (schema.Message.digest == new.digest) & (schema.Message.created_at > now - OFFERED_AGAIN_SECONDS)
        if schema.Message.select(schema.Message.id).where(same).exists(self.database):
            return False
        self._insert(
            schema.Message,
            id=new.id, created_at=now, expires_at=new.expires_at, key_day=new.key_day, wrapped_key=new.wrapped_key,
            sender=new.sender, headline=new.headline, level=new.level, scope=new.scope, rules=json.dumps(new.rules),
            size=new.size, digest=new.digest,
        )  # fmt: skip
        for position, sealed in enumerate(new.chunks):
            self._insert(schema.Chunk, message=new.id, position=position, sealed=sealed)
        self.ledger.record(
            "sealed", new.sender, now, message=new.id, level=new.level, scope=new.scope, rules=new.rules
        )
        for delivery in new.deliveries:
            self._insert(
                schema.Delivery,
                id=delivery.id, message=new.id, recipient=delivery.recipient, level=delivery.level, state="notified",
                language=delivery.language, link_hash=delivery.link_hash, salt=delivery.salt,
            )  # fmt: skip
            self.outbox.add("notification", f"notification {delivery.id} 0", new.id, delivery.id, delivery.payload, now)
        return True

    def opened(self, delivery: Delivery, now: float) -> None:
        """Notes that the recipient opened a delivery; the wrong passwords before it are forgiven."""
        table = schema.Delivery
        table.update(
            state="opened",
            last_opened_at=now,
            first_opened_at=peewee.fn.COALESCE(table.first_opened_at, now),
            times_opened=table.times_opened + 1,
            failures=0,
        ).where(table.id == delivery.id).execute(self.database)
        self.ledger.record("opened", delivery.recipient, now, message=delivery.message_id, delivery=delivery.id)

    def set_state(self, delivery_id: int, state: DeliveryState) -> None:
        table = schema.Delivery
        table.update(state=state).where(table.id == delivery_id).execute(self.database)

    def expire(self, now: float) -> list[int]:
        """Ends every message whose time is over and removes its content; returns their ids."""
        message, delivery, chunk = schema.Message, schema.Delivery, schema.Chunk
        over = (message.expires_at <= now) & (message.shredded == False)  # noqa: E712 (peewee's comparison)
        ids = [id_ for (id_,) in message.select(message.id).where(over).tuples().execute(self.database)]
        for id_ in ids:
            chunk.delete().where(chunk.message == id_).execute(self.database)
            # Empty, not NULL: these bytes were the only way to the content besides the day key.
            message.update(shredded=True, wrapped_key=b"", headline=b"").where(message.id == id_).execute(self.database)
            waiting = (delivery.message == id_) & (delivery.state != "recalled")
            delivery.update(state="expired").where(waiting).execute(self.database)
            self.outbox.forget(id_)
            self.ledger.record("expired", "zegel", now, message=id_)
        return ids

    # Reading.

    def delivery_by_link(self, link_hash: bytes) -> Delivery | None:
        return self._delivery(schema.Delivery.link_hash == link_hash)

    def delivery(self, delivery_id: int) -> Delivery | None:
        return self._delivery(schema.Delivery.id == delivery_id)

    def message(self, message_id: int) -> Message | None:
        table = schema.Message
        columns = (
            table.id, table.created_at, table.expires_at, table.sender, table.level, table.scope, table.rules,
            table.size,
        )  # fmt: skip
        for row in table.select(*columns).where(table.id == message_id).dicts().execute(self.database):
            return Message(**row | {"rules": tuple(json.loads(row["rules"]))})
        return None

    def wrapped_key(self, message_id: int) -> tuple[str, bytes] | None:
        """The day of the key and the wrapped data key of a message, None when it is gone."""
        table = schema.Message
        rows = table.select(table.key_day, table.wrapped_key).where(table.id == message_id)
        for day, wrapped in rows.tuples().execute(self.database):
            return (day, bytes(wrapped)) if wrapped else None
        return None

    def sealed_headline(self, message_id: int) -> bytes:
        table = schema.Message
        return bytes(table.select(table.headline).where(table.id == message_id).scalar(self.database) or b"")

    def chunks(self, message_id: int) -> Iterator[bytes]:
        """The sealed pieces of an original, in order, read one at a time."""
        table = schema.Chunk
        position = 0
        while True:
            here = (table.message == message_id) & (table.position == position)
            sealed = table.select(table.sealed).where(here).scalar(self.database)
            if sealed is None:
                return
            yield bytes(sealed)
            position += 1

    def _delivery(self, condition: Any) -> Delivery | None:
        table, message = schema.Delivery, schema.Message
        query = (
            table.select(
                table.id, table.message.alias("message_id"), table.recipient, table.level, table.state,
                table.language, table.generation, message.expires_at, table.salt, table.failures, table.paused_until,
            )
            .join(message, on=(table.message == message.id))
            .where(condition)
        )  # fmt: skip
        for row in query.dicts().execute(self.database):
            return Delivery(**row | {"salt": bytes(row["salt"])})
        return None

    def _insert(self, table: type[peewee.Model], **values: object) -> None:
        table.insert(**values).execute(self.database)
