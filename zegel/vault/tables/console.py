"""The queries behind signing in to the console. What changes rows is to be called inside a transaction."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import peewee

from zegel.vault.tables.console_schema import ConsoleChallenge as Challenge
from zegel.vault.tables.console_schema import ConsoleSession as Session

What = Literal["password", "passkey", "new passkey", "sign-on"]
KEPT_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class OfficerSession:
    """A browser that is signed in."""

    address: str
    created_at: float
    used_at: float
    strong_at: float


@dataclass(frozen=True, slots=True)
class Asked:
    """What a browser was asked for."""

    id: int
    address: str
    hash: bytes = field(repr=False)
    salt: bytes = field(repr=False)
    tries: int
    created_at: float


class ConsoleTable:
    """Sessions and challenges of the console."""

    def __init__(self, database: Any) -> None:
        self._database = database

    # Sessions.

    def session(self, cookie_hash: bytes) -> OfficerSession | None:
        query = Session.select(Session.address, Session.created_at, Session.used_at, Session.strong_at)
        rows = query.where(Session.cookie_hash == cookie_hash).tuples().execute(self._database)
        return next((OfficerSession(*row) for row in rows), None)

    def begin(self, cookie_hash: bytes, address: str, now: float, strong_at: float, began_at: float) -> None:
        Session.insert(
            cookie_hash=cookie_hash, address=address, created_at=began_at, used_at=now, strong_at=strong_at
        ).execute(self._database)

    def seen(self, cookie_hash: bytes, now: float) -> None:
        Session.update(used_at=now).where(Session.cookie_hash == cookie_hash).execute(self._database)

    def end(self, cookie_hash: bytes) -> bool:
        return bool(Session.delete().where(Session.cookie_hash == cookie_hash).execute(self._database))

    def end_all(self, address: str) -> int:
        return int(Session.delete().where(Session.address == address).execute(self._database))

    # What is asked of a browser.

    def ask(
        self, what: What, id_: int, address: str, browser: bytes, hash_: bytes, salt: bytes, now: float, until: float
    ) -> None:
        """Remembers what was asked, and forgets what no limit counts any more."""
        Challenge.delete().where(Challenge.created_at < now - KEPT_SECONDS).execute(self._database)
        Session.delete().where(Session.used_at < now - KEPT_SECONDS).execute(self._database)
        Challenge.insert(
            id=id_, kind=what, address=address, browser=browser, hash=hash_, salt=salt, created_at=now, expires_at=until
        ).execute(self._database)

    def asked(self, what: What, address: str, since: float) -> int:
        """How many challenges of a kind an address had since a moment."""
        return int(self._made(what, address, since).count(self._database))

    def asked_by(self, what: What, beginning: str, since: float) -> int:
        """How many all addresses with this beginning had."""
        mine = (Challenge.kind == what) & (Challenge.created_at > since)
        begins = peewee.fn.SUBSTR(Challenge.address, 1, len(beginning)) == beginning
        return int(Challenge.select().where(mine & begins).count(self._database))

    def missed(self, what: What, address: str, since: float) -> int:
        """How many answers to these were wrong."""
        tries = self._made(what, address, since).select(peewee.fn.SUM(Challenge.tries))
        return int(tries.scalar(self._database) or 0)

    def live(self, what: What, browser: bytes, now: float, hash_: bytes | None = None) -> Asked | None:
        """The newest unused challenge of a browser, or the one with a hash; None when it is over."""
        good = (
            (Challenge.browser == browser) & (Challenge.kind == what)
            & (Challenge.used_at == 0) & (Challenge.expires_at > now)
        )  # fmt: skip
        if hash_ is not None:
            good &= Challenge.hash == hash_
        made = Challenge.created_at
        query = Challenge.select(Challenge.id, Challenge.address, Challenge.hash, Challenge.salt, Challenge.tries, made)
        rows = query.where(good).order_by(made.desc()).limit(1).tuples().execute(self._database)
        return next((Asked(id_, of, bytes(hash_), bytes(salt), *rest) for id_, of, hash_, salt, *rest in rows), None)

    def use(self, challenge_id: int, now: float) -> None:
        Challenge.update(used_at=now).where(Challenge.id == challenge_id).execute(self._database)

    def miss(self, challenge_id: int) -> None:
        Challenge.update(tries=Challenge.tries + 1).where(Challenge.id == challenge_id).execute(self._database)

    def end_challenges(self, address: str, now: float) -> None:
        """Ends what an address was asked for and has not answered."""
        mine = (Challenge.address == address) & (Challenge.used_at == 0)
        Challenge.update(used_at=now).where(mine).execute(self._database)

    def _made(self, what: What, address: str, since: float) -> Any:
        mine = (Challenge.address == address) & (Challenge.kind == what) & (Challenge.created_at > since)
        return Challenge.select().where(mine)
