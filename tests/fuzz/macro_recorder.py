"""A milter that notes the envelope as Postfix tells it, and takes recipients out when the subject is "delete".

Usage: macro_recorder.py SOCKET NOTES. Each message becomes a JSON line: queue id, subject, and for sender and
recipients the argument (latin-1) and the macro.
"""

from __future__ import annotations

import contextlib
import json
import sys
from pathlib import Path

import Milter

NOTES: Path


class Recorder(Milter.Base):  # type: ignore[misc]
    @Milter.decode("bytes")  # type: ignore[untyped-decorator]
    def envfrom(self, sender: bytes, *_: bytes) -> int:
        self.sender = (sender.decode("latin-1"), self._macro("{mail_addr}"))
        self.recipients: list[tuple[str, str | None]] = []
        self.subject = ""
        return int(Milter.CONTINUE)

    @Milter.decode("bytes")  # type: ignore[untyped-decorator]
    def envrcpt(self, recipient: bytes, *_: bytes) -> int:
        self.recipients.append((recipient.decode("latin-1"), self._macro("{rcpt_addr}")))
        return int(Milter.CONTINUE)

    def header(self, name: str, value: str) -> int:
        if name.lower() == "subject":
            self.subject = value.strip()
        return int(Milter.CONTINUE)

    def eom(self) -> int:
        note = {"id": self.getsymval("i"), "subject": self.subject, "from": self.sender, "to": self.recipients}
        with NOTES.open("a") as file:
            file.write(json.dumps(note) + "\n")
        if self.subject == "delete":
            for argument, _ in self.recipients:
                inner = argument[1:-1] if argument[:1] == "<" and argument[-1:] == ">" else argument
                with contextlib.suppress(UnicodeDecodeError):  # pymilter cannot name it
                    self.delrcpt(f"<{inner.encode('latin-1').decode()}>")
        return int(Milter.ACCEPT)

    def _macro(self, name: str) -> str | None:
        try:
            value: str | None = self.getsymval(name)
        except UnicodeDecodeError:
            return "\ufffd"
        return value


if __name__ == "__main__":
    NOTES = Path(sys.argv[2])
    Milter.factory = Recorder
    Milter.set_flags(Milter.DELRCPT)
    Milter.runmilter("recorder", sys.argv[1], timeout=60)
