"""The MIME tree of a raw mail: spans into the bytes, nothing copied, nothing refused.

Mail that lies is the rule here: a field without colon, a boundary that is missing or wrong, text before,
between and after the parts, thousands of parts, endless nesting. All of it lands in some span of some part,
so that what is scanned is everything. Time is linear in the size times the (bounded) nesting.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from zegel.message.mime import transfer
from zegel.message.mime.headers import decode_header_value, parse_parameters, without_comments
from zegel.message.mime.transfer import Raw
from zegel.message.text import charset as charsets

MAX_PARTS = 10_000
"""Parts of one mail; the rest is one part more, marked `beyond`."""
MAX_NESTING = 32
"""Multiparts inside each other; deeper ones stay one part, marked `beyond`."""
MAX_HEADERS = 50_000
"""Header fields of one mail; the rest of a header block is one nameless field."""
MAX_DELIMITERS = 200_000
"""Places that look like a delimiter, in one mail; what stands behind them belongs to the part it is in."""

Span = tuple[int, int]

_FIELD = re.compile(rb"[^\n]*+(?:\n[ \t][^\n]*+)*+\n?")
_NAME = re.compile(rb"[^\s:]{1,1000}")
_EMPTY_LINE = re.compile(rb"\n\r?\n")
_GUESSED_BOUNDARY = re.compile(
    rb"(?:^|(?<=\n))--([ \t]{0,3}[^\s][^\r\n]{0,98})(?<! )[ \t]{0,20}\r?\n(?=[!-9;-~]{1,70}:|\r?\n)"
)

_BARE_DELIMITER = re.compile(rb"(?:^|(?<=\n))--[ \t]{0,20}\r?\n(?=[A-Za-z-]{1,70}:)")


class Header(NamedTuple):
    """One header field; `name` as written, "" for a line that is no field."""

    name: str
    value: bytes
    """What stands after the colon, raw, folds kept, without the last line end."""
    start: int
    end: int
    """The whole field with its line end is raw[start:end]."""


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a mail; raw[start:end] is its body, still encoded."""

    path: str
    """As in IMAP: "1", "1.2"; "" for a root that is a multipart."""
    headers: tuple[Header, ...]
    start: int
    end: int
    content_type: str
    parameters: dict[str, str]
    disposition: str
    """"inline", "attachment", another word, or ""."""
    filename: str
    """Decoded, as the sender gave it: never a safe path. "" when there is none."""
    content_id: str
    encoding: str
    children: tuple[Part, ...] = ()
    outside: tuple[Span, ...] = ()
    """Of a multipart: what stands before, after and between its parts, as spans of raw."""
    beyond: bool = False
    """The parser gave up here (MAX_PARTS, MAX_NESTING): a leaf with everything that was left."""
    _first: dict[str, bytes] = field(default_factory=dict, init=False, repr=False, compare=False)
    """The value of the first field of each name, in small letters; made when one is asked for."""

    def header(self, name: str) -> str:
        """The first field of this name as text, "" when there is none."""
        value = self.raw_header(name)
        return decode_header_value(value) if value else ""

    def raw_header(self, name: str) -> bytes:
        """The first field of this name, raw, b"" when there is none."""
        if not self._first:
            self._first.update({header.name.lower(): header.value for header in reversed(self.headers)})
        return self._first.get(name.lower(), b"")

    def filled_header(self, name: str) -> bytes:
        """The first field of this name that is not blank, raw, b"" when there is none."""
        first, wanted = self.raw_header(name), name.lower()
        if first.strip() or wanted not in self._first:
            return first
        return next((h.value for h in self.headers if h.name.lower() == wanted and h.value.strip()), b"")

    def walk(self) -> Iterator[Part]:
        """This part and all below it, in the order of the mail."""
        waiting = [self]
        while waiting:
            part = waiting.pop()
            yield part
            waiting.extend(reversed(part.children))

    @property
    def is_body(self) -> bool:
        """Whether mail programs show this leaf as the message itself, not as an attachment."""
        return (
            self.content_type in ("text/plain", "text/html")
            and not self.filename
            and self.disposition != "attachment"
            and not self.children
        )


