"""Sending into the stack and looking into its mailboxes, as the outside world does."""

from __future__ import annotations

import itertools
import re
import smtplib
import time
from collections.abc import Callable, Sequence
from typing import Final

from demo.maildir import Letter, Maildirs
from demo.stack import Stack
from zegel.postfix_listener import Listener

SENDER: Final = "anna.dewit@kliniek.example"
COLLEAGUE: Final = "bram.bakker@kliniek.example"
BSN: Final = "111222333"
"""A number that passes the 11-test and was never given to anybody."""
PATIENCE: Final = 10.0
"""Seconds that a mail may take when the machine is busy; tests of speed set their own."""

_TRACE = re.compile(rb"(?:Return-Path|X-Original-To|Delivered-To):[^\n]*\n", re.IGNORECASE)
_RECEIVED = re.compile(rb"Received:[^\n]*\n(?:[ \t][^\n]*\n)*")
_numbers = itertools.count(1)


class Missing(AssertionError):
    """A mail that had to arrive did not."""


class Post:
    """Postfix from the outside: hand mail over, and look what arrived where."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.maildirs = Maildirs(stack.mail)

    def somebody(self, name: str = "jan", domain: str = "post.example") -> str:
        """An address that nobody had before, so that tests do not see each other's mail."""
        return f"{name}.{next(_numbers)}@{domain}"

    def send(
        self,
        raw: bytes,
        recipients: str | Sequence[str],
        sender: str = SENDER,
        *,
        smtputf8: bool = False,
        listener: Listener | None = None,
    ) -> None:
        """Hand over `raw` exactly as it is (CRLF line ends; dots are stuffed here).

        Raises smtplib.SMTPException when Postfix does not take it for all recipients.
        """
        to = [recipients] if isinstance(recipients, str) else list(recipients)
        options = ["SMTPUTF8"] if smtputf8 else []
        with (listener or Listener("127.0.0.1", self.stack.ports.smtp)).connect(120) as connection:
            connection.ehlo("workstation.kliniek.example")
            code, text = connection.mail(sender, [*options, "BODY=8BITMIME", f"SIZE={len(raw)}"])
            if code != 250:
                raise smtplib.SMTPSenderRefused(code, text, sender)
            for recipient in to:
                code, text = connection.rcpt(recipient)
                if code not in (250, 251):
                    raise smtplib.SMTPRecipientsRefused({recipient: (code, text)})
            self._data(connection, raw)

    @staticmethod
    def _data(connection: smtplib.SMTP, raw: bytes) -> None:
        """DATA without smtplib's repair of line ends: what goes over the wire is `raw`."""
        code, text = connection.docmd("DATA")
        if code != 354:
            raise smtplib.SMTPDataError(code, text)
        stuffed = re.sub(rb"(?m)^\.", b"..", raw)
        end = b".\r\n" if raw.endswith(b"\r\n") or not raw else b"\r\n.\r\n"
        connection.send(stuffed + end)
        code, text = connection.getreply()
        if code != 250:
            raise smtplib.SMTPDataError(code, text)

    def wait_for_mail(
        self, address: str, matching: Callable[[Letter], bool] = lambda _: True, seconds: float = PATIENCE
    ) -> Letter:
        """The newest mail of `address` that is `matching`, as soon as it is there. Raises Missing."""
        deadline = time.monotonic() + seconds
        while True:
            for letter in self.maildirs.letters(address):
                if matching(letter):
                    return letter
            if time.monotonic() > deadline:
                raise Missing(self._what_happened(address, seconds))
            time.sleep(0.02)

    def letters(self, address: str) -> list[Letter]:
        """What `address` has now, newest first."""
        return self.maildirs.letters(address)

    def settle(self, seconds: float = PATIENCE) -> None:
        """Wait until Postfix holds nothing any more and nothing new appeared for half a second."""
        deadline, quiet_since, before = time.monotonic() + seconds, time.monotonic(), self._count()
        while time.monotonic() < deadline:
            time.sleep(0.1)
            now = self._count()
            if now != before or not self.stack.postfix.queue_empty():
                before, quiet_since = now, time.monotonic()
            elif time.monotonic() - quiet_since > 0.5:
                return
        raise Missing(f"the queue did not become empty within {seconds} s")

    def _count(self) -> int:
        return sum(len(self.maildirs.letters(address)) for address in self.maildirs.addresses())

    def _what_happened(self, address: str, seconds: float) -> str:
        there = [letter.header("Subject") for letter in self.letters(address)]
        logs = "\n".join(
            f"--- {path.name}\n" + "\n".join(path.read_text(errors="replace").splitlines()[-15:])
            for path in sorted(self.stack.log.glob("*.log"))
        )
        return f"no such mail for {address} within {seconds} s; there is {there}\n{logs}"


def without_trace(delivered: bytes) -> bytes:
    """A delivered mail less what Postfix puts on top: three envelope headers and its own Received."""
    rest = delivered
    while found := _TRACE.match(rest):
        rest = rest[found.end() :]
    while (found := _RECEIVED.match(rest)) and b"mail.kliniek.example (Postfix" in found[0]:
        rest = rest[found.end() :]
    return rest


def plain(subject: str, body: str, *, to: str = "", headers: str = "", sender: str = SENDER) -> bytes:
    """A small text mail as it goes over the wire."""
    text = (
        f"From: Anna de Wit <{sender}>\nTo: {to or 'Jan Jansen <jan@post.example>'}\nSubject: {subject}\n"
        f"Date: Sat, 21 Nov 2026 10:00:00 +0100\nMessage-ID: <{next(_numbers)}.zegel@kliniek.example>\n{headers}"
        f"MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n{body}\n"
    )
    return text.encode().replace(b"\n", b"\r\n")
