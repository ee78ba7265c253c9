"""The hosts that share a database, and day keys on their way to them. What changes rows runs inside a transaction."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import peewee

from zegel.vault.tables.host_schema import HandedKey, Host
from zegel.vault.tables.prepared import insert


@dataclass(frozen=True, slots=True)
class KnownHost:
    """A host as the others know it; see the table for what each of these is."""

    id: str
    name: str
    public: bytes = field(repr=False)
    wants: bool
    seen: float
    ahead: float
    version: str
    run: str


class Hosts:
    """The queries of hosts."""

    def __init__(self, database: peewee.Database) -> None:
        self._database = database

    def all(self) -> list[KnownHost]:
        query = Host.select().order_by(Host.name, Host.id).dicts()
        return [KnownHost(**row | {"public": bytes(row["public"])}) for row in query.execute(self._database)]

    def get(self, host: str) -> KnownHost | None:
        return next((each for each in self.all() if each.id == host), None)

    def add(self, host: str, name: str, public: bytes) -> None:
        """Makes a host known, unless it is."""
        insert(self._database, Host, or_ignore=True, id=host, name=name, public=public, wants=True)

    def change(self, host: str, **values: Any) -> None:
        Host.update(**values).where(Host.id == host).execute(self._database)

    def forget(self, host: str) -> None:
        """Removes a host that does not come back."""
        for table, mine in ((Host, Host.id == host), (HandedKey, HandedKey.host == host)):
            table.delete().where(mine).execute(self._database)

    def hand(self, host: str, day: str, sealed: bytes) -> None:
        """Puts the key of a day where a host finds it."""
        self.taken(host, [day])
        insert(self._database, HandedKey, host=host, day=day, sealed=sealed)

    def handed(self, host: str) -> dict[str, bytes]:
        """What waits for a host, by the day."""
        query = HandedKey.select(HandedKey.day, HandedKey.sealed).where(HandedKey.host == host).tuples()
        return {day: bytes(sealed) for day, sealed in query.execute(self._database)}

    def taken(self, host: str, days: Iterable[str]) -> None:
        """Removes what a host has taken."""
        mine = (HandedKey.host == host) & HandedKey.day.in_(list(days))
        HandedKey.delete().where(mine).execute(self._database)

    def forget_before(self, day: str) -> None:
        """Removes the keys of days that are over, which nobody has taken."""
        HandedKey.delete().where(HandedKey.day < day).execute(self._database)
