"""What an SMS gateway is to us: something that takes one message, or says why not."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, runtime_checkable

from zegel.secret_file import SecretUnusable, read_secret


@dataclass(frozen=True, slots=True)
class Message:
    """One SMS, or one call that says a text. Nothing of it is ever logged."""

    number: str = field(repr=False)
    """E.164, with its plus."""
    text: str = field(repr=False)
    """One segment of GSM-7; of a call, what is said."""
    sender: str
    reference: str = field(repr=False)
    """Ours; the same when a request is repeated. It is what a delivery report proves itself by."""
    report_url: str = field(repr=False)
    """Where a delivery report about it may be sent."""
    language: str = ""
    """The text's, as `nl-NL`."""
    spoken: bool = False
    """Whether it is a call."""

    def values(self) -> dict[str, str]:
        """What templates may name: see `zegel.settings.sms.NAMES`."""
        return {
            "number": self.number,
            "digits": self.number.removeprefix("+"),
            "text": self.text,
            "sender": self.sender,
            "reference": self.reference,
            "report_url": self.report_url,
            "language": self.language,
        }


class Gateway(Protocol):
    """A way to send SMS; several threads may use it at once."""

    def send(self, message: Message) -> None:
        """Hands a message over; returning means that the gateway has it.

        Raises DeliveryError: permanent when this message will never be taken, `unsure` when it may have been.
        """


@runtime_checkable
class Reporting(Protocol):
    """A gateway that says what became of an SMS when it is asked."""

    def report(self, reference: str) -> str:
        """A word that `zegel.sms.reports.meaning` knows, or "" while there is nothing to say."""


class GatewayUnusable(Exception):
    """A gateway cannot be used as it is described; the message says what to do."""


def secret(path: Path | None, setting: str) -> str:
    """The content of a file that holds a secret, without line ends. Raises GatewayUnusable."""
    if path is None:
        raise GatewayUnusable(f"{setting} is missing; name a file with the secret in it")
    try:
        return read_secret(path, setting)
    except SecretUnusable as problem:
        raise GatewayUnusable(str(problem)) from None
