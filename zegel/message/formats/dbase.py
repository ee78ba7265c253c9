"""dBASE tables (`.dbf`), as FoxPro, spreadsheets and maps (shapefiles) write them: https://www.dbase.com/Knowledgebase/INT/db7_file_fmt.htm"""

from __future__ import annotations

import struct

from zegel.message.base.found import Found
from zegel.message.text import charset as charsets
from zegel.message.text import table_marks as marks

_VERSIONS = (0x02, 0x03, 0x30, 0x31, 0x32, 0x43, 0x63, 0x83, 0x8B, 0xCB, 0xF5, 0xFB)
_CHARSETS = {0x01: "cp437", 0x02: "cp850", 0x03: "cp1252", 0x57: "cp1252", 0xC8: "cp1250", 0x64: "cp852", 0x65: "cp866"}
_ROWS_AT_ONCE = 200
_FIELD, _END = 32, 0x0D
_NUMBERS = {"I": "<i", "B": "<d", "O": ">d", "Y": "<q"}
"""Fields in bytes rather than in digits."""


def is_dbase(data: bytes) -> bool:
    """Whether `data` begins as a table: the fields of its head fill a record."""
    if len(data) < 2 * _FIELD or data[0] not in _VERSIONS or not 1 <= data[2] <= 12 or not 1 <= data[3] <= 31:
        return False
    head, record = struct.unpack_from("<HH", data, 8)
    fields = _fields(data, head)
    return bool(fields) and 1 + sum(size for _, _, size in fields) == record


def _fields(data: bytes, head: int) -> list[tuple[str, str, int]]:
    """Name, type and bytes of each field."""
    found = []
    for at in range(_FIELD, min(head, len(data)) - 1, _FIELD):
        if data[at] == _END:
            break
        name = data[at : at + 11].partition(b"\0")[0].decode("latin-1").strip()
        found.append((name, chr(data[at + 11]), data[at + 16]))
    return found


def read_dbase(found: Found, data: bytes, part: str) -> None:
    """The records below the names of their fields, deleted ones too."""
    head, size = struct.unpack_from("<HH", data, 8)
    fields = _fields(data, head)
    charset = _CHARSETS.get(data[29], "")
    names = [name for name, _, _ in fields]
    found.budget.charge(len(data))
    for first in range(head, len(data), size * _ROWS_AT_ONCE):
        found.budget.check_time()
        starts = range(first, min(first + size * _ROWS_AT_ONCE, len(data) - 1), size)
        rows = [_cells(data[start + 1 : start + size], fields, charset) for start in starts]
        found.text("attachments", part, marks.table([names, *rows]))


def _cells(record: bytes, fields: list[tuple[str, str, int]], charset: str) -> list[str]:
    cells, at = [], 0
    for _, kind, size in fields:
        value = record[at : at + size]
        at += size
        form = _NUMBERS.get(kind)
        if form and len(value) == struct.calcsize(form):
            (number,) = struct.unpack(form, value)
            cells.append(f"{number / 10_000 if kind == 'Y' else number:.15g}")
        else:
            cells.append(charsets.decode(value.strip(b" \0"), charset))
    return cells
