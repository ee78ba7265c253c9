"""Passkeys, and what they are asked to sign, in the database."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import peewee

from zegel.vault.tables.schema import Challenge
from zegel.vault.tables.schema import Passkey as Table

UNUSED_SECONDS = 365 * 86_400
"""How long a passkey that nobody uses is kept."""

What = Literal["passkey", "new passkey"]
"""What a challenge is for: to open with a passkey, or to make one."""

_COLUMNS = (
    Table.id, Table.owner, Table.level, Table.sealed, Table.sign_count, Table.created_at, Table.used_at,
    Table.root, Table.root_at,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class StoredPasskey:
    """A passkey as it is stored."""

    id: int
    owner: bytes = field(repr=False)
    level: int
    sealed: bytes = field(repr=False)
    sign_count: int
    created_at: float
    used_at: float
    root: int = 0
    root_at: float = 0.0


class Passkeys:
    """The queries behind `zegel.passkeys`. What changes rows is to be called inside a transaction."""

    def __init__(self, database: peewee.Database) -> None:
        self._database = database

    # Passkeys.

    def of(self, owner: bytes) -> list[StoredPasskey]:
        """The passkeys of an address, oldest first."""
        return self._select(Table.owner == owner)

    def any(self, owner: bytes, level: int) -> bool:
        """Whether an address has one that opens messages of `level`."""
        good = (Table.owner == owner) & (Table.level >= level)
        return bool(Table.select(Table.id).where(good).exists(self._database))

    def find(self, key_hash: bytes) -> StoredPasskey | None:
        return next(iter(self._select(Table.key_hash == key_hash)), None)

    def add(self, new: StoredPasskey, key_hash: bytes) -> bool:
        """Adds a passkey; False when there is one with that id already, whose ever it is."""
        if self.find(key_hash):
            return False
        values = {column.name: getattr(new, column.name) for column in _COLUMNS}
        Table.insert(values | {"key_hash": key_hash}).execute(self._database)
        return True

    def used(self, passkey_id: int, sign_count: int, now: float) -> None:
        self._change(passkey_id, sign_count=sign_count, used_at=now)

    def reseal(self, passkey_id: int, sealed: bytes) -> None:
        self._change(passkey_id, sealed=sealed)

    def remove(self, passkey_id: int, owner: bytes) -> bool:
        """Removes a passkey; False when the address has none with that id."""
        mine = (Table.id == passkey_id) & (Table.owner == owner)
        return bool(Table.delete().where(mine).execute(self._database))

    def remove_all(self, owner: bytes, level: int = 1) -> int:
        """Removes the passkeys of an address that open messages of `level`; how many there were."""
        good = (Table.owner == owner) & (Table.level >= level)
        return int(Table.delete().where(good).execute(self._database))

    def remove_root(self, delivery_id: int, since: float) -> None:
        """Removes all that go back to a password or code of a delivery that was typed after `since`."""
        theirs = (Table.root == delivery_id) & (Table.root_at > since)
        Table.delete().where(theirs).execute(self._database)

    def clean(self, now: float) -> None:
        """Removes what nobody has used for a year."""
        Table.delete().where(Table.used_at < now - UNUSED_SECONDS).execute(self._database)

    # What they are to sign.

    def ask(self, what: What, id_: int, delivery: int, hash_: bytes, browser: bytes, now: float, until: float) -> None:
        """Remembers, by its hash, what a browser was asked to have signed."""
        Challenge.insert(
            id=id_, delivery=delivery, hash=hash_, created_at=now, expires_at=until, kind=what, browser=browser
        ).execute(self._database)

    def take(self, what: What, delivery: int, hash_: bytes, browser: bytes, now: float) -> int | None:
        """Uses a live challenge up; its id, or None when this browser has no such one."""
        live = (
            (Challenge.hash == hash_) & (Challenge.delivery == delivery) & (Challenge.kind == what)
            & (Challenge.browser == browser) & Challenge.used_at.is_null() & (Challenge.expires_at > now)
        )  # fmt: skip
        found = next(iter(Challenge.select(Challenge.id).where(live).tuples().execute(self._database)), None)
        if found is None:
            return None
        Challenge.update(used_at=now).where(Challenge.id == found[0]).execute(self._database)
        return int(found[0])

    def asked(self, what: What, delivery: int, since: float, *, wrong: bool = False) -> list[float]:
        """When a delivery's challenges since `since` were made, oldest first; with `wrong` those answered wrongly."""
        made = (Challenge.delivery == delivery) & (Challenge.kind == what) & (Challenge.created_at > since)
        made = made & (Challenge.tries > 0) if wrong else made
        query = Challenge.select(Challenge.created_at).where(made).order_by(Challenge.created_at)
        return [at for (at,) in query.tuples().execute(self._database)]

    def _change(self, passkey_id: int, **values: Any) -> None:
        Table.update(**values).where(Table.id == passkey_id).execute(self._database)

    def _select(self, condition: Any) -> list[StoredPasskey]:
        rows = Table.select(*_COLUMNS).where(condition).order_by(Table.created_at).dicts().execute(self._database)
        return [StoredPasskey(**row | {"owner": bytes(row["owner"]), "sealed": bytes(row["sealed"])}) for row in rows]
