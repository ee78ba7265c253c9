"""Hexadecimal digits, base32, base85 and dumps of bytes in a text, though nothing says so.

A run of hexadecimal digits or base32 is a run of base64's letters as well, and is looked at where those are.
"""

from __future__ import annotations

import base64
import re
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import islice

import re2

from zegel.message.base import file_types as kinds

_BYTEWISE = re2.Options()
_BYTEWISE.encoding = re2.Options.Encoding.LATIN1
_HEX_DIGITS = b"0123456789abcdefABCDEF"
_BASE32_DIGITS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_BASE32_HEX = b"0123456789ABCDEFGHIJKLMNOPQRSTUV"
_FROM_BASE32_HEX = bytes.maketrans(_BASE32_HEX, _BASE32_DIGITS)
_SHORTEST = 24
_SPACED = tuple(
    re2.compile(pattern, _BYTEWISE)
    for pattern in (
        rb"20[ :,-] ?(?:0[xX])?[2-7][0-9A-Fa-f][ :,-] ?(?:0[xX])?[2-7][0-9A-Fa-f]",  # a blank between letters
        rb"0(?:0,[2-7][0-9A-Fa-f],00,[2-7][0-9A-Fa-f],"  # UTF-16 in a registry of Windows
        rb"|[xX][2-7][0-9A-Fa-f], ?0[xX][2-7][0-9A-Fa-f]"
        rb"|000000[01]?:? {1,2}[0-9A-Fa-f]{2})",  # the first line of xxd, od and hexdump
    )
)
"""Each begins with a fixed string, to which RE2 leaps."""
_BYTES = re.compile(
    rb"(?<![0-9A-Za-z])(?:(?:0[xX])?[0-9A-Fa-f]{2}(?:[:-]|\\?[ ,]{1,2})){7,}(?:0[xX])?[0-9A-Fa-f]{2}(?![0-9A-Za-z])"
    rb"|(?<![0-9A-Za-z])(?:[0-9A-Fa-f]{4} ){3,}[0-9A-Fa-f]{2,4}(?![0-9A-Za-z])"
    rb"|(?<=[0-9A-Fa-f]{7}[ :] )(?:[0-9A-Fa-f]{2}[ ]{1,2}){1,16}(?=[ |\r\n])"
)
_LINE_BETWEEN = re.compile(rb"[^\n]{0,60}\n[^\n]{0,24}")
"""Between the bytes of two lines of a dump: the signs of one, the address of the next."""
_GROUPS_OF_FOUR = re.compile(rb"[0-9A-Fa-f]{4} ")
_FRAMED85 = re.compile(rb"<~([!-uz\s]{10,}+)~>")
_FRAME85 = re2.compile(rb"<~[!-uz\s]", _BYTEWISE)
_GIT = re2.compile(rb"GIT binary patch", _BYTEWISE)
_OF_BASE85 = (b"|", b"{", b"~")
_GIT_FILE = re.compile(rb"^(?:literal|delta) \d{1,12}\r?\n((?:[A-Za-z][!-~]{5,65}\r?\n){1,})", re.MULTILINE)
_Z85 = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#"
_BASE85 = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~"
_FROM_Z85 = bytes.maketrans(_Z85, _BASE85)
_LINE85 = re.compile(rb"(?<![!-~])[!-~]{40,}(?:\r?\n[!-~]{1,100})*+")
_TEXT_SIGNS = bytes(range(32, 127)) + b"\t\r\n\f" + bytes(range(0xA0, 0x100)) + bytes(range(0x80, 0xA0))
_MOST = 100
_MOST_INFLATED = 1_000_000


def of_digits(run: bytes) -> bytes:
    """What a run without blanks holds in hexadecimal digits or base32; b"" when it is neither of text nor a file.

    >>> of_digits(b"42534e20313131323232333333"), of_digits(b"IJJU4IBRGEYTEMRSGMZTG"), of_digits(b"deadbeef" * 5)
    (b'BSN 111222333', b'BSN 111222333', b'')
    """
    run = run.rstrip(b"=")
    if not run.translate(None, _HEX_DIGITS) and not len(run) % 2:
        return _what_says_something(bytes.fromhex(run.decode("ascii")))
    upper = run.upper()
    if run not in (upper, run.lower()):
        return b""
    found = b""
    if not upper.translate(None, _BASE32_DIGITS):
        found = _decoded(_base32, upper)
    if not found and not upper.translate(None, _BASE32_HEX):
        found = _decoded(_base32, upper.translate(_FROM_BASE32_HEX))
    return found