def parse(raw: Raw, start: int = 0, end: int | None = None) -> Part:
    """The root of the mail in raw[start:end]; line ends may be CRLF or LF. Never raises."""
    return Parser(raw).part(start, len(raw) if end is None else end, "", 0, "text/plain")


def head(raw: Raw) -> Part:
    """The root of the mail in `raw` with its header alone, without a look at its body. Never raises."""
    parser = Parser(raw)
    headers, start = parser.headers(0, len(raw))
    return parser.described(headers, start, start, "", 0, "text/plain")


def header_fields(raw: Raw) -> tuple[Header, ...]:
    """The header of the mail in `raw`, without a look at its body. Never raises."""
    return Parser(raw).headers(0, len(raw))[0]


def decoded(raw: Raw, part: Part) -> bytes:
    """The body of `part` with its transfer encoding undone, leniently."""
    return transfer.decode(raw[part.start : part.end], part.encoding)


def part_text(raw: Raw, part: Part) -> str:
    """The body of `part` as text: in its declared charset, else UTF-8, else Windows-1252."""
    return charsets.decode(decoded(raw, part), part.parameters.get("charset", ""))


class Parser:
    """Cuts one mail into its parts; keeps count of what one mail may have."""

    def __init__(self, raw: Raw) -> None:
        self.raw = raw
        self.parts_left = MAX_PARTS
        self.headers_left = MAX_HEADERS
        self.delimiters_left = MAX_DELIMITERS

    def part(self, start: int, end: int, path: str, depth: int, default_type: str) -> Part:
        """The part in raw[start:end], header block first."""
        headers, body = self.headers(start, end)
        return self.described(headers, body, end, path, depth, default_type)

    def headers(self, start: int, end: int) -> tuple[tuple[Header, ...], int]:
        """The header fields from `start`, and where the body begins."""
        raw, position = self.raw, start
        found: list[Header] = []
        while position < end:
            first = raw[position : position + 2]
            if first == b"\r\n" or first[:1] == b"\n":
                return tuple(found), min(end, position + (2 if first == b"\r\n" else 1))
            if self.headers_left <= 0:
                blank = _EMPTY_LINE.search(raw, position, end)
                stop = blank.end() if blank else end
                found.append(Header("", raw[position:stop], position, stop))
                return tuple(found), stop
            match = _FIELD.match(raw, position, end)
            stop = match.end() if match else end
            field = raw[position:stop]
            name, colon, value = field.partition(b":")
            name = name.rstrip(b" \t")
            if colon and _NAME.fullmatch(name):
                text = name.decode("ascii", "backslashreplace")
            else:
                text, value = "", field
            value = value[: -2 if value[-2:] == b"\r\n" else -1] if value[-1:] == b"\n" else value
            found.append(Header(text, value, position, stop))
            self.headers_left -= 1
            position = stop
        return tuple(found), end

    def described(
        self, headers: tuple[Header, ...], start: int, end: int, path: str, depth: int, default_type: str
    ) -> Part:
        """The part with these headers and the body raw[start:end]; the first field of a name counts."""
        self.parts_left -= 1
        of: dict[str, bytes] = {}
        for header in headers:
            name = header.name.lower()
            if name.startswith("content-"):
                of.setdefault(name, header.value)
        kind, parameters = parse_parameters(of.get("content-type", b""))
        if "/" not in kind:
            kind = default_type if not kind or kind == "text" else "application/octet-stream"
        disposition, of_disposition = parse_parameters(of.get("content-disposition", b""))
        encoding = without_comments(of.get("content-transfer-encoding", b"")).partition(b";")[0]
        children: tuple[Part, ...] = ()
        outside: tuple[Span, ...] = ()
        beyond = False
        if kind.startswith("multipart/"):
            if depth < MAX_NESTING:
                inner = "message/rfc822" if kind == "multipart/digest" else "text/plain"
                boundary = parameters.get("boundary", "")
                children, outside = self.children(boundary, start, end, path, depth, inner)
            beyond = depth >= MAX_NESTING or self.delimiters_left <= 0
        return Part(
            path=path if path or children else "1",
            headers=headers,
            start=start,
            end=end,
            content_type=kind,
            parameters=parameters,
            disposition=disposition,
            filename=of_disposition.get("filename") or parameters.get("name", ""),
            content_id=of["content-id"].strip().strip(b"<>").decode("latin-1") if "content-id" in of else "",
            encoding=encoding.strip().strip(b"\"'").decode("latin-1").lower(),
            children=children,
            outside=outside,
            beyond=beyond,
        )

    def children(
        self, boundary: str, start: int, end: int, path: str, depth: int, inner: str
    ) -> tuple[tuple[Part, ...], tuple[Span, ...]]:
        """The parts between the delimiter lines, and what stands outside of them."""
        found: list[Part] = []
        outside: list[Span] = []
        position, inside = start, False
        for line_start, line_end, closes in self.delimiters(boundary, start, end):
            if inside:
                stop = _before_line_end(self.raw, position, line_start)
                found.append(self.part(position, stop, _below(path, len(found) + 1), depth + 1, inner))
            elif line_start > position:
                outside.append((position, line_start))
            position, inside = line_end, not closes
            if self.parts_left <= 0:
                below = _below(path, len(found) + 1)
                rest = self.described((), position, end, below, depth + 1, "text/plain")
                found.append(replace(rest, beyond=True))
                return tuple(found), tuple(outside)
        if inside:
            found.append(self.part(position, end, _below(path, len(found) + 1), depth + 1, inner))
        elif found and position < end:
            outside.append((position, end))
        return tuple(found), tuple(outside) if found else ()

    def delimiters(self, boundary: str, start: int, end: int) -> Iterator[tuple[int, int, bool]]:
        """Each delimiter line: where it starts, where the next line starts, whether it closes.

        When the declared boundary is nowhere, the first line that looks like one before a header is taken:
        lenient mail programs do, and the parts behind it would be missed otherwise.
        """
        found = False
        for written in dict.fromkeys((boundary.strip(), boundary.rstrip())):
            if written and not found:
                for line in self.lines_with(b"--" + written.encode("utf-8", "replace"), start, end):
                    found = True
                    yield line
        if not found:
            guess = _GUESSED_BOUNDARY.search(self.raw, start, end)
            if guess:
                yield from self.lines_with(b"--" + guess[1].rstrip(), start, end)
            elif not boundary.strip() and _BARE_DELIMITER.search(self.raw, start, end):
                yield from self.lines_with(b"--", start, end)

    def lines_with(self, needle: bytes, start: int, end: int) -> Iterator[tuple[int, int, bool]]:
        """The lines of `needle` and nothing more but "--" and blanks, as `delimiters` gives them."""
        raw = self.raw
        at = raw.find(needle, start, end)
        while at >= 0 and self.delimiters_left > 0:
            self.delimiters_left -= 1
            after = at + len(needle)
            if at == start or raw[at - 1 : at] == b"\n":
                newline = raw.find(b"\n", after, min(end, after + 200))
                line_end = newline + 1 if newline >= 0 else end
                tail = raw[after:line_end].strip() if newline >= 0 or end - after < 200 else b"?"
                if tail in (b"", b"--"):
                    yield at, line_end, tail == b"--"
                    after = line_end
            at = raw.find(needle, after, end)


def _before_line_end(raw: Raw, start: int, end: int) -> int:
    """`end` without the line end before it, which belongs to the delimiter (RFC 2046 5.1.1)."""
    if end - 2 >= start and raw[end - 2 : end] == b"\r\n":
        return end - 2
    return end - 1 if end - 1 >= start and raw[end - 1 : end] == b"\n" else end


def _below(path: str, number: int) -> str:
    return f"{path}.{number}" if path else str(number)
