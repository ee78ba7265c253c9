"""Tables of writers that end cells and rows by a sign, as RTF and DOC do, instead of beginning them."""

from __future__ import annotations

import re

from zegel.message.text.table_marks import CELL, END, ROW, TABLE, tidied

CELL_END, ROW_END = "\x01", "\x02"
INNER_CELL_END, INNER_ROW_END = "\x03", "\x04"
"""Of a table in a cell."""
OUTSIDE = "\x05"
"""The end of a paragraph that is in no table."""
_ENDS = re.compile("([\x01\x02])")
_INNER_ENDS = re.compile("([\x03\x04])")


def with_tables(text: str) -> str:
    """`text` with its tables marked, as `table_marks` says. A table begins where the paragraph of its first cell does.

    >>> with_tables("Dear\\x05Name\\x01BSN\\x01\\x02Jan\\x01a\\nb\\x01\\x02Bye\x05")
    'Dear\\n\\x1c\\x1e\\x1fName\\x1fBSN\\x1e\\x1fJan\\x1fa\\nb\\x1d\\nBye\\n'
    """
    if CELL_END not in text and INNER_CELL_END not in text:
        return text.replace(OUTSIDE, "\n")
    if INNER_CELL_END in text:
        pieces = re.split("([\x01\x02])", text)
        pieces[::2] = [_marked(piece, _INNER_ENDS, INNER_CELL_END, INNER_ROW_END) for piece in pieces[::2]]
        text = "".join(pieces)
    return tidied(_marked(text, _ENDS, CELL_END, ROW_END).replace(OUTSIDE, "\n"))


def _marked(text: str, ends: re.Pattern[str], cell_end: str, row_end: str) -> str:
    pieces = ends.split(text)
    if len(pieces) == 1:
        return text
    written: list[str] = []
    in_table = row_open = False
    for place in range(0, len(pieces) - 1, 2):
        piece, end = pieces[place], pieces[place + 1]
        if not in_table:
            before, line_end, piece = _last_paragraph(piece)
            written += [before, line_end, TABLE]
            in_table = True
        if end == cell_end:
            written.append(f"{'' if row_open else ROW}{CELL}{piece}")
            row_open = True
        else:
            written.append(piece)
            row_open = False
            if OUTSIDE in pieces[place + 2]:
                written.append(END)
                in_table = False
    rest = pieces[-1]
    written.append(f"{END}{rest}" if in_table else rest)
    return "".join(written)


def _last_paragraph(text: str) -> tuple[str, str, str]:
    """What stands before the last paragraph, a line end, and that paragraph; a table that begins in it counts whole."""
    at = text.find(TABLE)
    end = at if at >= 0 else len(text)
    place = text.rfind(OUTSIDE, 0, end)
    if place < 0:
        place = text.rfind("\n", 0, end)
    return text[: max(place, 0)], "\n" if place >= 0 else "", text[place + 1 :]
