"""XLS by its records (MS-XLS; BIFF 3 to 8): cells, sheet names, comments, text boxes, headers and footers.

Whatever record is not known here is looked through for text, so that nothing that can be typed is passed over.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from zegel.message.base.found import Found, Locked
from zegel.message.formats.cells import built_in, header_text, rk_number, shown
from zegel.message.formats.plain import strings
from zegel.message.text import charset as charsets
from zegel.message.text.table_marks import Sheet, without_marks

_BOF = {0x0809: 8, 0x0409: 4, 0x0209: 3, 0x0009: 2}
_SHEETS = (0x10, 0x40)
"""Sheets and macro sheets, as the start of a part of a workbook tells (MS-XLS 2.4.21)."""
_CONTINUE, _EOF = 0x3C, 0x0A
_SST, _LABELSST, _LABEL, _RSTRING, _STRING = 0xFC, 0xFD, 0x204, 0xD6, 0x207
_NUMBER, _RK, _MULRK = 0x203, 0x27E, 0xBD
_FORMULAS = (0x06, 0x206, 0x406)
_BOUNDSHEET, _FORMAT, _OLD_FORMAT, _XF, _DATEMODE, _CODEPAGE = 0x85, 0x41E, 0x1E, (0xE0, 0x43, 0x243, 0x443), 0x22, 0x42
_HEADER, _FOOTER, _TEXT_BOX, _SERIES_TEXT, _FILEPASS = 0x14, 0x15, 0x1B6, 0x100D, 0x2F
_PIVOT_NUMBER, _PIVOT_TEXT = 0xC9, 0xCD
_WITHOUT_TEXT = {0xEB, 0x4D, 0xE9, 0xEF, 0xD7, 0x20B, 0x208, 0x7D, 0x55, 0x225, 0xBE, 0x201, 0x205, 0x9, 0x92, 0xFF}
"""Pictures, printer settings, backgrounds, indexes, rows, widths, blanks, palettes."""


def read_biff(found: Found, data: bytes, part: str) -> None:
    """The workbook in `data` into what was found, a text for each sheet. Raises Locked."""
    _Workbook(found, part).read(data)


class _Pieces:
    """A record and those that continue it, read as one; long strings say anew at each start whether they are wide."""

    def __init__(self, pieces: list[bytes]) -> None:
        self.pieces = pieces
        self.number = 0
        self.position = 0

    def left(self) -> bool:
        """Whether there is more to read."""
        self._next()
        return self.number < len(self.pieces)

    def _next(self) -> bool:
        """Step over the end of a piece; whether that was done."""
        stepped = False
        while self.number < len(self.pieces) and self.position >= len(self.pieces[self.number]):
            self.number, self.position, stepped = self.number + 1, 0, True
        return stepped

    def take(self, size: int) -> bytes:
        """The next `size` bytes, fewer at the end."""
        taken = b""
        while size > 0 and self.left():
            piece = self.pieces[self.number][self.position : self.position + size]
            taken += piece
            size -= len(piece)
            self.position += len(piece)
        return taken

    def short(self) -> int:
        """The next two bytes as a number, 0 at the end."""
        return int.from_bytes(self.take(2), "little")

    def characters(self, count: int, wide: bool) -> str:
        """The next `count` characters."""
        written: list[str] = []
        while count > 0 and self.number < len(self.pieces):
            if self._next():
                if self.number >= len(self.pieces):
                    break
                wide = bool(self.take(1)[:1] > b"\0")
            width = 2 if wide else 1
            piece = self.pieces[self.number][self.position : self.position + count * width]
            if not piece:
                continue
            self.position += len(piece)
            count -= max(1, len(piece) // width)
            written.append(piece.decode("utf-16-le" if wide else "latin-1", "replace"))
        return "".join(written)

    def string(self, count: int) -> str:
        """A string of BIFF 8 whose length was read: flags, what goes with them, the characters (MS-XLS 2.5.293)."""
        flags = (self.take(1) or b"\0")[0]
        runs = self.short() if flags & 8 else 0
        more = int.from_bytes(self.take(4), "little") if flags & 4 else 0
        text = self.characters(count, bool(flags & 1))
        self.take(runs * 4)
        return text + (f"\n{strings(self.take(more))}" if more else "")


class _Workbook:
    def __init__(self, found: Found, part: str) -> None:
        self.found = found
        self.part = part
        self.version = 8
        self.charset = "cp1252"
        self.since_1904 = False
        self.shared: list[str] = []
        self.used: set[int] = set()
        self.formats: dict[int, str] = {}
        self.styles: list[str] = []
        self.cells: list[tuple[int, int, str]] = []
        self.other: list[str] = []
        self.formula_at = (0, 0)
        self.sheet_names: list[str] = []
        self.place = ""

    def read(self, data: bytes) -> None:
        try:
            for kind, pieces in _records(data):
                self.found.budget.check_time()
                try:
                    self.record(kind, pieces)
                except (struct.error, IndexError):
                    self.other.append(strings(b"".join(pieces)))
        finally:
            self.end_of_sheet()
            unused = (text for place, text in enumerate(self.shared) if place not in self.used)
            self.found.text("attachments", self.part, "\n".join(unused))

    def record(self, kind: int, pieces: list[bytes]) -> None:
        data = pieces[0]
        if kind in _BOF:
            self.sheet_started(data)
            self.version = _BOF[kind] if kind != 0x0809 or data[1:2] >= b"\6" else 5
        elif kind == _EOF:
            self.end_of_sheet()
        elif kind == _SST:
            self.shared = list(self.shared_strings(_Pieces([data[8:], *pieces[1:]])))
        elif kind in (_LABELSST, _LABEL, _RSTRING, _NUMBER, _RK, *_FORMULAS):
            self.cell(kind, data, pieces)
        elif kind == _MULRK:
            row, column = struct.unpack_from("<HH", data)
            for place, (style, number) in enumerate(struct.iter_unpack("<HI", data[4 : 4 + (len(data) - 6) // 6 * 6])):
                self.cells.append((row, column + place, self.number(rk_number(number), style)))
        elif kind == _STRING:
            self.cells.append((*self.formula_at, self.long_string(pieces, 0)))
        elif kind in _XF:
            self.styles.append(self.format(data[1] if self.version < 5 else struct.unpack_from("<H", data, 2)[0]))
        elif kind == _FORMAT:
            (number,) = struct.unpack_from("<H", data)
            self.formats[number] = self.long_string(pieces, 2) if self.version == 8 else self.narrow(data[3:])
        elif kind == _OLD_FORMAT:
            self.formats[len(self.formats)] = self.narrow(data[1:])
        elif kind == _DATEMODE:
            self.since_1904 = data[:1] == b"\1"
        elif kind == _CODEPAGE:
            number = int.from_bytes(data[:2], "little")
            self.charset = f"cp{number}" if number not in (1200, 32768, 32769) else "cp1252"
        elif kind == _TEXT_BOX and len(pieces) > 1:
            boxed = _Pieces(pieces[1:])
            self.other.append(boxed.string(struct.unpack_from("<H", data, 10)[0]))
        elif kind in (_HEADER, _FOOTER) and data:
            text = self.long_string(pieces, 0) if self.version == 8 else self.narrow(data[1:])
            self.other.append(header_text(text))
        elif kind == _BOUNDSHEET:
            self.sheet_names.append(self.short_string(data[6:]))
            self.other.append(self.sheet_names[-1])
        elif kind == _SERIES_TEXT:
            self.other.append(self.short_string(data[2:]))
        elif kind == _PIVOT_NUMBER:
            self.other.append(shown(struct.unpack("<d", data[:8])[0], ""))
        elif kind == _PIVOT_TEXT:
            self.other.append(self.long_string(pieces, 0))
        elif kind == _FILEPASS:
            raise Locked
        elif kind not in _WITHOUT_TEXT:
            self.other.append(strings(b"\n".join(pieces)))

    def cell(self, kind: int, data: bytes, pieces: list[bytes]) -> None:
        """A record that starts with row, column and style."""
        row, column, style = struct.unpack_from("<HHH", data)
        if kind == _LABELSST:
            (place,) = struct.unpack_from("<I", data, 6)
            text = self.shared_string(place)
        elif kind in (_LABEL, _RSTRING):
            text = self.long_string(pieces, 6)
        elif kind == _RK:
            text = self.number(rk_number(struct.unpack_from("<I", data, 6)[0]), style)
        elif kind == _NUMBER or data[12:14] != b"\xff\xff":
            text = self.number(struct.unpack_from("<d", data, 6)[0], style)
        else:
            text, self.formula_at = "", (row, column)
        if kind in _FORMULAS:
            self.other.append(strings(data[16:]))
        self.cells.append((row, column, text))

    def number(self, value: float, style: int) -> str:
        return shown(value, self.styles[style] if style < len(self.styles) else "", self.since_1904)

    def format(self, number: int) -> str:
        return self.formats.get(number) or (built_in(number) if self.version >= 5 else "")

    def shared_string(self, place: int) -> str:
        if place >= len(self.shared):
            return ""
        text = self.shared[place]
        if place in self.used:
            self.found.budget.charge(len(text))
        self.used.add(place)
        return text

    def shared_strings(self, pieces: _Pieces) -> Iterator[str]:
        while pieces.left():
            yield without_marks(pieces.string(pieces.short()))

    def long_string(self, pieces: list[bytes], start: int) -> str:
        """A string with two bytes of length."""
        if self.version < 8:
            (size,) = struct.unpack_from("<H", pieces[0], start)
            return without_marks(self.narrow(pieces[0][start + 2 : start + 2 + size]))
        text = _Pieces([pieces[0][start:], *pieces[1:]])
        return without_marks(text.string(text.short()))

    def short_string(self, data: bytes) -> str:
        """A string with one byte of length."""
        if self.version < 8:
            return self.narrow(data[1 : 1 + data[0]])
        return _Pieces([data[1:]]).string(data[0])

    def narrow(self, data: bytes) -> str:
        return charsets.decode(data, self.charset)

    def sheet_started(self, data: bytes) -> None:
        """Know which sheet comes: they stand in the order of their names; charts in a sheet are of that sheet."""
        if int.from_bytes(data[2:4], "little") in _SHEETS and not self.cells:
            self.place = f"sheet {self.sheet_names.pop(0)}" if self.sheet_names else ""

    def end_of_sheet(self) -> None:
        """Hand over the rows of the sheet, and what else was in it."""
        sheet = Sheet()
        for row, column, text in sorted(self.cells, key=lambda cell: cell[:2]):
            if text:
                sheet.add(row, column, text)
        other = "\n".join(text for text in self.other if text and not text.isspace())
        self.cells.clear()
        self.other.clear()
        self.found.text("attachments", self.part, f"{sheet.text()}\n{other}", self.place)


def _records(data: bytes) -> Iterator[tuple[int, list[bytes]]]:
    """Each record with its continuations, until the data ends."""
    position, kind = 0, -1
    pieces: list[bytes] = []
    while position + 4 <= len(data):
        number, size = struct.unpack_from("<HH", data, position)
        piece = data[position + 4 : position + 4 + size]
        position += 4 + size
        if number == _CONTINUE and pieces:
            pieces.append(piece)
            continue
        if pieces:
            yield kind, pieces
        kind, pieces = number, [piece]
    if pieces:
        yield kind, pieces
