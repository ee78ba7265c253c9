"""Office packages, OOXML and OpenDocument: every XML part in them, and the files they embed."""

from __future__ import annotations

import re
import zipfile

from zegel.message import charset as charsets
from zegel.message import kinds, markup
from zegel.message.archive import Inner, below, zip_members
from zegel.message.found import Found
from zegel.message.sheet import shared_strings, sheet_text, unused_strings
from zegel.message.textual import strings

_OOXML = "application/vnd.openxmlformats-officedocument."
_TYPES = {
    "word/": (_OOXML + "wordprocessingml.document", "application/vnd.ms-word.document.macroenabled.12"),
    "xl/": (_OOXML + "spreadsheetml.sheet", "application/vnd.ms-excel.sheet.macroenabled.12"),
    "ppt/": (_OOXML + "presentationml.presentation", "application/vnd.ms-powerpoint.presentation.macroenabled.12"),
    "visio/": ("application/vnd.ms-visio.drawing", "application/vnd.ms-visio.drawing.macroenabled.12"),
}
_FLOWING = re.compile(
    r"(?:word|ppt|xl/drawings|xl/diagrams|xl/comments|visio)[^/]*/|xl/(?:comments|threadedComments)|"
    r"(?:content|styles|document)\.xml$|.*/(?:content|styles)\.xml$|.*\.(?:x?html?|svg|opf|ncx)$",
    re.IGNORECASE,
)
_VALUES = re.compile(
    r"(?:word|ppt)/(?:settings|webSettings|fontTable|styles|theme|charts)|.*\.rels$|docProps/|customXml/"
)
_SHEET = re.compile(r"xl/(?:worksheets|chartsheets|macrosheets|dialogsheets)/[^/]+\.xml$", re.IGNORECASE)
_SCENERY = re.compile(r"(?:word|xl|ppt)/(?:theme|printerSettings|fonts)/|Thumbnails/|docProps/thumbnail", re.IGNORECASE)


def package_type(package: zipfile.ZipFile) -> str:
    """The MIME type of an office package or e-book, "" for any other ZIP."""
    names = package.namelist()
    if "[Content_Types].xml" in names:
        for folder, (plain, macros) in _TYPES.items():
            if any(name.startswith(folder) for name in names):
                return macros if folder + "vbaProject.bin" in names else plain
        return "application/zip"
    if "mimetype" in names or "content.xml" in names:
        try:
            with package.open("mimetype") as file:
                kind = file.read(100).decode("ascii", "replace").strip()
        except (KeyError, zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError, ValueError):
            kind = ""
        if kind.startswith(("application/vnd.oasis.", "application/vnd.sun.", "application/epub")):
            return kind
        return "application/vnd.oasis.opendocument.text" if "content.xml" in names else ""
    return ""


def read_office(found: Found, package: zipfile.ZipFile, part: str, name: str, inner: Inner) -> None:
    """All text of an office package, whichever part it hides in, then the files that are embedded."""
    sheets: list[str] = []
    shared: list[str] = []
    for info, data in zip_members(found, package, part):
        member = info.filename
        if member == "META-INF/manifest.xml" and b"encryption-data" in data:
            found.cannot_read(part, name, "encrypted")
        if _is_markup(member, data):
            text = charsets.decode(data, _declared_charset(data))
            if member.lower().endswith("xl/sharedstrings.xml"):
                shared = shared_strings(text)
            elif _SHEET.match(member):
                sheets.append(text)
            else:
                found.text("attachments", part, _text(member, text))
        elif member.startswith("xl/") and member.endswith(".bin"):
            found.text("attachments", part, strings(data))
        elif not (_SCENERY.match(member) or kinds.picture(data) or member == "mimetype"):
            inner(data, below(part, member), member.rpartition("/")[2])
    used: set[int] = set()
    for text in sheets:
        rows = sheet_text(text, shared, used, found.budget)
        found.text("attachments", part, rows)
    if shared:
        found.text("attachments", part, unused_strings(shared, used))


def _is_markup(member: str, data: bytes) -> bool:
    if member.lower().endswith((".xml", ".rels", ".vml", ".html", ".htm", ".xhtml", ".opf", ".ncx", ".svg")):
        return not kinds.container(data)
    return data[:5] == b"<?xml"


def _text(member: str, text: str) -> str:
    if member.lower().endswith((".html", ".htm", ".xhtml")):
        return markup.html_text(text)
    if _FLOWING.match(member) and not _VALUES.match(member):
        return markup.flow_text(text)
    return markup.data_text(text)


def _declared_charset(data: bytes) -> str:
    match = re.match(rb"""<\?xml[^>]{0,100}encoding=["']([\w.-]{1,40})["']""", data)
    return match[1].decode("ascii") if match else kinds.wide(data[:1000])
