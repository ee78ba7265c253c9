"""What Postfix, or a server behind it, reports about an attempt to deliver directly (RFC 3464)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.parser import BytesHeaderParser
from mmap import mmap
from typing import Literal

from zegel.message.mime.tree import decoded, parse

Outcome = Literal["delivered", "not proven", "refused", "later", "underway"]
FOR_NOW = "for now: "
"""What Postfix's status filter puts before a failure that it would have tried again (postfix/main.cf.fragment)."""
_MOST = 64_000
"""Bytes of a report that are read."""
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Report:
    """What became of one attempt."""

    outcome: Outcome
    status: str
    """The enhanced status code (RFC 3463)."""
    host: str
    """The mail server that it is about; "" when none was reached."""
    text: str
    """What the server, or Postfix, said of a failure."""
    queue_id: str = ""


def report_in(raw: bytes | mmap) -> Report | None:
    """The report in a mail; None for any other mail, such as an automatic answer."""
    for part in parse(raw).walk():
        if part.content_type in ("message/delivery-status", "message/global-delivery-status"):
            return read(decoded(raw, part)[:_MOST])
    return None


def read(status: bytes) -> Report | None:
    """Reads the machine's part of a report: fields about the mail, an empty line, fields about its recipient."""
    blocks = [block for block in re.split(rb"\r?\n[ \t]*\r?\n", status.strip()) if block.strip()]
    fields: dict[str, str] = {}
    for block in blocks:
        for name, value in BytesHeaderParser().parsebytes(block).items():
            fields.setdefault(name.lower(), " ".join(str(value).split()))
    action, code = fields.get("action", "").lower(), fields.get("status", "")[:12]
    host = fields.get("remote-mta", "").partition(";")[2].strip().lower()[:_LONGEST]
    kind, _, text = (part.strip() for part in fields.get("diagnostic-code", "").partition(";"))
    if not action:
        return None
    outcome = _outcome(action, code, kind.lower(), text)
    return Report(outcome, code, host, text[:_LONGEST].removeprefix(FOR_NOW), fields.get("x-postfix-queue-id", "")[:40])


def _outcome(action: str, status: str, kind: str, text: str) -> Outcome:
    """What a report means. A reply of the server is `smtp`; what Postfix found itself is `X-Postfix`.

    >>> _outcome("failed", "5.7.1", "smtp", "450 4.7.1 greylisted")
    'later'
    """
    if action.startswith(("delivered", "relayed", "expanded")):
        return "delivered"
    if not action.startswith("failed"):
        return "underway"
    if kind == "smtp":
        return "later" if text.startswith("4") else "refused"
    if re.match(r"[45]\.7\.", status):
        return "not proven"
    return "later" if text.startswith(FOR_NOW) else "refused"
