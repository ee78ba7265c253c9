"""Proofs of an address in the database: passwords for those who want to write first."""

from __future__ import annotations

from typing import Any

import peewee

from zegel.vault.tables import schema
from zegel.vault.tables.audit_log import AuditLog
from zegel.vault.tables.outbox import item_id
from zegel.vault.tables.prepared import insert
from zegel.vault.tables.records import NewMessage, ProofRow
from zegel.vault.tables.schema_writing import Proof as Table


class Proofs:
    """The queries of proofs. What changes rows is to be called inside a transaction."""

    def __init__(self, database: peewee.Database, audit_log: AuditLog) -> None:
        self._database = database
        self._audit_log = audit_log

    def add(self, row: ProofRow) -> None:
        insert(
            self._database, Table,
            id=row.id, browser=row.browser, nonce=row.nonce, sealed=row.sealed, created_at=row.created_at,
            expires_at=row.expires_at, used_at=row.used_at, tries=row.tries, muted=row.muted,
        )  # fmt: skip

    def get(self, proof_id: int) -> ProofRow | None:
        return self._one(Table.id == proof_id)

    def live(self, browser: bytes, now: float) -> ProofRow | None:
        """What a browser asked for last, while it works."""
        return self._one((Table.browser == browser) & (Table.used_at == 0) & (Table.expires_at > now))

    def end(self, browser: bytes, now: float) -> None:
        """Ends what a browser asked for before."""
        Table.update(expires_at=now).where((Table.browser == browser) & (Table.expires_at > now)).execute(
            self._database
        )

    def miss(self, proof_id: int) -> None:
        """Counts a wrong try."""
        Table.update(tries=Table.tries + 1).where(Table.id == proof_id).execute(self._database)

    def use(self, browser: bytes, nonce: bytes, now: float) -> None:
        """Ends a password by its use, however often it was sent."""
        same = (Table.browser == browser) & (Table.nonce == nonce)
        Table.update(used_at=now).where(same).execute(self._database)

    def clean(self, before: float) -> None:
        """Removes old ones, and what the outbox still has of them."""
        over = Table.created_at < before
        ids = [item_id("proof", id_) for (id_,) in Table.select(Table.id).where(over).tuples().execute(self._database)]
        if ids:
            for first in range(0, len(ids), 500):
                schema.Outbox.delete().where(schema.Outbox.id.in_(ids[first : first + 500])).execute(self._database)
            Table.delete().where(over).execute(self._database)

    def add_opening(self, new: NewMessage, now: float) -> None:
        """Stores what a proven address may write from: a message of kind "write", with the writer's delivery."""
        insert(
            self._database, schema.Message,
            id=new.id, created_at=now, expires_at=new.expires_at, key_day=new.key_day, wrapped_key=new.wrapped_key,
            sender=new.sender, headline=new.headline, level=new.level, scope=new.scope, rules="[]", size=new.size,
            digest=new.digest, conversation=new.id, kind="write",
        )  # fmt: skip
        for position, sealed in enumerate(new.chunks):
            insert(self._database, schema.Chunk, message=new.id, position=position, sealed=sealed)
        for each in new.deliveries:
            insert(
                self._database, schema.Delivery,
                id=each.id, message=new.id, recipient=each.recipient, level=each.level, way=each.way, state="opened",
                language=each.language, link_hash=each.link_hash, salt=each.salt, conversation=new.id, sent_at=now,
            )  # fmt: skip
            self._audit_log.record("address proved", each.recipient, now, message=new.id, delivery=each.id)

    def _one(self, condition: Any) -> ProofRow | None:
        query = Table.select().where(condition).order_by(Table.created_at.desc()).limit(1)
        for row in query.dicts().execute(self._database):
            blobs = {name: bytes(row[name]) for name in ("browser", "nonce", "sealed")}
            return ProofRow(**row | blobs)
        return None
