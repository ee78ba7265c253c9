"""The tables of direct delivery; see zegel/vault/tables/schema.py."""

from __future__ import annotations

import peewee


class Direct(peewee.Model):
    """A delivery that may go directly: by which `proofs`, and how far it is.

    `attempt` counts what was handed to Postfix, `handed_at` is when, 0 while nothing is on its way; `sure` says that
    Postfix took it. `proof` is the one that the attempt stands on.
    """

    delivery = peewee.BigIntegerField(primary_key=True)
    message = peewee.BigIntegerField(index=True)
    domain = peewee.TextField()
    proofs = peewee.TextField()
    began_at = peewee.DoubleField()
    attempt = peewee.IntegerField(default=0)
    handed_at = peewee.DoubleField(default=0)
    sure = peewee.BooleanField(default=False)
    proof = peewee.TextField(default="")

    class Meta:
        table_name = "direct"


class DirectCount(peewee.Model):
    """What became of direct deliveries to a domain: `outcome` is the proof, or "notified" for what was not delivered.

    `last` is the mail server of the last one, or why it was notified. Written with the event, so that a report reads
    domains and not the whole audit log.
    """

    domain = peewee.TextField()
    outcome = peewee.TextField()
    times = peewee.IntegerField(default=0)
    first_at = peewee.DoubleField()
    last_at = peewee.DoubleField()
    last = peewee.TextField(default="")

    class Meta:
        table_name = "direct_count"
        primary_key = peewee.CompositeKey("domain", "outcome")
