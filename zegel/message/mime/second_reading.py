"""The parts of a mail as other programs read them, where fields contradict each other or are damaged.

`tree.parse` gives one reading. Mail programs differ in the rest: which of two fields counts, whether a field behind a
blank line is one, where a multipart ends. What a person may see in any of them is read as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import re2

from zegel.message.mime import transfer
from zegel.message.mime.headers import boundaries
from zegel.message.mime.tree import Header, Parser, Part

_SAMPLE = 4000
_ENCODINGS = {"", "7bit", "8bit", "binary", "base64", "quoted-printable", *transfer.UUENCODINGS}
_NAMED_IN = (("64", "base64"), ("b64", "base64"), ("quot", "quoted-printable"), ("qp", "quoted-printable"),
             ("print", "quoted-printable"), ("uu", "uuencode"))  # fmt: skip
"""What an encoding may be whose name nobody knows, by a piece of the name."""
_FOLDED_FIELD = re.compile(rb"\r?\n[ \t]+(?=content-[a-z-]{1,60}[ \t]*:)", re.IGNORECASE)
_LATE_FIELD = re.compile(
    rb"^[ \t]{0,20}(?=content-(?:type|transfer-encoding|disposition)[ \t]{0,9}:)", re.IGNORECASE | re.MULTILINE
)
_LATEST = 2000
"""Bytes of a body in which fields are looked for that a blank line cut off from their header."""
_UNDECLARED_PARTS = re.compile(rb"\n--[^\s-][^\r\n]{0,98}\r?\n[ \t]{0,20}[Cc][Oo][Nn][Tt][Ee][Nn][Tt]-[A-Za-z-]{1,40}:")
_BYTEWISE = re2.Options()
_BYTEWISE.encoding = re2.Options.Encoding.LATIN1
_DELIMITER_LIKE = re2.compile(rb"\n--[^\s\v-]", _BYTEWISE)
"""RE2 finds it ten times as fast as `re` and `find` do."""
_MULTIPARTS = ("multipart", "mixed", "alternative", "related")


def other_readings(parser: Parser, part: Part, end: int) -> Iterator[Part]:
    """The part, of a mail that ends at `end`, as a mail program reads it that decides otherwise.

    With two Content-Types, two encodings or two boundaries there is no right reading: some programs take the first
    (as `parse` does), some the last. A field after a line that is no field counts for some programs only; in the others
    the body starts at that line. `parser` bounds what all such readings of a mail may cut out of it.
    """
    if part.beyond or parser.parts_left <= 0:
        return
    yield from _by_other_fields(parser, part)
    if part.content_type.startswith("multipart/"):
        yield from _by_other_boundaries(parser, part, end)
    elif not part.content_type.startswith("message/"):
        yield from _as_multipart(parser, part)
    if not part.children:
        yield from _by_other_encodings(parser, part)


def _by_other_fields(parser: Parser, part: Part) -> Iterator[Part]:
    types, encodings, nameless = _telling(part.headers)
    if any(group and group[-1].value.strip() != group[0].value.strip() for group in (types, encodings)):
        last = [header for group in (types[1:], encodings[1:]) for header in group[-1:]]
        yield _described(parser, part, tuple(last) + tuple(h for h in part.headers if h not in last), part.start)
    if nameless and nameless[0].start > part.headers[0].start:
        broken = nameless[0]
        yield _described(parser, part, tuple(h for h in part.headers if h.start < broken.start), broken.start)
    folded = tuple(_unfolded(part.headers)) if nameless or any(b"\n" in h.value for h in part.headers) else ()
    if len(folded) > len(part.headers):
        yield _described(parser, part, folded, part.start)
    if not part.children and not part.content_type.startswith("message/"):
        head = parser.raw[part.start : min(part.end, part.start + _LATEST)]
        late = _LATE_FIELD.search(head) if b"ontent-" in head or b"CONTENT-" in head else None
        if late:
            more, start = parser.headers(part.start + late.end(), part.end)
            yield _described(parser, part, (*more, *part.headers), start)


def _telling(headers: tuple[Header, ...]) -> tuple[list[Header], list[Header], list[Header]]:
    """The fields that say what a part is, those that say how it is encoded, and the lines that are no field."""
    types: list[Header] = []
    encodings: list[Header] = []
    nameless: list[Header] = []
    for header in headers:
        name = header.name
        if not name:
            nameless.append(header)
        elif name[0] in "Cc":
            name = name.lower()
            if name == "content-type":
                types.append(header)
            elif name == "content-transfer-encoding":
                encodings.append(header)
    return types, encodings, nameless


def _described(parser: Parser, part: Part, headers: tuple[Header, ...], start: int) -> Part:
    return parser.described(headers, start, part.end, part.path or "1", 0, "text/plain")


def _unfolded(headers: tuple[Header, ...]) -> Iterator[Header]:
    """The fields, with those apart that a blank at their beginning makes lines of the field before."""
    for header in headers:
        if header.name and not header.name.lower().startswith("content-"):
            yield header
            continue
        if b"\n" not in header.value and header.name:
            yield header
            continue
        first, *more = _FOLDED_FIELD.split(b"\n" + header.value if not header.name else header.value)
        yield header._replace(value=first)
        for field in more:
            name, _, value = field.partition(b":")
            yield header._replace(name=name.strip().decode("latin-1"), value=value)


def _by_other_boundaries(parser: Parser, part: Part, end: int) -> Iterator[Part]:
    declared = part.parameters.get("boundary", "")
    for boundary in boundaries(part.raw_header("content-type")):
        if boundary != declared:
            yield _cut(parser, part, boundary, part.end)
    if declared != declared.strip():
        yield _cut(parser, replace(part, parameters={**part.parameters, "boundary": ""}), declared.rstrip(), part.end)
    # A delimiter of this multipart may be taken for one of the multipart around it, and end it too early.
    delimiter = b"--" + declared.strip().encode("utf-8", "replace")
    if not part.children and len(delimiter) > 2 and parser.raw.find(delimiter, part.start, end) >= 0:
        yield _cut(parser, part, declared, end)


def _cut(parser: Parser, part: Part, boundary: str, end: int) -> Part:
    children, outside = parser.children(boundary, part.start, end, part.path, 0, "text/plain")
    return replace(part, content_type="multipart/mixed", children=children, outside=outside)


def _as_multipart(parser: Parser, part: Part) -> Iterator[Part]:
    """A part that does not say, or not rightly, that it is a multipart."""
    says_so = "boundary" in part.parameters or any(word in part.content_type for word in _MULTIPARTS)
    if says_so or _has_undeclared_parts(parser.raw, max(0, part.start - 1), part.end):
        found = _cut(parser, part, part.parameters.get("boundary", ""), part.end)
        if found.children:
            yield found


def _has_undeclared_parts(raw: transfer.Raw, start: int, end: int) -> bool:
    """Whether a line that begins with two hyphens stands before a field; most bodies have no such line."""
    line = _DELIMITER_LIKE.search(raw, start, end)
    return line is not None and _UNDECLARED_PARTS.search(raw, line.start(), end) is not None


def _by_other_encodings(parser: Parser, part: Part) -> Iterator[Part]:
    if part.encoding not in _ENCODINGS:
        meant = {encoding for piece, encoding in _NAMED_IN if piece in part.encoding}
        for encoding in sorted(meant) or ["base64"]:
            yield replace(part, encoding=encoding)
    if part.encoding == "base64" and not transfer.looks_like_base64(
        parser.raw[part.start : min(part.end, part.start + _SAMPLE)]
    ):
        yield replace(part, encoding="")
