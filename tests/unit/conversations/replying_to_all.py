"""A house where recipients may reply to each other, and a Postfix with our milter behind its filters."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.support.cast import OTHER, RECIPIENT, SENDER, build
from tests.support.level2 import SETTINGS, FakePostfix, Level2
from tests.support.shipped import shipped_rules
from tests.unit.conversations.replying import written
from zegel.conversations.replies import Replied, Upload
from zegel.delivery_error import DeliveryError
from zegel.errors import Refused
from zegel.intake import Intake
from zegel.mail.envelope import Envelope
from zegel.message.reader import Reader
from zegel.policy.language.load import Rules
from zegel.vault.tables.records import Delivery
from zegel_courier.composer import Composer
from zegel_courier.mail_lane import Mails

THIRD = "omar@derde.example"
RULES = shipped_rules()
TO_THREE = written(
    f"From: Anna de Boer <{SENDER}>", f"To: Jan Jansen <{RECIPIENT}>, Eva <{OTHER}>", f"Cc: Omar <{THIRD}>",
    "Subject: uitslag", "Message-ID: <eerste.1@kliniek.example>",
)  # fmt: skip


@dataclass
class Listener(FakePostfix):
    """The ordinary listener: asks the milter about each mail, as Postfix does, and answers as that says."""

    intake: Intake | None = None
    lost: bool = False
    """Whether the connection is lost when the milter has answered."""
    filtered: Callable[[bytes], bytes] = field(default=lambda mail: mail)

    def send(self, sender: str, recipient: str, mail: bytes, *_: object) -> str:
        queue_id = super().send(sender, recipient, mail)
        envelope = Envelope(queue_id, sender, (recipient,))
        try:
            if self.intake and (reply := self.intake.reply_to_all(envelope)):
                self.intake.share(reply, envelope, self.filtered(mail))
        except Refused as refused:
            raise DeliveryError(permanent=True, status=refused.status, answer="no") from None
        if self.lost:
            raise DeliveryError(permanent=False, status="4.4.1", answer="lost", unsure=True)
        return queue_id


class Circle:
    """Anna wrote to several people outside, who may answer each other."""

    def __init__(self, level2: Level2, reader: Reader) -> None:
        self.level2 = level2
        self.core = level2.core
        self.store = level2.store
        self.reader = reader
        self.rules: Rules = RULES
        self.listener = Listener(intake=Intake(level2.core, reader, lambda: self.rules))
        level2.mails = Mails(level2.core, Composer(level2.core), level2.postfix, self.listener)

    def seal(self, *recipients: str, raw: bytes = TO_THREE, allowed: bool | None = True, **more: Any) -> list[Delivery]:
        """The deliveries of a message, in the order of `recipients`; `allowed` is what its sender chooses."""
        made = self.level2.built.seal(*(recipients or (RECIPIENT, OTHER, THIRD)), raw=raw, **more)
        if allowed is not None:
            self.store.write(lambda: self.store.replies.allow_to_all(made[0].message_id, allowed))
        return made

    def others(self, delivery: Delivery) -> list[str]:
        return [each.address for each in self.core.replies.others(self.level2.now(delivery))]

    def send(self, delivery: Delivery, *to: str, text: str = "Dank u wel", files: tuple[Upload, ...] = ()) -> int:
        answer = self.core.replies.send(delivery, to, text, files)
        assert isinstance(answer, Replied), answer
        return answer.reply_id

    def recall(self, delivery: Delivery) -> None:
        message = self.store.message(delivery.message_id)
        assert message is not None
        self.core.sender.recall(message, delivery.id)

    def stop(self, delivery: Delivery) -> None:
        """Its recipient says that it is not for them."""
        self.core.feedback.not_mine(delivery, "person")

    def became(self, reply: int) -> dict[str, str]:
        return {each.address: f"{each.state} {each.why}".strip() for each in self.store.replies.addressees(reply)}

    def shared(self, delivery: Delivery) -> list[Delivery]:
        """The deliveries of replies to all in the conversation of `delivery`, the newest last."""
        message = self.store.message(delivery.message_id)
        assert message is not None
        said = [event for event in self.store.audit_log.events() if event.kind == "reply shared" and event.message]
        of = [shared for event in said if event.message and (shared := self.store.message(event.message))]
        mine = [each.id for each in of if each.conversation == message.conversation]
        return [each for id_ in mine for each in self.store.deliveries.of_message(id_)]


@contextmanager
def circle_in(folder: Path, reader: Reader, to_all: str = "sender", more: str = "") -> Iterator[Circle]:
    level2 = Level2(build(folder, f"{SETTINGS}replies: {{to_all: {to_all}{more}}}\n"))
    yield Circle(level2, reader)
    level2.core.close()
