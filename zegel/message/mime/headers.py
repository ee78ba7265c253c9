"""Header fields to text: encoded words, folding, parameters and addresses, written well or badly."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote_to_bytes

from zegel.message.mime import transfer
from zegel.message.text import charset as charsets

_ENCODED_WORD = re.compile(rb"=\?([^?\s]{1,60})\?([bBqQ])\?([^?]*)\?=")
_BETWEEN_WORDS = re.compile(rb"(?<=\?=)[ \t]+(?==\?)")
_FOLD = re.compile(rb"\r?\n[ \t]?")
_PARAMETER = re.compile(rb';\s*+([^=;\s"]++)\s*+=\s*+("(?:[^"\\]++|\\.)*+"|[^;]*+)', re.DOTALL)
_LONGEST = 100_000
"""Bytes of one header that are taken apart; the reader scans the whole of it as text all the same."""
_MOST_BOUNDARIES = 8
_CHUNK = 200_000
LONGEST_DECODED = 2_000_000
"""Bytes of one header in which encoded words are decoded; no mail program writes, or shows, a tenth of it."""
_SECTION = re.compile(r"^([^*]+)(?:\*(\d{1,4}))?(\*)?$")


def unfold(value: bytes) -> bytes:
    """A header's raw value as one line, without blanks around it."""
    return _FOLD.sub(b" ", value).strip() if b"\n" in value else value.strip()


def decode_header_value(value: bytes) -> str:
    """The text of a header's raw value: unfolded, RFC 2047 words decoded, raw 8-bit as UTF-8 or Windows-1252.

    >>> decode_header_value(b" =?utf-8?q?pati=C3=ABn?=\\r\\n =?utf-8?q?t?= x")
    'patiënt x'
    """
    if len(value) > _CHUNK and b"=?" in value:
        decoded = " ".join(map(decode_header_value, _chunks(value[:LONGEST_DECODED])))
        return decoded + charsets.decode(value[LONGEST_DECODED:])
    line = unfold(value)
    if b"=?" not in line:
        return charsets.decode(line)
    line = _BETWEEN_WORDS.sub(b"", line)
    found: list[str] = []
    pending, pending_charset, position = b"", b"", 0
    for word in _ENCODED_WORD.finditer(line):
        between = line[position : word.start()]
        data = _word(word[2], word[3])
        # Senders cut a character of several bytes over two words: bytes of one charset are joined first.
        if between or word[1].lower() != pending_charset:
            found.append(_text(pending, pending_charset))
            pending = b""
        if between:
            found.append(charsets.decode(between))
        pending, pending_charset, position = pending + data, word[1].lower(), word.end()
        if len(pending) > 100_000:
            found.append(_text(pending, pending_charset))
            pending = b""
    found += [_text(pending, pending_charset), charsets.decode(line[position:])]
    return "".join(found)


def _chunks(value: bytes) -> Iterator[bytes]:
    """A huge value in pieces that are cut at blanks, so that it takes no more than a few times its size."""
    position = 0
    while position < len(value):
        end = position + _CHUNK
        cut = value.rfind(b" ", position + 1, end) if end < len(value) else -1
        yield value[position : cut if cut > 0 else end]
        position = cut if cut > 0 else end


def _word(encoding: bytes, data: bytes) -> bytes:
    if encoding in b"bB":
        return transfer.base64(data)
    return transfer.quoted_printable(data.replace(b"_", b" "))


def _text(data: bytes, charset: bytes) -> str:
    return charsets.decode(data, charset.decode("ascii", "replace")) if data else ""


def parse_parameters(value: bytes) -> tuple[str, dict[str, str]]:
    """A Content-Type or Content-Disposition as its first word (lower case) and its parameters.

    Parameters by RFC 2231 (pieces, charsets), RFC 2047 in quotes, or raw 8-bit; of two with one name the
    first counts.

    >>> parse_parameters(b' attachment; filename*0*=utf-8\\'\\'na%C3%AFf; filename*1=".txt"')
    ('attachment', {'filename': 'naïf.txt'})
    """
    return _parse_parameters(value) if len(value) > 300 else _cached_parameters(value)


def without_comments(value: bytes) -> bytes:
    r"""A field of words and parameters without the comments that RFC 2045 allows anywhere between them.

    >>> without_comments(b' (a (b;) \\) c) multipart/mixed; boundary(x)="(1)"')
    b' multipart/mixed; boundary="(1)"'
    """
    return _without_comments(value) if b"(" in value else value


def _without_comments(value: bytes, before: bytes = b"") -> bytes:
    """The same, up to the first sign `before` that stands outside of comments and quotes."""
    kept: list[bytes] = []
    depth = 0
    for token in _COMMENT_TOKEN.finditer(value[:_LONGEST]):
        sign = token[0]
        if sign == b"(":
            depth += 1
        elif sign == b")" and depth:
            depth -= 1
        elif not depth:
            kept.append(sign)
            if sign == before:
                return b"".join([*kept, value[token.end() :]]).strip()
    return b"".join(kept).replace(b"  ", b" ")


_AROUND_SLASH = re.compile(rb"\s*+/\s*+")
_COMMENT_TOKEN = re.compile(rb'[()]|;|\\.|"(?:[^"\\]++|\\.)*+"|[^()\\";]+|.', re.DOTALL)


