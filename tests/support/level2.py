"""A house that serves level 2, with a courier that is driven by hand and a gateway that does what it is told."""

from __future__ import annotations

import email
import email.policy
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from email.message import EmailMessage
from functools import partial
from pathlib import Path

from tests.support.cast import SENDER, Built, build
from zegel.sms.gateway import Message
from zegel.vault.tables.outbox_kinds import Lane
from zegel.vault.tables.records import Delivery, OutboxItem
from zegel_courier.composer import Composer
from zegel_courier.drain import LEASE
from zegel_courier.mail_lane import Mails
from zegel_courier.sms_lane import Texts
from zegel_courier.submission import always
from zegel_courier.upkeep import upkeep

NUMBER, OTHER_NUMBER = "+31612345954", "+31687654321"
BROWSER, OTHER_BROWSER = "cookie-of-jan", "cookie-of-somebody-else"
SETTINGS = """\
sms: {gateway: folder, folder: sms, daily_cap: 50, alarm: beheer@kliniek.example}
phones: {country: NL, allowed: [NL, BE, DE, FR, LU, GB]}
"""


class Killed(BaseException):
    """The courier dies here."""


def killed(*_: object) -> None:
    """A hook for a fake."""
    raise Killed


@dataclass
class FakeGateway:
    """Takes SMS, or fails the way it is told to; `before` runs when a request arrives, `after` when it is taken."""

    taken: list[Message] = field(default_factory=list)
    refusal: Exception | None = None
    before: Callable[[Message], object] = lambda _: None
    after: Callable[[Message], object] = lambda _: None

    def send(self, message: Message) -> None:
        self.before(message)
        if self.refusal is not None:
            raise self.refusal
        self.taken.append(message)
        self.after(message)


@dataclass
class FakePostfix:
    """Takes mails, or fails; `after` runs when one is taken."""

    mails: list[tuple[str, str, bytes]] = field(default_factory=list)
    refusal: Exception | None = None
    after: Callable[[bytes], object] = lambda _: None
    asked: list[Callable[[], bool]] = field(default_factory=list)
    """What the courier would have had asked at the last moment, for each mail."""

    def send(self, sender: str, recipient: str, mail: bytes, may_go: Callable[[], bool] = always) -> str:
        if self.refusal is not None:
            raise self.refusal
        self.asked.append(may_go)
        self.mails.append((sender, recipient, mail))
        self.after(mail)
        return f"4bXyZ{len(self.mails)}"

    def close(self) -> None:
        pass


class Level2:
    """The house, its courier, and shorthand for what tests do all the time."""

    def __init__(self, built: Built) -> None:
        self.built = built
        self.core = built.core
        self.clock = built.clock
        self.store = built.core.vault.store
        self.codes = built.core.codes
        self.sender = built.core.sender
        self.phonebook = built.core.phonebook
        self.gateway = FakeGateway()
        self.postfix = FakePostfix()
        self.mails = Mails(built.core, Composer(built.core), self.postfix)
        self.texts = Texts(built.core, self.gateway)

    # The courier.

    def claim(self, lane: Lane = "mail") -> list[OutboxItem]:
        return self.store.write(lambda: self.store.outbox.claim("courier", self.clock(), LEASE, 500, lane))

    def run(self) -> None:
        """Everything that is due, until nothing is."""
        while items := [*self.claim("urgent"), *self.claim("mail"), *self.claim("sms")]:
            for item in items:
                (self.texts if item.kind == "sms" else self.mails).deliver(item)

    def upkeep(self) -> None:
        upkeep(self.core)

    def restart(self) -> Level2:
        """The same after a crash of everything: nothing in memory survives."""
        self.core.close()
        again = Level2(build(self.built.folder, SETTINGS))
        again.clock.now = self.clock.now
        for owner in ("courier", "courier sms"):
            again.store.write(partial(again.store.outbox.release, owner, again.clock()))
        return again

    # The people.

    def seal(self, *recipients: str, level: int = 2, days: int = 30, sender: str = SENDER) -> list[Delivery]:
        return self.built.seal(*recipients, level=level, days=days, sender=sender)

    def known(self, recipient: str, number: str = NUMBER) -> Delivery:
        """A delivery to a recipient whose number is known, notified."""
        self.phonebook.give(recipient, number, SENDER)
        (delivery,) = self.seal(recipient)
        self.run()
        return delivery

    def now(self, delivery: Delivery) -> Delivery:
        """The delivery as it is now."""
        found = self.store.delivery(delivery.id)
        assert found is not None
        return found

    def link(self, delivery: Delivery) -> str:
        return self.built.link(self.now(delivery))

    def code(self) -> str:
        """The code in the newest SMS."""
        found = re.search(r"#(\d{6})$", self.gateway.taken[-1].text)
        assert found
        return found[1]

    def wrong(self) -> str:
        """A code that is not the one in the newest SMS."""
        return f"{(int(self.code()) + 1) % 1_000_000:06}"

    # What can be seen.

    def events(self, *without: str) -> list[str]:
        return [event.kind for event in self.store.audit_log.events() if event.kind not in without]

    def due(self) -> list[str]:
        return sorted(item.kind for item in self.store.outbox.list(["due", "claimed"]))

    def letters(self, to: str) -> list[EmailMessage]:
        """The mails that somebody got, oldest first."""
        return [
            email.message_from_bytes(mail, policy=email.policy.default)
            for _, recipient, mail in self.postfix.mails
            if recipient == to
        ]

    def text(self, to: str) -> str:
        """The text of the newest mail that somebody got."""
        body = self.letters(to)[-1].get_body(("plain",))
        assert body is not None
        return str(body.get_content())


def level2_in(folder: Path) -> Level2:
    return Level2(build(folder, SETTINGS))
