"""Bytes to text, whatever charset the sender claims."""

from __future__ import annotations

import codecs
import re
from functools import lru_cache

_NOT_CHARSETS = {"punycode", "idna", "undefined", "unicode_escape", "raw_unicode_escape", "mbcs", "oem"}
"""Text codecs of Python that no mail means, or that take quadratic time."""

_ALIASES = {
    "x-sjis": "cp932",
    "shift_jis": "cp932",
    "ks_c_5601-1987": "cp949",
    "euc-kr": "cp949",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "iso-8859-1": "cp1252",
    "latin1": "cp1252",
    "us-ascii": "ascii",
    "ansi_x3.4-1968": "ascii",
    "windows-31j": "cp932",
    "unicode-1-1-utf-7": "utf-7",
    "x-mac-roman": "mac_roman",
    "macintosh": "mac_roman",
    "cp10000": "mac_roman",
    "ibm1047": "cp037",
    "ibm-1047": "cp037",
    "cp1047": "cp037",
    "ebcdic-cp-nl": "cp037",
    "x-unknown": "",
    "unknown-8bit": "",
}
"""What mail programs mean by a name (WHATWG Encoding Standard, and names seen in mails)."""

_BYTE_FOR_BYTE = ("cp125", "iso8859-", "koi8-")
"""Codecs in which a byte below 128 means the same as in ASCII, whatever stands before it: not so in ISO-2022."""

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_MARKS = tuple(mark for mark, _ in _BOMS)


@lru_cache(maxsize=512)
def known(charset: str) -> str:
    """The codec for a charset's name, or "" when there is none.

    >>> known("ISO-8859-1"), known("utf8"), known("rot13"), known("klingon")
    ('cp1252', 'utf-8', '', '')
    """
    name = charset.strip().strip("\"'").lower().partition("*")[0]
    name = _ALIASES.get(name, name)
    if not name or len(name) > 40 or not name.isascii():
        return ""
    try:
        info = codecs.lookup(name)
    except (LookupError, ValueError, UnicodeError):
        return ""
    if not getattr(info, "_is_text_encoding", True) or info.name in _NOT_CHARSETS:
        return ""
    return info.name


@lru_cache(maxsize=128)
def covers_ascii(charset: str) -> bool:
    """Whether plain ASCII bytes mean themselves in this charset (not so in UTF-16, UTF-7, EBCDIC)."""
    sample = bytes(range(0x20, 0x7F))
    name = known(charset)
    if name in ("utf-7", "hz"):
        return False
    try:
        return not name or sample.decode(name) == sample.decode("ascii")
    except (ValueError, LookupError):
        return False


def reads_as_utf8(data: bytes, charset: str) -> bool:
    """Whether `readings` is the one text of `data` in UTF-8, should it be UTF-8 at all.

    >>> reads_as_utf8(b"x", ""), reads_as_utf8(b"x", "iso-8859-15"), reads_as_utf8(b"\\xc3\\xab", "iso-8859-15")
    (True, True, False)
    >>> reads_as_utf8(b"x", "utf-7"), reads_as_utf8(b"x", "iso-2022-jp")
    (False, False)
    """
    name = known(charset)
    return name in ("", "ascii", "utf-8") or (data.isascii() and name.startswith(_BYTE_FOR_BYTE))


def is_foreign(data: bytes, charset: str) -> bool:
    """Whether `data` is in a charset that is not known here, and is no text in one that is.

    >>> is_foreign("BSN 5".encode("cp037"), "ebcdic-de"), is_foreign(b"BSN 5", "ebcdic-de")
    (True, False)
    """
    if not charset or known(charset) or charset.lower().strip("\"'") in _NO_NAMES or data.isascii():
        return False
    high = len(data) - len(data.translate(None, _HIGH))
    if high * 3 < len(data):
        return False
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return True
    return False


_NO_NAMES = {"x-unknown", "unknown-8bit", "unknown", "x-user-defined", "default", "8bit", "binary"}
_HIGH = bytes(range(128, 256))


def decode(data: bytes, charset: str = "") -> str:
    """The text of `data`: by its byte-order mark, as declared, else UTF-8, else Windows-1252.

    Never fails: what no charset explains becomes U+FFFD.
    """
    if data.startswith(_MARKS):
        mark, name = next(bom for bom in _BOMS if data.startswith(bom[0]))
        rest = data[len(mark) :] if name == "utf-8" else data  # the UTF-16 and -32 codecs want their mark
        return rest.decode(name, "replace")
    return _without_mark(data, charset)


def readings(data: bytes, charset: str = "") -> list[str]:
    """The text of `data` as `decode` reads it; and as a program reads it that believes neither a byte-order mark
    nor a charset in which plain ASCII means something else, when there is one; and in UTF-8, when it seems to be that
    though it is declared as something else, or holds bytes that are not: one bad byte spoils no other word.

    >>> readings(b"plain", "utf-16")[1], readings(b"plain")
    ('plain', ['plain'])
    >>> readings(b"pati\\xc3\\xabnt", "iso-8859-1"), readings(b"pati\\xc3\\xabnt \\xff")
    (['patiÃ«nt', 'patiënt'], ['patiÃ«nt ÿ', 'patiënt \ufffd'])
    """
    texts = [decode(data, charset)]
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE)):
        texts.append(_without_mark(data, charset))
    if charset and not covers_ascii(charset):
        texts.append(_without_mark(data, ""))
    # A codec of single bytes gives as many characters as there are bytes: then it was not UTF-8 that was read.
    doubtful = len(texts[0]) == len(data) or known(charset) not in ("", "ascii", "utf-8")
    if doubtful and not data.isascii() and _SOME_UTF8.search(data):
        in_utf8 = data.decode("utf-8", "replace")
        if in_utf8 not in texts:
            texts.append(in_utf8)
    if len(texts[0]) == len(data) and _is_ebcdic(data[:4000]):
        texts.append(data.decode("cp037"))
    return texts


def _is_ebcdic(sample: bytes) -> bool:
    """Whether nearly all bytes are letters, digits and common signs of EBCDIC, as those of no other text are."""
    return len(sample) >= 8 and b"@" in sample and len(sample.translate(None, _OF_EBCDIC)) * 10 < len(sample)


_OF_EBCDIC = bytes(
    {*range(0x81, 0x8A), *range(0x91, 0x9A), *range(0xA2, 0xAA), *range(0xC1, 0xCA), *range(0xD1, 0xDA)}
    | {*range(0xE2, 0xEA), *range(0xF0, 0xFA), 0x40, 0x4B, 0x6B, 0x60, 0x61, 0x7A, 0x5E, 0x15, 0x25, 0x0D, 0x0A}
)


_SOME_UTF8 = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")


def _without_mark(data: bytes, charset: str) -> str:
    declared = known(charset)
    for name in (declared, "utf-8"):
        if name:
            try:
                return data.decode(name)
            except (ValueError, LookupError):
                continue
    if declared and not covers_ascii(declared):
        return data.decode(declared, "replace")
    return data.decode("cp1252", "replace")
