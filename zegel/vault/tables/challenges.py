"""Passwords and codes that were sent, and browsers that got in, in the database."""

from __future__ import annotations

from typing import Any

import peewee

from zegel.vault.tables import schema
from zegel.vault.tables.prepared import Prepared
from zegel.vault.tables.records import Challenge, CodeChallenge, Root
from zegel.vault.tables.schema_threads import Draft

KEPT_SECONDS = 24 * 3600
"""How long an ended password is remembered: the daily limit counts it."""

_CODE = schema.Challenge
_CODE_COLUMNS = (
    _CODE.id, _CODE.delivery.alias("delivery_id"), _CODE.nonce, _CODE.browser, _CODE.created_at, _CODE.expires_at,
    _CODE.used_at, _CODE.tries,
)  # fmt: skip

_SESSION = Prepared(
    schema.Session.select(schema.Session.created_at, schema.Session.used_at).where(
        (schema.Session.cookie_hash == 1) & (schema.Session.delivery == 2)
    ),
    1,
    2,
)


class Challenges:
    """The queries behind the ways in and their sessions. What changes rows is to be called inside a transaction."""

    def __init__(self, database: peewee.Database) -> None:
        self._database = database

    def since(self, delivery_id: int, since: float) -> list[Challenge]:
        """The passwords of a delivery that were made after `since`, oldest first."""
        table = schema.Challenge
        query = (
            table.select(table.id, table.hash, table.created_at, table.expires_at, table.used_at)
            .where((table.delivery == delivery_id) & (table.created_at > since) & (table.kind == "password"))
            .order_by(table.created_at)
        )
        return [Challenge(row[0], bytes(row[1]), *row[2:]) for row in query.tuples().execute(self._database)]

    def add_challenge(self, id_: int, delivery_id: int, hash_: bytes, now: float, expires_at: float) -> None:
        schema.Challenge.insert(
            id=id_, delivery=delivery_id, hash=hash_, created_at=now, expires_at=expires_at
        ).execute(self._database)

    def code(self, challenge_id: int) -> CodeChallenge | None:
        return next(iter(self._codes(_CODE.id == challenge_id)), None)

    def codes(self, delivery_id: int) -> list[CodeChallenge]:
        """The codes of a delivery that are remembered, the newest first."""
        return self._codes((_CODE.delivery == delivery_id) & (_CODE.kind == "code"))

    def add_code(self, id_: int, delivery_id: int, nonce: bytes, browser: bytes, now: float, expires_at: float) -> None:
        schema.Challenge.insert(
            id=id_, delivery=delivery_id, hash=b"", created_at=now, expires_at=expires_at, kind="code", nonce=nonce,
            browser=browser,
        ).execute(self._database)  # fmt: skip

    def miss(self, challenge_id: int) -> None:
        """Counts a wrong try at a code."""
        _CODE.update(tries=_CODE.tries + 1).where(_CODE.id == challenge_id).execute(self._database)

    def miss_agreed(self, id_: int, delivery_id: int, browser: bytes, now: float) -> None:
        """Counts a browser's wrong try at an agreed code, which has no challenge of its own."""
        if not _CODE.update(tries=_CODE.tries + 1).where(_agreed(delivery_id, browser)).execute(self._database):
            schema.Challenge.insert(
                id=id_, delivery=delivery_id, hash=b"", created_at=now, expires_at=now, kind="agreed", browser=browser,
                tries=1,
            ).execute(self._database)  # fmt: skip

    def forgive_agreed(self, delivery_id: int, browser: bytes) -> int:
        """Forgets what a browser typed wrongly; returns how often that was."""
        tries = _CODE.select(peewee.fn.SUM(_CODE.tries)).where(_agreed(delivery_id, browser)).scalar(self._database)
        _CODE.delete().where(_agreed(delivery_id, browser)).execute(self._database)
        return int(tries or 0)

    def end_all(self, delivery_id: int, now: float) -> None:
        """Ends every password and code of a delivery."""
        live = (_CODE.delivery == delivery_id) & (_CODE.expires_at > now)
        _CODE.update(expires_at=now).where(live).execute(self._database)

    def last_made(self, delivery_id: int) -> float:
        """When the newest password or code of a delivery was made; 0 when none is remembered."""
        sent = (_CODE.delivery == delivery_id) & _CODE.kind.in_(("password", "code"))
        newest = _CODE.select(peewee.fn.MAX(_CODE.created_at)).where(sent)
        return float(newest.scalar(self._database) or 0)

    def shut(self, delivery_id: int) -> None:
        """Ends every session of a delivery."""
        table = schema.Session
        table.delete().where(table.delivery == delivery_id).execute(self._database)

    def open_at(self) -> list[tuple[int, str]]:
        """The deliveries that have sessions, each with its recipient. Few: a session lasts some hours."""
        session, delivery = schema.Session, schema.Delivery
        query = (
            delivery.select(delivery.id, delivery.recipient)
            .where(delivery.id.in_(session.select(session.delivery)))
            .tuples()
        )
        return [(id_, recipient) for id_, recipient in query.execute(self._database)]

    def use(self, challenge_id: int, now: float) -> bool:
        """Ends a password by its use; False when it was used already."""
        table = schema.Challenge
        fresh = (table.id == challenge_id) & table.used_at.is_null()
        return bool(table.update(used_at=now).where(fresh).execute(self._database))

    def end(self, challenge_id: int, now: float) -> None:
        """Ends a password before its time."""
        table = schema.Challenge
        table.update(expires_at=now).where(table.id == challenge_id).execute(self._database)

    def admit(self, old_hash: bytes | None, new_hash: bytes, delivery_id: int, now: float, root: Root) -> None:
        """Lets a browser in under a new cookie; what its old cookie had open, asked, and drafted moves along."""
        table = schema.Session
        if old_hash is not None:
            table.update(cookie_hash=new_hash).where(table.cookie_hash == old_hash).execute(self._database)
            _CODE.update(browser=new_hash).where(_CODE.browser == old_hash).execute(self._database)
            draft = Draft
            draft.update(browser=new_hash).where(draft.browser == old_hash).execute(self._database)
        row = {"cookie_hash": new_hash, "delivery": delivery_id, "created_at": now, "used_at": now}
        self._let_in(row | {"root": root.delivery, "root_at": root.at})

    def session(self, cookie_hash: bytes, delivery_id: int) -> tuple[float, float] | None:
        """When a browser got in and when it was last seen."""
        found = _SESSION.rows(self._database, cookie_hash, delivery_id)
        return (float(found[0]["created_at"]), float(found[0]["used_at"])) if found else None

    def root(self, cookie_hash: bytes, delivery_id: int) -> Root | None:
        """What the session of a browser goes back to; None when it has no session."""
        table = schema.Session
        here = (table.cookie_hash == cookie_hash) & (table.delivery == delivery_id)
        rows = table.select(table.root, table.root_at).where(here).tuples().execute(self._database)
        return next((Root(*row) for row in rows), None)

    def shut_root(self, delivery_id: int, since: float) -> None:
        """Ends every session that goes back to a password or code of a delivery typed after `since`."""
        table = schema.Session
        theirs = (table.root == delivery_id) & (table.root_at > since)
        table.delete().where(theirs).execute(self._database)

    def sessions_in(self, cookie_hash: bytes, conversation: int) -> list[tuple[int, float, float]]:
        """The deliveries of a conversation that a browser has opened, with when it got in and was last seen."""
        table, delivery, message = schema.Session, schema.Delivery, schema.Message
        query = (
            table.select(table.delivery, table.created_at, table.used_at)
            .join(delivery, on=(table.delivery == delivery.id))
            .join(message, on=(delivery.message == message.id))
            .where((table.cookie_hash == cookie_hash) & (message.conversation == conversation))
        )
        return list(query.tuples().execute(self._database))

    def join(self, cookie_hash: bytes, delivery_id: int, began: float, now: float, root: Root) -> None:
        """Lets a browser into another delivery, as part of a session that began before."""
        row = {"cookie_hash": cookie_hash, "delivery": delivery_id, "created_at": began, "used_at": now}
        self._let_in(row | {"root": root.delivery, "root_at": root.at})

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
        for ended in (session.used_at < now - session_idle, session.created_at < now - session_most):
            session.delete().where(ended).execute(self._database)
        old = (challenge.expires_at < now) & (challenge.created_at < now - KEPT_SECONDS)
        challenge.delete().where(old).execute(self._database)

    def _let_in(self, row: dict[str, Any]) -> None:
        """Adds a session, in the place of an older one of the same browser."""
        table = schema.Session
        rest = [table.created_at, table.used_at, table.root, table.root_at]
        table.insert(row).on_conflict(conflict_target=[table.cookie_hash, table.delivery], preserve=rest).execute(
            self._database
        )

    def _codes(self, condition: Any) -> list[CodeChallenge]:
        query = _CODE.select(*_CODE_COLUMNS).where(condition).order_by(_CODE.created_at.desc())
        rows = query.dicts().execute(self._database)
        return [CodeChallenge(**row | {"nonce": bytes(row["nonce"]), "browser": bytes(row["browser"])}) for row in rows]


def _agreed(delivery_id: int, browser: bytes) -> Any:
    return (_CODE.delivery == delivery_id) & (_CODE.browser == browser) & (_CODE.kind == "agreed")
