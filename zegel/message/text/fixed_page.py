"""Pages of XPS (ECMA-388): runs of text at places, which a printer driver cuts at every word or letter."""

from __future__ import annotations

import re

from zegel.message.text.markup import entities
from zegel.message.text.placed import tables
from zegel.message.text.placed_lines import Piece, edges_of, joined, lines_of
from zegel.message.text.table_marks import tidied, without_marks

_RUN = re.compile(r"<(?:[\w.-]{1,20}:)?Glyphs\b([^<>]{1,20000})>")
_ATTRIBUTE = re.compile(r"""\b(UnicodeString|OriginX|OriginY|FontRenderingEmSize)\s*=\s*("[^"]*+"|'[^']*+')""")
_TEXT = re.compile(r"""\bUnicodeString\s*=\s*(?:"[^"]*+"|'[^']*+')""")
_UNSURE = 0.2
"""Heights of the font that a run may be wider than it seems."""
_MOST = 100_000
_NARROW, _WIDE = frozenset("ijlftrI.,:;'|!()[]- "), frozenset("mwMW@%")


def page_text(source: str) -> str:
    """The lines of a page, its runs joined by where they stand; then its tables.

    >>> run = '<Glyphs UnicodeString="{}" OriginX="{}" OriginY="80" FontRenderingEmSize="12"/>'
    >>> page_text(run.format("BSN", 10) + run.format("111", 40) + run.format("222333", 60.2))
    'BSN 111222333'
    """
    pieces: list[Piece] = []
    for place, match in enumerate(_RUN.finditer(source)):
        if place >= _MOST:
            break
        values = {name: value[1:-1] for name, value in _ATTRIBUTE.findall(match[1])}
        text = without_marks(entities(values.get("UnicodeString", ""))).removeprefix("{}")
        try:
            left, base = float(values.get("OriginX", 0)), float(values.get("OriginY", 0))
            size = float(values.get("FontRenderingEmSize", 12)) or 12.0
        except ValueError:
            left, base, size = 0.0, float(place), 12.0
        if text:
            order = len(pieces)
            right = left + size * (sum(map(_width, text)) + _UNSURE)
            pieces.append(Piece(left, right, base - size, base, text, order, order))
    found = list(tables(pieces))
    taken = {place for each in found if each.is_sure for place in each.pieces}
    lines = list(lines_of([piece for piece in pieces if piece.first not in taken]))
    edges = edges_of(lines)
    flow = ("  ".join(piece.text for piece in joined(line, edges)) for line in lines)
    return tidied("\n".join([*flow, *(each.text for each in found)]))


def without_runs(source: str) -> str:
    """What else a page says."""
    return _TEXT.sub("", source)


def _width(character: str) -> float:
    """About how wide a character is in most fonts, in heights of the font."""
    if character in _NARROW:
        return 0.28
    if character in _WIDE:
        return 0.85
    return 0.67 if character.isupper() else 0.55
