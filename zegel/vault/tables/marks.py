"""What the database knows of itself and of its key ring. What changes rows is to be called inside a transaction."""

from __future__ import annotations

import peewee

from zegel.vault.tables.mark_schema import DayMark, Mark
from zegel.vault.tables.prepared import Prepared, insert

_DAY = Prepared(DayMark.select(DayMark.mark).where(DayMark.day == "2027-01-15"), "2027-01-15")


class Marks:
    """Short texts by name, and a mark for the key of each day."""

    def __init__(self, database: peewee.Database) -> None:
        self._database = database

    def get(self, name: str) -> str:
        """The text of that name, "" when there is none."""
        row = Mark.select(Mark.value).where(Mark.name == name).tuples().execute(self._database)
        return next((str(value) for (value,) in row), "")

    def set(self, name: str, value: str) -> None:
        Mark.delete().where(Mark.name == name).execute(self._database)
        insert(self._database, Mark, name=name, value=value)

    def begin(self, name: str, value: str) -> str:
        """Sets a text that is set once; returns the one that is there from then on."""
        insert(self._database, Mark, or_ignore=True, name=name, value=value)
        return self.get(name)

    def day(self, day: str) -> bytes | None:
        """The mark of the key of a day: None when it never had one, empty when it was destroyed."""
        return next((bytes(row["mark"]) for row in _DAY.rows(self._database, day)), None)

    def days(self, since: str) -> dict[str, bytes]:
        """The marks of the keys of `since` and later that were not destroyed."""
        query = DayMark.select(DayMark.day, DayMark.mark).where((DayMark.day >= since) & (DayMark.mark != b""))
        return {day: bytes(mark) for day, mark in query.tuples().execute(self._database)}

    def public(self, day: str) -> bytes:
        """The public half of a day, as it was vouched for; empty when there is none."""
        query = DayMark.select(DayMark.public).where(DayMark.day == day)
        return next((bytes(public) for (public,) in query.tuples().execute(self._database)), b"")

    def publish(self, day: str, public: bytes) -> bool:
        """Notes the public half of a day whose key is noted; False when it was so already."""
        here = (DayMark.day == day) & (DayMark.mark != b"") & (DayMark.public != public)
        return bool(DayMark.update(public=public).where(here).execute(self._database))

    def add_day(self, day: str, mark: bytes) -> bytes:
        """Notes the key of a day, unless one is noted already; returns the mark that is there from then on."""
        insert(self._database, DayMark, or_ignore=True, day=day, mark=mark)
        return self.day(day) or b""

    def destroyed(self, day: str) -> None:
        """Notes that the key of a day is no more, so that no other is ever made for it."""
        DayMark.delete().where(DayMark.day == day).execute(self._database)
        insert(self._database, DayMark, day=day, mark=b"")

    def forget_day(self, day: str) -> None:
        """Lets another key be made for a day: a person said that the one it had is lost."""
        DayMark.delete().where(DayMark.day == day).execute(self._database)
