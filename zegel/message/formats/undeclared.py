"""What is encoded in a text though nobody says so: base64, quoted-printable, uu, yEnc, BinHex, hexadecimal, escapes.

Mail programs guess such content, senders forget to declare it or declare it wrongly. A scan without a decoder says
whether it is worth looking, so that ordinary text costs next to nothing. All decoding is linear in its size.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import re2

from zegel.message.formats import base64_runs, digit_runs
from zegel.message.mime import transfer
from zegel.message.text import css, escapes

_SHORT_TEXT = 400
"""A text shorter than this without any blank is tried, whatever it looks like."""
_BYTEWISE = re2.Options()
_BYTEWISE.encoding = re2.Options.Encoding.LATIN1
_UUENCODED = re2.compile(rb"begin(?:-base64)?[ \t]+[0-7rwx-]{3}", _BYTEWISE)
_UU_LINE = re2.compile(rb"\nM[ -`]{60}\r?\n", _BYTEWISE)
"""RE2 leaps to the letters that a pattern begins with, so that this costs next to nothing."""
_UU_LINES = re2.compile(rb"(?:^|\n)[> \t]{0,9}(?:M[ -`]{60}\r?\n[> \t]{0,9}){1,}", _BYTEWISE)
_BINHEX = re2.compile(rb"BinHex", _BYTEWISE)
_YENC = re2.compile(rb"ybegin ", _BYTEWISE)
_SIGN = re.compile(rb"=(?=[0-9A-Fa-f]{2}|[=\s,;.)<]|\Z)")
_ESCAPE = re.compile(rb"=(?:[0-9A-F]{2}|[0-9a-f]{2}=[0-9a-f]{2}|\r?\n)")
_SURE_ESCAPE = re.compile(rb"=(?:[0-9A-F]{2}=[0-9A-F]{2}|3D|20\r?\n|0[AD]|2E|[CE][23]=)")
"""In HTML, where `width=60` is an attribute."""
_BEFORE_VALUE = re.compile(rb"(?:[?&;][\w.%\[\]-]{0,40}|[=\s-])\Z")
"""In front of the equals sign of a value in a web address, and in lines of them."""
_MOST_ADDRESSES = 60

_UU_FILE = re.compile(
    rb"^[> \t]{0,9}begin(-base64)?[ \t]{1,9}(?:[0-7]{3,5}|[rwx-]{2,10})(?:[ \t]{1,9}([^\r\n]{0,200}))?\r?\n",
    re.MULTILINE | re.IGNORECASE,
)
_FOLD = re.compile(rb"\r?\n[ \t]")
_UU_TAIL = re.compile(rb"[!-M][ -`]{1,60}\r?(?:\n|\Z)")
_XX_DIGITS = b"+-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_XX_TO_UU = bytes.maketrans(_XX_DIGITS, bytes([96, *range(33, 96)]))
_YENC_FILE = re.compile(
    rb"^=ybegin [^\r\n]{0,500}?(?:name=([^\r\n]{0,200}))?\r?\n(?:=ypart [^\r\n]{0,500}\r?\n)?", re.MULTILINE
)
_YENC_END = re.compile(rb"^=yend", re.MULTILINE)
_YENC_PLAIN = bytes((byte - 42) & 255 for byte in range(256))
_BINHEX_FILE = re.compile(rb"BinHex[^\r\n]{0,200}[\r\n\s]{1,20}:([!-~\s]{20,}?):")
_BINHEX_DIGITS = b"!\"#$%&'()*+,-012345689@ABCDEFGHIJKLMNPQRSTUVXYZ[`abcdefhijklmpqr"
_BINHEX_TO_BASE64 = bytes.maketrans(_BINHEX_DIGITS, base64_runs.DIGITS)
_FEW_LINES, _AROUND = 200, 10
"""A text of so few lines is read again whole; of a longer one, what is so near to a line that changed."""
_MOST = 100
"""Files of one kind that are taken out of one text."""


@dataclass(frozen=True, slots=True)
class Undeclared:
    """Something that was encoded in a text."""

    data: bytes
    name: str = ""
    whole: bool = False
    """Whether it is all of the text, with its escapes undone."""


def undeclared(data: bytes, *, markup: bool = False) -> Iterator[Undeclared]:
    """What is encoded in a text, which is `markup` or not.

    >>> list(undeclared(b"see\\nQlNOIDExMTIyMjMzMw==\\n"))
    [Undeclared(data=b'BSN 111222333', name='', whole=False)]
    >>> list(undeclared(b"BSN=20111=\\n222333"))
    [Undeclared(data=b'BSN 111222333', name='', whole=True)]
    >>> list(undeclared(b"Dear Ans, this is an ordinary text."))
    []
    """
    if data[:6].upper() == b"BEGIN:":  # a card or calendar
        data = _FOLD.sub(b"", data)
    if _UUENCODED.search(data):
        yield from islice(_uuencoded(data), _MOST)
    elif _UU_LINE.search(data) or (data[:1] == b"M" and _UU_LINES.match(data)):
        yield from islice(_uu_without_begin(data), _MOST)
    if _YENC.search(data):
        yield from islice(_yenc(data), _MOST)
    if _BINHEX.search(data):
        yield from islice(_binhex(data), _MOST)
    shape = data.translate(base64_runs.SHAPE)
    padded, escaped = _signs(data, shape, _SURE_ESCAPE if markup else _ESCAPE) if b"=" in data else (False, False)
    if escaped:
        plain = _changed_lines(data, transfer.quoted_printable(data))
        if plain:
            yield Undeclared(plain, whole=True)
    is_short = len(data) < _SHORT_TEXT
    if plain := escapes.unescaped(data, is_markup=markup):
        yield Undeclared(plain, whole=True)
    if shown := css.contents(data):
        yield Undeclared(shown, whole=True)
    yield from map(Undeclared, islice(digit_runs.dumps(data), _MOST))
    yield from map(Undeclared, digit_runs.base85(data, short=is_short))
    if is_short and not data.strip().translate(None, base64_runs.DIGITS + b"=\r\n"):
        yield from map(Undeclared, base64_runs.of_lines(data))
    elif padded or base64_runs.RUN in shape:
        yield from map(Undeclared, base64_runs.runs(data, shape))


def _changed_lines(data: bytes, plain: bytes) -> bytes:
    """The lines of `plain` that are not in `data`, with those around them; most of them when many are.

    A few accidental escapes in a long list of changes must not double it.
    """
    known, lines = set(data.replace(b"\r", b"").split(b"\n")), plain.replace(b"\r", b"").split(b"\n")
    changed = [number for number, line in enumerate(lines) if line not in known]
    if len(changed) * 10 >= len(lines) or len(lines) < _FEW_LINES:
        return plain if changed else b""
    around = {near for at in changed for near in range(max(0, at - _AROUND), min(len(lines), at + _AROUND + 1))}
    return b"\n".join(lines[number] for number in sorted(around))


def holds_files(data: bytes) -> bool:
    """Whether files are written into a text as uu, yEnc or BinHex."""
    return bool(_UUENCODED.search(data) or _YENC.search(data) or _BINHEX.search(data))


def _signs(data: bytes, shape: bytes, escape: re.Pattern[bytes]) -> tuple[bool, bool]:
    """Whether an equals sign ends a run of base64, and whether one begins an escape of quoted-printable.

    One look at all of them: most of them are in web addresses (`?page=20`), and after so many of these it is enough.
    """
    padded = escaped = False
    for match in islice(_SIGN.finditer(data), _MOST_ADDRESSES):
        at = match.start()
        padded = padded or shape.startswith(base64_runs.PADDED_RUN, max(0, at - len(base64_runs.PADDED_RUN) + 1))
        escaped = escaped or bool(escape.match(data, at) and not _BEFORE_VALUE.search(data, max(0, at - 42), at))
        if padded and escaped:
            break
    return padded, escaped


def _uuencoded(data: bytes) -> Iterator[Undeclared]:
    position = 0
    while match := _UU_FILE.search(data, position):
        end = data.find(b"\n====" if match[1] else b"\nend", match.end() - 1)
        position = end if end >= match.end() else len(data)
        lines = data[match.end() : position]
        first = lines.lstrip(b"> \t").partition(b"\n")[0].rstrip(b"\r\n")
        if match[1]:
            content = transfer.base64(lines)
        elif _is_line(first.translate(_XX_TO_UU)) and not first.translate(None, _XX_DIGITS):
            content = transfer.uuencoded(lines.translate(_XX_TO_UU))
        elif _is_line(first):
            content = transfer.uuencoded(lines)
        else:  # an ordinary sentence
            position = match.end()
            continue
        if content:
            yield Undeclared(content, (match[2] or b"").decode("utf-8", "replace"))


def _is_line(line: bytes) -> bool:
    """Whether a line of uu is as long as its first sign says; blanks at its end may be lost."""
    if not 33 <= (line[0] if line else 0) <= 96:
        return False
    signs = ((line[0] - 32 & 63) + 2) // 3 * 4 + 1
    return len(line) <= signs + 1 and (len(line) >= signs - 2 or len(line) == len(line.rstrip(b" ")))


def _uu_without_begin(data: bytes) -> Iterator[Undeclared]:
    """What lines of uu hold for which no first line says what they are."""
    for match in _UU_LINES.finditer(data):
        tail = _UU_TAIL.match(data, match.end())
        content = transfer.uuencoded(b"\n".join(line.lstrip(b"> \t\r") for line in match[0].split(b"\n")))
        content += transfer.uuencoded(tail[0]) if tail and _is_line(tail[0].rstrip(b"\r\n")) else b""
        if base64_runs.says_something(content):
            yield Undeclared(content)


def _yenc(data: bytes) -> Iterator[Undeclared]:
    """yEnc (version 1.3): each byte 42 more, and what a line may not hold 64 more behind an equals sign."""
    position = 0
    while match := _YENC_FILE.search(data, position):
        end = _YENC_END.search(data, match.end())
        position = end.start() if end else len(data)
        lines = data[match.end() : position].translate(None, b"\r\n")
        first, *escaped = lines.split(b"=")
        pieces = [first, *(bytes([(piece[0] - 64) & 255]) + piece[1:] for piece in escaped if piece)]
        yield Undeclared(b"".join(pieces).translate(_YENC_PLAIN), (match[1] or b"").decode("utf-8", "replace"))


def _binhex(data: bytes) -> Iterator[Undeclared]:
    """BinHex 4.0 (RFC 1741): the data fork, and the resource fork behind it."""
    for match in _BINHEX_FILE.finditer(data):
        digits = match[1].translate(_BINHEX_TO_BASE64, b"\r\n\t ")
        packed = binascii.a2b_base64(digits[: len(digits) & ~3])
        content = _without_runs(packed)
        length = content[0] if content else 0
        sizes = content[length + 12 : length + 20]
        if len(sizes) < 8:
            continue
        start = length + 22
        yield Undeclared(
            content[start : start + int.from_bytes(sizes[:4], "big")], content[1 : length + 1].decode("mac_roman")
        )


def _without_runs(packed: bytes) -> bytes:
    """What 0x90 repeats is written out, 255 times at most; 0x90 0 stands for 0x90."""
    first, *rest = packed.split(b"\x90")
    pieces = [first]
    last = first[-1:]
    for piece in rest:
        if piece[:1] in (b"", b"\0"):
            pieces.append(b"\x90" + piece[1:])
            last = (b"\x90" + piece[1:])[-1:]
        else:
            pieces.append(last * (piece[0] - 1) + piece[1:])
            last = piece[-1:] if len(piece) > 1 else last
    return b"".join(pieces)
