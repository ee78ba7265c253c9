"""The database brought from the version it has to the one that this Zegel needs.

Version 1 did not note it, so 0 with tables is 1. Databases of a PostgreSQL server began with version 14: what brings
them further has to run there too.
"""

from __future__ import annotations

from typing import Any

from zegel.errors import ForPeople
from zegel.mail.addresses import identity
from zegel.vault.engines.engine import Engine
from zegel.vault.tables import schema
from zegel.vault.tables.rule_counts import count_rules

VERSION = 15

_TO_2 = (
    "ALTER TABLE message ADD COLUMN sender_link_hash BLOB",
    "CREATE UNIQUE INDEX message_sender_link_hash ON message (sender_link_hash)",
    "ALTER TABLE delivery ADD COLUMN address TEXT NOT NULL DEFAULT ''",
    "CREATE INDEX delivery_address ON delivery (address)",
    "ALTER TABLE delivery ADD COLUMN held_until REAL NOT NULL DEFAULT 0",
    "ALTER TABLE delivery ADD COLUMN locked_at REAL NOT NULL DEFAULT 0",
    "ALTER TABLE delivery ADD COLUMN stopped_at REAL NOT NULL DEFAULT 0",
    "ALTER TABLE delivery ADD COLUMN stopped_why TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE challenge ADD COLUMN kind TEXT NOT NULL DEFAULT 'password'",
    "ALTER TABLE challenge ADD COLUMN browser BLOB NOT NULL DEFAULT x''",
    "CREATE INDEX challenge_browser ON challenge (browser)",
    "ALTER TABLE challenge ADD COLUMN nonce BLOB NOT NULL DEFAULT x''",
    "ALTER TABLE challenge ADD COLUMN tries INTEGER NOT NULL DEFAULT 0",
)
"""Level 2. What version 1 had keeps its meaning: a delivery of level 1 needs no address, a challenge is a password."""

_TO_3 = (
    "ALTER TABLE message ADD COLUMN conversation INTEGER NOT NULL DEFAULT 0",
    "UPDATE message SET conversation = id",
    "ALTER TABLE message ADD COLUMN kind TEXT NOT NULL DEFAULT 'mail'",
    "ALTER TABLE message ADD COLUMN writer INTEGER NOT NULL DEFAULT 0",
    "CREATE INDEX message_writer ON message (writer)",
)
"""Replies and conversations. What was there before is a mail, and a conversation by itself."""

_ROOTED = ("session", "passkey", "device")
_TO_4 = (
    "ALTER TABLE {table} ADD COLUMN root INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE {table} ADD COLUMN root_at REAL NOT NULL DEFAULT 0",
    "CREATE INDEX {table}_root ON {table} (root)",
)
"""What sessions, devices and passkeys go back to; of those from before it is not known. An old database may not have
all of these tables yet, and then gets them whole."""


_TO_5 = (
    "DROP INDEX IF EXISTS message_expires_at",
    "DELETE FROM draft WHERE delivery IN (SELECT id FROM delivery WHERE state IN ('recalled', 'expired'))",
)
"""As fast when full, with the indexes and counts of the schema. Drafts now end with their delivery, not by upkeep."""

_TO_6 = (
    "ALTER TABLE delivery ADD COLUMN way TEXT NOT NULL DEFAULT 'password'",
    "UPDATE delivery SET way = 'sms' WHERE level > 1",
)
"""How a delivery is opened stands with it. Until then that was its level: a password, or from level 2 on a code."""


# Version 7 has direct delivery: tables of its own, and states that version 6 does not know.
# Version 8 has the tables `mark` and `day_mark`, made like any that is missing; version 7 would not keep them.
# Version 9 has the table `proof`, made in the same way, and messages of kind "write", which version 8 takes for mails.
# Version 10 has the table `agreed`, made in the same way, and a way in that version 9 does not know.

_TO_11 = (
    "ALTER TABLE message ADD COLUMN person TEXT",
    "DROP INDEX IF EXISTS message_conversation",
    "UPDATE message SET person = person_of(sender) WHERE kind = 'reply'",
    "ALTER TABLE delivery ADD COLUMN conversation INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE delivery ADD COLUMN person TEXT",
    "ALTER TABLE delivery ADD COLUMN sent_at REAL NOT NULL DEFAULT 0",
    "UPDATE delivery SET person = person_of(recipient), (conversation, sent_at) ="
    " (SELECT conversation, created_at FROM message WHERE message.id = delivery.message)"
    " WHERE message IN (SELECT id FROM message)",
    "UPDATE delivery SET person = NULL WHERE message IN (SELECT id FROM message WHERE kind = 'write')",
)
"""Conversations by recipient, in pages."""

_TO_12 = "ALTER TABLE addressee ADD COLUMN level INTEGER NOT NULL DEFAULT 0"
"""Replies to all, and the table `to_all`, made like any that is missing. Who got a reply until then was a colleague."""


_TO_13 = ("ALTER TABLE message ADD COLUMN subject_told INTEGER NOT NULL DEFAULT 0",)
"""What the milter has to know of a reply that is answered, as it cannot open the reply."""


_TO_14 = "ALTER TABLE day_mark ADD COLUMN public BLOB NOT NULL DEFAULT x''"
"""Public halves of days. Those of days that have a key are made by who opens them next."""


# Version 15 has the tables `host` and `handed_key`, made like any that is missing; version 14 would hand no keys on.

_HELD = "CREATE INDEX IF NOT EXISTS delivery_held ON delivery (held_until) WHERE state = 'held'"
"""Of those alone who wait for a number, so that they can be counted."""


class NewerDatabase(ForPeople):
    """The database was used by a newer Zegel; install that one again."""


def migrate(engine: Engine) -> None:
    """Makes the tables, or brings them to VERSION; whole or not at all, and once when several processes start.

    Raises NewerDatabase.
    """
    database: Any = engine.database
    with engine.migrating(VERSION), database.bind_ctx(schema.TABLES):
        version = engine.version() or int(database.table_exists("message"))
        if version > VERSION:
            raise NewerDatabase(
                f"the database has version {version}, and this Zegel knows up to {VERSION}: install the newer Zegel "
                "again"
            )
        if 0 < version < 11:
            database.register_function(_person_of, "person_of", 1)
        for step, statements in ((2, _TO_2), (3, _TO_3), (6, _TO_6), (11, _TO_11), (13, _TO_13)):
            for statement in statements if 0 < version < step else ():
                database.execute_sql(statement)
        for name in filter(database.table_exists, _ROOTED if 0 < version < 4 else ()):
            for statement in _TO_4:
                database.execute_sql(statement.format(table=name))
        if 0 < version < 12 and database.table_exists("addressee"):
            database.execute_sql(_TO_12)
        if 0 < version < 14 and database.table_exists("day_mark"):
            database.execute_sql(_TO_14)
        for table in schema.TABLES:
            table.create_table(safe=True)
        database.execute_sql(_HELD)
        if 0 < version < 5:
            for statement in _TO_5:
                database.execute_sql(statement)
            count_rules(database)
        # Always: a file that cannot be written has to be known at the start, not at the first mail.
        engine.note_version(VERSION)


def _person_of(address: str) -> str:
    return identity(address).text
