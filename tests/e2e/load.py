"""A sender that behaves as a mail server does: it keeps a message until it was accepted, and counts what it sent."""

from __future__ import annotations

import smtplib
import threading
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

SENDER = "anna@kliniek.example"


@dataclass(frozen=True)
class Sample:
    """A message that can be told from every other by its Message-ID."""

    number: int
    sensitive: bool

    @property
    def message_id(self) -> str:
        return f"<load-{self.number}@kliniek.example>"

    @property
    def recipient(self) -> str:
        return f"r{self.number}@post.example"

    @property
    def raw(self) -> bytes:
        line = f"Uw BSN 111222333 staat in het dossier, nummer {self.number}." if self.sensitive else "Tot morgen."
        return (
            f"From: Anna <{SENDER}>\r\nTo: {self.recipient}\r\nSubject: bericht {self.number}\r\n"
            f"Message-ID: {self.message_id}\r\nDate: Sun, 22 Nov 2026 10:00:00 +0100\r\n\r\n{line}\r\n"
        ).encode()


def offer(port: int, sample: Sample, timeout: float = 60) -> int:
    """Offers a message once; the reply code, or 0 when the connection broke."""
    try:
        with smtplib.SMTP("127.0.0.1", port, timeout=timeout) as smtp:
            smtp.sendmail(SENDER, [sample.recipient], sample.raw)
            return 250
    except smtplib.SMTPRecipientsRefused as refused:
        return next(iter(refused.recipients.values()))[0]
    except smtplib.SMTPResponseException as refused:
        return refused.smtp_code
    except (OSError, smtplib.SMTPException):
        return 0


class Load:
    """Some threads that offer messages until each was accepted; `pace` is the rest of each between two, in seconds.

    With a `gate` each message waits until it is let through there.
    """

    def __init__(
        self,
        port: int,
        samples: Iterable[Sample],
        threads: int = 4,
        pace: float = 0.0,
        gate: threading.Semaphore | None = None,
    ) -> None:
        self._gate = gate
        self._port = port
        self._pace = pace
        self._samples = list(samples)
        self._lock = threading.Lock()
        self.accepted: list[Sample] = []
        self.refusals: Counter[int] = Counter()
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._run) for _ in range(threads)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def finish(self) -> None:
        """Waits until everything was accepted."""
        for thread in self._threads:
            thread.join()

    @property
    def running(self) -> bool:
        return any(thread.is_alive() for thread in self._threads)

    def _run(self) -> None:
        while True:
            if self._gate is not None:
                self._gate.acquire()
            with self._lock:
                if not self._samples:
                    return
                sample = self._samples.pop()
            while (code := offer(self._port, sample)) != 250:
                with self._lock:
                    self.refusals[code] += 1
                assert code == 0 or 400 <= code < 500, code
                time.sleep(0.2)
            with self._lock:
                self.accepted.append(sample)
            time.sleep(self._pace)


def delivered(mail: Path, sample: Sample) -> int:
    """How many mails with the Message-ID of `sample` its recipient has."""
    folder = mail / sample.recipient / "new"
    if not folder.is_dir():
        return 0
    wanted = f"Message-ID: {sample.message_id}".lower().encode()
    return sum(wanted in file.read_bytes().lower() for file in folder.iterdir())
