"""The mark on Zegel's own mails, so that they are recognised when a mail system passes them by again.

The mark is a keyed hash over the body and over the header fields that say what the mail is: put on another mail, or on
the same with another subject, it is worth nothing.
"""

from __future__ import annotations

import base64
import hmac
import re
from mmap import mmap

from zegel.crypto import keyed_hash

HEADER = "X-Zegel-Mark"
_SEEN = ("from", "reply-to", "to", "cc", "subject", "content-type", "content-transfer-encoding", "mime-version")
"""What a reader's mail program shows, or reads the body by."""
_END_OF_HEADERS = re.compile(rb"\r?\n\r?\n")
_FIELD = re.compile(rb"^([^\s:]+)[ \t]*:((?:.*)(?:\r?\n[ \t].*)*)", re.MULTILINE)
_MARK = re.compile(rb"[A-Za-z0-9_-]{43}")
_MOST = 2_000_000
"""Mails of ours are small, except those that carry a body with pictures; a larger one is simply inspected."""


def marked(key: bytes, mail: bytes) -> bytes:
    """`mail` with its mark on top."""
    return HEADER.encode() + b": " + _mark(key, mail) + b"\r\n" + mail


def has_valid_mark(key: bytes, raw: bytes | mmap) -> bool:
    """Whether `raw` is a mail that we composed, unchanged in what a reader gets to see."""
    if len(raw) > _MOST:
        return False
    mail = bytes(raw)
    given = [value.strip() for name, value in _fields(mail) if name == HEADER.lower().encode()]
    if len(given) != 1 or not _MARK.fullmatch(given[0]):
        return False
    return hmac.compare_digest(given[0], _mark(key, mail))


def _mark(key: bytes, mail: bytes) -> bytes:
    end = _END_OF_HEADERS.search(mail)
    body = mail[end.end() :] if end else b""
    canonical = body.replace(b"\r\n", b"\n").rstrip(b"\n")
    seen = [name + b":" + b" ".join(value.split()) for name, value in _fields(mail) if name.decode("latin-1") in _SEEN]
    return base64.urlsafe_b64encode(keyed_hash(key, "mark", *sorted(seen), canonical)).rstrip(b"=")


def _fields(mail: bytes) -> list[tuple[bytes, bytes]]:
    end = _END_OF_HEADERS.search(mail)
    return [(found[1].lower(), found[2]) for found in _FIELD.finditer(mail, 0, end.start() if end else len(mail))]
