"""Passwords that were sent and browsers that got in, in the database."""

from __future__ import annotations

import peewee

from zegel.vault import schema
from zegel.vault.records import Challenge, Delivery

KEPT_SECONDS = 24 * 3600
"""How long an ended password is remembered: the daily limit counts it."""


class Doors:
    """The queries behind `zegel.access`. What changes rows is to be called inside a transaction."""

    def __init__(self, database: peewee.Database) -> None:
        self._database = database

    def challenges(self, delivery_id: int, since: float) -> list[Challenge]:
        """The passwords of a delivery that were made after `since`, oldest first."""
        table = schema.Challenge
        query = (
            table.select(table.id, table.hash, table.created_at, table.expires_at, table.used_at)
            .where((table.delivery == delivery_id) & (table.created_at > since))
            .order_by(table.created_at)
        )
        return [Challenge(row[0], bytes(row[1]), *row[2:]) for row in query.tuples().execute(self._database)]

    def add_challenge(self, id_: int, delivery_id: int, hash_: bytes, now: float, expires_at: float) -> None:
        schema.Challenge.insert(
            id=id_, delivery=delivery_id, hash=hash_, created_at=now, expires_at=expires_at
        ).execute(self._database)

    def use(self, challenge_id: int, now: float) -> bool:
        """Ends a password by its use; False when it was used already."""
        table = schema.Challenge
        fresh = (table.id == challenge_id) & table.used_at.is_null()
        return bool(table.update(used_at=now).where(fresh).execute(self._database))

    def end(self, challenge_id: int, now: float) -> None:
        """Ends a password before its time."""
        table = schema.Challenge
        table.update(expires_at=now).where(table.id == challenge_id).execute(self._database)

    def fail(self, delivery: Delivery, now: float, most: int, pause: float) -> tuple[int, float]:
        """Counts a wrong password; the number so far, and until when the link pauses (0 when it does not)."""
        table = schema.Delivery
        here = table.id == delivery.id
        table.update(failures=table.failures + 1).where(here).execute(self._database)
        failures = int(table.select(table.failures).where(here).scalar(self._database))
        if failures < most:
            return failures, 0.0
        table.update(failures=0, paused_until=now + pause).where(here).execute(self._database)
        return failures, now + pause

    def admit(self, old_hash: bytes | None, new_hash: bytes, delivery_id: int, now: float) -> None:
        """Lets a browser in under a new cookie; what its old cookie had open moves along."""
        table = schema.Session
        if old_hash is not None:
            table.update(cookie_hash=new_hash).where(table.cookie_hash == old_hash).execute(self._database)
        row = {"cookie_hash": new_hash, "delivery": delivery_id, "created_at": now, "used_at": now}
        table.insert(row).on_conflict_replace().execute(self._database)

    def session(self, cookie_hash: bytes, delivery_id: int) -> tuple[float, float] | None:
        """When a browser got in and when it was last seen."""
        table = schema.Session
        query = table.select(table.created_at, table.used_at).where(
            (table.cookie_hash == cookie_hash) & (table.delivery == delivery_id)
        )
        return next(iter(query.tuples().execute(self._database)), None)

    def seen(self, cookie_hash: bytes, delivery_id: int, now: float) -> None:
        table = schema.Session
        here = (table.cookie_hash == cookie_hash) & (table.delivery == delivery_id)
        table.update(used_at=now).where(here).execute(self._database)

    def sign_out(self, cookie_hash: bytes) -> None:
        table = schema.Session
        table.delete().where(table.cookie_hash == cookie_hash).execute(self._database)

    def clean(self, now: float, session_idle: float, session_most: float) -> None:
        """Removes sessions and passwords that no longer matter."""
        session, challenge = schema.Session, schema.Challenge
        ended = (session.used_at < now - session_idle) | (session.created_at < now - session_most)
        session.delete().where(ended).execute(self._database)
        old = (challenge.expires_at < now) & (challenge.created_at < now - KEPT_SECONDS)
        challenge.delete().where(old).execute(self._database)
