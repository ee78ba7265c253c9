"""What a pivot table keeps of its source (ECMA-376 part 1, 18.10): all rows, also when their sheet was deleted."""

from __future__ import annotations

import re

from zegel.message.text import markup
from zegel.message.text import table_marks as marks

_ELEMENT = re.compile(r"<(/?)(?:\w+:)?(cacheField|sharedItems|[snbdemxr])\b([^<>]*+)>")
_NAME = re.compile(r"""\bname=["']([^"'<>]*)["']""")
_VALUE = re.compile(r"""\bv=["']([^"'<>]*)["']""")


def pivot_table(definition: str, records: str) -> str:
    """The rows of a cache below the names of their fields; "" when it has none.

    >>> pivot_table('<cacheField name="BSN"><sharedItems/></cacheField>', '<r><n v="111222333"/></r>')
    '\\x1c\\x1e\\x1fBSN\\x1e\\x1f111222333\\x1d'
    """
    names: list[str] = []
    shared: list[list[str]] = []
    for closes, element, attributes in _ELEMENT.findall(definition):
        if element == "cacheField" and not closes:
            names.append(_found(_NAME, attributes))
            shared.append([])
        elif shared and not closes and element not in ("sharedItems", "x", "r"):
            shared[-1].append(_found(_VALUE, attributes))
    rows: list[list[str]] = []
    for closes, element, attributes in _ELEMENT.findall(records):
        if element == "r":
            rows += [] if closes else [[]]
        elif rows and not closes and len(rows[-1]) < marks.MOST_COLUMNS:
            value = _found(_VALUE, attributes)
            if element == "x":
                column = shared[len(rows[-1])] if len(rows[-1]) < len(shared) else []
                value = column[int(value)] if value.isdecimal() and int(value[:9]) < len(column) else ""
            rows[-1].append(value)
    return marks.table([names, *rows]) if rows else ""


def _found(pattern: re.Pattern[str], attributes: str) -> str:
    match = pattern.search(attributes)
    return markup.entities(match[1]) if match else ""
