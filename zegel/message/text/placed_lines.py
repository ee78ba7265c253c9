"""Pieces of text on a page, by their places: the lines that they stand on, and the cells of those."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from zegel.message.text.table_marks import table, without_marks

_BLANK = 0.42
"""Heights of a line between two pieces, from which they are cells and not words."""
_NARROW = 0.15
"""From here on they are cells too, when one of them begins or ends where cells of other lines do."""
_TOUCHING = 0.06
_ALIGNED = 1.5
"""Points that edges of one column may lie apart."""
_MOST_ACROSS = 100
"""Columns of a table that is known by its corners."""


class Piece(NamedTuple):
    """A piece of text on one line, with its edges; `top` grows downwards."""

    left: float
    right: float
    top: float
    bottom: float
    text: str
    first: int
    """Its place in the order in which the page is written; of pieces that were joined that of the first."""
    last: int

    @property
    def height(self) -> float:
        return self.bottom - self.top


Line = list[Piece]


def grid(cells: Sequence[tuple[int, int, str]]) -> str:
    """A table of cells that are known by the places of their corners, from the top and from the left.

    >>> grid([(0, 0, "Name"), (0, 9, "BSN"), (5, 9, "1")])
    '\\x1c\\x1e\\x1fName\\x1fBSN\\x1e\\x1f\\x1f1\\x1d'
    """
    lefts = {left: column for column, left in enumerate(sorted({left for _, left, _ in cells}))}
    if len(lefts) > _MOST_ACROSS:
        return "\n".join(without_marks(text) for _, _, text in cells)
    rows: dict[int, list[str]] = {}
    for top, left, text in cells:
        row = rows.setdefault(top, [""] * len(lefts))
        column = lefts[left]
        row[column] = f"{row[column]}\n{text}" if row[column] else text
    return table(rows[top] for top in sorted(rows))


def lines_of(pieces: Sequence[Piece]) -> Iterator[Line]:
    """The pieces that stand on one line, line by line from the top, each from left to right."""
    line: Line = []
    for piece in sorted(pieces, key=lambda piece: (piece.top + piece.bottom, piece.left)):
        if line and (piece.top + piece.bottom) / 2 > line[0].bottom - 0.2 * line[0].height:
            yield sorted(line)
            line = []
        line.append(piece)
    if line:
        yield sorted(line)


def edges_of(lines: Sequence[Line]) -> tuple[set[int], set[int]]:
    """Where pieces begin, and where they end, that a wide gap or the end of the line parts from others."""
    lefts: Counter[int] = Counter()
    rights: Counter[int] = Counter()
    for line in lines:
        wide = [place for place in range(1, len(line)) if _gap(line[place - 1], line[place]) > _BLANK]
        lefts.update(round(line[place].left / _ALIGNED) for place in (0, *wide))
        rights.update(round(line[place - 1].right / _ALIGNED) for place in (*wide, len(line)))
    return set(lefts), {edge for edge, count in rights.items() if count > 1}


def _gap(one: Piece, other: Piece) -> float:
    """The room between two pieces of a line, in heights of the line."""
    return (other.left - one.right) / max(one.height, other.height, 0.1)


def _is_edge(place: float, edges: set[int]) -> bool:
    at = round(place / _ALIGNED)
    return at in edges or at - 1 in edges or at + 1 in edges


def joined(line: Line, edges: tuple[set[int], set[int]]) -> Line:
    """The pieces of a line with those made one that are only a blank apart, and written one after the other."""
    found: Line = []
    is_row = any(_gap(line[place - 1], line[place]) > _BLANK for place in range(1, len(line)))
    for piece in line:
        last = found[-1] if found else None
        gap = _gap(last, piece) if last else 0
        is_cell = gap > _BLANK or (
            is_row and last and gap > _NARROW and (_is_edge(piece.left, edges[0]) or _is_edge(last.right, edges[1]))
        )
        if last is None or piece.first != last.last + 1 or is_cell:
            found.append(piece)
            continue
        found[-1] = Piece(
            last.left, max(last.right, piece.right), min(last.top, piece.top), max(last.bottom, piece.bottom),
            f"{last.text}{' ' if gap > _TOUCHING else ''}{piece.text}", last.first, piece.last,
        )  # fmt: skip
    return found
