"""Handing a mail to Postfix, over a connection that is kept open."""

from __future__ import annotations

import contextlib
import re
import smtplib
import time
from collections.abc import Callable

from zegel.delivery_error import DeliveryError
from zegel.postfix_listener import Listener

_TIMEOUT = 60.0
_FILTERED_TIMEOUT = 180.0
"""Seconds: filters may look at a mail before Postfix answers."""
_GOODBYE = 5.0
_CLOSING, _AWAITED = 421, 354
"""Answers of Postfix: it closes the connection, and it awaits a mail."""
KEPT = 60.0
"""Seconds that a connection is used: a process of Postfix goes on with the settings that it began with."""


def always() -> bool:
    return True


class Submission:
    """An SMTP connection to a listener of Postfix; one thread uses it at a time."""

    def __init__(
        self,
        listener: Listener,
        *,
        filtered: bool = False,
        notify: str = "",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`filtered`: to the ordinary listener, asking for reports of failures only, without the body (RFC 3461).

        `notify` asks for other reports.
        """
        self._listener = listener
        self._filtered = filtered
        self._notify = notify or ("FAILURE" if filtered else "")
        self._clock = clock
        self._opened_at = 0.0
        self._connection: smtplib.SMTP | None = None

    def send(self, sender: str, recipient: str, mail: bytes, may_go: Callable[[], bool] = always) -> str:
        """Submits one mail; returning means that Postfix has it. Raises DeliveryError.

        Returns what Postfix calls it, "" when it does not say. `may_go` is asked at the last moment at which nothing
        of the mail has left. Who stands still after it, for longer than Postfix waits, finds the connection closed.
        """
        leaving = False
        try:
            smtp = self._announced(sender, recipient)
            if not may_go():
                self._drop()
                raise DeliveryError(permanent=False, status="4.4.7", answer="the courier stood still for too long")
            leaving = True
            code, answer = _content(smtp, mail)
            _check(code, answer)
            return _queue_id(answer)
        except DeliveryError:
            # A process of Postfix keeps the settings that it started with: the next mail meets those of now.
            self.close()
            raise
        except smtplib.SMTPResponseException as error:
            self._drop()
            raise _refused(error.smtp_code, error.smtp_error) from None
        except (OSError, smtplib.SMTPException, UnicodeError) as error:
            self._drop()
            text = f"no connection to the mail server ({type(error).__name__})"
            raise DeliveryError(permanent=False, status="4.4.1", answer=text, unsure=leaving) from None

    def _announced(self, sender: str, recipient: str) -> smtplib.SMTP:
        """The connection, with this mail announced and its content awaited.

        One that Postfix has closed since its last use is made anew: nothing of this mail has left yet.
        """
        if self._connection is not None:
            if self._clock() - self._opened_at < KEPT:
                try:
                    if self._announce(self._connection, sender, recipient):
                        return self._connection
                except (OSError, smtplib.SMTPServerDisconnected):
                    pass
            self.close()
        seconds = _FILTERED_TIMEOUT if self._filtered else _TIMEOUT
        self._connection, self._opened_at = self._listener.connect(seconds), self._clock()
        if not self._announce(self._connection, sender, recipient):
            raise _refused(_CLOSING, "4.4.2 the mail server is closing the connection")
        return self._connection

    def _announce(self, smtp: smtplib.SMTP, sender: str, recipient: str) -> bool:
        """MAIL, RCPT and DATA; False when Postfix says that it closes. Raises DeliveryError when it refuses."""
        options = " BODY=8BITMIME" if smtp.has_extn("8bitmime") else ""
        smtp.command_encoding = "ascii"
        if not (sender + recipient).isascii():
            # Only then: a header beyond ASCII passes old servers, the option would not.
            options += " SMTPUTF8"
            smtp.command_encoding = "utf-8"
        # Not smtplib's mail() and rcpt(): they take an address apart and put it together another way.
        reports = bool(self._notify) and smtp.has_extn("dsn")
        commands = (
            f"MAIL FROM:<{sender}>{options}{' RET=HDRS' if reports else ''}",
            f"RCPT TO:<{recipient}>{f' NOTIFY={self._notify}' if reports else ''}",
            "DATA",
        )
        if any("\r" in command or "\n" in command for command in commands):
            raise ValueError("a line break in an address")
        if smtp.has_extn("pipelining"):
            smtp.send("".join(f"{command}\r\n" for command in commands))
            answers = [smtp.getreply() for _ in commands]
        else:
            answers = []
            for command in commands:
                smtp.send(f"{command}\r\n")
                answers.append(smtp.getreply())
                if not 200 <= answers[-1][0] < 400:
                    break
        *before, (code, answer) = answers
        if any(each == _CLOSING for each, _ in answers):
            return False
        if any(not 200 <= each < 300 for each, _ in before) and code == _AWAITED:
            self._drop()  # it awaits a mail that it refuses: what we said next would be taken for one
        for each in before:
            _check(*each)
        if code != _AWAITED:
            raise _refused(code, answer)
        return True

    def close(self) -> None:
        """Says goodbye, without which Postfix logs a lost connection each time."""
        if self._connection is not None:
            with contextlib.suppress(OSError, smtplib.SMTPException):
                if self._connection.sock is not None:
                    self._connection.sock.settimeout(_GOODBYE)
                self._connection.docmd("QUIT")
        self._drop()

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _content(smtp: smtplib.SMTP, mail: bytes) -> tuple[int, bytes]:
    """Sends a mail after DATA; returns what Postfix says of it."""
    stuffed = re.sub(rb"(?m)^\.", b"..", mail) if mail.startswith(b".") or b"\n." in mail else mail
    smtp.send(stuffed + (b".\r\n" if mail.endswith(b"\r\n") else b"\r\n.\r\n"))
    return smtp.getreply()


def _queue_id(answer: bytes) -> str:
    """
    >>> _queue_id(b"2.0.0 Ok: queued as 4bXyZ12q3Rz"), _queue_id(b"2.0.0 taken")
    ('4bXyZ12q3Rz', '')
    """
    found = re.search(rb"queued as ([0-9A-Za-z]{1,40})\b", answer)
    return found[1].decode() if found else ""


def _check(code: int, answer: bytes) -> None:
    if not 200 <= code < 300:
        raise _refused(code, answer)


def _refused(code: int, answer: bytes | str) -> DeliveryError:
    text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    status = re.match(r"[245]\.\d{1,3}\.\d{1,3}", text)
    permanent = 500 <= code < 600
    return DeliveryError(permanent=permanent, status=status[0] if status else str(code), answer=f"{code} {text}")
