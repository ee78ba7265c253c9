"""The tables. Times are seconds since 1970 (0 is never), ids are 63-bit numbers that grow with time unless said so.

Models are bound to no database: each query runs on the one it is given. A change needs a step in migrations.py."""

from __future__ import annotations

import peewee

from zegel.vault.tables.agreed_schema import Agreed
from zegel.vault.tables.console_schema import ConsoleChallenge, ConsoleSession
from zegel.vault.tables.day_counts import DayCount
from zegel.vault.tables.host_schema import HandedKey, Host
from zegel.vault.tables.mark_schema import DayMark, Mark
from zegel.vault.tables.rule_count_schema import RuleCount
from zegel.vault.tables.rules_versions import RulesVersion
from zegel.vault.tables.schema_direct import Direct, DirectCount
from zegel.vault.tables.schema_threads import Addressee, Answer, Draft, Offered, Thread, ToAll
from zegel.vault.tables.schema_writing import Proof
from zegel.vault.tables.tallies import Tally


class Message(peewee.Model):
    """A sealed original; `wrapped_key` is its data key under the key of day `key_day`.

    `sender_link_hash` finds it by the link of the sender's page; messages of version 1, and replies, have none.
    `kind` is "mail", "reply" for what the recipient of the delivery `writer` wrote, or "write" for what they can write
    first from (zegel/conversations/writing.py). A mail with a `writer` brings such a reply to the other recipients
    (zegel/shared_replies.py). Mails and replies of one thread share their `conversation`: the id of the message that
    began it. Of a reply, `person` is who wrote it, as `identity` has them; NULL of a mail, and of who was erased.
    `subject_told` says that its subject may stand outside the opened message: the milter cannot open the headline,
    which says so too. Of what version 12 sealed that is not known.
    """

    id = peewee.BigIntegerField(primary_key=True)
    created_at = peewee.DoubleField()
    expires_at = peewee.DoubleField()
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
    sender_link_hash = peewee.BlobField(null=True, unique=True)
    conversation = peewee.BigIntegerField(default=0)
    kind = peewee.TextField(default="mail")
    writer = peewee.BigIntegerField(default=0, index=True)
    person = peewee.TextField(null=True)
    subject_told = peewee.BooleanField(default=False)

    class Meta:
        table_name = "message"
        indexes = (
            (("digest", "created_at"), False),
            (("shredded", "expires_at"), False),
            (("conversation", "person", "created_at", "id"), False),
        )


class Chunk(peewee.Model):
    """A sealed megabyte of an original."""

    message = peewee.BigIntegerField()
    position = peewee.IntegerField()
    sealed = peewee.BlobField()

    class Meta:
        table_name = "chunk"
        primary_key = peewee.CompositeKey("message", "position")


class Delivery(peewee.Model):
    """One recipient of a message.

    `way` is how it is opened, `address` the recipient as the phone book knows them. `failures` counts wrong passwords
    and codes in a row; enough wrong codes lock it at `locked_at`. A held delivery waits for a number or code until
    `held_until`. At `stopped_at` somebody said that the number, or the mail, is not theirs.

    `conversation` and `sent_at` are those of the message, and `person` is the recipient as `identity` has them: the
    index by these finds a page of what one recipient sees of a conversation, and has all that such a list asks.
    `person` is NULL where nobody is to find it: what a recipient writes first from, and who was erased.
    """

    id = peewee.BigIntegerField(primary_key=True)
    message = peewee.BigIntegerField(index=True)
    recipient = peewee.TextField()
    level = peewee.SmallIntegerField()
    way = peewee.TextField(default="password")
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
    address = peewee.TextField(default="", index=True)
    held_until = peewee.DoubleField(default=0)
    locked_at = peewee.DoubleField(default=0)
    stopped_at = peewee.DoubleField(default=0)
    stopped_why = peewee.TextField(default="")
    conversation = peewee.BigIntegerField(default=0)
    person = peewee.TextField(null=True)
    sent_at = peewee.DoubleField(default=0)

    class Meta:
        table_name = "delivery"
        indexes = ((("conversation", "person", "sent_at", "id", "level", "state"), False),)


class Challenge(peewee.Model):
    """A password or code that was sent, or what a passkey is to sign; kept for a day, because the limits count it.

    A password has its `hash`. A code follows from its `nonce`, counts wrong `tries` and works only in the browser
    (by the hash of its cookie) that asked for it. So does what a passkey signs, kept as its `hash`.
    """

    id = peewee.BigIntegerField(primary_key=True)
    delivery = peewee.BigIntegerField(index=True)
    hash = peewee.BlobField()
    created_at = peewee.DoubleField(index=True)
    expires_at = peewee.DoubleField()
    used_at = peewee.DoubleField(null=True)
    kind = peewee.TextField(default="password")
    browser = peewee.BlobField(default=b"", index=True)
    nonce = peewee.BlobField(default=b"")
    tries = peewee.IntegerField(default=0)

    class Meta:
        table_name = "challenge"


