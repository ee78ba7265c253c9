"""Tables in text: what the head of its column calls a value, however many rows there are in between.

A table is lines without an empty one between them, the first of which has words only. Its cells are cut by `;`, `|`,
`,` or two blanks, the same number of times in the head as in the row. The rows of a table in HTML come with two blanks
around each cell and an empty line between them; those with `|` may have empty lines in between and > in front.
"""

from __future__ import annotations

import re

_LONGEST_LINE = 2_000
_MOST_ROWS = 30
"""Rows without any candidate that may stand between two with one."""
_CUTS = (b";", b"|", b",", b"  ")
_BLANKS = re.compile(rb" {2,}")
_DIGIT = re.compile(rb"\d")
_WORDS_ONLY = re.compile(rb"[^\d]*[A-Za-z][^\d]*")


class Tables:
    """The tables of one text, asked from left to right.

    >>> text = b"Lijst:\\n\\nNaam;BSN;Plaats\\nJan;1;Ede\\nPiet;2;Urk\\n"
    >>> [Tables(text).head_of(text.index(digit)) for digit in (b"1", b"2", b"Ede")]
    [b'Jan: BSN: ', b'Piet: BSN: ', b'Plaats: ']
    >>> Tables(b"Beste Jan, hier\\nis, dacht ik, 111222333").head_of(31) is None
    True
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._start = self._seen = 0
        self._head: bytes | None = None
        self._cells: list[bytes] = []
        self._cut = b""
        self._rows: dict[int, list[bytes] | None] = {}
        """Of rows of HTML that were asked about, by where they begin: the cells of their head."""
        self._enter(0)

    def _enter(self, start: int) -> None:
        """A new block of lines begins at `start`."""
        self._start = start
        end = self._data.find(b"\n", start, start + _LONGEST_LINE)
        self._head = None
        head = self._data[start:end] if end >= 0 else b""
        if not head or _DIGIT.search(head):
            return
        for cut in _CUTS:
            cells = _split(head, cut)
            enough = 3 if cut == b"," and b", " in head else 2  # "Dear Jan, here it" is no head of a table
            if len(cells) >= enough and all(0 < len(cell.strip()) <= 40 for cell in cells):
                self._head, self._cut, self._cells = head, cut, cells
                return

    def head_of(self, place: int) -> bytes | None:
        """What the column of the cell at `place` is called, and what precedes it there; None outside tables."""
        data = self._data
        empty = data.rfind(b"\n\n", self._seen, place) + 2
        empty = max(empty, data.rfind(b"\n>\n", max(self._seen, empty - 1), place) + 3)
        self._seen = place
        if empty > 2:
            self._enter(empty)
        start = data.rfind(b"\n", max(0, place - _LONGEST_LINE), place) + 1
        end = data.find(b"\n", place, place + _LONGEST_LINE)
        line = data[start : end if end >= 0 else place + _LONGEST_LINE]
        if line.startswith(b"  ") or b"|" in line:
            cut = b"  " if line.startswith(b"  ") else b"|"
            return _said(self._head_of_row(start, cut), data[start:place].lstrip(b"> "), cut)
        if self._head is None or start <= self._start or len(_split(line, self._cut)) != len(self._cells):
            return None
        return _said(self._cells, data[start:place], self._cut)

    def _head_of_row(self, start: int, cut: bytes) -> list[bytes] | None:
        """The cells of the head above the row at `start`; every row in between has as many, empty lines apart."""
        if start in self._rows:
            return self._rows[start]
        data, row, known = self._data, _row(self._data, start, cut), start
        for _ in range(_MOST_ROWS):
            end = start
            while end and data[end - 1 : end] == b"\n":
                end -= 1
            start = data.rfind(b"\n", max(0, end - _LONGEST_LINE), end) + 1
            if start == end:
                break
            above = _row(data, start, cut)
            if len(above) != len(row) or len(row) < 2:
                break
            if start in self._rows or _WORDS_ONLY.fullmatch(b"".join(above)):
                self._rows[known] = self._rows.get(start, above)
                return self._rows[known]
        self._rows[known] = None
        return None


def _said(head: list[bytes] | None, before: bytes, cut: bytes) -> bytes | None:
    """The head of the cell that ends `before`, and what stands in that cell already.

    Where rows are pairs of a name and a value, the cell beside it says what it is, so that comes along.

    >>> _said([b"Naam", b"Jan"], b"BSN;", b";"), _said([b"Naam:", b"Jan"], b"BSN:;", b";")
    (b'BSN: Jan: ', None)
    """
    cells = _split(before, cut)
    if head is None or len(cells) > len(head):
        return None
    said = head[len(cells) - 1].strip() + b": " + cells[-1].lstrip()
    beside = cells[-2].strip() if len(cells) > 1 else b""
    colons = [cell.rstrip().endswith(b":") for cell in head]
    if beside.endswith(b":") or any(colons) != all(colons):
        return None
    return said if not beside or len(beside) > 40 or _DIGIT.search(beside) else beside + b": " + said


def _row(data: bytes, start: int, cut: bytes) -> list[bytes]:
    end = data.find(b"\n", start, start + _LONGEST_LINE)
    return _split(data[start : end if end >= 0 else start + _LONGEST_LINE].strip(b"> "), cut)


def _split(line: bytes, cut: bytes) -> list[bytes]:
    return _BLANKS.split(line) if cut == b"  " else line.split(cut)
