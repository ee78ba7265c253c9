"""Files that are written into text: data: addresses, attachments of a calendar, the parts of an Office XML file."""

from __future__ import annotations

import re
from collections.abc import Iterator

import re2

from zegel.message.base import file_types as kinds
from zegel.message.mime import transfer

_BYTEWISE = re2.Options()
_BYTEWISE.encoding = re2.Options.Encoding.LATIN1
# RE2 leaps to the first letters; `in` looks at every one.
_BASE64 = re2.compile(rb"(?i)base64", _BYTEWISE)
_IN_XML = re2.compile(rb"(?i)<(?:\w{1,20}:)?bin(?:Data|aryData|ary-data)\b", _BYTEWISE)
_PLACES = re.compile(
    rb"data:[\w.+/-]{0,100}(?:;[\w=.+-]{1,60}){0,5};base64,"  # RFC 2397
    rb"|^ATTACH;[^:\r\n]{0,500}BASE64[^:\r\n]{0,500}:"  # RFC 5545 3.8.1.1
    rb"|<(?:\w{1,20}:)?(?:binData|binaryData|binary-data)\b[^<>]{0,1000}>",  # Word 2003, flat OPC, flat ODF
    re.IGNORECASE | re.MULTILINE,
)
_CONTENT = re.compile(rb"[A-Za-z0-9+/=_%\s-]*+")
_SHORTEST = 16
_WITHOUT_TEXT = (b"wOFF", b"wOF2", b"\0\1\0\0\0", b"OTTO", b"ID3", b"OggS", b"\0\0\0")
"""Fonts, sound and film."""
_MOST = 1000


def html_holds_blobs(data: bytes) -> bool:
    """Whether it is worth looking for files in HTML."""
    return bool(_BASE64.search(data))


def holds_blobs(data: bytes) -> bool:
    """Whether it is worth looking for files in a text."""
    return html_holds_blobs(data) or bool(_IN_XML.search(data))


def blobs(data: bytes) -> Iterator[bytes]:
    """The files in a text, decoded.

    >>> list(blobs(b'<a href="data:text/plain;base64,MTExMjIyMzMzIGlzIGEgc2VjcmV0">x</a>'))
    [b'111222333 is a secret']
    """
    if not holds_blobs(data):
        return
    position = 0
    for _ in range(_MOST):
        place = _PLACES.search(data, position)
        if place is None:
            return
        content = _CONTENT.match(data, place.end())
        position = content.end() if content else place.end()
        decoded = transfer.base64(data[place.end() : position].replace(b"%2B", b"+").replace(b"%2F", b"/"))
        if len(decoded) >= _SHORTEST and not (kinds.picture(decoded) or decoded.startswith(_WITHOUT_TEXT)):
            yield decoded
