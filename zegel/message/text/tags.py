"""What a tag of HTML or XML leaves in the text, and what it hides: attributes, a comment."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from functools import lru_cache

from zegel.message.text import elements
from zegel.message.text import table_marks as marks
from zegel.message.text.unseen_html import UNSEEN

_NAME = re.compile(r"</?(?:[A-Za-z][\w.-]*:)?([A-Za-z][\w.-]*)")
_SPAN = re.compile(r"""\b(col|row)span\s*+=\s*+["']?(\d{1,5})""", re.IGNORECASE)
_GRID_SPAN = re.compile(r"""\bval=["'](\d{1,5})""")
_REPEATED = re.compile(r"""\bnumber-columns-repeated=["'](\d{1,2})["']""")
"""What is repeated a hundred times and more is the blank rest of a row."""
_ATTRIBUTE = re.compile(r"""(?<![\w.:-])([\w.:-]++)\s*+=\s*+("[^"]*+"|'[^']*+'|[^\s"'>]++)""")
_CELL_VALUE = re.compile(r"""\b(?:office:)?(?:value|date-value|string-value)=["']([^"'<>]*)["']""")
_NUMERIC = re.compile(r"[\s0-9a-fA-F.,;:#%{}()+-]*")

Tag = tuple[str, str]
"""What a tag leaves in the text, and what it hides: attributes, a comment."""


class Tags:
    """How tags are read, with the short ones remembered: most tags of a document are the same few."""

    def __init__(self, read: Callable[[str], Tag], doubt: re.Pattern[str] | None = None) -> None:
        """`doubt` is found in each tag that asks for a second look at the whole document."""

        def read_and_doubt(tag: str) -> tuple[str, str, bool]:
            return *read(tag), doubt is not None and doubt.search(tag) is not None

        self.read = read_and_doubt
        self.read_short = lru_cache(maxsize=4096)(read_and_doubt)


def _html_tag(tag: str) -> Tag:
    special = _special(tag)
    if special is not None:
        return special
    match = _NAME.match(tag)
    if not match:
        return tag, ""  # a browser shows "<1 year>" as it stands
    if tag[:5].lower() in ("<o:p>", "</o:p", "<o:p/", "<o:p "):  # Word puts it where nothing is
        return "", ""
    name = match[1].lower()
    inside = tag[match.end() : -1].strip(" \t\r\n/")
    mark = elements.HTML_TABLE.get(f"/{name}" if tag[1] == "/" else name)
    if mark is not None:
        if mark == marks.CELL and "span" in inside.lower():
            spans = {which.lower(): count for which, count in _SPAN.findall(inside)}
            mark += marks.spanning(spans.get("col", 1), spans.get("row", 1))
        return mark, inside
    shown = elements.HTML_BREAKS.get(name)
    return shown or "", inside if len(name) < 9 or shown is not None else f"{name} {inside}"


def _flow_tag(tag: str) -> Tag:
    special = _special(tag)
    if special is not None:
        return special
    match = _NAME.match(tag)
    name = match[1] if match else ""
    mark = elements.FLOW_TABLE.get(f"/{name}" if tag[1] == "/" else name)
    if mark is not None:
        value = _CELL_VALUE.search(tag) if name == "table-cell" else None
        repeated = _REPEATED.search(tag) if tag.endswith("/>") else None
        mark *= max(1, int(repeated[1])) if repeated and mark == marks.CELL else 1
        if value:  # a cell need not hold the text of its value
            return f"{mark}{value[1]}\n", _xml_attributes(tag.replace(value[0], "", 1))
        return mark, _xml_attributes(tag)
    if name == "gridSpan":
        count = _GRID_SPAN.search(tag)
        return marks.spanning(count[1]) if count else "", ""
    if name == "sym":
        sign = _SIGN.search(tag)
        return chr(int(sign[1], 16)) if sign else " ", ""
    return elements.FLOW_BREAKS.get(name, ""), _xml_attributes(tag)


_SIGN = re.compile(r"""\bchar=["']F0(3[0-9]|[46][1-9A-Fa-f]|[57][0-9Aa])["']""")
"""A digit or letter of a font of signs (WordprocessingML)."""


def _data_tag(tag: str) -> Tag:
    special = _special(tag)
    return special if special is not None else ("\n", _xml_attributes(tag))


def _record_tag(tag: str) -> Tag:
    special = _special(tag)
    if special is not None:
        return special
    match = _NAME.match(tag)
    return "\n", tag[match.end() : -1].strip(" \t\r\n/") if match else tag


def _special(tag: str) -> Tag | None:
    """Comments are hidden, CDATA is text, declarations are hidden; None for a tag."""
    if tag.startswith("<!"):
        if tag.startswith("<!--"):
            return "", tag[4:-1].removesuffix("--").strip()
        if tag.startswith("<![CDATA["):
            return html.escape(tag[9:-1].removesuffix("]]"), quote=False), ""
        return "", tag[2:-1]
    if tag.startswith("<?"):
        return "", "" if tag.startswith("<?xml") else tag[2:-1]
    return None


def _xml_attributes(tag: str) -> str:
    if "=" not in tag:
        return ""
    if len(tag) > 20_000:
        return tag[1:-1]  # no program writes this; taking it apart would cost more than reading it whole
    found = []
    for name, value in _ATTRIBUTE.findall(tag):
        local, value = name.rpartition(":")[2], value.strip("\"'")
        if local in elements.TEXTUAL or not (_NUMERIC.fullmatch(value) or name.startswith("xmlns")):
            found.append(value)
    return "\n".join(found)


HTML, FLOW, DATA, RECORD = Tags(_html_tag, UNSEEN), Tags(_flow_tag), Tags(_data_tag), Tags(_record_tag)
