"""DOC by its piece table (MS-DOC 2.4.1): body, footnotes, headers, comments, endnotes and text boxes, in one run."""

from __future__ import annotations

import re
import struct
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from functools import lru_cache

from zegel.message.base.found import Budget, Locked
from zegel.message.formats.plain import strings
from zegel.message.text.table_ends import (
    CELL_END,
    INNER_CELL_END,
    INNER_ROW_END,
    OUTSIDE,
    ROW_END,
    with_tables,
)
from zegel.message.text.table_marks import MARKS

_WORD_97, _WORD_6 = b"\xec\xa5", b"\xdc\xa5"
_ENCRYPTED, _TABLE_1 = 0x0100, 0x0200
_CLX = 33
"""Which of the offsets in the file information block leads to the piece table."""
_MARKS: dict[int, str | None] = {
    0x01: None, 0x02: None, 0x03: None, 0x04: None, 0x05: None, 0x08: None, 0x1F: None,
    0x07: CELL_END, 0x0B: "\n", 0x0C: "\n", 0x0D: "\n", 0x0E: "\n", 0x13: " ", 0x14: " ", 0x15: " ", 0x1E: "-",
}  # fmt: skip
"""What stands in the text for a picture, a note, a cell's end, a line's end, a field (MS-DOC 2.4.1)."""
_ROW_END = re.compile(f"{CELL_END}{CELL_END}")
_MARKS |= {ord(sign): " " for sign in MARKS if ord(sign) not in _MARKS}
_CELL_MARK = 0x07
_PARAGRAPH_ENDS = (_CELL_MARK, 0x0C, 0x0D)
_PAGE = 512
_PARAGRAPHS = 13
"""Which of the offsets leads to the pages of paragraph properties."""
_IN_TABLE, _ROW_ENDS, _INNER_CELL_ENDS, _INNER_ROW_ENDS = 0x2416, 0x2417, 0x244B, 0x244C
_HUGE = 0x6646
"""Stands for properties that lie elsewhere, because they are too many: those of the end of a row."""
_TABLE_COLUMNS = 0xD608
_SIZES = (1, 1, 2, 4, 2, 2, 0, 3)
"""Bytes of the operand of a property, by the highest bits of its number; 0: the operand begins with its size."""


def word_text(streams: Mapping[str, bytes], budget: Budget) -> tuple[str, str]:
    """The text of a Word document, and what text lies between its pieces: what was deleted and quickly saved.

    `streams`: WordDocument and 0Table or 1Table. Raises Locked; ValueError or struct.error when it is broken.
    """
    document = streams["WordDocument"]
    if document[:2] == _WORD_6:
        return "", strings(document)
    if document[:2] != _WORD_97:
        raise ValueError("no Word document")
    (flags,) = struct.unpack_from("<H", document, 10)
    if flags & _ENCRYPTED:
        raise Locked
    table = streams["1Table" if flags & _TABLE_1 else "0Table"]
    text: list[str] = []
    spans: list[tuple[int, int]] = []
    try:
        marks = dict(_table_ends(document, table, budget))
    except (struct.error, IndexError):
        marks = {}
    places = sorted(marks)
    for start, size, wide in _pieces(document, table):
        end = min(start + size * (2 if wide else 1), len(document))
        budget.charge(end - start)
        text += _with_ends(document, start, end, wide, places, marks)
        spans.append((start, end))
    shown = "".join(text)
    shown = with_tables(shown if ROW_END in shown else _ROW_END.sub(ROW_END, shown))
    return shown, "\n".join(strings(document[start:end]) for start, end in _between(spans, len(document)))


