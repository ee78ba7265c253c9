"""What the headers of a mail and of its parts say, apart from what machines write there."""

from __future__ import annotations

import re
from collections.abc import Iterator

from zegel.message.mime.headers import decode_header_value
from zegel.message.mime.tree import Part

TRACE = frozenset(
    b"received dkim-signature return-path message-id references in-reply-to date mime-version content-type"
    b" content-transfer-encoding content-disposition content-id content-length lines authentication-results"
    b" received-spf domainkey-signature x-google-dkim-signature x-received delivered-to x-original-to list-id"
    b" thread-index x-ms-exchange-antispam-messagedata x-microsoft-antispam x-microsoft-antispam-message-info"
    b" x-forefront-antispam-report x-ms-exchange-crosstenant-id x-spam-status"
    b" arc-seal arc-message-signature arc-authentication-results".decode().split()
)
"""Headers written by machines about the way of the mail; their ids are full of digits that mean nothing."""

_PLAIN_PARAMETERS = {"charset", "boundary", "format", "delsp", "name", "type", "start", "protocol", "micalg",
                     "filename", "size", "method", "report-type", "reply-type", "differences"}  # fmt: skip
_MAIL_START = re.compile(
    rb"(?:From |(?:Received|Return-Path|Delivered-To|From|To|Subject|Date|Message-ID|MIME-Version|"
    rb"Content-[\w-]{1,60}|X-[\w-]{1,60}):)[^\n]{0,2000}\n(?:[ \t][^\n]{0,2000}\n){0,50}[\w-]{1,76}:",
    re.IGNORECASE,
)
_NAME_PARAMETER = re.compile(rb';\s{0,99}(name|filename)\s{0,9}=\s{0,9}"?([^";\r\n]{1,1000})', re.IGNORECASE)
_LONG_HEADER = 500
"""Bytes of a Content- header above which it holds more than a boundary and a name."""


def looks_like_mail(data: bytes) -> bool:
    """Whether a file starts with the headers of a mail."""
    return bool(_MAIL_START.match(data))


def other_names(part: Part) -> Iterator[str]:
    """The names of a file besides the one that counts: programs differ in which they show."""
    names = [part.parameters.get("name", "")]
    for field, wanted in (("content-type", b"name"), ("content-disposition", b"filename")):
        value = part.raw_header(field)
        if b"*" in value:  # RFC 2231 wins over the plain parameter
            plain = (match for match in _NAME_PARAMETER.finditer(value) if match[1].lower() == wanted)
            names += [decode_header_value(match[2]) for match in plain]
    yield from (name for name in dict.fromkeys(names) if name not in ("", part.filename))


def unusual(part: Part, *, is_root: bool) -> Iterator[str]:
    """What the headers of a part say beyond the ordinary."""
    if not is_root:
        for header in part.headers:
            if header.name.lower() not in TRACE:
                yield f"{header.name}: {decode_header_value(header.value)}"
    for header in part.headers:
        if len(header.value) > _LONG_HEADER and header.name.lower().startswith("content-"):
            yield decode_header_value(header.value)
    for name, value in part.parameters.items():
        if name not in _PLAIN_PARAMETERS:
            yield f"{name}: {value}"
