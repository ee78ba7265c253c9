"""A message that can be answered, who answers it, and the mail that comes of it."""

from __future__ import annotations

import email
import email.policy
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Any

from tests.support.cast import COLLEAGUE, OTHER, RECIPIENT, SENDER
from tests.support.level2 import Level2
from zegel.conversations.replies import Replied, Upload
from zegel.vault.tables.records import Addressee, Delivery

FIRST_ID = "<eerste.1@kliniek.example>"
GONE = "weg@kliniek.example"


def written(*headers: str, body: str = "BSN 111222333") -> bytes:
    """A mail with these fields; the usual ones when none are given."""
    usual = (
        f"From: Anna de Boer <{SENDER}>",
        f"To: Jan Jansen <{RECIPIENT}>, Eva <{OTHER}>",
        f"Cc: Bram <{COLLEAGUE}>",
        "Subject: uitslag",
        f"Message-ID: {FIRST_ID}",
    )
    return "\r\n".join([*(headers or usual), "", body, ""]).encode()


@dataclass
class Answering:
    """A house with its courier, and a delivery to write back from."""

    level2: Level2

    def seal(self, raw: bytes = b"", recipient: str = RECIPIENT, **more: Any) -> Delivery:
        (delivery,) = self.level2.built.seal(recipient, raw=raw or written(), **more)
        return delivery

    def send(
        self, delivery: Delivery, text: str = "Dank u wel", to: tuple[str, ...] = (), files: tuple[Upload, ...] = ()
    ) -> int:
        """Replies; the id."""
        answer = self.level2.core.replies.send(delivery, to, text, files)
        assert isinstance(answer, Replied), answer
        return answer.reply_id

    def mail(self, delivery: Delivery, reply: int) -> EmailMessage:
        """The reply as the addressees get it, by another reader than ours."""
        raw = self.level2.core.replies.original(delivery, reply)
        return email.message_from_bytes(raw, policy=email.policy.default)

    def addressees(self, reply: int) -> tuple[Addressee, ...]:
        return self.level2.store.replies.addressees(reply)

    def became(self, reply: int) -> dict[str, str]:
        """What became of a reply for each addressee."""
        return {each.address: f"{each.state} {each.why}".strip() for each in self.addressees(reply)}


def text_of(mail: EmailMessage, kind: str = "plain") -> str:
    body = mail.get_body((kind,))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n")
