"""Office packages, OOXML and OpenDocument: every XML part in them, and the files they embed."""

from __future__ import annotations

import re
import zipfile
import zlib

from zegel.message.base import file_types as kinds
from zegel.message.base.found import Found
from zegel.message.formats import xlsb
from zegel.message.formats.archive import Inner, below, zip_members
from zegel.message.formats.picture import picture_text
from zegel.message.formats.plain import strings
from zegel.message.formats.xlsx_pivot import pivot_table
from zegel.message.formats.xlsx_sheet import Styles, read_styles, shared_strings, sheet_text, unused_strings
from zegel.message.formats.xml_properties import PROPERTY_PARTS, xml_properties
from zegel.message.text import charset as charsets
from zegel.message.text import markup

_OOXML = "application/vnd.openxmlformats-officedocument."
_TYPES = {
    "word/": (_OOXML + "wordprocessingml.document", "application/vnd.ms-word.document.macroenabled.12"),
    "xl/": (_OOXML + "spreadsheetml.sheet", "application/vnd.ms-excel.sheet.macroenabled.12"),
    "ppt/": (_OOXML + "presentationml.presentation", "application/vnd.ms-powerpoint.presentation.macroenabled.12"),
    "visio/": ("application/vnd.ms-visio.drawing", "application/vnd.ms-visio.drawing.macroenabled.12"),
}
_MAIN_TYPE = re.compile(r"""ContentType=["'](application/[\w.+-]{1,120})\.main(?:\+xml)?["']""", re.IGNORECASE)
_LONGEST_LIST = 1_000_000
_FLOWING = re.compile(
    r"(?:word|ppt|xl/drawings|xl/diagrams|xl/comments|visio)[^/]*/|xl/(?:comments|threadedComments)|"
    r"(?:content|styles|document)\.xml$|.*/(?:content|styles)\.xml$|.*\.(?:x?html?|svg|opf|ncx)$",
    re.IGNORECASE,
)
_VALUES = re.compile(r"(?:word|ppt)/(?:settings|webSettings|fontTable|styles|theme|charts)|.*\.rels$|docProps/")
_SHEET = re.compile(r"xl/(?:worksheets|chartsheets|macrosheets|dialogsheets)/[^/]+\.xml$", re.IGNORECASE)
_PIVOT = re.compile(r"xl/pivotCache/pivotCache(Definition|Records)(\d{0,9})\.xml$", re.IGNORECASE)
_BINARY_SHEET = re.compile(r"xl/(?:worksheets|chartsheets|macrosheets|dialogsheets)/[^/]+\.bin$", re.IGNORECASE)
_BINARY_PART = re.compile(r"xl/(?:workbook|styles|sharedStrings)\.bin$", re.IGNORECASE)
_PLACES = {"notesSlide": "notes of slide", "slideMaster": "master", "slideLayout": "layout", "drawing": "drawing",
           "vmlDrawing": "drawing", "app": "properties", "core": "properties", "custom": "properties",
           "meta": "properties", "LabelInfo": "properties", "threadedComment": "comments"}  # fmt: skip
_NUMBERED = re.compile(r"([A-Za-z]+?)(\d{1,5})")
_SCENERY = re.compile(
    r"(?:word|xl|ppt)/(?:theme|printerSettings|fonts)/|Thumbnails/|docProps/thumbnail|Pictures/TablePreview",
    re.IGNORECASE,
)


def package_type(package: zipfile.ZipFile) -> str:
    """The MIME type of an office package or e-book, "" for any other ZIP."""
    names = package.namelist()
    if "[Content_Types].xml" in names:
        for folder, (plain, macros) in _TYPES.items():
            if any(name.startswith(folder) for name in names):
                if folder + "vbaProject.bin" in names:
                    return macros
                return _main_type(package) or plain
        return "application/zip"
    if "mimetype" in names or "content.xml" in names:
        kind = _start(package, "mimetype", 100).strip()
        if kind.startswith(("application/vnd.oasis.", "application/vnd.sun.", "application/epub")):
            return kind
        return "application/vnd.oasis.opendocument.text" if "content.xml" in names else ""
    return ""


def _main_type(package: zipfile.ZipFile) -> str:
    """The type of an OOXML document as its list of parts says: document, template, with macros, binary; or ""."""
    match = _MAIN_TYPE.search(_start(package, "[Content_Types].xml", _LONGEST_LIST))
    kind = match[1].lower() if match else ""
    return f"{kind}.12" if kind.endswith("enabled") else kind


