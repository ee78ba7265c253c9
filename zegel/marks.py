"""The mark on Zegel's own mails, so that they are recognised when a mail system passes them by again.

The mark is a keyed hash over the body: copied onto another mail it is worth nothing.
"""

from __future__ import annotations

import base64
import hmac
import re
from mmap import mmap

from zegel.vault.seal import keyed_hash

HEADER = "X-Zegel-Mark"
_FIELD = re.compile(rb"^X-Zegel-Mark:[ \t]*([A-Za-z0-9_-]{43})[ \t]*\r?$", re.MULTILINE | re.IGNORECASE)
_END_OF_HEADERS = re.compile(rb"\r?\n\r?\n")
_MOST = 2_000_000
"""Mails of ours are small, except those that carry a body with pictures; a larger one is simply inspected."""


def marked(key: bytes, mail: bytes) -> bytes:
    """`mail` with its mark on top."""
    return HEADER.encode() + b": " + _mark(key, mail) + b"\r\n" + mail


def has_valid_mark(key: bytes, raw: bytes | mmap) -> bool:
    """Whether `raw` is a mail that we composed, unchanged."""
    if len(raw) > _MOST:
        return False
    mail = bytes(raw)
    end = _END_OF_HEADERS.search(mail)
    found = _FIELD.search(mail, 0, end.start() if end else len(mail))
    return found is not None and hmac.compare_digest(found[1], _mark(key, mail))


def _mark(key: bytes, mail: bytes) -> bytes:
    end = _END_OF_HEADERS.search(mail)
    body = mail[end.end() :] if end else b""
    canonical = body.replace(b"\r\n", b"\n").rstrip(b"\n")
    return base64.urlsafe_b64encode(keyed_hash(key, "mark", canonical)).rstrip(b"=")
