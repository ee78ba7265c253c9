"""Lists what is in a file of tables or in an archive: a program of its own, because the file may be hostile.

Run as `python -I list_worker.py xlsx|csv|zip` with the file on stdin; prints JSON. Of tables: a list of sheets, each
a list of its name, its rows of texts and whether there is more. Of an archive: its members, each a list of its name,
its size in bytes and whether it takes a password, and behind them whether there are more.
"""

from __future__ import annotations

import csv
import io
import itertools
import json
import resource
import sys
import zipfile
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time
from typing import Any

MOST_SHEETS, MOST_ROWS, MOST_COLUMNS, MOST_MEMBERS = 5, 200, 30, 500
"""What is shown; the rest is in the download."""
_LONGEST = 300
"""Characters of a cell or a name."""
_LONGEST_TEXT = 2_000_000
_MEMORY, _SECONDS = 1_000_000_000, 15
_EXAMPLE = 20_000
"""Characters that tell by what the cells of a text are parted."""


def main(how: str) -> None:
    """Reads the file, limits itself, lists."""
    import openpyxl

    from zegel.message.base.sandbox import confine

    data = sys.stdin.buffer.read()
    confine(_MEMORY)
    resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
    found: Any
    if how == "xlsx":
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
        shown = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"][:MOST_SHEETS]
        found = [[sheet.title[:_LONGEST], *_cells(sheet.iter_rows(values_only=True))] for sheet in shown]
    elif how == "csv":
        found = [["", *_cells(_parted(_text(data)[:_LONGEST_TEXT]))]]
    else:
        found = _members(data)
    json.dump(found, sys.stdout)


def _cells(rows: Iterable[Iterable[object]]) -> tuple[list[list[str]], bool]:
    """The first rows as texts, without the empty ones and columns at the end, and whether there is more."""
    more = False
    kept: list[list[str]] = []
    for row in itertools.islice(rows, 50 * MOST_ROWS):
        cells = [_said(cell) for cell in itertools.islice(row, MOST_COLUMNS + 1)]
        more = more or len(cells) > MOST_COLUMNS
        cells = cells[:MOST_COLUMNS]
        if len(kept) == MOST_ROWS:
            return kept, True
        if any(cells) or kept:
            kept.append(cells)
    while kept and not any(kept[-1]):
        kept.pop()
    width = max((n for row in kept for n, cell in enumerate(row, 1) if cell), default=0)
    return [row[:width] + [""] * (width - len(row)) for row in kept], more


def _said(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat(" ", "minutes")
    if isinstance(cell, date | time):
        return cell.isoformat()
    return (f"{cell:.15g}" if isinstance(cell, float) else str(cell))[:_LONGEST]


def _text(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _parted(text: str) -> Iterator[list[str]]:
    csv.field_size_limit(_LONGEST_TEXT)
    example = text[:_EXAMPLE]
    sign = max(";\t,|", key=lambda each: min((line.count(each) for line in example.splitlines()[:5]), default=0))
    return csv.reader(io.StringIO(text, newline=""), delimiter=sign)


def _members(data: bytes) -> list[object]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = [each for each in archive.infolist() if not each.is_dir()]
    listed = [[each.filename[:_LONGEST], each.file_size, bool(each.flag_bits & 1)] for each in members[:MOST_MEMBERS]]
    return [listed, len(members) > MOST_MEMBERS]


if __name__ == "__main__":
    main(sys.argv[1])
