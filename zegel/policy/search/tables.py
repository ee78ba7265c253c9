"""Tables in a text: what the head of its column, or the cell beside or above it, calls a value.

Readers mark the tables of documents (`zegel.message.text.table_marks`). In plain text a table is lines without an
empty one between them that a sign or two blanks cut into cells; those with `|` may have empty lines in between.
The topmost row of words is the head, however many rows of words come below it; titles above it are passed over.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from zegel.policy.search.insert_statements import InsertStatements
from zegel.policy.search.table_heads import HEAD_WITHIN, Cell, NamedCell, Table, is_name
from zegel.policy.search.table_rows import BLANKS, CELL, TABLE, LineRows, MarkedRows, Span, clean, cut_line, most_cells

_LONGEST_LINE = 4_000
_MOST_ROWS = 30
"""Lines of a table without any candidate that may stand between two with one, when it begins inside a paragraph."""
_CUTS = (b"\x1f", b";", b"|", "│".encode(), b",", BLANKS, b"^", b"~", b"#", b"!", b":")
_RARE = frozenset(_CUTS[6:])
"""Signs that part cells only where there are three."""
_NO_LINE = re.compile(rb"\n[> ]*(?=\n)")
_TABLE_MARK = re.compile(rb"[\x1c\x1d]")
_DEEPEST = 50


@dataclass(slots=True)
class _Block:
    """Lines without an empty one between them."""

    start: int
    end: int
    lines: Sequence[int]
    """Where each begins."""
    table: Table | None = None
    """The table that they are when their head is on top."""
    cut: bytes = b""
    """What parts its cells."""
    is_known: bool = False
    """Whether that table was looked for: only what stands below a head asks."""

    def line_end(self, row: int) -> int:
        """Where the text of a line ends."""
        return self.lines[row + 1] - 1 if row + 1 < len(self.lines) else self.end


class Tables:
    """The tables of one text, asked about its places in any order, quickest from left to right.

    >>> text = b"Lijst:\\n\\nNaam;BSN;Plaats\\nJan;1;Ede\\nPiet;2;Urk\\n"
    >>> cells = [Tables(text).at(text.index(word)) for word in (b"1", b"2", b"Ede")]
    >>> [(cell.heads, cell.beside, cell.place) for cell in cells]
    [((b'BSN',), (b'Jan',), 'row 2, column BSN'), ((b'BSN',), (b'Piet',), 'row 3, column BSN'), \
((b'Plaats',), (b'Jan',), 'row 2, column Plaats')]
    >>> Tables(b"Beste Jan, hier is het:\\n111222333").at(24) is None
    True
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._inserts = InsertStatements(data)
        self._marked: list[tuple[int, int, int]] | None = None
        """Of each table that a reader marked: where it starts, where it ends, which one is around it (-1: none)."""
        self._tables: dict[int, Table] = {}
        self._breaks: list[int] | None = None
        self._block = _Block(0, -1, [])
        self._blocks: list[_Block] = []
        """The blocks that were asked for, left to right."""
        self._inside: dict[int, Table | None] = {}
        """Tables that begin inside a block of lines, by where their rows begin that were asked for."""

    def at(self, place: int) -> Cell | None:
        """The cell that `place` is in; None outside tables."""
        marked = self._in_marked(place)
        if marked is not None:
            table = self._marked_table(marked)
            row = bisect_right(table.rows.starts, place) - 1
            return table.cell(row, place) if row >= 0 else None
        named = self._inserts.at(place)
        if named is not None:
            return NamedCell((named[0],), named[1], place, f"column {named[0].decode(errors='replace')}")
        return self._in_lines(place)

    def _in_marked(self, place: int) -> int | None:
        if self._marked is None:
            self._marked = list(_marked_tables(self._data)) if CELL in self._data and TABLE in self._data else []
        at = bisect_right(self._marked, place, key=lambda table: table[0]) - 1
        while at >= 0 and self._marked[at][1] <= place:
            at = self._marked[at][2]
        return at if at >= 0 else None

    def _marked_table(self, at: int) -> Table:
        table = self._tables.get(at)
        if table is None:
            assert self._marked is not None
            start, end, _ = self._marked[at]
            inner = []
            for other in range(at + 1, len(self._marked)):
                if self._marked[other][0] >= end:
                    break
                if self._marked[other][2] == at:
                    inner.append(self._marked[other][:2])
            table = self._tables[at] = Table(self._data, MarkedRows(self._data, start, end, inner), at + 1)
        return table

    def _in_lines(self, place: int) -> Cell | None:
        block = self._block
        if not block.start <= place < block.end:
            block = self._block = self._block_at(place)
        row = bisect_right(block.lines, place) - 1
        if row < 0:
            return None
        start, end = block.lines[row], block.line_end(row)
        if end - start > _LONGEST_LINE:
            return None
        if row > 0 and (table := self._on_top(block)) is not None and self._fits(block, table, row, start, end):
            return table.cell(row, place)
        inside = self._table_inside(block, row)
        if inside is None:
            return None
        return inside.cell(bisect_right(inside.rows.starts, place) - 1, place)

    def _on_top(self, block: _Block) -> Table | None:
        """The table that a block is when its head is on top."""
        if not block.is_known:
            block.table, block.cut = self._table_of(block)
            block.is_known = True
        return block.table

    def _fits(self, block: _Block, table: Table, row: int, start: int, end: int) -> bool:
        """Whether a line has the cells of the head above it."""
        head = table.heads(row)[0]
        if not head:
            return False
        count, wanted = len(cut_line(self._data, start, end, block.cut)), len(table.rows.cells(head.start))
        if block.cut in (b";", b"|", b"\x1f"):
            return 1 < count <= wanted
        return count == wanted or (block.cut == BLANKS and count > 1)

    def _block_at(self, place: int) -> _Block:
        """The block that `place` is in."""
        at = bisect_right(self._blocks, place, key=_start)
        if at and place < self._blocks[at - 1].end:
            return self._blocks[at - 1]
        block = self._read_block(place)
        self._blocks.insert(at, block)
        return block

    def _read_block(self, place: int) -> _Block:
        data = self._data
        if self._breaks is None:
            self._breaks = [match.end() for match in _NO_LINE.finditer(data)]
        first = last = bisect_right(self._breaks, place)
        while first > 0 and self._goes_on(self._breaks[first - 1]):
            first -= 1
        while last < len(self._breaks) and self._goes_on(self._breaks[last]):
            last += 1
        start = self._breaks[first - 1] + 1 if first else 0
        end = self._breaks[last] if last < len(self._breaks) else len(data)
        lines = [start]
        at = data.find(b"\n", start, end)
        while at >= 0:
            lines.append(at + 1)
            at = data.find(b"\n", at + 1, end)
        if last > first:
            lines = [line for line in lines if data[line : line + 1] not in (b"\n", b"")] or [start]
        return _Block(start, max(end, place + 1), lines)

    def _goes_on(self, gap: int) -> bool:
        """Whether an empty line parts two rows of a table that is drawn with |."""
        above = self._data.rfind(b"\n", max(0, gap - _LONGEST_LINE), max(0, gap - 1))
        before = self._data[max(above, 0) : gap].strip(b"> \n")
        if before and b"|" not in before:
            return False
        end = self._data.find(b"\n", gap + 1, gap + _LONGEST_LINE)
        after = self._data[gap + 1 : end if end >= 0 else gap + _LONGEST_LINE]
        return not after.strip(b"> ") or b"|" in after

    def _table_of(self, block: _Block) -> tuple[Table | None, bytes]:
        """The table whose head is the first line that is one, in the cut that fits first, which is told too."""
        for row in range(min(HEAD_WITHIN, len(block.lines))):
            start, end = block.lines[row], block.line_end(row)
            if end - start > _LONGEST_LINE:
                return None, b""
            line = self._data[start:end]
            for cut in _CUTS:
                if most_cells(line, 0, len(line), cut) < _enough(cut, line):
                    continue
                spans = cut_line(self._data, start, end, cut)
                if not self._are_names(spans, cut, line):
                    continue
                head = [Span(c, s - start, e - start) for c, s, e in spans] if cut == BLANKS else []
                return Table(self._data, LineRows(self._data, block.lines, block.end, cut, head)), cut
        return None, b""

    def _are_names(self, spans: Sequence[Span], cut: bytes, line: bytes) -> bool:
        """Whether a line is the head of a table: "Dear Jan, here it" is none."""
        enough = _enough(cut, line)
        if len(spans) < enough:
            return False
        filled = 0
        for _, start, end in spans:
            if text := clean(self._data[start:end]):
                if not is_name(text):
                    return False
                filled += 1
        return filled >= enough and filled * 2 >= len(spans)

    def _table_inside(self, block: _Block, row: int) -> Table | None:
        """The table around a line that begins further down in its block, found upwards line by line."""
        start, end = block.lines[row], block.line_end(row)
        if start in self._inside:
            return self._inside[start]
        found: Table | None = None
        for cut in _CUTS[:5]:
            least = 3 if cut == b"," else 2
            if most_cells(self._data, start, end, cut) < least or (counts := self._count(block, row, cut)) < least:
                continue
            top = row
            while top > 0 and row - top < _MOST_ROWS and self._count(block, top - 1, cut) == counts:
                top -= 1
                if (above := self._inside.get(block.lines[top])) is not None:
                    found = above
                    break
            else:
                rows = LineRows(self._data, block.lines, block.end, cut)
                is_prose = cut in b",;" and cut + b" " in self._data[slice(*rows.line(row))]
                found = Table(self._data, rows, 0, top, is_prose)
            break
        self._inside[start] = found
        return found

    def _count(self, block: _Block, row: int, cut: bytes) -> int:
        start, end = block.lines[row], block.line_end(row)
        if end - start > _LONGEST_LINE or cut not in self._data[start:end]:
            return 0
        return len(cut_line(self._data, start, end, cut))


def _start(block: _Block) -> int:
    return block.start


def _enough(cut: bytes, line: bytes) -> int:
    """How many cells the head of a table has at least."""
    return 3 if cut in _RARE or (cut == b"," and b", " in line) else 2


def _marked_tables(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Start, end and surrounding table of each table that a reader marked, by where they start."""
    found: list[list[int]] = []
    opened: list[int] = []
    for match in _TABLE_MARK.finditer(data):
        if match[0] == TABLE:
            if len(opened) < _DEEPEST:
                found.append([match.start(), len(data), opened[-1] if opened else -1])
                opened.append(len(found) - 1)
        elif opened:
            found[opened.pop()][1] = match.start()
    yield from ((start, end, around) for start, end, around in found)
