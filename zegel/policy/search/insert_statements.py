"""SQL in a text: which column a value of an INSERT statement goes into."""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cached_property

_COLUMNS = re.compile(rb"\(([^()]{1,4000})\)\s*(?:OUTPUT\s[^()]{1,400})?\s*VALUES\s*(?=\()", re.IGNORECASE)
_LONGEST_ROW = 4_000
_VALUE = re.compile(rb"""\s*(?:'(?:[^']|'')*'|"(?:[^"]|"")*"|[^,'"()]|\([^()]*\))*""")


class InsertStatements:
    """The INSERT statements of one text.

    >>> text = b"insert into p (id, bsn) values (1, 111222333), (2, '123456782')"
    >>> [InsertStatements(text).at(text.index(value)) for value in (b"111", b"123")]
    [(b'bsn', b' '), (b'bsn', b" '")]
    """

    def __init__(self, data: bytes) -> None:
        self._data = data

    @cached_property
    def _statements(self) -> list[tuple[int, tuple[bytes, ...]]]:
        """Where the rows of each statement begin, and the names of its columns."""
        if b"values" not in self._data.lower():
            return []
        return [
            (match.end(), tuple(name.strip(b" \n\"'`[]") for name in match[1].split(b",")))
            for match in _COLUMNS.finditer(self._data)
        ]

    def at(self, place: int) -> tuple[bytes, bytes] | None:
        """The name of the column of the value at `place`, and what of the value stands before that; or None."""
        at = bisect_right(self._statements, place, key=lambda statement: statement[0]) - 1
        if at < 0:
            return None
        start, names = self._statements[at]
        row = self._data.rfind(b"(", max(start, place - _LONGEST_ROW), place)
        if row < 0 or b";\n" in self._data[max(start, row - _LONGEST_ROW) : row]:
            return None
        position = row + 1
        for name in names:
            match = _VALUE.match(self._data, position)
            if match is None:
                return None
            if place <= match.end():
                return (name, self._data[position:place]) if place >= position else None
            position = match.end() + 1
        return None
