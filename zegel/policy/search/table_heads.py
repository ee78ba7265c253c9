"""One table: which of its rows are heads, and what they and the cells around a cell call it."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from zegel.policy.search.table_rows import Rows, Span, clean

_LONGEST_TEXT = 4_000
_LONGEST_NAME = 80
HEAD_WITHIN = 12
"""Rows at the top of a table among which its head is looked for."""
_MOST_HEAD_ROWS = 3
_MOST_ROWS_KNOWN = 200
_LOOKED_ABOVE = 3
"""Rows above a cell in which words over it are looked for."""
_NAME = re.compile(rb"(?=.{1,80}$)[^A-Za-z\x80-\xff@]*[A-Za-z\x80-\xff][^@]*")
_DATA = re.compile(rb"\d{5}|\d[-/.]\d|\d{3} ?\d{3}")


class Cell(Protocol):
    """A cell, and what its surroundings call it; most telling first."""

    @property
    def heads(self) -> tuple[bytes, ...]:
        """What the head of its column says, the topmost row first, then all rows together, then each of the others."""

    @property
    def older(self) -> tuple[bytes, ...]:
        """What the head of the table above says, when only blank rows part it from this one."""

    @property
    def beside(self) -> tuple[bytes, ...]:
        """The words to the left of it: the nearest, then the first of the row."""

    @property
    def above(self) -> tuple[bytes, ...]:
        """The words over it, below the head."""

    @property
    def before(self) -> bytes:
        """What stands in the cell in front of the place that was asked for."""

    @property
    def end(self) -> int:
        """Where the cell ends in the text."""

    @property
    def place(self) -> str:
        """As somebody would say it: "table 2, row 14, column BSN". The words of the head are the writer's."""

    @property
    def column(self) -> int: ...

    @property
    def row(self) -> tuple[bytes, ...]:
        """The texts of the row."""


@dataclass(frozen=True, slots=True)
class NamedCell:
    """A cell of which no more is known than the name of its column."""

    heads: tuple[bytes, ...]
    before: bytes
    end: int
    place: str
    older: tuple[bytes, ...] = ()
    beside: tuple[bytes, ...] = ()
    above: tuple[bytes, ...] = ()
    column: int = 0
    row: tuple[bytes, ...] = ()


class TableCell:
    """A cell of a table. What is around it is read when it is asked for: mostly the words in the cell decide."""

    def __init__(self, table: Table, row: int, spans: Sequence[Span], index: int, place: int) -> None:
        self._table, self._at, self._spans, self.column, self._asked = table, row, spans, index, place

    @property
    def before(self) -> bytes:
        return self._table.data[self._spans[self.column].start : self._asked]

    @property
    def end(self) -> int:
        return self._spans[self.column].end

    @property
    def row(self) -> tuple[bytes, ...]:
        return self._table.texts(self._at, self._spans)

    @cached_property
    def _own_and_older(self) -> tuple[range, range]:
        own, older = self._table.heads(self._at)
        return own[: max(0, self._at - own.start)], older

    @cached_property
    def heads(self) -> tuple[bytes, ...]:
        if self._at == self._table.first:
            return ()
        own = self._own_and_older[0]
        beside = self.beside
        if beside and (beside[0].endswith(b":") or (own and self._table.is_of_pairs(own.start))):
            return ()
        return self._table.names(own, self._spans[self.column].column)

    @property
    def older(self) -> tuple[bytes, ...]:
        if self._at == self._table.first:
            return ()
        return self._table.names(self._own_and_older[1], self._spans[self.column].column)

    @cached_property
    def beside(self) -> tuple[bytes, ...]:
        if self._table.is_prose:
            return ()
        texts, spans = self.row, self._spans
        nearest = next((place for place in range(self.column - 1, -1, -1) if texts[place]), None)
        first = next((place for place in range(self.column) if texts[place]), None)
        words = [place for place in (nearest, first) if place is not None]
        beside = [texts[place] for place in words if is_name(texts[place])]
        beside += self._table.uncut(spans[place] for place in words[:1] if is_name(texts[place]))
        return tuple(dict.fromkeys(beside))

    @property
    def above(self) -> tuple[bytes, ...]:
        if not self._at:
            return ()
        top = max(self._own_and_older[0].stop, self._at - _LOOKED_ABOVE)
        return tuple(self._table.above(self._at, top, self._spans[self.column].column))

    @property
    def place(self) -> str:
        heads, number = self.heads, self._table.number
        column = heads[0].decode(errors="replace") if heads else self._spans[self.column].column + 1
        where = f"row {self._at + 1}, column {column}"
        return f"table {number}, {where}" if number else where