def _base32(run: bytes) -> bytes:
    whole = len(run) - (len(run) % 8 in (1, 3, 6))
    return base64.b32decode(run[:whole] + b"=" * (-whole % 8))


def _decoded(decode: Callable[[bytes], bytes], run: bytes) -> bytes:
    try:
        data = decode(run)
    except ValueError:
        return b""
    return _what_says_something(data)


def _what_says_something(data: bytes) -> bytes:
    return data if _is_plain(data) or kinds.container(data) or kinds.picture(data) else b""


def _is_plain(data: bytes) -> bool:
    """Whether all is text, and most of it letters, digits and blanks: random bytes are not, nor is other noise."""
    head = data[:2000]
    if kinds.wide(head):
        return True
    common = len(head) - len(head.translate(None, _COMMON))
    return len(head) >= 9 and not head.translate(None, _TEXT_SIGNS) and common * 10 >= len(head) * 8


_COMMON = b'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 \r\n.,:;-=<>/"'


def dumps(data: bytes) -> Iterator[bytes]:
    """What bytes written apart hold: `42 53 4e`, `0x42, 0x53`, `42:53:4e`, and the dumps of xxd, hexdump and od.

    >>> list(dumps(b"42 53 4e 20 31 31 31 32 32 32 33 33 33"))
    [b'BSN 111222333']
    """
    if not any(spaced.search(data) for spaced in _SPACED):
        return
    pieces: list[bytes] = []
    end = -1
    for match in _BYTES.finditer(data):
        if pieces and not _LINE_BETWEEN.fullmatch(data, end, match.start()):
            yield from _joined(pieces)
            pieces = []
        pieces.append(match[0])
        end = match.end()
    yield from _joined(pieces)


def _joined(pieces: list[bytes]) -> Iterator[bytes]:
    written = b" ".join(pieces)
    digits = re.sub(rb"0[xX]|[^0-9A-Fa-f]", b"", written)
    plain = bytes.fromhex(digits[: len(digits) & ~1].decode("ascii"))
    if plain.endswith(b"\0"):  # of a text as programs keep it
        plain = plain.rstrip(b"\0") + b"\0" * (b"\0" in plain.rstrip(b"\0"))
    found = _what_says_something(plain)
    if found:
        yield found
    if _GROUPS_OF_FOUR.match(written):  # hexdump writes numbers, the low byte last
        even = plain[: len(plain) & ~1]
        swapped = bytearray(len(even))
        swapped[::2], swapped[1::2] = even[1::2], even[::2]
        found = _what_says_something(bytes(swapped))
        if found:
            yield found


def base85(data: bytes, *, short: bool) -> Iterator[bytes]:
    """What base85 holds: Ascii85 in its frame, the files of a patch of git; in a short text, any run of it.

    >>> list(base85(b"see <~6;pW%0ekC<1,:XA1B~>", short=False))
    [b'BSN 111222333']
    """
    if b"<" in data and _FRAME85.search(data):  # one byte is sought several times as fast as RE2 starts
        for match in islice(_FRAMED85.finditer(data), _MOST):
            with suppress(ValueError):
                yield base64.a85decode(match[1])
    if any(sign in data for sign in _OF_BASE85) and _GIT.search(data):
        for match in islice(_GIT_FILE.finditer(data), _MOST):
            with suppress(ValueError):
                yield b"".join(base64.b85decode(line.rstrip(b"\r")[1:]) for line in match[1].splitlines())
    if short:
        for match in _LINE85.finditer(data):
            run = b"".join(match[0].split())
            for decode in (
                base64.b85decode,
                lambda text: base64.b85decode(text.translate(_FROM_Z85)),
                base64.a85decode,
            ):
                found = _decoded(decode, run)
                if found:
                    yield found
                    break


def inflated(data: bytes) -> bytes:
    """What bytes hold that deflate packed without a frame (RFC 1951), as drawings and signed requests do.

    >>> inflated(zlib.compress(b"<a>BSN 111222333</a>")[2:-4]), inflated(b"BSN 111222333 and more")
    (b'<a>BSN 111222333</a>', b'')
    """
    if len(data) < 12:
        return b""
    try:
        head = zlib.decompressobj(-zlib.MAX_WBITS).decompress(data[:1000], 2000)
        if not _is_plain(head):
            return b""
        return zlib.decompressobj(-zlib.MAX_WBITS).decompress(data, _MOST_INFLATED)
    except zlib.error:
        return b""
