"""The mails of a campaign: clean, sealed, by SMS, held for a number, answered. Each can be told from every other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tests.e2e.load import SENDER, Sample
from tests.e2e.post import BSN

KINDS: Final = ("clean", "sealed", "coded", "held", "answered", "clean", "sealed")
"""In turn, so that every stretch of the campaign has all of them."""
_TEXTS: Final = {
    "clean": "Tot morgen.",
    "sealed": f"Uw BSN {BSN} staat in het dossier.",
    "answered": f"Uw BSN {BSN} staat in het dossier; graag antwoord.",
    "coded": f"De uitslag bij BSN {BSN} is goed.",
    "held": f"De uitslag bij BSN {BSN} is goed.",
}


@dataclass(frozen=True)
class Mail(Sample):
    """One mail to one recipient of its own."""

    kind: str = "clean"

    @classmethod
    def numbered(cls, number: int) -> Mail:
        """The mail of that number."""
        kind = KINDS[number % len(KINDS)]
        return cls(number, sensitive=kind != "clean", kind=kind)

    @property
    def phone(self) -> str:
        """The number that the phone book has, where the mail is not held for want of one."""
        return f"+31612{self.number:06}"

    @property
    def answer(self) -> str:
        """What the recipient writes back."""
        return f"antwoord-{self.number}-einde"

    @property
    def raw(self) -> bytes:
        subject = "[zeer veilig] uitslag" if self.kind in ("coded", "held") else "bericht"
        return (
            f"From: Anna <{SENDER}>\r\nTo: {self.recipient}\r\nSubject: {subject} {self.number}\r\n"
            f"Message-ID: {self.message_id}\r\nDate: Sun, 22 Nov 2026 10:00:00 +0100\r\n\r\n"
            f"{_TEXTS[self.kind]}\r\n"
        ).encode()