def _pieces(document: bytes, table: bytes) -> Iterator[tuple[int, int, bool]]:
    """Each piece: where it starts in the document, how many characters it has, whether they are UTF-16."""
    position = 32
    for width in (2, 4):
        (count,) = struct.unpack_from("<H", document, position)
        position += 2 + count * width
    start, size = struct.unpack_from("<II", document, position + 2 + _CLX * 8)
    at, end = start, min(start + size, len(table))
    while at < end and table[at] == 1:  # properties that pieces refer to
        at += 3 + struct.unpack_from("<H", table, at + 1)[0]
    if at >= end or table[at] != 2:
        raise ValueError("no piece table")
    (size,) = struct.unpack_from("<I", table, at + 1)
    count = max(0, min(size, len(table) - at - 5) - 4) // 12
    places = struct.unpack_from(f"<{count + 1}I", table, at + 5)
    for number in range(count):
        (offset,) = struct.unpack_from("<I", table, at + 5 + (count + 1) * 4 + number * 8 + 2)
        length = max(0, places[number + 1] - places[number])
        narrow = bool(offset & 0x4000_0000)
        offset &= 0x3FFF_FFFF
        start = min(offset // 2 if narrow else offset, len(document))
        yield start, min(length, len(document)), not narrow


def _with_ends(
    document: bytes, start: int, end: int, wide: bool, places: list[int], marks: dict[int, str]
) -> Iterator[str]:
    """The text of a piece, with what stands at `places` in it replaced by `marks`."""
    width, charset = (2, "utf-16-le") if wide else (1, "cp1252")
    position = start
    for at in range(bisect_left(places, start), bisect_left(places, end)):
        place = start + (places[at] - start) // width * width
        sign = document[place]
        if place < position or sign not in _PARAGRAPH_ENDS:
            continue
        yield document[position:place].decode(charset, "replace").translate(_MARKS)
        mark = marks[places[at]]
        yield mark if mark != ROW_END or sign == _CELL_MARK else "\n"
        position = place + width
    yield document[position:end].decode(charset, "replace").translate(_MARKS)


def _table_ends(document: bytes, table: bytes, budget: Budget) -> Iterator[tuple[int, str]]:
    """Where in the document stand the ends of rows and of paragraphs outside of tables (MS-DOC 2.9.174, 2.8.6)."""
    position = 32
    for width in (2, 4):
        (count,) = struct.unpack_from("<H", document, position)
        position += 2 + count * width
    start, size = struct.unpack_from("<II", document, position + 2 + _PARAGRAPHS * 8)
    count = max(0, min(size, len(table) - start) - 4) // 8
    for page in struct.unpack_from(f"<{count}I", table, start + (count + 1) * 4):
        budget.check_time()
        base = (page & 0x3F_FFFF) * _PAGE
        block = document[base : base + _PAGE]
        if len(block) < _PAGE:
            continue
        runs = min(block[511], 29)
        ends = struct.unpack_from(f"<{runs + 1}I", block)
        for run in range(runs):
            offset = block[(runs + 1) * 4 + run * 13] * 2
            properties = _properties(block, offset) if offset else frozenset()
            if _ROW_ENDS in properties or _HUGE in properties:
                yield ends[run + 1] - 1, ROW_END
            elif _INNER_ROW_ENDS in properties:
                yield ends[run + 1] - 1, INNER_ROW_END
            elif _INNER_CELL_ENDS in properties:
                yield ends[run + 1] - 1, INNER_CELL_END
            elif _IN_TABLE not in properties:
                yield ends[run + 1] - 1, OUTSIDE


def _properties(block: bytes, offset: int) -> frozenset[int]:
    """The properties that a paragraph turns on, by their numbers (MS-DOC 2.9.175, 2.6.2)."""
    size = block[offset] * 2 - 1
    start = offset + 1
    if size < 0:
        size, start = block[offset + 1] * 2, offset + 2
    return _turned_on(block[start + 2 : start + size])


@lru_cache(maxsize=1024)
def _turned_on(properties: bytes) -> frozenset[int]:
    found: set[int] = set()
    at = 0
    while at + 2 < len(properties):
        (number,) = struct.unpack_from("<H", properties, at)
        at += 2
        width = _SIZES[number >> 13]
        if not width:
            is_long = number == _TABLE_COLUMNS
            width = int.from_bytes(properties[at : at + 2], "little") + 1 if is_long else properties[at] + 1
        if number == _HUGE or any(properties[at : at + width]):
            found.add(number)
        at += width
    return frozenset(found)


def _between(spans: list[tuple[int, int]], size: int) -> Iterator[tuple[int, int]]:
    """What of 0…size is in no span."""
    position = 0
    for start, end in sorted(spans):
        if start > position:
            yield position, start
        position = max(position, end)
    if position < size:
        yield position, size
