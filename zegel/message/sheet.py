"""The cells of an XLSX sheet, read so that a row's cells stand next to each other."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

from zegel.message import markup
from zegel.message.found import Budget

_ITEM = re.compile(r"<(?:\w+:)?si\b[^<>]*+>")
_DATA = re.compile(r"<(/?)(?:\w+:)?sheetData\b[^<>]*+>")
_TOKEN = re.compile(r"<(?:\w+:)?(row|c|v|t|f)\b([^<>]*+)>([^<]*+)")
_CELL_TYPE = re.compile(r"""\bt=["'](\w+)["']""")


def shared_strings(source: str) -> list[str]:
    """The items of sharedStrings.xml, rich text joined; raises nothing."""
    return [markup.flow_text(item).strip() for item in _ITEM.split(source)[1:]]


def sheet_text(source: str, shared: list[str], used: set[int], budget: Budget) -> str:
    """The text of a sheet: rows as lines, then formulas, then what else the sheet says.

    `used` gathers the shared strings that were met. Hidden rows and columns are rows and columns.
    Raises Exceeded when shared strings blow up a small sheet beyond the budget.
    """
    data = list(_DATA.finditer(source))
    if not data:
        return markup.flow_text(source)
    start = data[0].end()
    end = data[-1].start() if data[-1][1] and data[-1].start() >= start else len(source)
    rows: list[str] = []
    formulas: list[str] = []
    kind = ""
    for element, attributes, text in _TOKEN.findall(source, start, end):
        if element == "c":
            match = _CELL_TYPE.search(attributes)
            kind = match[1] if match else "n"
            rows.append(markup.CELL)
        elif element == "row":
            rows.append("\n")
        elif element == "f":
            formulas.append(text)
        elif element == "t" or kind not in ("s", "n"):
            rows.append(text)
        elif kind == "n":
            rows.append(_number(text))
        else:
            rows.append(_shared(text, shared, used, budget))
    around = f"{source[:start]}{source[end:]}"
    lines = ["".join(rows), "\n".join(dict.fromkeys(formulas))]
    return "\n".join([*(markup.flow_text(text) for text in lines), markup.flow_text(around)])


def unused_strings(shared: list[str], used: set[int]) -> str:
    """Shared strings that no cell shows: what was deleted stays in the file."""
    return "\n".join(text for place, text in enumerate(shared) if place not in used)


def _shared(number: str, shared: list[str], used: set[int], budget: Budget) -> str:
    try:
        place = int(number[:12])
        text = shared[place]
    except (ValueError, IndexError):
        return number
    if place in used:
        budget.charge(len(text))
    used.add(place)
    return text.replace("&", "&amp;").replace("<", "&lt;")


def _number(text: str) -> str:
    """A number as a cell shows it: 1.11222333E8 is 111222333.

    >>> _number("1.11222333E8"), _number("12.5"), _number("1E400")
    ('111222333', '12.5', '1E400')
    """
    if "E" not in text and "e" not in text:
        return text
    try:
        value = Decimal(text.strip()[:40])
        return format(value.normalize(), "f") if -30 < value.adjusted() < 30 else text
    except InvalidOperation:
        return text
