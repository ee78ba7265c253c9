"""A second, lenient reading of a PDF: its objects as they lie in the file, whether anything refers to them or not.

PDFium gives the pages; this gives what it has no function for: metadata and labels, JavaScript, XFA forms, files
that are attached to a note, values of fields that stand on no page, what an earlier version said. Nothing is
followed, so there is nothing to loop in.
"""

from __future__ import annotations

import binascii
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from zegel.message.base.found import Budget, Exceeded
from zegel.message.formats.pdf_filters import filters, unfiltered
from zegel.message.text import charset as charsets
from zegel.message.text import markup

_OBJECT = re.compile(rb"(?<![0-9])([0-9]{1,10})[\s\0]+[0-9]{1,5}[\s\0]+obj\b")
_END = re.compile(rb"\bendobj\b|\bstream\r?\n")
_TOKEN = re.compile(rb"/([^\s\0/<>\[\]()%{}]{0,200})|\(|<([0-9A-Fa-f\s]{2,})>")
_INSIDE = re.compile(rb"[()]|\\\r?\n|\\[0-7]{1,3}|\\.", re.DOTALL)
_TEXT_STREAM = re.compile(rb"/(?:JS|RC|V|DV|XFA)\s{0,3}(\d{1,10})\s{1,3}\d{1,5}\s{1,3}R")
_XFA_LIST = re.compile(rb"/XFA\s{0,3}\[([^\]]{0,5000})\]")
_REFERENCE = re.compile(rb"(\d{1,10})\s{1,3}\d{1,5}\s{1,3}R")
_INFO = re.compile(rb"/Info\s{0,3}(\d{1,10})\s")
_IS = {kind: re.compile(rb"/" + kind + rb"\b") for kind in (b"ObjStm", b"Metadata", b"EmbeddedFile")}
_FILE_STREAMS = re.compile(rb"/EF\s{0,9}<<([^<>]{0,500})>>")
_FILE_STREAMS_ELSEWHERE = re.compile(rb"/EF\s{0,9}(\d{1,10})\s{1,9}\d{1,5}\s{1,9}R")
_LENGTH = re.compile(rb"/Length\s{0,9}(\d{1,10})(?!\s{1,9}\d{1,5}\s{1,9}R)\b")
_NEVER_TEXT = re.compile(
    rb"/Subtype\s{0,3}/(?:Image|Form|Type1C|CIDFontType0C|OpenType)|/Length1\b|/FunctionType|/XRef\b"
)
_NO_VALUES = {b"ID", b"CheckSum", b"O", b"U", b"OE", b"UE", b"Perms", b"Cert", b"ByteRange", b"Panose", b"CharSet",
              b"Ordering", b"Registry", b"Lookup", b"DA", b"DS"}  # fmt: skip
_ESCAPES = {b"\\n": b"\n", b"\\r": b"\n", b"\\t": b" ", b"\\b": b"", b"\\f": b"\n"}
_LONGEST_DICTIONARY = 2_000_000
_MOST_OBJECTS = 500_000


@dataclass
class Objects:
    """What the objects of a PDF hold."""

    texts: list[str] = field(default_factory=list)
    properties: list[tuple[str, str]] = field(default_factory=list)
    files: list[bytes] = field(default_factory=list)
    is_rewritten: bool = False
    """Whether a later version of the document shows another page where an earlier one had one."""


def read_objects(data: bytes, budget: Budget, *, pages: bool = False) -> Objects:
    """The strings, XML and files in the objects of a PDF that is not locked. Raises Exceeded.

    `pages`: the strings that pages show as well, in the order of the file: for a PDF that PDFium cannot open.
    """
    found = Objects()
    dictionaries = list(_dictionaries(data, budget))
    packed = {place: _content(data, *dictionaries[place][1:], budget) for place in _places_of_packed(dictionaries)}
    heads = [head for _, head, _ in dictionaries]
    heads += [inside for content in packed.values() for _, inside in _inside(content)]
    wanted = {number for head in heads for number in _TEXT_STREAM.findall(head)}
    for head in heads:
        for entries in _XFA_LIST.findall(head):
            wanted.update(_REFERENCE.findall(entries))
    files = _numbers_of_files(dictionaries, packed)
    found.is_rewritten = _is_rewritten(dictionaries, packed)
    described = set(_INFO.findall(data))
    for place, (number, head, start) in enumerate(dictionaries):
        budget.check_time()
        _strings(head, found, number in described)
        if place in packed:
            for inside_number, inside in _inside(packed[place]):
                _strings(inside, found, inside_number in described)
        elif start and (number in files or _IS[b"EmbeddedFile"].search(head)):
            found.files.append(_content(data, head, start, budget))
        elif start:
            _stream(data, head, start, number in wanted, budget, found, pages)
    return found


