"""The rows and cells of one table: as a reader marked them, or as lines cut by a sign or by blanks."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple, Protocol

from zegel.message.text import table_marks as marks

TABLE, END, ROW, CELL = (mark.encode() for mark in (marks.TABLE, marks.END, marks.ROW, marks.CELL))
_WIDER, _TALLER = marks.WIDER.encode(), marks.TALLER.encode()
_INNER = re.compile(rb"[\x1c\x1d\x1f]")
_BLANK_ROW = re.compile(rb"\x1e[\x1f\x0e\x0f \n]*(?=[\x1e\x1d])")
TO_BLANKS = bytes(32 if byte in marks.MARKS.encode() else byte for byte in range(256))
_MOST_CELLS = 1_000
"""Cells of a row that are told apart."""
_MOST_TALL = 20_000
"""Rows of a table in which cells may cover rows below; what comes after is read as it stands."""
_WORD = re.compile(rb"[^ ]+(?: [^ ]+)*")
_SINGLE = re.compile(rb"[^ ]+")
_QUOTE = re.compile(rb"[> ]*")


class Span(NamedTuple):
    """A cell, by its column and where its text stands."""

    column: int
    start: int
    end: int


class Rows(Protocol):
    """The rows of one table."""

    @property
    def starts(self) -> Sequence[int]:
        """Where each row begins in the text."""

    def cells(self, row: int) -> list[Span]:
        """The cells of a row, left to right."""

    def blank(self) -> list[int]:
        """The rows that part what stands above from what stands below."""


def clean(data: bytes) -> bytes:
    """The text of a cell on one line, without marks and quotes."""
    return b" ".join(data.translate(TO_BLANKS).split()).strip(b'"')


class MarkedRows:
    """A table by the marks of its reader, between two places of the text; `inner` are the tables in its cells."""

    def __init__(self, data: bytes, start: int, end: int, inner: Sequence[tuple[int, int]] = ()) -> None:
        self._data, self._start, self._end = data, start, end
        self._inner = list(inner)
        self.starts = [match.start() for match in re.finditer(ROW, data[start:end])]
        if start:
            self.starts = [start + place for place in self.starts]
        if inner:
            self.starts = [place for place in self.starts if not self._is_inner(place)]
        self._tall = _TALLER in data[start:end]
        self._taken: list[dict[int, int]] = [{}]
        """For each row that was read: the columns that cells above still cover, and for how many rows."""

    def _is_inner(self, place: int) -> bool:
        at = bisect_right(self._inner, (place, len(self._data))) - 1
        return at >= 0 and place < self._inner[at][1]

    def blank(self) -> list[int]:
        places = (match.start() for match in _BLANK_ROW.finditer(self._data, self._start, self._end + 1))
        return [row for place in places if self.starts[row := bisect_right(self.starts, place) - 1] == place]

    def cells(self, row: int) -> list[Span]:
        if self._tall:
            while len(self._taken) <= min(row, _MOST_TALL):
                self._read(len(self._taken) - 1)
        return self._read(row)

    def _read(self, row: int) -> list[Span]:
        taken = self._taken[row] if row < len(self._taken) else {}
        below = {column: rows - 1 for column, rows in taken.items() if rows > 1}
        found: list[Span] = []
        column = 0
        for start, end in self._pieces(row):
            while column in taken:
                column += 1
            wider = tall = 0
            while start < end and (mark := self._data[start : start + 1]) in (_WIDER, _TALLER):
                wider, tall, start = wider + (mark == _WIDER), tall + (mark == _TALLER), start + 1
            for place in range(column, column + wider + 1):
                found.append(Span(place, start, end))
                if tall:
                    below[place] = tall
            column += wider + 1
        if self._tall and row == len(self._taken) - 1:
            self._taken.append(below)
        return found

    def _pieces(self, row: int) -> Iterator[tuple[int, int]]:
        start = self.starts[row]
        end = self.starts[row + 1] if row + 1 < len(self.starts) else self._end
        depth = count = 0
        last = -1
        for match in _INNER.finditer(self._data, start, end):
            mark = match[0]
            if mark == TABLE:
                depth += 1
            elif mark == END:
                depth -= 1
            elif depth <= 0:
                if last >= 0:
                    yield last, match.start()
                last, count = match.end(), count + 1
                if count == _MOST_CELLS:
                    break
        if last >= 0:
            yield last, end


class LineRows:
    """A table whose rows are lines, cut by `cut`, or by two blanks and by what stands below which word of the head."""

    def __init__(self, data: bytes, starts: Sequence[int], end: int, cut: bytes, head: Sequence[Span] = ()) -> None:
        self._data, self._end, self._cut = data, end, cut
        self.starts: Sequence[int] = starts
        self._head = head
        """Where in their line the words of the head stand, when the cut is blanks."""

    def blank(self) -> list[int]:
        return []

    def line(self, row: int) -> tuple[int, int]:
        """Where the text of a row begins and ends."""
        end = self.starts[row + 1] - 1 if row + 1 < len(self.starts) else self._end
        return self.starts[row], max(end, self.starts[row])

    def cells(self, row: int) -> list[Span]:
        start, end = self.line(row)
        found = cut_line(self._data, start, end, self._cut)
        return list(self._below(start, found)) if self._head else found

    def _below(self, start: int, found: Sequence[Span]) -> Iterator[Span]:
        """Each piece of a line in the column of the word of the head that it stands below."""
        for piece in found:
            below = [head for head in self._head if head.start < piece.end - start and piece.start - start < head.end]
            if len(below) > 1:
                for match in _SINGLE.finditer(self._data, piece.start, piece.end):
                    yield Span(self._nearest(match.start() - start, match.end() - start), *match.span())
            elif below:
                yield Span(below[0].column, piece.start, piece.end)
            else:
                yield Span(self._nearest(piece.start - start, piece.end - start), piece.start, piece.end)

    def _nearest(self, start: int, end: int) -> int:
        def gap(head: Span) -> int:
            return max(head.start - end, start - head.end)

        return min(self._head, key=gap).column


BLANKS = b"  "


def cut_line(data: bytes, start: int, end: int, cut: bytes) -> list[Span]:
    """The cells of a line that `cut` parts.

    >>> text = b'> a;"b;c";;d'
    >>> [text[cell.start : cell.end] for cell in cut_line(text, 0, len(text), b";")]
    [b'a', b'"b;c"', b'', b'd']
    >>> cut_line(b"a   b c", 0, 7, BLANKS)
    [Span(column=0, start=0, end=1), Span(column=1, start=4, end=7)]
    """
    quoted = _QUOTE.match(data, start, end)
    start = quoted.end() if quoted else start
    if cut == BLANKS:
        return [Span(column, *match.span()) for column, match in enumerate(_WORD.finditer(data, start, end))]
    found: list[Span] = []
    if cut == b"|":  # a frame around the row is no cell
        start += data.startswith(cut, start, end)
        inside = data[start:end].rstrip()
        end = start + len(inside.removesuffix(cut))
    if b'"' in data[start:end]:
        for match in _quoted(cut).finditer(data, start, end):
            found.append(Span(len(found), *match.span(1)))
            if match.end() == end and not match[2]:
                break
        return found[:_MOST_CELLS]
    for piece in data[start:end].split(cut, _MOST_CELLS):
        found.append(Span(len(found), start, start + len(piece)))
        start += len(piece) + len(cut)
    return found


def most_cells(data: bytes, start: int, end: int, cut: bytes) -> int:
    """How many cells `cut_line` finds at most: a count, that spares cutting lines of prose."""
    return data.count(cut, start, end) + 1 + (data.find(b'"', start, end) >= 0)


@lru_cache(maxsize=32)
def _quoted(cut: bytes) -> re.Pattern[bytes]:
    sign = re.escape(cut)
    return re.compile(rb' *("(?:[^"\n]|"")*"(?=[ ]*(?:%s|$))|[^%s]*) *(%s|$)' % (sign, sign, sign))
