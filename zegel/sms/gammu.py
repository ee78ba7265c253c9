"""A modem by gammu-smsd: rows in its outbox, or a command that puts them there."""

from __future__ import annotations

import sqlite3
import subprocess
from collections.abc import Sequence
from pathlib import Path

from zegel.delivery_error import DeliveryError
from zegel.settings.sms import filled
from zegel.sms.gateway import GatewayUnusable, Message

_VALID_FOR = 1
"""TP-VP (3GPP TS 23.040, 9.2.3.12): (n + 1) x 5 minutes that the network may keep an SMS; a code lives ten."""


class GammuOutbox:
    """SMSD's SQLite database (gammu-smsd-tables(7)). A reference that is there already is not put in again."""

    def __init__(self, database: Path) -> None:
        if not database.exists():
            raise GatewayUnusable(f"sms.gammu.database: {database} is not there; SMSD has to make it first")
        self._database = database

    def send(self, message: Message) -> None:
        """Puts one SMS into the outbox. Raises DeliveryError."""
        try:
            connection = sqlite3.connect(f"file:{self._database}?mode=rw", uri=True, timeout=10, isolation_level=None)
        except sqlite3.Error as error:
            raise DeliveryError(permanent=False, status="no database", answer=str(error)) from None
        try:
            connection.execute("BEGIN IMMEDIATE")
            known = "SELECT 1 FROM {} WHERE CreatorID = ?"
            tables = ("outbox", "sentitems")
            if not any(connection.execute(known.format(table), (message.reference,)).fetchone() for table in tables):
                connection.execute(
                    "INSERT INTO outbox (DestinationNumber, TextDecoded, CreatorID, Coding, DeliveryReport,"
                    " RelativeValidity) VALUES (?, ?, ?, 'Default_No_Compression', 'yes', ?)",
                    (message.number, message.text, message.reference, _VALID_FOR),
                )
            connection.execute("COMMIT")
        except sqlite3.Error as error:
            raise DeliveryError(permanent=False, status="no database", answer=str(error)) from None
        finally:
            connection.close()

    def report(self, reference: str) -> str:
        """What SMSD says of an SMS by now, in the words of `zegel.sms.reports`; "" when it is under way or unknown."""
        try:
            connection = sqlite3.connect(f"file:{self._database}?mode=ro", uri=True, timeout=10)
            try:
                found = connection.execute("SELECT Status FROM sentitems WHERE CreatorID = ?", (reference,)).fetchone()
            finally:
                connection.close()
        except sqlite3.Error:
            return ""
        return {"DeliveryOK": "delivered", "DeliveryFailed": "failed", "SendingError": "failed"}.get(
            found[0] if found else "", ""
        )


class GammuCommand:
    """Runs a command for each SMS: without a shell, so that nothing in a text is more than text."""

    def __init__(self, command: Sequence[str], seconds: float) -> None:
        if not command:
            raise GatewayUnusable("sms.gammu.command is empty; name a command or a database")
        self._command = tuple(command)
        self._seconds = seconds

    def send(self, message: Message) -> None:
        """Runs it; its exit status 0 means that the SMS is taken. Raises DeliveryError."""
        values = message.values()
        try:
            done = subprocess.run(  # noqa: S603 (the administrator's command, no shell)
                [filled(word, values) for word in self._command],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=self._seconds,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise DeliveryError(permanent=False, status="no answer", answer="time-out", unsure=True) from None
        except OSError as error:
            raise DeliveryError(permanent=False, status="no command", answer=error.strerror or "") from None
        if done.returncode:
            raise DeliveryError(permanent=False, status=f"exit {done.returncode}", answer="")
