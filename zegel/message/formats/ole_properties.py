"""What a legacy Office document says about itself: property sets (MS-OLEPS), custom ones and labels included."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from datetime import datetime, timedelta

from zegel.message.text import charset as charsets

_SUMMARY = {2: "title", 3: "subject", 4: "author", 5: "keywords", 6: "comments", 7: "template", 8: "lastAuthor",
            12: "created", 13: "saved", 18: "application"}  # fmt: skip
_DOCUMENT = {2: "category", 3: "presentationFormat", 14: "manager", 15: "company", 26: "contentType",
             27: "contentStatus", 28: "language"}  # fmt: skip
_FORMATS = {
    "e0859ff2f94f6810ab9108002b27b3d9": _SUMMARY,
    "02d5cdd59c2e1b10939708002b2cf9ae": _DOCUMENT,
}
_INTEGER, _BOOLEAN, _NARROW, _WIDE, _TIME, _VECTOR = 3, 11, 30, 31, 64, 0x1000
_DICTIONARY, _CODEPAGE = 0, 1
_MOST = 1000


def read_properties(data: bytes) -> Iterator[tuple[str, str]]:
    """Name and value of each property of a property set; what is broken is passed over."""
    try:
        (sections,) = struct.unpack_from("<I", data, 24)
        for number in range(min(sections, 4)):
            kind = data[28 + number * 20 : 44 + number * 20].hex()
            (start,) = struct.unpack_from("<I", data, 44 + number * 20)
            yield from _section(data, start, _FORMATS.get(kind, {}))
    except struct.error:
        return


def _section(data: bytes, start: int, names: dict[int, str]) -> Iterator[tuple[str, str]]:
    _, count = struct.unpack_from("<II", data, start)
    places = dict(struct.unpack_from("<II", data, start + 8 + 8 * place) for place in range(min(count, _MOST)))
    charset = "cp1252"
    if _CODEPAGE in places:
        (page,) = struct.unpack_from("<H", data, start + places[_CODEPAGE] + 4)
        charset = {1200: "utf-16-le", 65001: "utf-8"}.get(page, f"cp{page}")
    if _DICTIONARY in places:
        names = dict(_dictionary(data, start + places[_DICTIONARY], charset))
    for number, place in places.items():
        if number not in (_DICTIONARY, _CODEPAGE):
            for value in _values(data, start + place, charset):
                yield names.get(number, f"property {number}"), value


def _dictionary(data: bytes, at: int, charset: str) -> Iterator[tuple[int, str]]:
    """The names of custom properties (MS-OLEPS 2.17)."""
    (count,) = struct.unpack_from("<I", data, at)
    at += 4
    for _ in range(min(count, _MOST)):
        number, size = struct.unpack_from("<II", data, at)
        width = 2 if charset == "utf-16-le" else 1
        raw = data[at + 8 : at + 8 + size * width]
        at += 8 + len(raw) + (-len(raw) % 4 if width == 2 else 0)
        yield number, charsets.decode(raw, charset).strip("\0")


def _values(data: bytes, at: int, charset: str) -> Iterator[str]:
    kind, size = struct.unpack_from("<II", data, at)
    at += 4
    if kind & _VECTOR:
        at += 4
        for _ in range(min(size, _MOST)):
            if kind & 0xFFF not in (_NARROW, _WIDE):
                return
            (length,) = struct.unpack_from("<I", data, at)
            yield _value(data, at, kind & 0xFFF, charset)
            length *= 1 if kind & 0xFFF == _NARROW else 2
            at += 4 + length + (-length % 4 if kind & 0xFFF == _WIDE else 0)
        return
    yield _value(data, at, kind, charset)


def _value(data: bytes, at: int, kind: int, charset: str) -> str:
    (number,) = struct.unpack_from("<I", data, at)
    match kind:
        case 30:
            return charsets.decode(data[at + 4 : at + 4 + number], charset).partition("\0")[0]
        case 31:
            return data[at + 4 : at + 4 + number * 2].decode("utf-16-le", "replace").partition("\0")[0]
        case 3:
            return str(number)
        case 11:
            return "true" if number & 0xFFFF else "false"
        case 64:
            (ticks,) = struct.unpack_from("<Q", data, at)
            try:
                return f"{datetime(1601, 1, 1) + timedelta(microseconds=ticks // 10):%Y-%m-%d %H:%M}"
            except OverflowError:
                return ""
    return ""
