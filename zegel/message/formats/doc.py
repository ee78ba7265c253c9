"""DOC by its piece table (MS-DOC 2.4.1): body, footnotes, headers, comments, endnotes and text boxes, in one run."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator, Mapping

from zegel.message.base.found import Budget, Locked
from zegel.message.formats.plain import strings

_WORD_97, _WORD_6 = b"\xec\xa5", b"\xdc\xa5"
_ENCRYPTED, _TABLE_1 = 0x0100, 0x0200
_CLX = 33
"""Which of the offsets in the file information block leads to the piece table."""
_MARKS = {
    0x01: None, 0x02: None, 0x03: None, 0x04: None, 0x05: None, 0x08: None, 0x1F: None,
    0x07: "  ", 0x0B: "\n", 0x0C: "\n", 0x0D: "\n", 0x0E: "\n", 0x13: " ", 0x14: " ", 0x15: " ", 0x1E: "-",
}  # fmt: skip
"""What stands in the text for a picture, a note, a cell's end, a line's end, a field (MS-DOC 2.4.1)."""
_ROW_END = re.compile(r"\x07\x07")


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
    for start, size, wide in _pieces(document, table):
        end = min(start + size * (2 if wide else 1), len(document))
        budget.charge(end - start)
        text.append(document[start:end].decode("utf-16-le" if wide else "cp1252", "replace"))
        spans.append((start, end))
    shown = _ROW_END.sub("\n", "".join(text)).translate(_MARKS)
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


def _between(spans: list[tuple[int, int]], size: int) -> Iterator[tuple[int, int]]:
    """What of 0…size is in no span."""
    position = 0
    for start, end in sorted(spans):
        if start > position:
            yield position, start
        position = max(position, end)
    if position < size:
        yield position, size
