"""The tables of the hosts that share a database of a server; in a file of SQLite they stay empty."""

from __future__ import annotations

import peewee


class Host(peewee.Model):
    """A machine with a key ring of its own. Its `id` stands in that ring.

    `public` is the public half that day keys are handed to it by, vouched for with the master key. `wants` says that
    it lacks keys. `seen` is when its courier gave a sign last, by the server's date, and `ahead` by how many seconds
    its own date was ahead of that. `run` is that courier.
    """

    id = peewee.TextField(primary_key=True)
    name = peewee.TextField()
    public = peewee.BlobField()
    wants = peewee.BooleanField(default=True)
    seen = peewee.DoubleField(default=0)
    ahead = peewee.DoubleField(default=0)
    version = peewee.TextField(default="")
    run = peewee.TextField(default="")

    class Meta:
        table_name = "host"


class HandedKey(peewee.Model):
    """The key of a day on its way to a host, which alone can open it, and which removes it."""

    host = peewee.TextField()
    day = peewee.TextField()
    sealed = peewee.BlobField()

    class Meta:
        table_name = "handed_key"
        primary_key = peewee.CompositeKey("host", "day")
