"""The table of the codes that senders and recipients agreed on."""

from __future__ import annotations

import peewee


class Agreed(peewee.Model):
    """The agreed code of an address, under the phone book's keyed hash of that address.

    `sealed` holds the address, the question, and the argon2id hash of the code with its salt. `given_by` is the address
    of who set it, or "administrator"; `used_at` is when it was set or last opened something. `failures` counts wrong
    tries at any message of the recipient; enough of them lock it at `locked_at`.
    """

    address_hash = peewee.BlobField(primary_key=True)
    sealed = peewee.BlobField()
    given_by = peewee.TextField()
    given_at = peewee.DoubleField()
    used_at = peewee.DoubleField()
    failures = peewee.IntegerField(default=0)
    locked_at = peewee.DoubleField(default=0)

    class Meta:
        table_name = "agreed"
