"""The cells of an XLSX sheet, read so that a row's cells stand next to each other."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache

from zegel.message.base.found import Budget
from zegel.message.formats.cells import built_in, header_text, plain, shown
from zegel.message.text import markup
from zegel.message.text.table_marks import Sheet, without_marks

_ITEM = re.compile(r"<(?:\w+:)?si\b[^<>]*+>")
_DATA = re.compile(r"<(/?)(?:\w+:)?sheetData\b[^<>]*+>")
_REFERENCE = re.compile(r"""\br=["']([A-Za-z]{0,3})(\d{0,7})["']""")
_TOKEN = re.compile(r"""<(?:\w+:)?(row|c|v|t|f)\b(?: r=["']([A-Za-z]{0,3})(\d{0,7})["'])?([^<>]*+)>([^<]*+)""")
"""Every writer puts the place first; where one does not, it is looked for."""
_CELL_TYPE = re.compile(r"""\bt=["'](\w+)["']""")
_CELL_STYLE = re.compile(r"""\bs=["'](\d{1,6})["']""")
_FORMAT = re.compile(r"<(?:\w+:)?numFmt\b([^<>]*+)>")
_CELL_STYLES = re.compile(r"<(?:\w+:)?cellXfs\b[^<>]*+>(.*?)</(?:\w+:)?cellXfs>", re.DOTALL)
_STYLE = re.compile(r"<(?:\w+:)?xf\b([^<>]*+)>")
_FORMAT_NUMBER = re.compile(r"""\bnumFmtId=["'](\d{1,6})["']""")
_FORMAT_CODE = re.compile(r"""\bformatCode=["']([^"'<>]*)["']""")
_HEADERS = re.compile(r"<(?:\w+:)?(?:odd|even|first)(?:Header|Footer)\b[^<>]*>([^<>]*)<")
_SHEET = re.compile(r"<(?:\w+:)?sheet\b([^<>]*+)>")
_RELATION = re.compile(r"<(?:\w+:)?Relationship\b([^<>]*+)>")
_ATTRIBUTE = re.compile(r"""\b(?:\w+:)?(\w+)=["']([^"'<>]*)["']""")
_SINCE_1904 = re.compile(r"""\bdate1904=["'](?:1|true)["']""")


@dataclass
class Styles:
    """How the numbers of a workbook are shown."""

    codes: list[str] = field(default_factory=list)
    """The number format of each style."""
    since_1904: bool = False
    names: dict[str, str] = field(default_factory=dict)
    """The name of each sheet, by its relation."""
    targets: dict[str, str] = field(default_factory=dict)
    """The relation of each part."""

    def sheet(self, member: str) -> str:
        """What a person would call a sheet: "sheet Clients"; "" when it has no name."""
        name = self.names.get(self.targets.get(member.removeprefix("xl/"), ""), "")
        return f"sheet {name}" if name else ""


def read_styles(source: str, styles: Styles) -> None:
    """Take up xl/styles.xml, xl/workbook.xml or its relations."""
    for match in _SHEET.finditer(source):
        values = dict(_ATTRIBUTE.findall(match[1]))
        styles.names[values.get("id", "")] = markup.entities(values.get("name", ""))
    for match in _RELATION.finditer(source):
        values = dict(_ATTRIBUTE.findall(match[1]))
        styles.targets[values.get("Target", "").removeprefix("/xl/")] = values.get("Id", "")
    styles.since_1904 = styles.since_1904 or bool(_SINCE_1904.search(source))
    cells = _CELL_STYLES.search(source)
    if cells is None:
        return
    own = {}
    for match in _FORMAT.finditer(source):
        number, code = _FORMAT_NUMBER.search(match[1]), _FORMAT_CODE.search(match[1])
        if number and code:
            own[int(number[1])] = markup.entities(code[1])
    for match in _STYLE.finditer(cells[1]):
        number = _FORMAT_NUMBER.search(match[1])
        place = int(number[1]) if number else 0
        styles.codes.append(own.get(place) or built_in(place))


def shared_strings(source: str) -> list[str]:
    """The items of sharedStrings.xml, rich text joined; raises nothing."""
    return [markup.shown_text(item).strip() for item in _ITEM.split(source)[1:]]


def sheet_text(source: str, shared: list[str], used: set[int], budget: Budget, styles: Styles) -> str:
    """The text of a sheet: rows as lines, then formulas, then what else the sheet says.

    `used` gathers the shared strings that were met. Hidden rows and columns are rows and columns.
    Raises Exceeded when shared strings blow up a small sheet beyond the budget.
    """
    source = without_marks(source)
    data = list(_DATA.finditer(source))
    if not data:
        return markup.flow_text(source)
    start = data[0].end()
    end = data[-1].start() if data[-1][1] and data[-1].start() >= start else len(source)
    if len(data) == 1 and data[0][0].endswith("/>"):
        end = start  # no cells
    sheet = Sheet()
    formulas: list[str] = []
    kind = code = ""
    row = column = -1
    written = False
    for element, letters, number, attributes, text in _TOKEN.findall(source, start, end):
        if not number and "r=" in attributes and (at := _REFERENCE.search(attributes)):
            letters, number = at[1], at[2]
        if element == "c":
            match = _CELL_TYPE.search(attributes)
            kind = match[1] if match else "n"
            style = _CELL_STYLE.search(attributes) if kind == "n" and styles.codes else None
            code = styles.codes[int(style[1])] if style and int(style[1]) < len(styles.codes) else ""
            column = _column(letters) if letters else column + 1
            written = False
        elif element == "row":
            row, column = max(row + 1, int(number or 0) - 1), -1
        elif element == "f":
            formulas.append(text)
        else:
            if element == "v" and kind == "n":
                text = _number(text, code, styles.since_1904)
            elif element == "v" and kind == "s":
                text = _shared(text, shared, used, budget)
            else:
                text = markup.entities(text)
            if written:
                sheet.append(text)
            else:
                sheet.add(row, column, text)
                written = True
    around = f"{source[:start]}{source[end:]}"
    around += "\n".join(header_text(markup.entities(match[1])) for match in _HEADERS.finditer(around))
    return "\n".join([sheet.text(), markup.flow_text("\n".join(dict.fromkeys(formulas))), markup.flow_text(around)])


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
    return text


@lru_cache(maxsize=1024)
def _column(letters: str) -> int:
    """The number of a column, from 0.

    >>> _column("A"), _column("AB")
    (0, 27)
    """
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number - 1


def _number(text: str, code: str, since_1904: bool) -> str:
    """A number as a cell shows it; what is no number stays as it is."""
    if not code:
        return plain(text)
    try:
        return shown(float(text), code, since_1904)
    except ValueError:
        return text
