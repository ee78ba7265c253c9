"""The versions of rules.yaml that were saved, in the database: who, when, why, and the text, sealed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import peewee


class RulesVersion(peewee.Model):
    """One saved text. `digest` is the SHA-256 of the file that was written."""

    id = peewee.BigAutoField()
    at = peewee.DoubleField()
    who = peewee.TextField()
    why = peewee.TextField()
    digest = peewee.TextField()
    sealed = peewee.BlobField()

    class Meta:
        table_name = "rules_version"


@dataclass(frozen=True, slots=True)
class Version:
    """A version without its text."""

    id: int
    at: float
    who: str
    why: str
    digest: str
    sealed: bytes = field(default=b"", repr=False)


_COLUMNS = (RulesVersion.id, RulesVersion.at, RulesVersion.who, RulesVersion.why, RulesVersion.digest)


class RulesVersions:
    """The queries of the versions. `add` is to be called inside a transaction."""

    def __init__(self, database: peewee.Database) -> None:
        self._database = database

    def add(self, at: float, who: str, why: str, digest: str, sealed: bytes) -> int:
        row = RulesVersion.insert(at=at, who=who, why=why, digest=digest, sealed=sealed)
        return int(row.execute(self._database))

    def newest_first(self, most: int = 500) -> Iterator[Version]:
        """Without their texts."""
        query = RulesVersion.select(*_COLUMNS).order_by(RulesVersion.id.desc()).limit(most)
        return (Version(*row) for row in query.tuples().execute(self._database))

    def one(self, number: int) -> Version | None:
        query = RulesVersion.select(*_COLUMNS, RulesVersion.sealed).where(RulesVersion.id == number)
        for id_, at, who, why, digest, sealed in query.tuples().execute(self._database):
            return Version(id_, at, who, why, digest, bytes(sealed))
        return None
