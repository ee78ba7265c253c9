"""Transfer encodings undone, leniently: RFC 2045 section 6, and what senders make of it."""

from __future__ import annotations

import binascii
import re
from mmap import mmap

Raw = bytes | mmap

_BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_NOT_BASE64 = bytes(set(range(256)) - set(_BASE64))
UUENCODINGS = ("x-uuencode", "uuencode", "x-uue", "uue")
_PADDED_PIECES = 1000
"""How often padding in the middle is honoured; after that it is rubbish like any other."""

_SOFT_BREAK_WITH_BLANKS = re.compile(rb"=[ \t]++(?=\r?\n)")


def decode(data: bytes, encoding: str) -> bytes:
    """`data` with its transfer encoding undone; an unknown encoding leaves it as it is."""
    if encoding == "base64":
        return base64(data)
    if encoding == "quoted-printable":
        return quoted_printable(data)
    if encoding in UUENCODINGS:
        return uuencoded(data)
    return data


def decoded_size(data: bytes, encoding: str) -> int:
    """len(decode(data, encoding)), without the decoding for clean base64."""
    if encoding != "base64":
        return len(decode(data, encoding))
    rest = data.translate(None, _BASE64)
    padding = data.find(b"=")
    if padding >= 0 and data[padding:].strip(b"=\r\n\t "):
        return len(base64(data))
    return (len(data) - len(rest)) * 3 // 4


def looks_like_base64(sample: bytes) -> bool:
    """Whether the start of a body that claims to be base64 is: rubbish is borne, running text is not.

    >>> looks_like_base64(b"SGFs*bG8="), looks_like_base64(b"Dear Ans, your number is 5. Best wishes.")
    (True, False)
    """
    foreign = sample.translate(None, _BASE64 + b"=\r\n\t")
    return len(foreign) * 8 <= len(sample)


def base64(data: bytes) -> bytes:
    """Base64 as mail programs read it: rubbish is skipped, pieces with padding of their own are joined.

    >>> base64(b"SGFs\\r\\nbG8=")
    b'Hallo'
    >>> base64(b"SGE=bGxv"), base64(b"SG*Fs bG8"), base64(b"A")
    (b'Hallo', b'Hallo', b'')
    """
    padding = data.find(b"=")
    if padding < 0 or not data[padding:].strip(b"=\r\n\t "):
        return _unpadded(data if padding < 0 else data[:padding])
    pieces = data.split(b"=", _PADDED_PIECES)
    return b"".join(_unpadded(piece) for piece in pieces if piece)


def _unpadded(data: bytes) -> bytes:
    """One run of base64 without its padding; a last character that is no whole byte is dropped."""
    if b"=" not in data:
        try:
            return binascii.a2b_base64(data)
        except binascii.Error:
            pass
    clean = data.translate(None, _NOT_BASE64)
    extra = len(clean) % 4
    if extra == 1:
        clean = clean[:-1]
    return binascii.a2b_base64(clean + b"=" * (-len(clean) % 4))


def quoted_printable(data: bytes) -> bytes:
    """Quoted-printable; what is no valid escape stays as it stands.

    >>> quoted_printable(b"11122=  \\r\\n2333 =3D =zz")
    b'111222333 = =zz'
    """
    if b"= " in data or b"=\t" in data:
        data = _SOFT_BREAK_WITH_BLANKS.sub(b"=", data)
    return binascii.a2b_qp(data)


def uuencoded(data: bytes) -> bytes:
    """The lines between `begin` and `end`; a line that is wrong is decoded as far as it goes."""
    found = []
    for line in data.splitlines():
        if line.startswith(b"begin ") or line.strip() in (b"", b"`"):
            continue
        if line.strip() == b"end":
            break
        try:
            found.append(binascii.a2b_uu(line))
        except binascii.Error:
            # Some encoders count one byte too many or cut trailing blanks: use what the length byte says.
            length = ((line[0] - 32) & 63) * 4 // 3 + 5
            try:
                found.append(binascii.a2b_uu(line[: length - 1]))
            except binascii.Error:
                continue
    return b"".join(found)
