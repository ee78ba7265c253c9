"""SYLK (`.slk`), which spreadsheet programs open as a sheet: a line of text for each cell."""

from __future__ import annotations

import re

from zegel.message.text import table_marks as marks

START = "ID;P"
_FIELD = re.compile(r";([XYKE])((?:[^;\r\n]|;;)*)")


def sylk_text(text: str) -> str:
    """The cells as a table, then the formulas.

    >>> sylk_text('ID;PX\\nC;Y1;X1;K"BSN"\\nC;Y2;K111222333\\nE')
    '\\x1c\\x1e\\x1fBSN\\x1e\\x1f111222333\\x1d\\n'
    """
    sheet = marks.Sheet()
    formulas: list[str] = []
    row = column = 1
    for line in marks.without_marks(text).split("\n"):
        if line[:2] not in ("C;", "F;"):
            continue
        for key, value in _FIELD.findall(line):
            if key in "XY" and value[:7].isdecimal():
                row, column = (row, int(value[:7])) if key == "X" else (int(value[:7]), column)
            elif key == "K" and line[0] == "C":
                sheet.add(row - 1, column - 1, value.replace(";;", ";").strip('"'))
            elif key == "E":
                formulas.append(value)
    return "\n".join([sheet.text(), *formulas]) if formulas else sheet.text() + "\n"