def _places_of_packed(dictionaries: list[tuple[bytes, bytes, int]]) -> list[int]:
    """Which of them are streams of objects."""
    return [place for place, (_, head, start) in enumerate(dictionaries) if start and _IS[b"ObjStm"].search(head)]


def _numbers_of_files(dictionaries: list[tuple[bytes, bytes, int]], packed: dict[int, bytes]) -> set[bytes]:
    """The numbers of the streams that are files: a file specification names them (7.11.3), whoever refers to it."""
    objects = [(number, head) for number, head, _ in dictionaries]
    objects += [each for content in packed.values() for each in _inside(content)]
    found: set[bytes] = set()
    elsewhere: set[bytes] = set()
    for _, head in objects:
        for entries in _FILE_STREAMS.findall(head):
            found.update(_REFERENCE.findall(entries))
        elsewhere.update(_FILE_STREAMS_ELSEWHERE.findall(head))
    for number, head in objects:
        if number in elsewhere:
            found.update(_REFERENCE.findall(head))
    return found


def _is_rewritten(dictionaries: list[tuple[bytes, bytes, int]], packed: dict[int, bytes]) -> bool:
    objects = [(number, head, start > 0) for number, head, start in dictionaries]
    objects += [(number, head, False) for content in packed.values() for number, head in _inside(content)]
    known: dict[bytes, bytes] = {}
    for number, head, streams in objects:
        shows = _SHOWS.search(head)
        if streams and b"/Type" not in head and b"/Subtype" not in head:
            if number in known:
                return True
            known[number] = b""
        elif shows:
            contents = b" ".join(shows[1].split())
            if known.setdefault(number, contents) != contents:
                return True
    return False


_SHOWS = re.compile(rb"/Contents\s{0,3}(\[[^\]]{0,2000}\]|\d{1,10}\s)")


def _content(data: bytes, head: bytes, start: int, budget: Budget) -> bytes:
    """What a stream holds, its filters undone."""
    return unfiltered(_raw(data, head, start), head, budget)


def _raw(data: bytes, head: bytes, start: int) -> bytes:
    """The bytes of a stream: as long as it says when its end stands there, else up to the next end."""
    length = _LENGTH.search(head)
    if length:
        stop = start + int(length[1])
        if data[stop : stop + 20].lstrip().startswith(b"endstream"):
            return data[start:stop]
    end = data.find(b"endstream", start)
    return data[start : end if end >= 0 else len(data)]


def _dictionaries(data: bytes, budget: Budget) -> Iterator[tuple[bytes, bytes, int]]:
    """Number and head of each object, and where its stream starts, 0 when it has none."""
    position = 0
    for _ in range(_MOST_OBJECTS):
        match = _OBJECT.search(data, position)
        if match is None:
            return
        end = _END.search(data, match.end(), match.end() + _LONGEST_DICTIONARY)
        stop = end.start() if end else min(len(data), match.end() + _LONGEST_DICTIONARY)
        streams = end is not None and end[0][:1] == b"s"
        yield match[1], data[match.end() : stop], end.end() if end and streams else 0
        position = end.end() if end else match.end()
        if streams:
            # Past the stream, so that what looks like an object inside of it is not taken for one.
            after = data.find(b"endstream", position)
            position = after if after >= 0 else position
        budget.check_time()


def _stream(data: bytes, head: bytes, start: int, wanted: bool, budget: Budget, found: Objects, pages: bool) -> None:
    """A stream that no file specification names, when it is XML, text or a file all the same."""
    if _NEVER_TEXT.search(head):
        return
    raw = _raw(data, head, start)
    beginning = _peek(raw, head)
    if wanted or _IS[b"Metadata"].search(head) or beginning.lstrip()[:1] == b"<":
        content = unfiltered(raw, head, budget)
        text = charsets.decode(content)
        if content.lstrip()[:1] == b"<":
            found.texts.append(markup.record_text(text) if b"xfa" in content.lower() else markup.data_text(text))
            found.properties += _xmp(text)
        else:
            found.texts.append(_text(content))
    elif beginning.startswith(_FILES):
        found.files.append(unfiltered(raw, head, budget))
    elif pages:
        _strings(unfiltered(raw, head, budget), found, False)


