"""How readers hand over tables: four signs in the text, the separators of ASCII, that mark tables, rows and cells.

    TABLE  ROW CELL Name CELL BSN  ROW CELL Jan CELL 111222333  END

A blank cell is a CELL with nothing behind it, so that columns can be counted. A cell may hold line ends, and tables.
Behind a CELL may stand WIDER, once for each column more that it covers, and TALLER, once for each row more.
`normalise` leaves these signs; `zegel.policy.search.tables` reads them. A text in which they stand without being put
there by a reader passes `without_marks` first.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

TABLE, END, ROW, CELL = "\x1c", "\x1d", "\x1e", "\x1f"
WIDER, TALLER = "\x0e", "\x0f"
MARKS = f"{TABLE}{END}{ROW}{CELL}{WIDER}{TALLER}"

_BYTES = tuple(mark.encode() for mark in MARKS)
_BLANKS = bytes(32 if byte in MARKS.encode() else byte for byte in range(256))
_NO_MARKS = str.maketrans(MARKS, " " * len(MARKS))
_BLANK = " \t\r\n"
_MOST_SPANNED = 100
"""Columns or rows that one cell may cover; a writer of more means to the end."""
MOST_COLUMNS = 300
"""Columns of a sheet that are kept apart; what stands further to the right follows them."""
_MOST_BLANKS = 2_000_000
"""Blank rows and cells that are written for what a sheet leaves out; it takes few bytes to leave out many."""


def without_marks(text: str) -> str:
    """`text` in which these signs are blanks."""
    if text.isprintable():
        return text
    for mark in MARKS:
        if mark in text:
            return text.translate(_NO_MARKS)
    return text


def bytes_without_marks(data: bytes) -> bytes:
    """The same for bytes of a charset that is ASCII below 128."""
    for mark in _BYTES:
        if mark in data:
            return data.translate(_BLANKS)
    return data


def spanning(columns: str | int = 1, rows: str | int = 1) -> str:
    """The signs behind the CELL of one that covers so many columns and rows, as a document gives their numbers.

    >>> spanning("2", 3), spanning("x"), len(spanning(10**9))
    ('\\x0e\\x0f\\x0f', '', 99)
    """
    return WIDER * (_count(columns) - 1) + TALLER * (_count(rows) - 1)


def _count(written: str | int) -> int:
    try:
        return max(1, min(int(written), _MOST_SPANNED))
    except ValueError:
        return 1


def tidied(text: str) -> str:
    """`text` without the blanks and line ends around marks, and with a line end around each table.

    >>> tidied("a\\n\\x1c\\n\\x1e\\n\\x1f x\\ny \\n\\x1f\\n\\x1db")
    'a\\n\\x1c\\x1e\\x1fx\\ny\\x1f\\x1d\\nb'
    """
    if CELL not in text:
        return text
    for mark in MARKS:
        pieces = text.split(mark)
        if len(pieces) > 1:
            pieces[1:-1] = [piece.strip(_BLANK) for piece in pieces[1:-1]]
            text = mark.join([pieces[0].rstrip(_BLANK), *pieces[1:-1], pieces[-1].lstrip(_BLANK)])
    tidy = text.replace(TABLE, f"\n{TABLE}").replace(END, f"{END}\n")
    return tidy.replace(f"{CELL}\n{TABLE}", CELL + TABLE)


def table(rows: Iterable[Sequence[str]]) -> str:
    """A table of these rows of cells; "" when it has no row.

    >>> table([["Name", "BSN"], ["", "1"]])
    '\\x1c\\x1e\\x1fName\\x1fBSN\\x1e\\x1f\\x1f1\\x1d'
    """
    written = "".join(f"{ROW}{''.join(f'{CELL}{without_marks(cell)}' for cell in row)}" for row in rows)
    return f"{TABLE}{written}{END}" if written else ""


class Sheet:
    """The cells of a sheet, which come in order and each with its row and column from 0; what is left out is blank.

    The texts of the cells are without marks.

    >>> sheet = Sheet()
    >>> for cell in ((0, 0, "Name"), (0, 1, "BSN"), (2, 1, "1")): sheet.add(*cell)
    >>> sheet.text()
    '\\x1c\\x1e\\x1fName\\x1fBSN\\x1e\\x1e\\x1f\\x1f1\\x1d'
    """

    def __init__(self) -> None:
        self.row = -1
        self.column = -1
        self.blanks = _MOST_BLANKS
        self.pieces: list[str] = []

    def add(self, row: int, column: int, text: str) -> None:
        """Write the cell at this place, or behind the last one when the place was passed."""
        if row == self.row and column == self.column + 1 <= MOST_COLUMNS:
            self.column = column
            self.pieces.append(CELL + text)
            return
        if row != self.row:
            self.pieces.append(ROW * self._gap(row - self.row))
            self.row, self.column = row, -1
        gap = self._gap(min(column, MOST_COLUMNS) - self.column)
        self.pieces.append(f"{CELL * gap}{text}")
        self.column += gap

    def append(self, text: str) -> None:
        """Write more into the last cell."""
        self.pieces.append(text)

    def _gap(self, steps: int) -> int:
        steps = max(1, min(steps, self.blanks))
        self.blanks -= steps - 1
        return steps

    def text(self) -> str:
        """The sheet as a table, "" when it is blank."""
        return "".join([TABLE, *self.pieces, END]) if self.pieces else ""
