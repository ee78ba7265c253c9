"""The mark on Zegel's own mails, so that they are recognised when a mail system passes them by again.

The mark is a keyed hash over the body and over every header field of the mail as it was composed: put on another mail,
or on the same with a field more, less or other, it is worth nothing, and the mail is inspected like any. Mail systems
on the way may add the fields of `_TRACE`, some kilobytes in all, and these alone pass unread: a filter that returns a
mail adds them anew each time, and no mail program shows them to a reader.

What somebody else wrote and we only bring, such as a released original, has a mark that counts for its one recipient:
whoever passes it on to another has it inspected.

Replies carry no mark. They go to people inside, so nobody inspects them; where a mailbox forwards one to the outside,
it has to be protected again.
"""

from __future__ import annotations

import base64
import hmac
import re
from collections.abc import Sequence
from mmap import mmap

from zegel.crypto import keyed_hash
from zegel.mail.addresses import identity

HEADER = "X-Zegel-Mark"
_NAME = HEADER.lower().encode()
_TRACE = re.compile(
    rb"received|return-path|x-original-to|delivered-to|received-spf|authentication-results|dkim-signature"
    rb"|domainkey-signature|x-google-dkim-signature|arc-(seal|message-signature|authentication-results)"
    rb"|x-spam-(flag|score|status|level|bar|report|checker-version)|x-spamd-(bar|result)"
    rb"|x-rspamd-(server|queue-id|action|score|pre-result)|x-virus-(scanned|status)|x-amavis-(alert|modified)"
    rb"|x-quarantine-id"
)
"""Whole names, so that a name that only begins like one of these hides nothing."""
MOST_TRACE = 16_384
"""Bytes of all these fields together: signatures and results of several hops, and no document."""
_END_OF_HEADERS = re.compile(rb"\r?\n\r?\n")
_FIELD = re.compile(rb"([!-9;-~]+)[ \t]*:([^\n]*(?:\n[ \t][^\n]*)*)(?:\n|\Z)")
_MARK = re.compile(rb"[A-Za-z0-9_-]{43}")


def marked(key: bytes, mail: bytes, only_to: str = "") -> bytes:
    """`mail`, complete but for what mail systems add, with its mark on top: for anybody, or for one recipient.

    What people send may have lines in its header that are no field: such a mail, `only_to` somebody, stays without a
    mark and is inspected when it comes by again. Else raises ValueError.
    """
    fields = _fields(mail)
    if fields is None and only_to:
        return mail
    if fields is None:
        raise ValueError("its header cannot be taken apart")
    return HEADER.encode() + b": " + _mark(key, fields, mail, only_to) + b"\r\n" + mail


def has_valid_mark(key: bytes, raw: bytes | mmap, recipients: Sequence[str] = ()) -> bool:
    """Whether `raw` is a mail of ours, unchanged but for what mail systems add, and may go to these `recipients`."""
    fields = _fields(raw)
    if fields is None:
        return False
    given = [value.strip() for name, value in fields if name == _NAME]
    if len(given) != 1 or not _MARK.fullmatch(given[0]):
        return False
    trace = [len(name) + len(value) for name, value in fields if _TRACE.fullmatch(name)]
    people = {identity(each).text for each in recipients}
    expected = [_mark(key, fields, raw, only_to) for only_to in ("", *(people if len(people) == 1 else ()))]
    return sum(trace) <= MOST_TRACE and any(hmac.compare_digest(given[0], each) for each in expected)


def _mark(key: bytes, fields: list[tuple[bytes, bytes]], mail: bytes | mmap, only_to: str) -> bytes:
    end = _END_OF_HEADERS.search(mail)
    canonical = mail[end.end() :].replace(b"\r\n", b"\n").rstrip(b"\n") if end else b""
    ours = ((name, value) for name, value in fields if name != _NAME and not _TRACE.fullmatch(name))
    seen = sorted(name + b":" + b" ".join(value.split()) for name, value in ours)
    whose = ("mark for", identity(only_to).text) if only_to else ("mark",)
    return base64.urlsafe_b64encode(keyed_hash(key, *whose, *seen, canonical)).rstrip(b"=")


def _fields(mail: bytes | mmap) -> list[tuple[bytes, bytes]] | None:
    """Every field with its name in small letters; None when something of the header is no field."""
    end = _END_OF_HEADERS.search(mail)
    header = bytes(mail[: end.start() if end else len(mail)]).replace(b"\r\n", b"\n")
    found, place = [], 0
    while place < len(header):
        field = _FIELD.match(header, place)
        if field is None:
            return None
        found.append((field[1].lower(), field[2]))
        place = field.end()
    return found
