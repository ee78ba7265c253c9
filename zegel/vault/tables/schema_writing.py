"""The table of who is about to write first. See schema.py."""

from __future__ import annotations

import peewee


class Proof(peewee.Model):
    """A password that was asked for, to prove an address; kept for a day, because the limits count it.

    The password follows from `nonce` and works only in the browser (by the hash of its cookie) that asked for it.
    `sealed` holds the address, and to whom they want to write. A `muted` one looks the same from outside, and no mail
    goes out: its address has had enough of them.
    """

    id = peewee.BigIntegerField(primary_key=True)
    browser = peewee.BlobField(index=True)
    nonce = peewee.BlobField()
    sealed = peewee.BlobField()
    created_at = peewee.DoubleField(index=True)
    expires_at = peewee.DoubleField()
    used_at = peewee.DoubleField(default=0)
    tries = peewee.IntegerField(default=0)
    muted = peewee.BooleanField(default=False)

    class Meta:
        table_name = "proof"