class Table:
    """The rows of one table, and where their heads are."""

    def __init__(self, data: bytes, rows: Rows, number: int = 0, top: int = -1, is_prose: bool = False) -> None:
        self.data, self.rows, self.number, self.is_prose = data, rows, number, is_prose
        self.first = max(top, 0)
        """The row that it begins with, which has nothing above it."""
        self._tops = [top] if top >= 0 else None
        """The rows that a table, or a part of it, begins with."""
        self._heads: list[tuple[range, range]] = []
        """For each part between blank rows: its head, and the head of what stands above that."""
        self._names: dict[tuple[range, int], tuple[bytes, ...]] = {}
        self._columns: dict[int, dict[int, Span]] = {}
        self._row: tuple[int, Sequence[Span], tuple[bytes, ...] | None] = (-1, (), None)
        """The row that was asked for last: rows may be very long."""

    def text(self, span: Span) -> bytes:
        return clean(self.data[span.start : min(span.end, span.start + _LONGEST_TEXT)])

    def heads(self, row: int) -> tuple[range, range]:
        """The rows that are the head of `row`, and those that are the head of what stands above that."""
        if self._tops is None:
            self._tops = [0, *(blank + 1 for blank in self.rows.blank())]
        block = bisect_right(self._tops, row) - 1
        while len(self._heads) <= block:
            head, above = (
                self._head_of_block(len(self._heads)),
                self._heads[-1] if self._heads else (range(0), range(0)),
            )
            self._heads.append((head, above[0]) if head else above)
        heads = self._heads[block]
        return heads if heads[0].start < row else self._heads[max(0, block - 1)]

    def _head_of_block(self, block: int) -> range:
        assert self._tops is not None
        last = self._tops[block + 1] - 1 if block + 1 < len(self._tops) else len(self.rows.starts)
        return head_rows(self, range(self._tops[block], last))

    def names(self, head: range, column: int) -> tuple[bytes, ...]:
        """What the rows of a head say about a column: the first, all together, each other; then words cut by a line."""
        known = self._names.get((head, column))
        if known is None:
            known = self._names[head, column] = tuple(self._said(head, column))
        return known

    def _said(self, head: range, column: int) -> Iterator[bytes]:
        spans = [span for row in head if (span := self._cell_in(row, column))]
        said = [name for name in dict.fromkeys(map(self.text, spans)) if name]
        together = [b" ".join(said)] if len(said) > 1 else []
        yield from (*said[:1], *together, *said[1:], *self.uncut(spans))

    def _cell_in(self, row: int, column: int) -> Span | None:
        """The cell of a row in a column."""
        cells = self._columns.get(row)
        if cells is None:
            if len(self._columns) >= _MOST_ROWS_KNOWN:
                self._columns.clear()
            cells = self._columns[row] = {span.column: span for span in reversed(self.rows.cells(row))}
        return cells.get(column)

    def uncut(self, spans: Iterable[Span]) -> Iterator[bytes]:
        """The texts of several lines as one word: in a narrow cell they may be."""
        for span in spans:
            text = self.data[span.start : min(span.end, span.start + _LONGEST_NAME)]
            if b"\n" in text:
                yield clean(text.replace(b"\n", b""))

    def cell(self, row: int, place: int) -> Cell | None:
        """The cell of `row` in which `place` is."""
        if self._row[0] != row:
            self._row = (row, self.rows.cells(row), None)
        spans = self._row[1]
        index = bisect_right(spans, place, key=lambda span: span.start) - 1
        if index < 0 or place > spans[index].end:
            return None
        while index and spans[index - 1].start == spans[index].start:
            index -= 1
        return TableCell(self, row, spans, index, place)

    def texts(self, row: int, spans: Sequence[Span]) -> tuple[bytes, ...]:
        """The texts of a row that was asked for, which is in `spans`."""
        if self._row[0] != row or self._row[2] is None:
            self._row = (row, spans, tuple(map(self.text, spans)))
        assert self._row[2] is not None
        return self._row[2]

    def is_of_pairs(self, head: int) -> bool:
        """Whether the topmost row is a name and its value, by the colons: "Name:", "Jan"."""
        colons = [self.text(span).endswith(b":") for span in self.rows.cells(head)]
        return any(colons) != all(colons)

    def above(self, row: int, top: int, column: int) -> Iterator[bytes]:
        for other in range(row - 1, top - 1, -1):
            span = self._cell_in(other, column)
            if span and (text := self.text(span)):
                if is_name(text):
                    yield text
                return


def is_name(text: bytes) -> bool:
    """Whether `text` may name what stands beside or below it.

    >>> [is_name(text) for text in (b"BSN ouder 1", b"Inkomen 2024", b"", b"12-03-1980", b"1234 AB 56789", b"a@b.nl")]
    [True, True, False, False, False, False]
    """
    return len(text) <= _LONGEST_NAME and _NAME.fullmatch(text) is not None and not _DATA.search(text)


def head_rows(table: Table, rows: range) -> range:
    """The head among these rows of a table: the first that has words only, and such rows right below it."""
    start = -1
    for row in rows[:HEAD_WITHIN]:
        spans = table.rows.cells(row)
        texts = [table.text(span) for span in spans]
        filled = sum(map(bool, texts))
        named = filled and all(is_name(text) for text in texts if text)
        if start >= 0:
            if not named or row - start >= _MOST_HEAD_ROWS:
                return range(start, row)
        elif named and (filled > 1 or (len(texts) == 1 and _is_single(table, row + 1, rows))):
            start = row
    return range(start, min(start + _MOST_HEAD_ROWS, rows.stop)) if start >= 0 else range(0)


def _is_single(table: Table, row: int, rows: range) -> bool:
    return row in rows and len(table.rows.cells(row)) == 1
