"""Files that are text: plain, HTML, XML, calendars, cards. Read where they are found, no parser at risk."""

from __future__ import annotations

import re
from collections.abc import Iterator

from zegel.message.base import file_types as kinds
from zegel.message.base.found import Found, Where
from zegel.message.formats.xml_properties import xml_properties
from zegel.message.mime import transfer
from zegel.message.text import charset as charsets
from zegel.message.text import escapes, markup, sylk
from zegel.message.text.fixed_page import page_text, without_runs
from zegel.message.text.separated import has_quoted_lines, rows_of_quoted, tabbed
from zegel.message.text.table_marks import without_marks

_HTML = re.compile(r"<\s*(?:!doctype\s+html|(?:html|head|body|table|div|meta|p|span|a)(?![\w:.-]))", re.IGNORECASE)
_FLOW = re.compile(r"\s*(?:<[?!][^<>]*>\s*){0,20}<(?:[\w.-]+:)?(?:document|wordDocument|Workbook|package|svg)\b")
"""The start of an XML file of running text: OpenDocument, Office 2003, flat OPC, a drawing."""
_FIXED_PAGE = re.compile(r"\s*(?:<[?!][^<>]*>\s*){0,20}<FixedPage\b")
_FLAT = re.compile(r"""office:mimetype=["'](application/vnd\.oasis\.opendocument\.[\w-]{1,40})["']""")
_CARDS = {"BEGIN:VCARD": "text/vcard", "BEGIN:VCALENDAR": "text/calendar"}
_ENRICHED = ("text/enriched", "text/richtext")
_FOLDED_CARD = re.compile(r"\r?\n[ \t]")
_FOLDED = re.compile(r"(?:#[^\n]{0,200}\n|version: \d+\s{1,4}){0,20}dn::? |Manifest-Version: ")
"""The start of a file whose lines are folded as those of a card: LDIF (RFC 2849), the manifest of a JAR."""
_QUOTED_CARD = re.compile(
    r"^([^:\n]{0,200};ENCODING=QUOTED-PRINTABLE[^:\n]{0,200}:)((?:[^\n]*=\r?\n)*[^\n]*)", re.IGNORECASE | re.MULTILINE
)
_HEAD = 20_000
"""Bytes that hold 5,000 characters, however long each is."""
_HIGH = bytes(range(128, 256))
_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")
_RUNS = re.compile(rb"[\t\r\n\x20-\x7e\xc0-\xff]{5,}")
_LABELLED = re.compile(rb"(?<![A-Za-z])([A-Za-z]{3,4})[\x00-\x1f\x7f-\xff]{1,12}[!-/:-~]?(\d{8,18})(?!\d)")
"""The short name of a value and its number, with the sizes and types in between that programs write."""
_WIDE_RUNS_BIG = re.compile(rb"(?<![\x20-\x7e\xc0-\xff])(?:\x00[\t\r\n\x20-\x7e\xc0-\xff]){4,}")
_WIDE_RUNS = re.compile(rb"(?:[\t\r\n\x20-\x7e\xc0-\xff]\x00){4,}")


def read_textual(found: Found, data: bytes, part: str, name: str, declared: str, charset: str = "") -> bool:
    """Read `data` when it is text, as a file of the message; False when it is not text."""
    if not kinds.is_text(data):
        return False
    kind = declared if declared.startswith("text/") else ""
    charset = kinds.wide(data[:65_536]) or charset
    if not kind:
        kind = _kind(_beginning(data, charset)[:5000])
    found.file(part, name, kind, len(data))
    keep(found, part, data, charset, kind)
    if kind.endswith("-flat-xml"):
        found.describe(part, xml_properties(charsets.decode(data, charset).partition("</office:meta>")[0]))
    return True


def keep(found: Found, part: str, data: bytes, charset: str, kind: str, where: Where = "attachments") -> None:
    """Keep what a text file says, in each charset that somebody may read it in."""
    one = charsets.reads_as_utf8(data, charset)
    if (
        one
        and b"\\u" not in data
        and not has_quoted_lines(data)
        and _says_what_it_holds(_beginning(data, charset), kind)
    ):
        found.bytes_of_text(where, part, data, charset)
        return
    for text in charsets.readings(data, charset):
        found.text(where, part, content(text, kind))


def _beginning(data: bytes, charset: str) -> str:
    """The first characters of a text file, without the trouble of reading all of it where that can be."""
    if charsets.reads_as_utf8(data, charset):
        head = data[:_HEAD]
        if len(data) > _HEAD:
            head = head.rstrip(_HIGH)  # the last character may be cut
        return charsets.decode(head, charset)
    return charsets.decode(data, charset)[:_HEAD]


def _says_what_it_holds(text: str, kind: str) -> bool:
    """Whether a text that begins like this stands in the file as somebody reads it: neither markup nor a card."""
    start = text[:2000].lstrip("\ufeff \t\r\n")
    if (
        kind.endswith("html")
        or kind in _ENRICHED
        or start.startswith(("<", sylk.START))
        or start[:6].upper() == "BEGIN:"
        or _FOLDED.match(start)
    ):
        return False
    return not (_FLOW.match(start) or _HTML.search(start))


