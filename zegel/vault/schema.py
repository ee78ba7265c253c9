"""The tables. Times are seconds since 1970, ids are random 63-bit numbers unless said otherwise.

Models are bound to no database: every query is executed on the one it is given.
"""

from __future__ import annotations

import peewee


class Message(peewee.Model):
    """A sealed original; `wrapped_key` is its data key under the key of day `key_day`."""

    id = peewee.BigIntegerField(primary_key=True)
    created_at = peewee.DoubleField()
    expires_at = peewee.DoubleField(index=True)
    key_day = peewee.TextField()
    wrapped_key = peewee.BlobField()
    sender = peewee.TextField()
    headline = peewee.BlobField()
    level = peewee.SmallIntegerField()
    scope = peewee.TextField()
    rules = peewee.TextField()
    size = peewee.BigIntegerField()
    digest = peewee.BlobField()
    shredded = peewee.BooleanField(default=False)

    class Meta:
        table_name = "message"
        indexes = ((("digest", "created_at"), False),)


class Chunk(peewee.Model):
    """A sealed megabyte of an original."""

    message = peewee.BigIntegerField()
    position = peewee.IntegerField()
    sealed = peewee.BlobField()

    class Meta:
        table_name = "chunk"
        primary_key = peewee.CompositeKey("message", "position")


class Delivery(peewee.Model):
    """One recipient of a message; `link_hash` finds it by its link, `failures` counts wrong passwords."""

    id = peewee.BigIntegerField(primary_key=True)
    message = peewee.BigIntegerField(index=True)
    recipient = peewee.TextField()
    level = peewee.SmallIntegerField()
    state = peewee.TextField()
    language = peewee.TextField()
    link_hash = peewee.BlobField(unique=True)
    generation = peewee.IntegerField(default=0)
    salt = peewee.BlobField()
    failures = peewee.IntegerField(default=0)
    paused_until = peewee.DoubleField(default=0)
    first_opened_at = peewee.DoubleField(null=True)
    last_opened_at = peewee.DoubleField(null=True)
    times_opened = peewee.IntegerField(default=0)

    class Meta:
        table_name = "delivery"


class Challenge(peewee.Model):
    """A password that was sent; kept for a day after its end, because the limits count it."""

    id = peewee.BigIntegerField(primary_key=True)
    delivery = peewee.BigIntegerField(index=True)
    hash = peewee.BlobField()
    created_at = peewee.DoubleField()
    expires_at = peewee.DoubleField()
    used_at = peewee.DoubleField(null=True)

    class Meta:
        table_name = "challenge"


class Session(peewee.Model):
    """A browser (by the hash of its cookie) that has unlocked a delivery."""

    cookie_hash = peewee.BlobField()
    delivery = peewee.BigIntegerField()
    created_at = peewee.DoubleField()
    used_at = peewee.DoubleField()

    class Meta:
        table_name = "session"
        primary_key = peewee.CompositeKey("cookie_hash", "delivery")


class Outbox(peewee.Model):
    """Something to send. `payload` is sealed with the message's data key and emptied when done."""

    id = peewee.BigIntegerField(primary_key=True)
    kind = peewee.TextField()
    unique_key = peewee.TextField(unique=True)
    message = peewee.BigIntegerField(index=True)
    delivery = peewee.BigIntegerField()
    payload = peewee.BlobField()
    state = peewee.TextField()
    created_at = peewee.DoubleField()
    attempts = peewee.IntegerField(default=0)
    next_try = peewee.DoubleField()
    lease_until = peewee.DoubleField(default=0)
    owner = peewee.TextField(default="")
    error = peewee.TextField(default="")

    class Meta:
        table_name = "outbox"
        indexes = ((("state", "next_try"), False),)


class Event(peewee.Model):
    """Who did what when, never content; each event carries the hash of the one before."""

    id = peewee.AutoField()
    at = peewee.DoubleField()
    kind = peewee.TextField()
    message = peewee.BigIntegerField(null=True, index=True)
    delivery = peewee.BigIntegerField(null=True)
    actor = peewee.TextField()
    details = peewee.TextField()
    hash = peewee.BlobField()

    class Meta:
        table_name = "event"


TABLES = (Message, Chunk, Delivery, Challenge, Session, Outbox, Event)
