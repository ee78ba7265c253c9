"""Files that are written into text: data: addresses, attachments of a calendar, the parts of an Office XML file."""

from __future__ import annotations

import re
from collections.abc import Iterator

from zegel.message import transfer

_IN_XML = (b"inData", b"inaryData", b"inary-data")
_PLACES = re.compile(
    rb"data:(?!image/|font/|audio/|video/)[\w.+/-]{0,100}(?:;[\w=.+-]{1,60}){0,5};base64,"  # RFC 2397
    rb"|^ATTACH;[^:\r\n]{0,500}BASE64[^:\r\n]{0,500}:"  # RFC 5545 3.8.1.1
    rb"|<(?:\w{1,20}:)?(?:binData|binaryData|binary-data)\b[^<>]{0,1000}>",  # Word 2003, flat OPC, flat ODF
    re.IGNORECASE | re.MULTILINE,
)
_CONTENT = re.compile(rb"[A-Za-z0-9+/=_%\s-]*+")
_SHORTEST = 16
_MOST = 1000


def html_holds_blobs(data: bytes) -> bool:
    """Whether it is worth looking for files in HTML."""
    return b"ase64" in data or b"ASE64" in data


def holds_blobs(data: bytes) -> bool:
    """Whether it is worth looking for files in a text."""
    return html_holds_blobs(data) or any(sign in data for sign in _IN_XML)


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
        if len(decoded) >= _SHORTEST:
            yield decoded