def _start(package: zipfile.ZipFile, member: str, size: int) -> str:
    """The first characters of a member, "" when it cannot be read."""
    try:
        with package.open(member) as file:
            return file.read(size).decode("utf-8", "replace")
    except (KeyError, zipfile.BadZipFile, zlib.error, OSError, EOFError, RuntimeError, ValueError):
        return ""


def read_office(found: Found, package: zipfile.ZipFile, part: str, name: str, inner: Inner) -> None:
    """All text of an office package, whichever part it hides in, then the files that are embedded."""
    sheets: list[tuple[str, str]] = []
    binary_sheets: list[tuple[str, bytes]] = []
    shared: list[str] = []
    styles = Styles()
    binary = xlsb.Shared()
    pivots: dict[str, dict[str, str]] = {}
    for info, data in zip_members(found, package, part):
        member = info.filename
        if member == "META-INF/manifest.xml" and b"encryption-data" in data:
            found.cannot_read(part, name, "encrypted")
        if _is_markup(member, data):
            text = charsets.decode(data, _declared_charset(data))
            if member.lower().endswith("xl/sharedstrings.xml"):
                shared = shared_strings(text)
                continue
            if _SHEET.match(member):
                sheets.append((member, text))
                continue
            pivot = _PIVOT.match(member)
            if pivot:
                pivots.setdefault(pivot[2], {})[pivot[1].lower()] = text
            if PROPERTY_PARTS.match(member):
                found.describe(part, xml_properties(text))
            elif member in ("xl/styles.xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels"):
                read_styles(text, styles)
            found.text("attachments", part, _text(member, text), _place(member))
        elif kinds.container(data):
            inner(data, below(part, member), member.rpartition("/")[2])
        elif _BINARY_SHEET.match(member):
            binary_sheets.append((member, data))
        elif _BINARY_PART.match(member):
            found.text("attachments", part, xlsb.shared_part(data, binary))
        elif member.startswith("xl/") and member.endswith(".bin") and not _SCENERY.match(member):
            found.text("attachments", part, strings(data))
        elif _is_mere_picture(found, data):
            found.text("attachments", part, picture_text(data), _place(member))
        elif not (_SCENERY.match(member) or member == "mimetype"):
            inner(data, below(part, member), member.rpartition("/")[2])
    used: set[int] = set()
    for member, text in sheets:
        rows = sheet_text(text, shared, used, found.budget, styles)
        found.text("attachments", part, rows, styles.sheet(member) or _place(member))
    for pivot_parts in pivots.values():
        rows = pivot_table(pivot_parts.get("definition", ""), pivot_parts.get("records", ""))
        found.budget.charge(len(rows))
        found.text("attachments", part, rows, "pivot table")
    for member, data in binary_sheets:
        found.text("attachments", part, xlsb.sheet_part(data, binary, found.budget), _place(member))
    found.text("attachments", part, unused_strings(shared, used))
    found.text("attachments", part, unused_strings(binary.strings, binary.used))


def _place(member: str) -> str:
    """What a person would call a member of a package.

    >>> _place("ppt/slides/slide3.xml"), _place("word/document.xml"), _place("word/footnotes.xml")
    ('slide 3', '', 'footnotes')
    >>> _place("ppt/notesSlides/notesSlide2.xml"), _place("docProps/custom.xml"), _place("word/header1.xml")
    ('notes of slide 2', 'properties', 'header 1')
    """
    stem = member.rpartition("/")[2].partition(".")[0]
    if stem in ("document", "content", "workbook", ""):
        return ""
    numbered = _NUMBERED.fullmatch(stem)
    name, number = (numbered[1], f" {numbered[2]}") if numbered else (stem, "")
    return f"{_PLACES.get(name, name)}{number}"


def _is_mere_picture(found: Found, data: bytes) -> bool:
    """Whether `data` is a picture that nobody asks to read."""
    return found.budget.ocr is None and bool(kinds.picture(data))


def _is_markup(member: str, data: bytes) -> bool:
    if member.lower().endswith((".xml", ".rels", ".vml", ".html", ".htm", ".xhtml", ".opf", ".ncx", ".svg")):
        return not kinds.container(data)
    return data[:5] == b"<?xml"


def _text(member: str, text: str) -> str:
    if member.lower().endswith((".html", ".htm", ".xhtml")):
        return markup.html_text(text)
    if member.startswith("customXml/"):
        return markup.record_text(text)
    if _FLOWING.match(member) and not _VALUES.match(member):
        return markup.flow_text(text)
    return markup.data_text(text)


def _declared_charset(data: bytes) -> str:
    match = re.match(rb"""<\?xml[^>]{0,100}encoding=["']([\w.-]{1,40})["']""", data)
    return match[1].decode("ascii") if match else kinds.wide(data[:1000])
