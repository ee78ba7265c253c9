"""The text of a PDF page, its tables marked. A page knows of none: they are seen by where its words are."""

from __future__ import annotations

import ctypes
import re
from collections.abc import Iterator, Sequence
from typing import Any

import pypdfium2.raw as c

from zegel.message.text.placed import Placed, tables
from zegel.message.text.placed_lines import Piece
from zegel.message.text.table_marks import tidied, without_marks

_WORD = re.compile(r"\S+")
_NUMBERS = re.compile(r"\d{4}|(?:\d[\s.-]{0,3}){7}\d|\d[-/]\d")
"""Without anything like this on a page, no number has to be named by a head."""
_HYPHEN = "\ufffe"
_CUT = re.compile(_HYPHEN + r"[ \t]*\r?\n?")
_CUT_WORD = re.compile(rf"([^\s{_HYPHEN}]{{1,60}}){_HYPHEN}[ \t]*\r?\n?([^\s{_HYPHEN}]{{1,60}})")
_MOST_RUNS = 500
_LONGEST = 200_000
"""Characters of a page beyond which no tables are looked for."""


class Pages:
    """The pages of one document, read in their order: a table may go on on the next without its head."""

    def __init__(self) -> None:
        self._above: Placed | None = None

    def text(self, page: Any) -> str:
        """All text of a page as it is written; rows of tables stand together, cell by cell."""
        return unhyphenated(self._laid_out(page))

    def _laid_out(self, page: Any) -> str:
        reader = page.get_textpage()
        try:
            text = without_marks(str(reader.get_text_range()))
            if len(text) > _LONGEST or not _NUMBERS.search(text) or not _has_cells(reader, text):
                return text
            words = list(_WORD.finditer(text))
            found = list(tables(list(_placed(reader, words))))
        finally:
            reader.close()
        if not found:
            return text
        if self._above and found[0].goes_on(self._above):
            found[0] = found[0].below(self._above)
        self._above = found[-1]
        return _with_tables(text, words, found)


def unhyphenated(text: str) -> str:
    """Words joined that a line's end cuts, for whose hyphen PDFium gives U+FFFE; those that may have one anyhow twice.

    >>> unhyphenated("burgerservice\\ufffe\\r\\nnummer 1, BSN\\ufffe\\r\\nnummer")
    'burgerservicenummer 1, BSNnummer\\nburgerservice-nummer BSN-nummer'
    """
    if _HYPHEN not in text:
        return text
    cut = dict.fromkeys(f"{match[1]}-{match[2]}" for match in _CUT_WORD.finditer(text))
    return _CUT.sub("", text) + "\n" + " ".join(cut)


def _has_cells(reader: Any, text: str) -> bool:
    """Whether runs of text stand beside each other: a quick look before each word is asked for its place."""
    if len(text) != c.FPDFText_CountChars(reader.raw):
        return False
    left, top, right, bottom = (ctypes.c_double() for _ in range(4))
    heights: set[int] = set()
    runs = min(c.FPDFText_CountRects(reader.raw, 0, -1), _MOST_RUNS)
    for run in range(runs):
        c.FPDFText_GetRect(reader.raw, run, left, top, right, bottom)
        height = round((top.value + bottom.value) / 4)
        if height in heights or height - 1 in heights or height + 1 in heights:
            return True
        heights.add(height)
    return False


def _placed(reader: Any, words: Sequence[re.Match[str]]) -> Iterator[Piece]:
    """The words with the places of their first and last letters, in points."""
    box = c.FS_RECTF()
    edges = ctypes.byref(box)
    for place, word in enumerate(words):
        if not c.FPDFText_GetLooseCharBox(reader.raw, word.start(), edges):
            continue
        left, right, top, bottom = box.left, box.right, box.top, box.bottom
        if word.end() - word.start() > 1 and c.FPDFText_GetLooseCharBox(reader.raw, word.end() - 1, edges):
            right = box.right
        if abs(box.top - top) < 0.5 * abs(top - bottom) and right >= left:
            yield Piece(left, right, -top, -bottom, word[0], place, place)


def _with_tables(text: str, words: Sequence[re.Match[str]], found: Sequence[Placed]) -> str:
    """The text of a page with its tables instead of their words; one that is not sure comes at the end as well."""
    written = {min(table.pieces): table.text for table in found if table.is_sure}
    taken = {piece for table in found if table.is_sure for piece in table.pieces}
    flow: list[str] = []
    position = 0
    for place, word in enumerate(words):
        if place in taken:
            flow += [text[position : word.start()], written.get(place, "")]
            position = word.end()
    flow.append(text[position:])
    return tidied("\n".join(["".join(flow), *(table.text for table in found if not table.is_sure)]))
