"""The clinic and its partners in a network of their own: what direct delivery is tried in."""

from __future__ import annotations

import itertools
import json
import os
import shutil
import smtplib
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from demo.maildir import Letter
from demo.place import free_ports
from demo.postfix_config import mailbox_name
from demo.processes import ending_with_us
from demo.stack import Options, Ports, Stack
from tests.support.direct.partners import Partners, partners

SENDER = "anna@kliniek.example"
BODY = "kersenbloesem"
"""A word of the body that fires a rule, and that nothing else contains."""
RULES = """\
version: 1
direct_delivery: {up_to_level: 2, levels: {second.signed.test: 2}}
rules:
  - {id: one, name: {en: One}, level: 1, scope: message, when: {words: [kersenbloesem]}}
  - {id: two, name: {en: Two}, level: 2, scope: message, when: {words: [perenbloesem]}}
  - {id: home, name: {en: Home}, level: 1, scope: message, direct: false, when: {words: [appelbloesem]}}
"""
POSTFIX = {
    "smtp_host_lookup": "dns",
    "smtp_dns_support_level": "enabled",
    "virtual_mailbox_domains": "kliniek.example",
    "default_transport": "smtp",
    "relay_transport": "smtp",
}
_SECONDS = 120.0
T = TypeVar("T")
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Event:
    """A line of the audit log about a delivery."""

    kind: str
    at: float
    details: dict[str, Any]


@dataclass
class World:
    """Everybody."""

    folder: Path
    stack: Stack
    partners: Partners
    _sent: dict[str, bytes] = field(default_factory=dict)

    def send(self, domain: str, *, word: str = BODY, more: str = "", body: bytes = b"") -> str:
        """Sends a protected mail to somebody new in `domain`; the address."""
        address = f"jan{next(_numbers)}@{domain}"
        mail = (
            f"From: Anna <{SENDER}>\r\nTo: Jan <{address}>\r\nSubject: afspraak\r\n"
            f"Date: Thu, 26 Nov 2026 09:00:00 +0100\r\nMessage-ID: <{address}>\r\n{more}\r\n"
        ).encode() + (body or f"Over de {word}.\r\n".encode())
        self.hand_in(mail, address)
        return address

    def hand_in(self, mail: bytes, *recipients: str) -> None:
        with smtplib.SMTP("127.0.0.1", self.stack.ports.smtp, timeout=60) as smtp:
            smtp.sendmail(SENDER, list(recipients), mail, ["BODY=8BITMIME"])
        for each in recipients:
            self._sent[each] = mail

    def sent(self, address: str) -> bytes:
        return self._sent[address]

    def events(self, address: str) -> list[Event]:
        query = (
            "SELECT event.kind, event.at, event.details FROM event JOIN delivery ON event.delivery = delivery.id "
            "WHERE delivery.recipient = ? ORDER BY event.id"
        )
        with closing(self._database()) as database:
            rows = database.execute(query, (address,)).fetchall()
        return [Event(kind, at, json.loads(details)) for kind, at, details in rows]

    def state(self, address: str) -> str:
        with closing(self._database()) as database:
            return str(database.execute("SELECT state FROM delivery WHERE recipient = ?", (address,)).fetchone()[0])

    def count(self, table: str, address: str) -> int:
        """Rows of `table` of the message to an address."""
        query = f"SELECT count(*) FROM {table} WHERE message = (SELECT message FROM delivery WHERE recipient = ?)"
        with closing(self._database()) as database:
            return int(database.execute(query, (address,)).fetchone()[0])

    def outcome(self, address: str, seconds: float = _SECONDS) -> Event:
        """How a delivery ended: "delivered directly" or "notified"."""

        def ended() -> Event | None:
            kinds = ("delivered directly", "notified")
            return next((each for each in self.events(address) if each.kind in kinds), None)

        return self.until(ended, f"what became of {address}", seconds)

    def why(self, address: str) -> str:
        """Why it was not delivered directly."""
        events = self.events(address)
        return next(str(each.details["why"]) for each in events if each.kind == "not delivered directly")

    def letters(self, address: str) -> list[Letter]:
        """What arrived at the partner."""
        folder = self.partners.mail / mailbox_name(address) / "new"
        return [Letter(path) for path in sorted(folder.glob("*"))] if folder.exists() else []

    def arrived(self, address: str) -> Letter:
        return self.until(lambda: next(iter(self.letters(address)), None), f"mail for {address}")

    def until(self, look: Callable[[], T | None], what: str, seconds: float = _SECONDS) -> T:
        deadline = time.monotonic() + seconds
        while (found := look()) is None:
            if time.monotonic() > deadline:
                log = (self.folder / "clinic" / "log" / "mail.log").read_text(errors="replace")
                courier = (self.folder / "clinic" / "log" / "courier.log").read_text(errors="replace")
                raise TimeoutError(f"{what} did not come\n{log[-4000:]}\n{courier[-2000:]}")
            time.sleep(0.05)
        return found

    def _database(self) -> sqlite3.Connection:
        return sqlite3.connect(f"file:{self.folder}/clinic/zegel.db?mode=ro", uri=True, timeout=20)


@contextmanager
def world(
    *, settings: dict[str, Any] | None = None, rules: str = RULES, postfix: dict[str, str] | None = None
) -> Iterator[World]:
    """Everybody started; the thread that calls this is in their network."""
    folder = Path(tempfile.mkdtemp(prefix="zegel-direct-", dir="/tmp"))
    folder.chmod(0o755)
    try:
        (folder / "log").mkdir()
        (folder / "rules.yaml").write_text(rules)
        before = os.environ.get("SSL_CERT_FILE")
        os.environ["SSL_CERT_FILE"] = "/etc/ssl/certs/ca-certificates.crt"
        with partners(folder) as others:
            options = Options(settings=settings or {}, postfix=POSTFIX | (postfix or {}), rules=folder / "rules.yaml")
            with Stack(folder / "clinic", Ports(*free_ports(5)), options) as stack:
                yield World(folder, stack, others)
    finally:
        os.environ.pop("SSL_CERT_FILE")
        if before is not None:
            os.environ["SSL_CERT_FILE"] = before
        shutil.rmtree(folder, ignore_errors=True)


class Capture:
    """Everything on the wire between the clinic and others; not what this machine says to itself."""

    def __init__(self, file: Path) -> None:
        self._file = file
        others = "not (src host 127.0.0.1 and dst host 127.0.0.1)"
        command = ["tcpdump", "-i", "lo", "-U", "-s", "0", "-w", str(file), others]
        self._process = subprocess.Popen(ending_with_us(command), stderr=subprocess.PIPE)
        assert self._process.stderr
        self._process.stderr.readline()

    def end(self) -> bytes:
        self._process.terminate()
        self._process.wait()
        return self._file.read_bytes()
