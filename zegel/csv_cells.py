"""Lines of CSV (RFC 4180) that a spreadsheet shows and never carries out.

A cell that begins with one of `= + - @`, a tab or a return is a formula to Excel and LibreOffice, also from behind
blanks, in full width, and behind a semicolon in the cell where that is what parts cells. An apostrophe makes it text.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator

_FORMULA = re.compile(r"(^|[;,\t\r\n|])([\s\x00-\x1f\ufeff\u200b]{0,20})([=+\-@\uff1d\uff0b\uff0d\uff20\u2212])")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def cell(value: object) -> str:
    """A value as a cell; None is empty.

    >>> cell("=1+1"), cell("  @SUM(A1)"), cell("a;=1"), cell("jan@post.example"), cell(None), cell(-5)
    ("'=1+1", "  '@SUM(A1)", "a;'=1", 'jan@post.example', '', '-5')
    """
    if value is None:
        return ""
    if isinstance(value, (int, float)):
        return str(value)
    plain = _FORMULA.sub(r"\1\2'\3", _CONTROL.sub("\ufffd", str(value)))
    return f"'{plain}" if plain[:1] in ("\t", "\r", "\n") else plain


def unguarded(written: str) -> str:
    """A cell as it was before `cell`, for those that begin with one of the signs.

    >>> unguarded("'+31612345954"), unguarded("'t Hart"), unguarded("0612345954")
    ('+31612345954', "'t Hart", '0612345954')
    """
    return written[1:] if written[:1] == "'" and _FORMULA.match(written[1:]) else written


def line(values: Iterable[object]) -> str:
    """A line with its end."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow([cell(value) for value in values])
    return out.getvalue()


def lines(head: Iterable[object], rows: Iterable[Iterable[object]]) -> Iterator[str]:
    """A whole table, with the mark that tells Excel that it is UTF-8."""
    yield "\ufeff" + line(head)
    for row in rows:
        yield line(row)
