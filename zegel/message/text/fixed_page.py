"""Pages of XPS (ECMA-388): runs of text at places, which a printer driver cuts at every word or letter."""

from __future__ import annotations

import re

from zegel.message.text.markup import entities
from zegel.message.text.placed import Piece, joined, lines_of

_RUN = re.compile(r"<(?:[\w.-]{1,20}:)?Glyphs\b([^<>]{1,20000})>")
_ATTRIBUTE = re.compile(r"""\b(UnicodeString|OriginX|OriginY|FontRenderingEmSize)\s*=\s*("[^"]*+"|'[^']*+')""")
_MOST = 100_000
_NARROW, _WIDE = frozenset("ijlftrI.,:;'|!()[]- "), frozenset("mwMW@%")


def page_text(source: str) -> str:
    """The lines of a page, its runs joined by where they stand.

    >>> run = '<Glyphs UnicodeString="{}" OriginX="{}" OriginY="80" FontRenderingEmSize="12"/>'
    >>> page_text(run.format("BSN", 10) + run.format("111", 40) + run.format("222333", 60.2))
    'BSN 111222333'
    """
    pieces = []
    for place, match in enumerate(_RUN.finditer(source)):
        if place >= _MOST:
            break
        values = {name: value[1:-1] for name, value in _ATTRIBUTE.findall(match[1])}
        text = entities(values.get("UnicodeString", "")).removeprefix("{}")
        try:
            left, base = float(values.get("OriginX", 0)), float(values.get("OriginY", 0))
            size = float(values.get("FontRenderingEmSize", 12)) or 12.0
        except ValueError:
            left, base, size = 0.0, float(place), 12.0
        if text:
            pieces.append(Piece(left, left + size * sum(map(_width, text)), base - size, base, text))
    return "\n".join("  ".join(piece.text for piece in joined(line)) for line in lines_of(pieces))


def _width(character: str) -> float:
    """About how wide a character is in most fonts, in heights of the font."""
    if character in _NARROW:
        return 0.28
    if character in _WIDE:
        return 0.85
    return 0.67 if character.isupper() else 0.55
