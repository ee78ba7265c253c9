"""The tables of conversations: what belongs to which, replies to whom, and what is being written. See schema.py."""

from __future__ import annotations

import peewee


class Thread(peewee.Model):
    """The conversation of a message, found by the keyed hash of its Message-ID."""

    hash = peewee.BlobField(primary_key=True)
    message = peewee.BigIntegerField(index=True)
    conversation = peewee.BigIntegerField()

    class Meta:
        table_name = "thread"


class Offered(peewee.Model):
    """A message whose answer surely never reached Postfix, which so may offer it again."""

    message = peewee.BigIntegerField(primary_key=True)

    class Meta:
        table_name = "offered"


class Addressee(peewee.Model):
    """One person to whom a reply goes. `state` is sending, sent or failed; `why` says why it failed, in one word.

    `level` is 0 for a colleague; of another recipient, the least level that they get it at.
    """

    message = peewee.BigIntegerField()
    position = peewee.IntegerField()
    address = peewee.TextField()
    state = peewee.TextField(default="sending")
    why = peewee.TextField(default="")
    level = peewee.SmallIntegerField(default=0)

    class Meta:
        table_name = "addressee"
        primary_key = peewee.CompositeKey("message", "position")


class ToAll(peewee.Model):
    """Whether the sender of a message lets its recipients reply to each other; none says that nothing was chosen."""

    message = peewee.BigIntegerField(primary_key=True)
    allowed = peewee.BooleanField()

    class Meta:
        table_name = "to_all"


class Answer(peewee.Model):
    """An answer that was sealed lately: `hash` is keyed, over who answered whom. Kept for a day.

    What is limited of those who write first is counted here too (zegel/conversations/first_limits.py).
    """

    hash = peewee.BlobField()
    at = peewee.DoubleField(index=True)

    class Meta:
        table_name = "answer"
        indexes = ((("hash", "at"), False),)


class Draft(peewee.Model):
    """A reply that is being written, in one browser (by the hash of its cookie); sealed under the message's key."""

    delivery = peewee.BigIntegerField()
    browser = peewee.BlobField(index=True)
    message = peewee.BigIntegerField(index=True)
    sealed = peewee.BlobField()
    at = peewee.DoubleField()

    class Meta:
        table_name = "draft"
        primary_key = peewee.CompositeKey("delivery", "browser")