def boundaries(value: bytes) -> list[str]:
    """What a Content-Type that names more than one boundary can be taken to name; mail programs differ in their pick.

    >>> boundaries(b"multipart/mixed; boundary=a; Boundary='b'; boundary*0=c; boundary*1=d")
    ["'b'", 'a', 'c', 'cd', 'd']
    >>> boundaries(b"multipart/mixed; boundary=a"), boundaries(b"multipart/mixed; boundary=(x) a")
    ([], ['(x) a', 'a'])
    """
    if b"(" in value:
        return sorted({*_boundaries(value), *_boundaries(without_comments(value))})
    return _boundaries(value) if value.lower().count(b"boundary") > 1 else []


def _boundaries(value: bytes) -> list[str]:
    parameters = _PARAMETER.findall(b";" + unfold(value[:_LONGEST]).partition(b";")[2])
    named = [name + b"=" + given for name, given in parameters if name.lower().partition(b"*")[0] == b"boundary"]
    picks = [named, *([one] for one in named[:_MOST_BOUNDARIES])]
    taken = {_parse_parameters(b"multipart/mixed;" + b";".join(pick))[1].get("boundary", "") for pick in picks}
    return sorted(taken - {""})


@lru_cache(maxsize=512)
def _cached_parameters(value: bytes) -> tuple[str, dict[str, str]]:
    return _parse_parameters(value)


def _parse_parameters(value: bytes) -> tuple[str, dict[str, str]]:
    line = unfold(value[:_LONGEST])
    if b"(" in line.partition(b";")[0]:
        line = _without_comments(line, before=b";")
    main, _, rest = line.partition(b";")
    main = main.strip()
    if b" " in main or b"\t" in main:
        # "text / plain" is one word; "text/plain charset=utf-8" lacks a semicolon.
        main, _, more = _AROUND_SLASH.sub(b"/", main).replace(b"\t", b" ").partition(b" ")
        rest = more + b";" + rest if b"=" in more else rest
    word = charsets.decode(main.strip(b'"')).lower()
    if not rest:
        return word, {}
    plain: dict[str, str] = {}
    pieces: dict[str, dict[int, tuple[bool, bytes]]] = {}
    for match in _PARAMETER.finditer(b";" + rest):
        raw = match[2].strip()
        if raw[:1] == b'"':
            raw = re.sub(rb"\\(.)", rb"\1", raw[1:-1] if len(raw) > 1 and raw[-1:] == b'"' else raw[1:])
        name = charsets.decode(match[1]).lower()
        section = _SECTION.match(name) if "*" in name else None
        if section:
            number = int(section[2] or 0)
            pieces.setdefault(section[1], {}).setdefault(number, (bool(section[3]), raw))
        else:
            plain.setdefault(name, decode_header_value(raw))
    for name, parts in pieces.items():
        # RFC 2231 wins over the plain parameter of the same name, as in mail programs.
        plain[name] = _joined(parts)
    return word, plain


def _joined(parts: dict[int, tuple[bool, bytes]]) -> str:
    """The pieces of an RFC 2231 parameter, in order of their numbers."""
    charset, found = "", []
    for place, number in enumerate(sorted(parts)):
        percent, piece = parts[number]
        if percent:
            if place == 0 and piece.count(b"'") >= 2:
                name, _, piece = piece.split(b"'", 2)
                charset = name.decode("ascii", "replace")
            piece = unquote_to_bytes(piece)
        found.append(piece)
    data = b"".join(found)
    if b"=?" in data and not charset:
        return decode_header_value(data)
    return charsets.decode(data, charset)


@dataclass(frozen=True, slots=True)
class Address:
    """A mailbox: the name as shown ("" when there is none) and the address ("" in a header without one)."""

    name: str
    address: str

    def __str__(self) -> str:
        return f"{self.name} <{self.address}>" if self.name else self.address


_ADDRESS_TOKEN = re.compile(rb'"(?:[^"\\]++|\\.)*+"|\((?:[^()\\]++|\\.)*+\)|<[^<>]*+>|[,;:]|[^",;:<>()]+|.', re.DOTALL)


def addresses(value: bytes | str) -> list[Address]:
    """The mailboxes in an address header (RFC 5322), groups flattened.

    Give the raw bytes where you have them: encoded words may hold commas, and are decoded after the
    splitting.

    >>> addresses(b'"Jansen, P." <p@clinic.example>, team: a@x.example (Ans);')
    [Address(name='Jansen, P.', address='p@clinic.example'), Address(name='Ans', address='a@x.example')]
    """
    raw = unfold(value if isinstance(value, bytes) else value.encode("utf-8", "surrogateescape"))[:_LONGEST]
    found: list[Address] = []
    words: list[bytes] = []
    comments: list[bytes] = []
    angle: bytes | None = None

    def finish() -> None:
        nonlocal angle
        phrase = b"".join(words).strip()
        if angle is None:
            address, name = phrase.replace(b" ", b"") if b"@" in phrase else b"", b" ".join(comments)
            if not address:
                name = phrase or name
        else:
            address, name = angle, phrase or b" ".join(comments)
        if name or address:
            found.append(Address(decode_header_value(name), charsets.decode(address.strip())))
        words.clear()
        comments.clear()
        angle = None

    for token in _ADDRESS_TOKEN.findall(raw):
        if token in (b",", b";"):
            finish()
        elif token == b":":
            words.clear()  # the name of a group
        elif token[:1] == b'"' and len(token) > 1:
            words.append(re.sub(rb"\\(.)", rb"\1", token[1:-1]))
        elif token[:1] == b"(" and len(token) > 1:
            comments.append(token[1:-1])
        elif token[:1] == b"<" and len(token) > 1:
            angle = token[1:-1] if angle is None else angle
        else:
            words.append(token)
    finish()
    return found
