"""The text of a PDF page, its tables marked. A page knows of none: they are seen by where its words are."""

from __future__ import annotations

import ctypes
import re
from collections.abc import Iterator, Sequence
from typing import Any

import pypdfium2.raw as c

from zegel.message.formats.pdf_letters import by_place
from zegel.message.text.placed import Placed, tables
from zegel.message.text.placed_lines import Piece
from zegel.message.text.table_marks import tidied, without_marks

_WORD = re.compile(r"\S+")
_NUMBERS = re.compile(
    r"\d(?:\d{6}|\d{0,3}[ .-]\d{2,3}[ .-]\d\d|(?:\s{1,2}\d){7}|\d{3,5}\s{1,2}\d\d|\d?[-/.]\d\d?[-/.]\d\d)"
    r"|[A-NP-Z]{2}[A-NP-Z\d]{6}\d"
)
"""Without anything like this on a page, no number has to be named by a head."""
_HYPHEN = "\ufffe"
_CUT = re.compile(_HYPHEN + r"[ \t]*\r?\n?")
_CUT_WORD = re.compile(rf"([^\s{_HYPHEN}]{{1,60}}){_HYPHEN}[ \t]*\r?\n?([^\s{_HYPHEN}]{{1,60}})")
_STEP = 3
"""Points."""
_MOST_RUNS = 2_000
_LONGEST = 200_000
"""Characters of a page beyond which no tables are looked for."""


class Pages:
    """The pages of one document, read in their order: a table may go on on the next without its head."""

    def __init__(self) -> None:
        self._above: Placed | None = None
        self._letters = ""

    unmapped = False
    """Whether most of the text that was read last is numbers of shapes, for which the document gives no characters."""

    def text(self, page: Any) -> str:
        """All text of a page as it is written; rows of tables stand together, cell by cell."""
        text = unhyphenated(self._laid_out(page))
        return f"{text}\n{self._letters}" if self._letters else text

    def _laid_out(self, page: Any) -> str:
        reader = page.get_textpage()
        try:
            self.unmapped = _is_unmapped(reader)
            text = without_marks(str(reader.get_text_range()))
            self._letters = by_place(reader, text)
            if len(text) > _LONGEST or not _NUMBERS.search(text):
                return text
            heights = _heights_of_rows(reader, text)
            if not heights:
                return text
            words = list(_WORD.finditer(text))
            found = list(tables(list(_placed(reader, text, words, heights))))
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


def _heights_of_rows(reader: Any, text: str) -> set[int]:
    """How high on the page, in steps, runs of text stand beside each other: only there each word has to be placed."""
    found: set[int] = set()
    if len(text) != c.FPDFText_CountChars(reader.raw):
        return found
    left, top, right, bottom = (ctypes.c_double() for _ in range(4))
    known: set[int] = set()
    for run in range(min(c.FPDFText_CountRects(reader.raw, 0, -1), _MOST_RUNS)):
        c.FPDFText_GetRect(reader.raw, run, left, top, right, bottom)
        height = round((top.value + bottom.value) / (2 * _STEP))
        near = {height - 1, height, height + 1}
        if known & near:
            found |= near
        known.add(height)
    return found


def _placed(reader: Any, text: str, words: Sequence[re.Match[str]], heights: set[int]) -> Iterator[Piece]:
    """The words with the places of their first and last letters, in points; lines that are no rows in one piece."""
    place_of, raw, box = c.FPDFText_GetLooseCharBox, reader.raw, c.FS_RECTF()
    edges = ctypes.byref(box)
    first, line_end, is_row = 0, -1, False
    for place, word in enumerate(words):
        start, end = word.span()
        if start > line_end:
            line_end = text.find("\n", start)
            line_end = line_end if line_end >= 0 else len(text)
            first = place
            is_row = False
            for letter in (_last_letter(words, place, line_end), start):
                if place_of(raw, letter, edges):
                    is_row = is_row or round((box.top + box.bottom) / (2 * _STEP)) in heights
        elif is_row:
            place_of(raw, start, edges)
        if not is_row:
            if place + 1 < len(words) and words[place + 1].start() < line_end:
                continue
            start = words[first].start()
            place_of(raw, start, edges)
        left, right, top, bottom = box.left, box.right, box.top, box.bottom
        if end - start > 1 and place_of(raw, end - 1, edges):
            right = box.right
        if right >= left:
            yield Piece(left, right, -top, -bottom, text[start:end], place if is_row else first, place)


def _last_letter(words: Sequence[re.Match[str]], place: int, line_end: int) -> int:
    """The first letter of the last word of the line that begins with the word at `place`."""
    while place + 1 < len(words) and words[place + 1].start() < line_end:
        place += 1
    return words[place].start()


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


_SAMPLES, _LEAST_SIGNS = 200, 10


def _is_unmapped(reader: Any) -> bool:
    """Whether PDFium found no character for a quarter of the signs or more, as in fonts that were cut without a map."""
    count = reader.count_chars()
    if count < _LEAST_SIGNS:
        return False
    asked = range(0, count, max(1, count // _SAMPLES))
    wrong = [place for place in asked if c.FPDFText_HasUnicodeMapError(reader.raw, place) == 1]
    return len(wrong) * 4 >= len(asked)
