"""S/MIME (CMS, RFC 5652): the content of what is signed or compressed; what is encrypted says so.

Reads BER as mail programs write it: indefinite lengths and strings in pieces included.
"""

from __future__ import annotations

import binascii
from dataclasses import dataclass
from typing import Literal

from zegel.message.base.file_types import CMS_ARMOUR, PKCS7
from zegel.message.base.found import Budget
from zegel.message.formats.archive import inflated

_SEQUENCE, _CONSTRUCTED, _STRING, _EXPLICIT = 0x30, 0x20, 0x04, 0xA0
_DEEPEST = 60

Kind = Literal["signed", "compressed", "encrypted", ""]


@dataclass(frozen=True, slots=True)
class Envelope:
    """What kind of S/MIME a file is, and what it holds: a part of a mail; b"" when that is elsewhere or locked."""

    kind: Kind
    content: bytes = b""


def opened(data: bytes, budget: Budget) -> Envelope:
    """The envelope in `data`; ValueError when it is broken. Raises Exceeded when it unpacks to too much."""
    armour = CMS_ARMOUR.match(data)
    if armour:
        data = binascii.a2b_base64(armour[1])
    tag, inside, _ = _header(data, 0)
    if tag != _SEQUENCE:
        raise ValueError("no CMS message")
    _, start, stop = _header(data, inside)
    if stop is None:
        raise ValueError("an object identifier without length")
    number = data[start:stop]
    if number[:-1] == PKCS7[2:]:
        kind: Kind = "signed" if number[-1] in (1, 2, 5) else "encrypted"
    else:
        kind = {9: "compressed", 31: "signed"}.get(number[-1], "encrypted") if number else "encrypted"  # type: ignore[assignment]
    if kind == "encrypted":
        return Envelope(kind)
    _, content, _ = _header(data, stop)
    if number == PKCS7[2:] + b"\1" or number[-1] == 31:
        found = b"".join(_strings(data, content, 0)) if number[-1] == 1 else _timestamped(data, content)
        budget.charge(len(found))
        return Envelope(kind, found)
    _, position, _ = _header(data, content)
    position = _after(data, _after(data, position))  # the version, the algorithms
    found = _encapsulated(data, position)
    budget.charge(len(found))
    return Envelope(kind, inflated(found, budget) if kind == "compressed" else found)


def _timestamped(data: bytes, position: int) -> bytes:
    """The content of a TimeStampedData (RFC 5544 2), behind a version, an address and a name; b"" when it has none."""
    _, position, end = _header(data, position)
    while position < (len(data) if end is None else end):
        tag, _, _ = _header(data, position)
        if tag & ~_CONSTRUCTED == _STRING:
            return b"".join(_strings(data, position, 0))
        if tag & _EXPLICIT == _EXPLICIT:
            break
        position = _after(data, position)
    return b""


def _encapsulated(data: bytes, position: int) -> bytes:
    """The content of an EncapsulatedContentInfo (RFC 5652 5.2), b"" when it has none."""
    tag, inside, end = _header(data, position)
    if tag != _SEQUENCE:
        raise ValueError("no content")
    position = _after(data, inside)
    if position >= (len(data) if end is None else end):
        return b""
    tag, inside, _ = _header(data, position)
    return b"".join(_strings(data, inside, 0)) if tag == _EXPLICIT else b""


def _strings(data: bytes, position: int, depth: int) -> list[bytes]:
    """The pieces of a string that may be in pieces."""
    tag, start, end = _header(data, position)
    if tag & ~_CONSTRUCTED != _STRING or depth > _DEEPEST:
        # PKCS #7 before CMS allowed any content here: take it as it stands.
        return [data[start : len(data) if end is None else end]]
    if not tag & _CONSTRUCTED:
        return [data[start:end]]
    pieces: list[bytes] = []
    position = start
    while position < (len(data) if end is None else end) and data[position : position + 2] != b"\0\0":
        pieces += _strings(data, position, depth + 1)
        position = _after(data, position)
    return pieces


def _header(data: bytes, position: int) -> tuple[int, int, int | None]:
    """Tag, start and end of the element at `position`; no end when its length is indefinite."""
    try:
        tag, size = data[position], data[position + 1]
    except IndexError:
        raise ValueError("cut off") from None
    position += 2
    if tag & 0x1F == 0x1F:
        raise ValueError("a long tag")
    if size == 0x80:
        return tag, position, None
    if size > 0x80:
        width = size & 0x7F
        if width > 8:
            raise ValueError("a length of more than eight bytes")
        size = int.from_bytes(data[position : position + width], "big")
        position += width
    return tag, position, min(position + size, len(data))


def _after(data: bytes, position: int) -> int:
    """Where the element at `position` ends."""
    open_elements = 0
    while True:
        if data[position : position + 2] == b"\0\0" and open_elements:
            open_elements -= 1
            position += 2
        else:
            _, start, end = _header(data, position)
            if end is None:
                open_elements += 1
                position = start
            else:
                position = end
        if not open_elements:
            return position
