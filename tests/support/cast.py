"""The fixed cast of the tests, and a house of the real core on disk with a clock that is set by hand."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zegel.conversations.message_ids import answered, message_ids, thread_hash
from zegel.core import Core, open_core
from zegel.crypto import fingerprint
from zegel.database_address import Address
from zegel.message.mime.tree import parse
from zegel.recipients.holds import ask_for_numbers, held_until
from zegel.settings.model import load_settings
from zegel.unlock.access import link_token, sender_token
from zegel.vault.ids import new_id
from zegel.vault.keys import write_master_key, write_sealing_key
from zegel.vault.store import Store
from zegel.vault.tables import schema
from zegel.vault.tables.records import Delivery, DeliveryState, NewDelivery, NewMessage
from zegel.way_names import way_of

SENDER = "anna@kliniek.example"
COLLEAGUE = "bram@kliniek.example"
RECIPIENT = "jan@post.example"
OTHER = "eva@elders.example"
NOW = 1_800_000_000.0
ORIGINAL = b"From: Anna de Boer <anna@kliniek.example>\r\nSubject: uitslag\r\n\r\nBSN 111222333\r\n"

SETTINGS = """\
organisation: {name: De Kliniek}
domains: [kliniek.example]
rules: rules.yaml
portal: {url: "http://127.0.0.1:8080"}
storage: {database: zegel.db, keyring: keyring.db, spool: spool, master_key: master.key}
"""


def set_state(store: Store, delivery_id: int, state: DeliveryState) -> None:
    """Sets only the state of a delivery, inside a write; the product never does that alone."""
    table = schema.Delivery
    table.update(state=state).where(table.id == delivery_id).execute(store.database)


def join(store: Store, conversation: int, *messages: int) -> None:
    """Puts messages into a conversation by hand, for tests whose mails have no thread of their own."""
    for table, mine in (
        (schema.Message, schema.Message.id.in_(messages)),
        (schema.Delivery, schema.Delivery.message.in_(messages)),
    ):
        table.update(conversation=conversation).where(mine).execute(store.database)


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self, now: float = NOW) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now

    def pass_(self, seconds: float) -> None:
        self.now += seconds


@dataclass(frozen=True)
class Built:
    """A house, the folder it is in, and its clock."""

    core: Core
    folder: Path
    clock: Clock

    def link(self, delivery: Delivery) -> str:
        return link_token(self.core.vault.keys.link, delivery.id, delivery.generation)

    def seal(self, *recipients: str, **words: Any) -> list[Delivery]:
        """Seals a message to `recipients` the way the intake does; `words` are those of `sealed`."""
        new = self.sealed(*recipients, **words)
        self.add(new)
        found = [self.core.vault.store.delivery(each.id) for each in new.deliveries]
        return [delivery for delivery in found if delivery is not None]

    def sealed(
        self,
        *recipients: str,
        raw: bytes = ORIGINAL,
        digest: bytes = b"",
        days: int = 30,
        level: int = 1,
        sender: str = SENDER,
        subject: str = "uitslag",
        proofs: tuple[str, ...] = (),
        release: int = 0,
    ) -> NewMessage:
        """A message to `recipients`, to be stored; another `subject` is one that may not be told."""
        vault, now = self.core.vault, self.clock()
        message_id = new_id(now)
        expires_at = now + days * 86_400
        key, head = vault.new_data_key(message_id, expires_at), parse(raw)
        ids = {recipient: new_id(now) for recipient in recipients}
        headline = {
            "name": "Anna de Boer",
            "subject": subject,
            "reason": {"nl": "Burgerservicenummer", "en": "Citizen service number"},
            "sample": "111••••33",
            "hide_subject": subject != "uitslag",
            "removed_words": [],
            "withheld_parts": [],
            "release": release,
        }
        return NewMessage(
            id=message_id, expires_at=expires_at, key_day=key.day, wrapped_key=key.wrapped, sender=sender,
            headline=key.seal(json.dumps(headline).encode(), "headline"), level=level, scope="message",
            rules=("bsn",), size=len(raw), digest=digest or secrets.token_bytes(32), recognised_for=86_400,
            chunks=key.seal_original(raw),
            deliveries=tuple(
                NewDelivery(
                    id=id_, recipient=recipient, level=level, way=way_of(level), language="nl",
                    link_hash=fingerprint(link_token(vault.keys.link, id_, 0)), salt=secrets.token_bytes(16),
                    address=recipient.lower() if level > 1 else "",
                    phone_hash=self.core.phonebook.key(recipient) if level > 1 else b"",
                    proofs=proofs,
                )
                for recipient, id_ in ids.items()
            ),
            sender_link_hash=fingerprint(sender_token(vault.keys.link, message_id)),
            thread=next((thread_hash(vault.keys.lookup, each) for each in message_ids(head, "message-id")), b""),
            answers=tuple(thread_hash(vault.keys.lookup, each) for each in answered(head)),
        )  # fmt: skip

    def add(self, *messages: NewMessage) -> None:
        """Stores messages in one transaction."""
        store, now = self.core.vault.store, self.clock()

        def add() -> None:
            for new in messages:
                store.add_message(new, now, held_until(now, new.expires_at))
                ask_for_numbers(store, new.id, now)

        store.write(add)

    def passwords_sent(self) -> list[str]:
        """The passwords in the outbox, oldest first."""
        vault = self.core.vault
        items = [item for item in vault.store.outbox.list(["due"]) if item.kind == "password"]
        return [vault.payload(i.id, i.message_id, i.payload, self.clock())["password"] for i in items]


def elsewhere(folder: Path) -> Address | None:
    """Where the house in a folder has its database, when that is not in it; replaced in tests of other engines."""
    return None


def build(folder: Path, more: str = "") -> Built:
    """A fresh house in `folder`; `more` goes into its settings."""
    clock = Clock()
    if not (folder / "master.key").exists():
        write_master_key(folder / "master.key")
        write_sealing_key(folder / "sealing.key", folder / "master.key")
        server = elsewhere(folder)
        own = SETTINGS if server is None else SETTINGS.replace("database: zegel.db", f'database: "{server.url}"')
        (folder / "zegel.yaml").write_text(own + more, encoding="utf-8")
    settings = load_settings(folder / "zegel.yaml")
    return Built(open_core(settings, clock), folder, clock)
