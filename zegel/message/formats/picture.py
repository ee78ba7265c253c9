"""What a picture says besides its dots: comments, descriptions, Exif, XMP, and what is put behind its end."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator

from zegel.message.base.found import Budget, Exceeded
from zegel.message.formats.archive import inflated
from zegel.message.formats.plain import strings
from zegel.message.text import charset as charsets
from zegel.message.text import markup

_XMP = re.compile(rb"<x:xmpmeta.{0,500000}?</x:xmpmeta>", re.DOTALL)
_LONGEST = 100_000
_MOST = 2000
"""Pieces of one picture that are looked at."""


def picture_text(data: bytes) -> str:
    """The words in a picture's own fields; never raises."""
    try:
        found = list(_fields(data))
    except (struct.error, ValueError, IndexError):
        found = [strings(data[:_LONGEST])]
    xmp = (markup.data_text(charsets.decode(match[0])) for match in _XMP.finditer(data))
    return "\n".join(text for text in [*found, *xmp] if text and not text.isspace())


def _fields(data: bytes) -> Iterator[str]:
    if data.startswith(b"\x89PNG"):
        return _png(data)
    if data.startswith(b"\xff\xd8"):
        return _jpeg(data)
    if data.startswith(b"GIF"):
        return _gif(data)
    if data.startswith(b"RIFF"):
        return _webp(data)
    return _tiff(data, 0)


def _png(data: bytes) -> Iterator[str]:
    """The chunks of text (PNG 11.3.3), and Exif."""
    position = 8
    for _ in range(_MOST):
        if position + 8 > len(data):
            return
        size, kind = struct.unpack_from(">I4s", data, position)
        content = data[position + 8 : position + 8 + min(size, _LONGEST)]
        position += 12 + size
        if kind == b"tEXt":
            yield content.replace(b"\0", b": ").decode("latin-1")
        elif kind == b"zTXt":
            key, _, packed = content.partition(b"\0")
            yield f"{key.decode('latin-1')}: {charsets.decode(_unpacked(packed[1:]))}"
        elif kind == b"iTXt":
            key, _, rest = content.partition(b"\0")
            language, _, text = rest[2:].partition(b"\0")[2].partition(b"\0")
            text = _unpacked(text) if rest[:1] == b"\1" else text
            yield f"{key.decode('latin-1')}: {charsets.decode(language)} {charsets.decode(text)}"
        elif kind == b"eXIf":
            yield strings(content)
        elif kind == b"IEND":
            yield strings(data[position : position + _LONGEST])
            return


def _jpeg(data: bytes) -> Iterator[str]:
    """Comments and the fields of applications, up to where the dots start (ITU T.81, B.1.1.4)."""
    position = 2
    for _ in range(_MOST):
        if position + 4 > len(data) or data[position] != 0xFF:
            break
        marker, size = data[position + 1], int.from_bytes(data[position + 2 : position + 4], "big")
        if marker == 0xDA:
            break
        content = data[position + 4 : position + 2 + size]
        if marker == 0xFE:
            yield charsets.decode(content)
        elif marker in (0xE1, 0xED):
            yield strings(content)
        position += 2 + size
    end = data.rfind(b"\xff\xd9")
    if 0 <= end < len(data) - 2:
        yield strings(data[end + 2 : end + 2 + _LONGEST])


def _gif(data: bytes) -> Iterator[str]:
    """Comments (GIF89a 24) and plain text (25), wherever their marks stand."""
    position = 6
    for _ in range(_MOST):
        position = data.find(b"\x21", position)
        if position < 0:
            return
        kind = data[position + 1 : position + 2]
        position += 1
        if kind in (b"\xfe", b"\x01"):
            at = position + 1
            pieces: list[bytes] = []
            while at < len(data) and data[at] and len(pieces) < 400:
                pieces.append(data[at + 1 : at + 1 + data[at]])
                at += 1 + data[at]
            yield charsets.decode(b"".join(pieces))


def _webp(data: bytes) -> Iterator[str]:
    """Exif; XMP is found in any picture."""
    position = 12
    for _ in range(_MOST):
        if position + 8 > len(data):
            return
        kind, size = struct.unpack_from("<4sI", data, position)
        if kind == b"EXIF":
            yield strings(data[position + 8 : position + 8 + min(size, _LONGEST)])
        position += 8 + size + size % 2


def _tiff(data: bytes, start: int) -> Iterator[str]:
    """The fields of text in a TIFF's first directories (TIFF 6.0, 2)."""
    order = "<" if data[start : start + 2] == b"II" else ">"
    (position,) = struct.unpack_from(f"{order}I", data, start + 4)
    for _ in range(20):
        (count,) = struct.unpack_from(f"{order}H", data, start + position)
        for number in range(count):
            at = start + position + 2 + number * 12
            _, kind, size, offset = struct.unpack_from(f"{order}HHII", data, at)
            if kind == 2:
                place = at + 8 if size <= 4 else start + offset
                yield charsets.decode(data[place : place + min(size, _LONGEST)].rstrip(b"\0"))
        (position,) = struct.unpack_from(f"{order}I", data, start + position + 2 + count * 12)
        if not position:
            return


def _unpacked(packed: bytes) -> bytes:
    try:
        return inflated(packed, Budget(_LONGEST, 0, 0))
    except Exceeded:
        return b""
