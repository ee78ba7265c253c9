"""The tables of what the database knows of itself; see zegel/vault/marks.py for the names."""

from __future__ import annotations

import peewee


class Mark(peewee.Model):
    """A short text that the database keeps about itself, such as which key ring belongs to it."""

    name = peewee.TextField(primary_key=True)
    value = peewee.TextField()

    class Meta:
        table_name = "mark"


class DayMark(peewee.Model):
    """Which key a day (YYYY-MM-DD) has: a hash keyed by it. Empty once the key was destroyed.

    `public` is the public half of the day's pair, vouched for; empty where nobody has made it yet.
    """

    day = peewee.TextField(primary_key=True)
    mark = peewee.BlobField()
    public = peewee.BlobField(default=b"")

    class Meta:
        table_name = "day_mark"
