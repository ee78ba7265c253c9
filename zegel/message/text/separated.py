"""Plain text whose cells a sign parts, where lines alone do not tell: tabs, and cells of several lines in quotes.

Else a table in plain text stays as it stands; whoever searches it sees its cells.
"""

from __future__ import annotations

import csv
import io
import re

from zegel.message.text.table_marks import CELL, bytes_without_marks, table, without_marks

_TABBED = re.compile(rb"^[^\t\n]+\t[^\n]*\n[^\t\n]+\t", re.MULTILINE)
_TABBED_TEXT = re.compile(_TABBED.pattern.decode(), re.MULTILINE)
_QUOTED_LINES = re.compile(rb'(?:^|[;,\t|])"[^"\n]*\n[^"]{0,2000}"[ \t]*(?:[;,\t|]|\r?$)', re.MULTILINE)
_SIGNS = ";\t,|"


def tabbed_bytes(data: bytes) -> bytes:
    """`data`, in a charset that is ASCII below 128, with tabs as marks between cells when rows of them stand together.

    >>> tabbed_bytes(b"Name\\tBSN\\nJan\\t1"), tabbed_bytes(b"\\tif a:\\n\\t\\tb")
    (b'Name\\x1fBSN\\nJan\\x1f1', b'\\tif a:\\n\\t\\tb')
    """
    data = bytes_without_marks(data)
    return data.replace(b"\t", CELL.encode()) if b"\t" in data and _TABBED.search(data) else data


def tabbed(text: str) -> str:
    """The same for a string."""
    text = without_marks(text)
    return text.replace("\t", CELL) if "\t" in text and _TABBED_TEXT.search(text) else text


def has_quoted_lines(data: bytes) -> bool:
    """Whether a cell in quotes seems to go on on the next line."""
    return b'"' in data and _QUOTED_LINES.search(data) is not None


def rows_of_quoted(text: str) -> str:
    """`text` as a table when it is CSV with the same number of cells in each row, else as it is.

    >>> rows_of_quoted('Name;Street;BSN\\nJan;"Road 1\\nEde";1')
    '\\x1c\\x1e\\x1fName\\x1fStreet\\x1fBSN\\x1e\\x1fJan\\x1fRoad 1\\nEde\\x1f1\\x1d'
    """
    head = text.partition("\n")[0]
    sign = max(_SIGNS, key=head.count)
    try:
        rows = list(csv.reader(io.StringIO(text), delimiter=sign, skipinitialspace=True))
    except csv.Error:
        return text
    rows = [row for row in rows if row]
    if len(rows) < 2 or len(rows[0]) < 2 or any(len(row) != len(rows[0]) for row in rows[1:100]):
        return text
    return table(rows)
