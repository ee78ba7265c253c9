"""Tables by position, where a document knows none: pieces of text on a page, put into rows and columns.

Lines of which the text goes to and fro between them are one row: a cell of two lines is written whole before the next
cell begins. So two columns of running text, each written to its end, are one row, and no table.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from statistics import median
from typing import NamedTuple

from zegel.message.text.placed_lines import Line, Piece, edges_of, joined, lines_of
from zegel.message.text.table_marks import ROW, TABLE, table

_MOST_ACROSS = 0.3
"""Of the pieces in a table, how many may reach over several columns: in justified text most do."""
_LONG = 45
"""Characters of a line beyond which it is running text rather than a row."""
_MOST_COLUMNS = 60
_LINES_APART = 2.6
"""Heights of a line between two rows, beyond which a table has ended, unless its rows are all that far apart."""
_ROWS_APART = 2.2
"""How many times the usual distance of its rows ends a table."""
_BOXES = 7
"""Cells of a single row that are a table all the same: a form with a cell for each digit."""
_MOST_PIECES = 20_000


_DATA = re.compile(r"\d{4}")
_DIGIT = re.compile(r"\d")
_MOST_HEAD_ROWS = 3


class Placed(NamedTuple):
    """A table that was found on a page."""

    text: str
    """Its cells, marked."""
    pieces: frozenset[int]
    """The places of all that is in it."""
    is_sure: bool
    """Whether it is written row by row, as tables are; else the page may say something else where it is."""
    columns: tuple[tuple[float, float], ...]
    """From where to where each reaches."""

    def goes_on(self, above: Placed) -> bool:
        """Whether it is the rest of a table on the page before: the columns agree, and no head is on top."""
        if len(self.columns) != len(above.columns) or not _DATA.search(self.text.split(ROW, 2)[1]):
            return False
        return all(a[0] < b[1] and b[0] < a[1] for a, b in zip(self.columns, above.columns, strict=True))

    def below(self, above: Placed) -> Placed:
        """The same with the head of `above` on top."""
        head = []
        for row in above.text.split(ROW)[1 : 1 + _MOST_HEAD_ROWS]:
            if _DATA.search(row):
                break
            head.append(f"{ROW}{row}")
        return self._replace(text=TABLE + "".join(head) + self.text.removeprefix(TABLE)) if head else self


def tables(pieces: Sequence[Piece]) -> Iterator[Placed]:
    """Each table among the pieces of a page.

    >>> texts = ((0, "Name", "BSN"), (12, "J", "1"))
    >>> page = [Piece(x, x + 30, y, y + 10, text, i, i) for y, *row in texts for i, x, text in
    ...     zip((y // 6, y // 6 + 1), (0, 60), row)]
    >>> [(found.text, sorted(found.pieces)) for found in tables(page)]
    [('\\x1c\\x1e\\x1fName\\x1fBSN\\x1e\\x1fJ\\x1f1\\x1d', [0, 1, 2, 3])]
    """
    apart = list(lines_of(pieces[:_MOST_PIECES]))
    edges = edges_of(apart)
    lines = [joined(line, edges) for line in apart]
    for block in _blocks(lines):
        found = _placed(block)
        if found:
            yield found
            continue
        for part in _between_titles(block):
            found = _placed(part)
            if found:
                yield found


def _placed(block: Sequence[Line]) -> Placed | None:
    """These lines as a table; None when they have no columns in common."""
    rows = list(_rows(block))
    is_sure = len(rows) > 1
    if not is_sure:
        is_sure = max(map(len, block)) > _BOXES
        if not is_sure:
            if len(block) < 2 or median(len(piece.text) for line in block for piece in line) > _LONG / 2:
                return None
            rows = [[line] for line in block]
    columns = _common_columns(rows)
    if not columns:
        return None
    text = table(_cells(row, columns) for row in rows)
    places = frozenset(n for line in block for piece in line for n in range(piece.first, piece.last + 1))
    return Placed(text, places, is_sure, tuple(columns))


def _between_titles(block: Sequence[Line]) -> Iterator[Sequence[Line]]:
    """The lines between those that have one piece only."""
    start = 0
    for end in range(len(block) + 1):
        if end == len(block) or (len(block[end]) == 1 and not _is_woven(block, end, len(block))):
            if end > start and any(len(line) > 1 for line in block[start:end]):
                yield block[start:end]
            start = end + 1


def _blocks(lines: Sequence[Line]) -> Iterator[Sequence[Line]]:
    """Runs of lines that may be one table, from the first with two cells to the last."""
    start = 0
    gaps: list[float] = []
    for end in range(1, len(lines) + 1):
        if end < len(lines):
            gap = min(piece.top for piece in lines[end]) - min(piece.top for piece in lines[end - 1])
            height = max(piece.height for piece in (*lines[end - 1], *lines[end]))
            usual = median(gaps) if gaps else gap
            is_apart = gap > _LINES_APART * height and gap > _ROWS_APART * usual
            if not is_apart and not _is_title(lines, end, start):
                if len(lines[end]) > 1 < len(lines[end - 1]):
                    gaps = [*gaps[-40:], gap]
                continue
        first, last = start, end
        while first < last and len(lines[first]) < 2 and not _is_woven(lines, first, last):
            first += 1
        while last > first and len(lines[last - 1]) < 2 and not _is_inside(lines[first:last]):
            last -= 1
        if last > first:
            yield lines[first:last]
        start, gaps = end, []


def _is_woven(lines: Sequence[Line], at: int, end: int) -> bool:
    """Whether the text goes to and fro between a line and the next."""
    if not 0 <= at < end - 1:
        return False
    return max(piece.last for piece in lines[at]) > min(piece.first for piece in lines[at + 1])


def _is_inside(lines: Sequence[Line]) -> bool:
    """Whether the text of the last line was written before text that stands above it."""
    earliest = min(piece.first for piece in lines[-1])
    return any(piece.last > earliest for line in lines[:-1] for piece in line)


def _is_title(lines: Sequence[Line], at: int, start: int) -> bool:
    """Whether a line is running text, or stands above the head of another table."""
    line = lines[at]
    if len(line) > 1 or _is_woven(lines, at, len(lines)) or _is_woven(lines, at - 1, len(lines)):
        return False
    if len(line[0].text) > _LONG or line[0].text.count(" ") > 1:
        return True
    below = next((other for other in lines[at + 1 : at + 3] if len(other) > 1), [])
    return bool(below) and not _have_digits([below]) and _have_digits(lines[start:at])


def _have_digits(lines: Sequence[Line]) -> bool:
    return any(_DIGIT.search(piece.text) for line in lines for piece in line)


def _rows(block: Sequence[Line]) -> Iterator[list[Line]]:
    """The lines of each row: those between which the order of writing goes to and fro."""
    row: list[Line] = []
    latest = -1
    later = _earliest_from(block)
    for place, line in enumerate(block):
        if row and latest < later[place]:
            yield row
            row = []
        row.append(line)
        latest = max(latest, *(piece.last for piece in line))
    yield row


def _earliest_from(block: Sequence[Line]) -> list[int]:
    """For each line the earliest place in it and in the lines below."""
    found = [0] * len(block)
    earliest = max(piece.last for line in block for piece in line) + 1
    for place in range(len(block) - 1, -1, -1):
        earliest = found[place] = min(earliest, *(piece.first for piece in block[place]))
    return found


def _common_columns(rows: Sequence[Sequence[Line]]) -> list[tuple[float, float]]:
    """The columns of these rows, none when they have none in common."""
    columns = _columns([line for row in rows for line in row if len(row) > 1 or len(line) > 1])
    if not 1 < len(columns) <= _MOST_COLUMNS:
        return []
    pieces = [piece for row in rows for line in row if len(line) > 1 for piece in line]
    across = sum(sum(left < piece.right and piece.left < right for left, right in columns) > 1 for piece in pieces)
    if across > _MOST_ACROSS * len(pieces):
        return []
    return columns


def _columns(lines: Sequence[Line]) -> list[tuple[float, float]]:
    """From where to where each column reaches: narrow pieces that overlap are of one, wide ones over two are titles."""
    columns: list[tuple[float, float]] = []
    for piece in sorted((piece for line in lines for piece in line), key=lambda piece: piece.right - piece.left):
        over = [column for column in columns if column[0] < piece.right and piece.left < column[1]]
        if len(over) > 1:
            continue
        if over:
            columns.remove(over[0])
            columns.append((min(over[0][0], piece.left), max(over[0][1], piece.right)))
        else:
            columns.append((piece.left, piece.right))
    return sorted(columns)


def _cells(row: Sequence[Line], columns: Sequence[tuple[float, float]]) -> list[str]:
    cells = [""] * len(columns)
    for line in row:
        filled: set[int] = set()
        for piece in line:
            column = _column(piece, columns)
            between = " " if column in filled else "" if _is_cut(cells[column], piece.text) else "\n"
            cells[column] = f"{cells[column]}{between}{piece.text}" if cells[column] else piece.text
            filled.add(column)
    return cells


def _is_cut(above: str, below: str) -> bool:
    """Whether a number was too wide for its cell: nothing but digits, more on its first line, and ten at most."""
    return (above + below).isdigit() and len(below) <= len(above) < 8 and len(above + below) in (8, 9, 10)


def _column(piece: Piece, columns: Sequence[tuple[float, float]]) -> int:
    """The column that the middle of a piece is in, else the nearest."""
    middle = (piece.left + piece.right) / 2
    column = max(0, bisect_right(columns, (middle, float("inf"))) - 1)
    is_between = column + 1 < len(columns) and middle > columns[column][1]
    if is_between and columns[column + 1][0] - middle < middle - columns[column][1]:
        return column + 1
    return column
