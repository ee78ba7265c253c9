"""The binary parts of an XLSB workbook (MS-XLSB): cells, shared strings, formats; text in any other record."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from zegel.message.base.found import Budget
from zegel.message.formats.cells import built_in, header_text, rk_number, shown
from zegel.message.formats.plain import strings
from zegel.message.text.table_marks import Sheet, without_marks

_ROW, _RK, _REAL, _STRING, _SHARED, _FORMULA_STRING, _FORMULA_NUMBER, _RICH = 0, 2, 5, 6, 7, 8, 9, 62
_HEADERS = 479
_SHARED_ITEM, _FORMAT, _STYLE, _STYLES, _END_OF_STYLES, _WORKBOOK = 19, 44, 47, 617, 618, 153


@dataclass
class Shared:
    """What the sheets of a workbook need from its other parts."""

    strings: list[str] = field(default_factory=list)
    styles: list[str] = field(default_factory=list)
    since_1904: bool = False
    used: set[int] = field(default_factory=set)


def shared_part(data: bytes, shared: Shared) -> str:
    """Take up a part that is no sheet; the text in it that is not taken up otherwise."""
    formats: dict[int, str] = {}
    other: list[str] = []
    in_styles = False
    for kind, record in _records(data):
        if kind == _SHARED_ITEM:
            shared.strings.append(_wide(record, 1))
        elif kind == _FORMAT and len(record) >= 6:
            formats[int.from_bytes(record[:2], "little")] = _wide(record, 2)
        elif kind in (_STYLES, _END_OF_STYLES):
            in_styles = kind == _STYLES
        elif kind == _STYLE and in_styles:
            number = int.from_bytes(record[2:4], "little")
            shared.styles.append(formats.get(number) or built_in(number))
        else:
            if kind == _WORKBOOK:
                shared.since_1904 = bool(record[:1] and record[0] & 1)
            other.append(strings(record))
    return "\n".join(text for text in other if text and not text.isspace())


def sheet_part(data: bytes, shared: Shared, budget: Budget) -> str:
    """The text of a sheet: rows as lines, then what else is in it. Raises Exceeded."""
    sheet = Sheet()
    other: list[str] = []
    row = 0
    for kind, record in _records(data):
        if kind == _ROW:
            row = int.from_bytes(record[:4], "little")
            budget.check_time()
            continue
        try:
            text = _cell(kind, record, shared, budget)
        except struct.error:
            text = None
        if text is None:
            other.append(header_text(strings(record)) if kind == _HEADERS else strings(record))
        elif text:
            sheet.add(row, int.from_bytes(record[:4], "little"), without_marks(text))
        if kind in (_FORMULA_STRING, _FORMULA_NUMBER):
            other.append(strings(record[16:]))
    return "\n".join([sheet.text(), *(text for text in other if text and not text.isspace())])


def _cell(kind: int, record: bytes, shared: Shared, budget: Budget) -> str | None:
    """What a cell shows, None when the record is no cell with a value."""
    if kind in (_RK, _REAL, _FORMULA_NUMBER):
        style = int.from_bytes(record[4:7], "little")
        code = shared.styles[style] if style < len(shared.styles) else ""
        value = rk_number(struct.unpack_from("<I", record, 8)[0]) if kind == _RK else _real(record)
        return shown(value, code, shared.since_1904)
    if kind in (_STRING, _FORMULA_STRING):
        return _wide(record, 8)
    if kind == _RICH:
        return _wide(record, 9)
    if kind == _SHARED:
        place = int.from_bytes(record[8:12], "little")
        if place >= len(shared.strings):
            return ""
        if place in shared.used:
            budget.charge(len(shared.strings[place]))
        shared.used.add(place)
        return shared.strings[place]
    return None


def _real(record: bytes) -> float:
    value: float = struct.unpack_from("<d", record, 8)[0]
    return value


def _wide(record: bytes, start: int) -> str:
    """A string with four bytes of length (MS-XLSB 2.5.168)."""
    size = int.from_bytes(record[start : start + 4], "little")
    return record[start + 4 : start + 4 + size * 2].decode("utf-16-le", "replace")


def _records(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The records: kind and size are numbers of seven bits a byte (MS-XLSB 2.1.4)."""
    position = 0
    while position < len(data):
        kind, position = _number(data, position, 2)
        size, position = _number(data, position, 4)
        yield kind, data[position : position + size]
        position += size


def _number(data: bytes, position: int, most: int) -> tuple[int, int]:
    value = 0
    for place in range(most):
        if position >= len(data):
            return value, position
        byte = data[position]
        position += 1
        value |= (byte & 0x7F) << (7 * place)
        if byte < 0x80:
            break
    return value, position