_FILES = (b"PK\x03\x04", b"%PDF-", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"{\\rtf", b"Rar!", b"7z\xbc\xaf\x27\x1c")
"""The beginnings of files that nobody writes into a PDF for anything but their content."""


def _inside(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The objects in an object stream with their numbers (ISO 32000-1, 7.5.7): pairs of number and place come first."""
    first = _NOT_PAIRS.search(content)
    start = first.start() if first else len(content)
    pairs = content[:start].split()
    places = [start + int(place) - int(pairs[1] if len(pairs) > 1 else 0) for place in pairs[1::2]]
    for number, begin, end in zip(pairs[::2], places, [*places[1:], len(content)], strict=False):
        yield number, content[begin:end]
    if not places:
        yield b"", content


_NOT_PAIRS = re.compile(rb"[^\d\s\0]")


def _strings(head: bytes, found: Objects, describes: bool) -> None:
    """The strings in a dictionary; with their names when the dictionary describes the document."""
    position, key = 0, b""
    while match := _TOKEN.search(head, position):
        position = match.end()
        if match[1] is not None:
            key = match[1]
            continue
        if match[2] is not None:
            digits = match[2].translate(None, b" \t\r\n\f\0")
            raw = binascii.unhexlify(digits + b"0" * (len(digits) % 2))
            if key == b"Contents" and raw[:1] == b"0":
                continue  # a signature
        else:
            raw, position = _literal(head, position)
        if key in _NO_VALUES or raw.startswith(b"D:"):
            continue
        text = _text(raw)
        if text and not text.isspace():
            found.texts.append(text)
            if describes or key.startswith(b"MSIP_"):
                found.properties.append((key.decode("latin-1"), text))


def _literal(head: bytes, start: int) -> tuple[bytes, int]:
    """The string in brackets that starts at `start`, and where it ends (ISO 32000-1, 7.3.4.2)."""
    pieces: list[bytes] = []
    position, depth = start, 1
    while match := _INSIDE.search(head, position):
        pieces.append(head[position : match.start()])
        position, sign = match.end(), match[0]
        if sign == b"(":
            depth += 1
        elif sign == b")":
            depth -= 1
            if not depth:
                return b"".join(pieces), position
        if sign in (b"(", b")"):
            pieces.append(sign)
        elif sign[1:2] in b"01234567" and len(sign) > 1:
            pieces.append(bytes([int(sign[1:], 8) & 0xFF]))
        elif sign[1:2] not in (b"\r", b"\n"):
            pieces.append(_ESCAPES.get(sign, sign[1:]))
    return b"".join([*pieces, head[position:]]), len(head)


def _text(raw: bytes) -> str:
    """A text string (ISO 32000-2, 7.9.2.2)."""
    if raw.startswith(b"\xfe\xff"):
        return raw[2:].decode("utf-16-be", "replace")
    return charsets.decode(raw)


def _xmp(text: str) -> Iterator[tuple[str, str]]:
    for match in _XMP_ELEMENT.finditer(text):
        yield match[1].rpartition(":")[2], markup.entities(match[2].strip())
    for match in _XMP_ATTRIBUTE.finditer(text):
        yield match[1], markup.entities(match[2])


_XMP_ELEMENT = re.compile(r"<([\w.:-]{1,200})>([^<>]{1,2000})</")
_XMP_ATTRIBUTE = re.compile(r'\s(?:pdfx?|xmp|dc|msip_labels):([\w.-]{1,200})="([^"]{1,2000})"')


def _peek(raw: bytes, head: bytes) -> bytes:
    """How the content of a stream begins."""
    names = filters(head)
    if not names:
        return raw[:100]
    try:
        if names == [b"FlateDecode"] and b"/Predictor" not in head:
            return zlib.decompressobj().decompress(raw[:2000], 100)
        return unfiltered(raw[:2000], head, Budget(200_000, 0, 0))[:100]
    except (zlib.error, Exceeded):
        return b""
