"""Pages of a PDF whose letters are set one by one: read by where they stand, whatever order they were written in."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from itertools import pairwise
from statistics import median
from typing import Any, NamedTuple

import pypdfium2.raw as c

_LEAST, _MOST = 8, 20_000
_BLANK, _WIDER = 0.25, 1.6
"""Heights of a letter between two, and times the usual distance on a line, from which there is a blank."""


class _Letter(NamedTuple):
    middle: float
    left: float
    right: float
    height: float
    sign: str


def by_place(reader: Any, text: str) -> str:
    """The lines of a page, of which `text` is what PDFium makes; "" when its letters are not set one by one."""
    words = text[:_MOST].split()
    if len(words) < _LEAST or sum(len(word) == 1 for word in words) * 2 < len(words):
        return ""
    return "\n".join(map(_line, _lines(sorted(_letters(reader), reverse=True))))


def _letters(reader: Any) -> Iterator[_Letter]:
    box = c.FS_RECTF()
    edges = ctypes.byref(box)
    for place in range(min(reader.count_chars(), _MOST)):
        code = c.FPDFText_GetUnicode(reader.raw, place)
        sign = chr(code) if 32 < code < 0x110000 else " "
        if not sign.isspace() and c.FPDFText_GetLooseCharBox(reader.raw, place, edges):
            yield _Letter((box.top + box.bottom) / 2, box.left, box.right, abs(box.top - box.bottom), sign)


def _lines(letters: list[_Letter]) -> Iterator[list[_Letter]]:
    """Letters from the top of the page on, cut into lines."""
    line: list[_Letter] = []
    for letter in letters:
        if line and line[0].middle - letter.middle > line[0].height / 2:
            yield line
            line = []
        line.append(letter)
    if line:
        yield line


def _line(letters: list[_Letter]) -> str:
    letters = sorted(letters, key=lambda letter: letter.left)
    gaps = [after.left - before.right for before, after in pairwise(letters)]
    wide = max(_BLANK * letters[0].height, _WIDER * median(gaps)) if gaps else 0
    blanks = ["", *(" " if gap > wide else "" for gap in gaps)]
    return "".join(blank + letter.sign for blank, letter in zip(blanks, letters, strict=True))
