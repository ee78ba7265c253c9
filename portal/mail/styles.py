"""Styles of a sender, filtered by property and by value: nothing that fetches, moves or covers.

The body of a mail stands in a sandboxed frame that may load nothing, so a style could not do much anyway; this
is the second lock. What is kept is what makes a mail look as it was written: type, colour, space, borders, tables.
"""

from __future__ import annotations

import re

_SIDES = ("top", "right", "bottom", "left")
_PROPERTIES = {
    "background-color", "border", "border-collapse", "border-color", "border-radius", "border-spacing",
    "border-style", "border-width", "caption-side", "color", "direction", "display", "empty-cells", "font",
    "font-family", "font-size", "font-style", "font-variant", "font-weight", "height", "letter-spacing",
    "line-height", "list-style-type", "margin", "max-height", "max-width", "min-height", "min-width",
    "overflow-wrap", "padding", "table-layout", "text-align", "text-decoration", "text-indent",
    "text-transform", "unicode-bidi", "vertical-align", "white-space", "width", "word-break", "word-spacing",
    "word-wrap", "background",
    *(f"{box}-{side}" for box in ("margin", "padding", "border") for side in _SIDES),
    *(f"border-{side}-{what}" for side in _SIDES for what in ("color", "style", "width")),
}  # fmt: skip
_DISPLAYS = {
    "block", "inline", "inline-block", "none", "table", "table-row", "table-cell", "table-row-group",
    "table-header-group", "table-footer-group", "list-item", "inline-table",
}  # fmt: skip
_VALUE = re.compile(r"(?:[\w\s.,#%'\"+-]|\b(?:rgb|rgba|hsl|hsla)\([\d\s.,%/]*\))*", re.ASCII | re.IGNORECASE)
"""Words, numbers, colours and quoted font names: no other function, no escape, no comment, no bracket."""
_SELECTOR = re.compile(r"[a-z0-9\s.,>_-]+", re.ASCII | re.IGNORECASE)
"""Tags and classes; ids, attributes, pseudo-classes and at-rules are not for mail."""
_DOCUMENT = re.compile(r"^(?:(?:html|body)(?![\w.-])[\s>]*)+", re.IGNORECASE)
_LONGEST = 200_000
"""Characters of style sheets in one message."""


def filter_declarations(style: str) -> str:
    """The declarations of `style` that may stay, "" when none.

    >>> filter_declarations("color: red; position: fixed; background: url(//x)")
    'color:red'
    """
    kept = []
    for declaration in style[:10_000].replace("!important", "").split(";"):
        name, _, value = declaration.partition(":")
        name, value = name.strip().lower(), " ".join(value.split())
        if not value or len(value) > 300 or name not in _PROPERTIES or not _VALUE.fullmatch(value):
            continue
        if name == "display" and value.lower() not in _DISPLAYS:
            continue
        if name.startswith(("margin", "text-indent")) and "-" in value:
            continue
        kept.append(f"{name}:{value}")
    return ";".join(kept)


def style_sheets(html: str, apart: str = "") -> str:
    """What the <style> elements of a mail say, reduced to plain rules of allowed declarations.

    Outlook writes its paragraphs without space between them in a style sheet and nowhere else.

    >>> style_sheets("<style>p.a{margin:0;position:fixed} @import url(x); @media x{p{color:red}}</style>")
    'p.a{margin:0}'

    With `apart` each rule counts inside elements of that class alone:

    >>> style_sheets("<style>p,body td{margin:0}</style>", "mail")
    '.mail p,.mail td{margin:0}'
    """
    return "\n".join(rule for sheet in _sheets(html) for rule in _rules(sheet, apart))


def _sheets(html: str) -> list[str]:
    found: list[str] = []
    start, lower = 0, html.lower()
    while (opening := lower.find("<style", start)) != -1 and sum(map(len, found)) < _LONGEST:
        begin = lower.find(">", opening)
        end = lower.find("</style", begin) if begin != -1 else -1
        if end == -1:
            break
        found.append(html[begin + 1 : min(end, begin + 1 + _LONGEST)])
        start = end + 1
    return found


def _within(selectors: str, apart: str) -> str:
    """The selectors, each below the class `apart`, which stands for the document."""
    each = (_DOCUMENT.sub("", selector.strip()) for selector in selectors.split(","))
    return ",".join(f".{apart} {selector}".strip() for selector in each)


def _rules(sheet: str, apart: str) -> list[str]:
    sheet = sheet.replace("<!--", " ").replace("-->", " ")
    sheet = " ".join(piece.partition("*/")[2] if n else piece for n, piece in enumerate(sheet.split("/*")))
    kept, depth, prelude, block = [], 0, "", ""
    for piece in re.split(r"([{}])", sheet):
        if piece == "{":
            depth += 1
        elif piece == "}":
            if depth == 1 and _SELECTOR.fullmatch(prelude.strip() or "@"):
                declarations = filter_declarations(block)
                if declarations:
                    selectors = " ".join(prelude.split())
                    kept.append(f"{_within(selectors, apart) if apart else selectors}{{{declarations}}}")
            depth = max(0, depth - 1)
            prelude = block = "" if depth == 0 else "@"
        elif depth == 0:
            prelude = piece.rpartition(";")[2]
        else:
            block = piece if depth == 1 else "@"
    return kept