class Session(peewee.Model):
    """A browser (by the hash of its cookie) that has unlocked a delivery.

    `root` is the delivery whose password or code this goes back to, and `root_at` when that was typed. Devices and
    passkeys have the same of the session that they were made in, and hand it on to what they open.
    """

    cookie_hash = peewee.BlobField()
    delivery = peewee.BigIntegerField(index=True)
    created_at = peewee.DoubleField(index=True)
    used_at = peewee.DoubleField(index=True)
    root = peewee.BigIntegerField(default=0, index=True)
    root_at = peewee.DoubleField(default=0)

    class Meta:
        table_name = "session"
        primary_key = peewee.CompositeKey("cookie_hash", "delivery")


class Phone(peewee.Model):
    """The mobile number of an address, which is here only as a keyed hash; `sealed` holds both.

    `given_by` is the address of who gave it, or "administrator". `used_at` is when a code last went there.
    """

    address_hash = peewee.BlobField(primary_key=True)
    sealed = peewee.BlobField()
    given_by = peewee.TextField()
    given_at = peewee.DoubleField()
    used_at = peewee.DoubleField()
    changed_at = peewee.DoubleField()

    class Meta:
        table_name = "phone"


class Passkey(peewee.Model):
    """A public key that opens the messages of an address, up to the level of the session that it was made in.

    `owner` is a keyed hash of the address, `key_hash` finds it by the hash of the id that browsers know it by.
    `sealed` holds its name, that id and the public key; it is bound to the owner and the level.
    """

    id = peewee.BigIntegerField(primary_key=True)
    owner = peewee.BlobField(index=True)
    key_hash = peewee.BlobField(unique=True)
    level = peewee.SmallIntegerField()
    sealed = peewee.BlobField()
    sign_count = peewee.BigIntegerField()
    created_at = peewee.DoubleField()
    used_at = peewee.DoubleField(index=True)
    root = peewee.BigIntegerField(default=0, index=True)
    root_at = peewee.DoubleField(default=0)

    class Meta:
        table_name = "passkey"


class Person(peewee.Model):
    """What a recipient chose, sealed; their address is here only as a keyed hash.

    `used_at` is when they last chose something or opened a message.
    """

    address_hash = peewee.BlobField(primary_key=True)
    sealed = peewee.BlobField()
    used_at = peewee.DoubleField(index=True)

    class Meta:
        table_name = "person"


class Device(peewee.Model):
    """A browser that a recipient had remembered: by the hash of its cookie, for one address, up to a level.

    One cookie serves all addresses of a browser. `previous_hash` is the cookie before, which `rotated_at` replaced.
    `link_hash` finds it by the link in the mail about it; `sealed` says what kind of browser it is.
    """

    id = peewee.BigIntegerField(primary_key=True)
    address_hash = peewee.BlobField(index=True)
    cookie_hash = peewee.BlobField(index=True)
    previous_hash = peewee.BlobField(default=b"", index=True)
    rotated_at = peewee.DoubleField(default=0)
    link_hash = peewee.BlobField(unique=True)
    level = peewee.SmallIntegerField()
    created_at = peewee.DoubleField(index=True)
    used_at = peewee.DoubleField()
    sealed = peewee.BlobField()
    root = peewee.BigIntegerField(default=0, index=True)
    root_at = peewee.DoubleField(default=0)

    class Meta:
        table_name = "device"


class Text(peewee.Model):
    """An SMS that was asked for: what the limits count, and what came of it.

    `id` is that of its outbox row, `reference_hash` finds it by what the gateway calls it. `state` goes
    asked -> handing -> accepted -> delivered; from handing also failed (for good) or unsure (no answer).
    """

    id = peewee.BigIntegerField(primary_key=True)
    challenge = peewee.BigIntegerField(index=True)
    number_hash = peewee.BlobField()
    reference_hash = peewee.BlobField(unique=True)
    language = peewee.TextField()
    at = peewee.DoubleField(index=True)
    state = peewee.TextField(default="asked")

    class Meta:
        table_name = "sms"
        indexes = ((("number_hash", "at"), False),)


class Outbox(peewee.Model):
    """Something to send. `payload` is sealed and emptied when done; "" where the kind says it all.

    Its key is the message's data key; `message` 0 is of no message, and a key of its own (`Keys.notice`) seals it.
    """

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

    id = peewee.BigAutoField()
    at = peewee.DoubleField()
    kind = peewee.TextField()
    message = peewee.BigIntegerField(null=True, index=True)
    delivery = peewee.BigIntegerField(null=True)
    actor = peewee.TextField()
    details = peewee.TextField()
    hash = peewee.BlobField()

    class Meta:
        table_name = "event"


TABLES = (
    Message, Chunk, Delivery, Challenge, Session, Phone, Passkey, Person, Device, Text, Outbox, Thread, ToAll,
    Offered, Direct, DirectCount, Answer, Addressee, Draft, Event, RuleCount, Mark, DayMark, Tally,
    RulesVersion, ConsoleSession, ConsoleChallenge, DayCount, Proof, Agreed, Host, HandedKey,
)  # fmt: skip
