"""A house whose intake, console and courier are driven by hand, for what an officer releases in clear."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count

from tests.support.cast import SENDER
from tests.support.level2 import FakePostfix
from tests.unit.console.console_client import Browser, Office
from zegel.delivery_error import DeliveryError
from zegel.intake import Intake
from zegel.mail.envelope import Envelope
from zegel.message.reader import Reader
from zegel.policy.language.load import load_rules
from zegel.vault.tables.records import Delivery
from zegel_courier.composer import Composer
from zegel_courier.drain import LEASE
from zegel_courier.mail_lane import Mails

HEAD = "version: 1\nactivation: [{word: '[veilig]', level: 1}]\n"
PEOPLE = "always_protect: [always.example]\nminimum_level: {strict.example: 2}\n"
OFFICERS = ", release: officer"
BOTH = ", release: {by: officer, up_to_level: 2}"
REFUSED = ", block: true, reason: {en: Never}"
USUAL = {"klant": (1, OFFICERS), "dossier": (1, ""), "zaak": (2, BOTH)}
NUMBERS = count(1)


def rule(name: str, level: int, more: str) -> str:
    return f"- {{id: {name}, name: {{en: {name}}}, level: {level}, when: {{pattern: '{name} \\d{{6}}'}}{more}}}\n"


@dataclass
class Choosy(FakePostfix):
    """Refuses whatever goes to one recipient, for good."""

    refused: str = ""

    def send(self, sender: str, recipient: str, mail: bytes, *_: object) -> str:
        if recipient == self.refused:
            raise DeliveryError(permanent=True, status="5.1.1", answer="550 5.1.1 no such user")
        return super().send(sender, recipient, mail)


@dataclass
class House:
    """Intake, console and courier over one database."""

    office: Office
    reader: Reader
    postfix: FakePostfix = field(default_factory=FakePostfix)

    def __post_init__(self) -> None:
        self.core, self.clock = self.office.built.core, self.office.built.clock
        self.store = self.core.vault.store
        self.rules(USUAL)

    def rules(self, rules: dict[str, tuple[int, str]]) -> None:
        text = HEAD + PEOPLE + "rules:\n" + "".join(rule(name, *how) for name, how in rules.items())
        self.core.settings.rules.write_text(text)

    def seal(self, text: str, *recipients: str) -> list[Delivery]:
        """What the intake makes of a mail by the rules as they are."""
        number = next(NUMBERS)
        date = "Date: Fri, 15 Jan 2027 08:00:00 +0000"
        head = f"From: Anna <{SENDER}>\r\nSubject: {number}\r\n{date}\r\nMessage-ID: <{number}@kliniek.example>"
        raw = f"{head}\r\n\r\n{text}\r\n"
        people = recipients or (f"jan{number}@post.example",)
        intake = Intake(self.core, self.reader, lambda: load_rules(self.core.settings.rules))
        outcome = intake.receive(Envelope("ABC", SENDER, people), raw.encode())
        assert outcome.kind == "sealed"
        newest = [event.message for event in self.store.audit_log.events() if event.kind == "sealed"][-1] or 0
        self.originals[newest] = raw.encode()
        return self.store.deliveries.of_message(newest)

    originals: dict[int, bytes] = field(default_factory=dict)

    def run(self) -> None:
        """The courier sends all that is due."""
        mails = Mails(self.core, Composer(self.core), self.postfix)
        while items := self.store.write(lambda: self.store.outbox.claim("courier", self.clock(), LEASE, 500, "mail")):
            for item in items:
                mails.deliver(item)

    def restart(self) -> None:
        self.store.write(lambda: self.store.outbox.release("courier", self.clock()))

    def state(self, delivery: Delivery) -> str:
        found = self.store.delivery(delivery.id)
        assert found
        return found.state

    def kinds(self, delivery: Delivery) -> list[str]:
        return [event.kind for event in self.store.audit_log.events(delivery.message_id)]

    def to(self, address: str) -> list[bytes]:
        """The mails that somebody got, oldest first."""
        return [mail for _, recipient, mail in self.postfix.mails if recipient == address]

    def in_clear(self, delivery: Delivery) -> list[bytes]:
        """The originals of a message that its recipient got."""
        original = self.originals[delivery.message_id]
        return [mail for mail in self.to(delivery.recipient) if mail.endswith(original)]


def press(browser: Browser, one: Delivery, *, all_: bool = False, reason: str = "Made-up number") -> str:
    """Releases for one recipient, or all; what the page then says."""
    page = f"/messages/{one.message_id}"
    fields = {"act": "release", "reason": reason, "back": page} | ({} if all_ else {"delivery": str(one.id)})
    answer = browser.send(page, page, **fields)
    return answer.header("Location").rpartition("=")[2] or str(answer.status)


def offered(browser: Browser, one: Delivery) -> bool:
    return 'value="release"' in browser.get(f"/messages/{one.message_id}").text
