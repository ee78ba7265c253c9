"""A small milter of its own process: notes what Postfix shows it, and does what the subject says.

Usage: recording_milter.py SOCKET NOTES. Subject `discard` drops the message, `delete ADDRESS` takes
that recipient out; anything else passes. Each message becomes a JSON line in NOTES, with the client's name and address.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import Milter

NOTES: Path


class Recorder(Milter.Base):  # type: ignore[misc]
    def __init__(self) -> None:
        self.recipients: list[str] = []
        self.subject = ""
        self.client: list[str | None] = []

    def connect(self, name: str, _family: int, address: tuple[str, int] | None) -> int:
        self.client = [name, address[0] if address else None]
        return int(Milter.CONTINUE)

    def envfrom(self, sender: str, *parameters: str) -> int:
        self.recipients, self.subject = [], ""
        return int(Milter.CONTINUE)

    def envrcpt(self, recipient: str, *parameters: str) -> int:
        self.recipients.append(recipient.strip("<>"))
        return int(Milter.CONTINUE)

    def header(self, name: str, value: str) -> int:
        if name.lower() == "subject":
            self.subject = value.strip()
        return int(Milter.CONTINUE)

    def eom(self) -> int:
        note = {"subject": self.subject, "recipients": self.recipients, "queue_id": self.getsymval("i")}
        note["client"] = self.client
        with NOTES.open("a") as file:
            file.write(json.dumps(note) + "\n")
        word, _, address = self.subject.partition(" ")
        if word == "delete":
            self.delrcpt(f"<{address}>")
        return int(Milter.DISCARD if word == "discard" else Milter.ACCEPT)


if __name__ == "__main__":
    NOTES = Path(sys.argv[2])
    Milter.factory = Recorder
    Milter.set_flags(Milter.DELRCPT)
    Milter.runmilter("recorder", sys.argv[1], timeout=60)
