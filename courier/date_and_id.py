"""Date and Message-ID for mails that have none (RFC 5322, 3.6), so that both are there whichever server takes them.

They follow from the outbox row, so a mail that a crash sends twice has the same Message-ID both times, and mail
programs show it once.
"""

from __future__ import annotations

import re
from datetime import datetime
from email.utils import format_datetime
from zoneinfo import ZoneInfo

from zegel.core import Core
from zegel.crypto import keyed_hash
from zegel.mail.envelope import domain_of
from zegel.vault.tables.records import OutboxItem

_END_OF_HEADER = re.compile(rb"\r\n\r\n")


def dated(core: Core, item: OutboxItem, content: bytes) -> bytes:
    """`content`, the mail of `item`, with both fields; what it has stays as it is."""
    settings, added = core.settings, []
    if not _has(content, b"Date"):
        moment = datetime.fromtimestamp(int(item.created_at), ZoneInfo(settings.organisation.timezone))
        added.append(f"Date: {format_datetime(moment)}")
    if not _has(content, b"Message-ID"):
        which = keyed_hash(core.vault.keys.lookup, "mail", item.id, item.kind, str(item.created_at))
        added.append(f"Message-ID: <{which.hex()[:32]}@{domain_of(settings.own_address)}>")
    return b"".join(f"{field}\r\n".encode("ascii") for field in added) + content


def _has(content: bytes, name: bytes) -> bool:
    end = _END_OF_HEADER.search(content)
    return re.search(rb"(?im)^" + name + rb"[ \t]*:", content[: end.start()] if end else content) is not None
