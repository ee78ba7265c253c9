"""Who is signed in to the console, and with what they may sign in."""

from __future__ import annotations

import peewee


class ConsoleSession(peewee.Model):
    """A browser (by the hash of its cookie) that is signed in as `address`; at `strong_at` a passkey said so."""

    cookie_hash = peewee.BlobField(primary_key=True)
    address = peewee.TextField(index=True)
    created_at = peewee.DoubleField()
    used_at = peewee.DoubleField(index=True)
    strong_at = peewee.DoubleField(default=0)

    class Meta:
        table_name = "console_session"


class ConsoleChallenge(peewee.Model):
    """A password that was mailed, what a passkey is to sign, or the state that a provider is to bring back, for one
    browser; kept for a day, for the limits.

    `address` is a keyed hash where a stranger asked, and "" where passkey or provider is still to say who it is.
    Of a sign-on `browser` is the hash of a cookie of its own, and `salt` that of the session that it began in.
    """

    id = peewee.BigIntegerField(primary_key=True)
    kind = peewee.TextField()
    address = peewee.TextField(index=True)
    browser = peewee.BlobField(index=True)
    hash = peewee.BlobField()
    salt = peewee.BlobField(default=b"")
    created_at = peewee.DoubleField(index=True)
    expires_at = peewee.DoubleField()
    used_at = peewee.DoubleField(default=0)
    tries = peewee.IntegerField(default=0)

    class Meta:
        table_name = "console_challenge"
