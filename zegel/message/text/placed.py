"""Tables by position, where a document knows none: pieces of text on a page, put into rows and columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import median
from typing import NamedTuple

from zegel.message.text.table_marks import table

_LONG = 60
"""Characters of a piece beyond which it is running text rather than a cell."""
_MOST_COLUMNS = 60
_LINES_APART = 3.5
"""Heights of a line between two rows, beyond which a table has ended."""


class Piece(NamedTuple):
    """A piece of text on one line, with its edges; `top` grows downwards."""

    left: float
    right: float
    top: float
    bottom: float
    text: str


def lines_of(pieces: Sequence[Piece]) -> Iterator[list[Piece]]:
    """The pieces that stand on one line, line by line from the top, each from left to right."""
    line: list[Piece] = []
    for piece in sorted(pieces, key=lambda piece: (piece.top + piece.bottom, piece.left)):
        if line and (piece.top + piece.bottom) / 2 > line[0].bottom:
            yield sorted(line)
            line = []
        line.append(piece)
    if line:
        yield sorted(line)


def joined(line: Sequence[Piece]) -> list[Piece]:
    """The pieces of a line with those made one that are only a blank apart."""
    found: list[Piece] = []
    for piece in line:
        last = found[-1] if found else None
        if last is not None and piece.left - last.right < 0.65 * (last.bottom - last.top):
            gap = " " if piece.left - last.right > 0.08 * (last.bottom - last.top) else ""
            found[-1] = Piece(
                last.left, max(last.right, piece.right), min(last.top, piece.top), max(last.bottom, piece.bottom),
                f"{last.text}{gap}{piece.text}",
            )  # fmt: skip
        else:
            found.append(piece)
    return found


def tables(lines: Sequence[Sequence[Piece]]) -> Iterator[tuple[range, str]]:
    """Each table among these lines: which lines it takes, and its cells, marked.

    >>> texts = ((0, "Name", "BSN"), (12, "J", "1"))
    >>> rows = [[Piece(0, 30, y, y + 10, a), Piece(60, 90, y, y + 10, b)] for y, a, b in texts]
    >>> [(list(taken), text) for taken, text in tables(rows)]
    [([0, 1], '\\x1c\\x1e\\x1fName\\x1fBSN\\x1e\\x1fJ\\x1f1\\x1d')]
    """
    start = 0
    for end in range(1, len(lines) + 1):
        if end < len(lines) and not _ends(lines, end):
            continue
        first, last = start, end
        while first < last and len(lines[first]) < 2:
            first += 1
        while last > first and len(lines[last - 1]) < 2:
            last -= 1
        rows = lines[first:last]
        if len(rows) > 1 and median(len(piece.text) for row in rows for piece in row) < _LONG:
            columns = _columns(rows)
            if 1 < len(columns) <= _MOST_COLUMNS:
                yield range(first, last), table(_cells(row, columns) for row in rows)
        start = end


def _ends(lines: Sequence[Sequence[Piece]], at: int) -> bool:
    """Whether no table goes on from the line before `at`: there is a wide gap, or running text on both sides."""
    above, below = lines[at - 1], lines[at]
    height = max(piece.bottom - piece.top for piece in (*above, *below))
    if min(piece.top for piece in below) - max(piece.bottom for piece in above) > _LINES_APART * height:
        return True
    return len(below) == 1 and len(below[0].text) > _LONG


def _columns(rows: Sequence[Sequence[Piece]]) -> list[tuple[float, float]]:
    """From where to where each column reaches: narrow pieces that overlap are of one, wide ones over two are titles."""
    columns: list[tuple[float, float]] = []
    for piece in sorted((piece for row in rows if len(row) > 1 for piece in row), key=lambda p: p.right - p.left):
        over = [column for column in columns if column[0] < piece.right and piece.left < column[1]]
        if len(over) > 1:
            continue
        if over:
            columns.remove(over[0])
            columns.append((min(over[0][0], piece.left), max(over[0][1], piece.right)))
        else:
            columns.append((piece.left, piece.right))
    return sorted(columns)


def _cells(row: Sequence[Piece], columns: Sequence[tuple[float, float]]) -> list[str]:
    cells = [""] * len(columns)
    for piece in row:
        middle = (piece.left + piece.right) / 2
        shared = [min(right, piece.right) - max(left, piece.left) for left, right in columns]
        best = max(range(len(columns)), key=lambda i: (max(shared[i], 0), -abs(sum(columns[i]) / 2 - middle)))
        if min(shared[best], 0) < 0 or cells[best]:
            best = min(range(len(columns)), key=lambda i: abs(columns[i][0] - piece.left))
        cells[best] = f"{cells[best]} {piece.text}".strip()
    return cells