def _kind(start: str) -> str:
    """The type of a text file, by its first characters."""
    first = start.lstrip("\ufeff \t\r\n")
    if first.startswith("<?xml") or _FLOW.match(first):
        flat = _FLAT.search(start)
        if flat:
            return f"{flat[1]}-flat-xml"
        if _FLOW.match(first) or "<html" not in start.lower():
            return "text/xml"
    if _HTML.search(start):
        return "text/html"
    return _CARDS.get(first[:15].upper().rstrip(), "text/plain")


def as_text(data: bytes, charset: str = "") -> str:
    """The characters of a text file, UTF-16 without a mark included."""
    return charsets.decode(data, kinds.wide(data[:65_536]) or charset)


def content(text: str, kind: str) -> str:
    """What a text file says, by what it is: markup without its tags, cards and calendars unfolded."""
    start = text[:2000].lstrip("\ufeff \t\r\n")
    if start.startswith("<") and "<!ENTITY" in text:
        text = escapes.with_entities(text)
    if kind in _ENRICHED:
        return markup.html_text(text.replace("<<", "&lt;"))
    if not kind.endswith("html") and _FLOW.match(start):
        return markup.flow_text(text)
    if kind.endswith("html") or _HTML.search(start):
        shown = markup.html_text(text)
        is_record = start.startswith("<?xml") and "<html" not in start.lower() and not kind.endswith("html")
        return f"{shown}\n{markup.record_text(text)}" if is_record else shown
    if _FIXED_PAGE.match(start):
        return f"{page_text(text)}\n{markup.record_text(without_runs(text))}"
    if start.startswith("<"):
        return markup.record_text(text)
    if start[:6].upper() == "BEGIN:":
        return _card(text)
    if "\\u" in text and start[:1] in "{[":
        return _ESCAPED.sub(lambda escape: chr(int(escape[1], 16)), without_marks(text))
    if _FOLDED.match(start):
        return f"{text}\n{_FOLDED_CARD.sub('', text)}"
    if start.startswith(sylk.START):
        return sylk.sylk_text(text)
    if '"' in text and has_quoted_lines(text.encode("utf-8", "replace")):
        return rows_of_quoted(text)
    return tabbed(text)


def _card(text: str) -> str:
    """A vCard or iCalendar with its lines unfolded (RFC 6350 3.2, RFC 5545 3.1) and vCard 2.1's encoding undone."""
    text = _QUOTED_CARD.sub(lambda line: line[1] + _quoted(line[2]), text)
    text = _FOLDED_CARD.sub("", text)
    return text.replace("\\n", "\n").replace("\\N", "\n").replace("\\,", ",").replace("\\;", ";")


def _quoted(value: str) -> str:
    return charsets.decode(transfer.quoted_printable(value.encode("utf-8", "replace")))


def strings(data: bytes) -> str:
    """The runs of text in a binary file, 8-bit and UTF-16: the last resort where no reader exists.

    Noise (what is compressed or encrypted) has words of five letters too: there only runs count that chance does not
    give.
    """
    found: list[str] = []
    for noise, start, end in _stretches(data):
        if noise:
            found += (run.decode("ascii") for run in _LONG_RUNS.findall(data, start, end))
        else:
            found += (run.decode("cp1252", "replace") for run in _RUNS.findall(data, start, end))
            found += (run.decode("utf-16-le") for run in _WIDE_RUNS.findall(data, start, end))
            found += (run.decode("utf-16-be") for run in _WIDE_RUNS_BIG.findall(data, start, end))
            found += (b" ".join(pair).decode("ascii") for pair in _LABELLED.findall(data, start, end))
    return "\n".join(found)


def _stretches(data: bytes) -> Iterator[tuple[bool, int, int]]:
    """`data` cut where noise begins and ends: whether it is noise, where it starts, where it ends."""
    begin, was = 0, False
    for start in range(0, len(data), _BLOCK):
        noise = _is_noise(data[start : start + _BLOCK])
        if noise != was and start:
            yield was, begin, start
            begin = start
        was = noise
    if begin < len(data):
        yield was, begin, len(data)


def _is_noise(block: bytes) -> bool:
    """Whether bytes are spread as chance spreads them: 95 of 256 values are ASCII's signs, half are above it."""
    size = len(block)
    if size < _LEAST_NOISE or block.count(0) * 50 > size:
        return False
    signs = size - len(block.translate(None, _SIGNS))
    high = size - len(block.translate(None, _HIGH))
    return 0.28 < signs / size < 0.46 and 0.42 < high / size < 0.58


_BLOCK, _LEAST_NOISE = 1024, 500
_SIGNS = bytes(range(32, 127))
_LONG_RUNS = re.compile(rb"[\t\r\n\x20-\x7e]{20,}")
