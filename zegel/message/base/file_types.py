"""What a file is, by its content."""

from __future__ import annotations

import re
import threading
import zlib
from itertools import islice

import magic
import re2

from zegel.message.base.pgp_packets import is_message

_SIGNATURES = (
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"PK\x07\x08", "zip"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ole"),
    (b"%PDF-", "pdf"),
    (b"{\\rtf", "rtf"),
    (b"\x1f\x8b", "gzip"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\x00", "xz"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"Rar!\x1a\x07", "rar"),
    (b"x\x9f\x3e\x22", "tnef"),
    (b"MSCF\0\0\0\0", "cab"),
    (b"MSWIM\0\0\0", "wim"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"\x04\x22\x4d\x18", "lz4"),
    (b"LZIP\1", "lzip"),
    (b"]\0\0", "lzma"),
    (b"\x1f\x9d", "compress"),
    (b"!<arch>\n", "ar"),
    (b"xar!", "xar"),
    (b"SQLite format 3\0", "sqlite"),
    (b"bplist0", "plist"),
    (b"\xed\xab\xee\xdb", "rpm"),
    (b"ITSF\3\0\0\0", "chm"),
    *((mark, "disk") for mark in (b"conectix", b"KDMV", b"QFI\xfb", b"hsqs", b"<<< Oracle VM VirtualBox")),
    *(
        (mark, "foreign")
        for mark in (
            b"LRZI",
            b"\x89LZO\0",
            b"7kSt",
            b"zPQ",
            b"SIT!",
            b"StuffIt",
            b"ZOO ",
            b"ALZ\1",
            b"EGGA",
            b"PAR1",
            b"\xce\xb2\xcf\x81",
        )
    ),
    (b"\x76\xe8\x04\x60\xc4\x11\xe3\x86", "rights"),
    *(
        (mark, "locked")
        for mark in (
            b"\x03\xd9\xa2\x9a",
            b"age-encryption.org/v",
            b"LUKS\xba\xbe",
            b"Salted__",
            b"-----BEGIN AGE ENCRYPTED FILE",
            b"\xc0\xb9\x07\x2e\x4f\x93\xf1\x46",
        )
    ),
    (b"\x09\x08\x10\0\0\6", "biff"),
    (b"\x09\x08\x08\0\0\5", "biff"),
    (b"\x09\4\6\0", "biff"),
    (b"\x09\2\6\0", "biff"),
)
_MARKS = tuple(mark for mark, _ in _SIGNATURES)
_IN_PROGRAMS = ((b"7z\xbc\xaf\x27\x1c", "7z"), (b"Rar!\x1a\x07", "rar"), (b"MSCF\0\0\0\0", "cab"))
"""Archives that are put behind a program, which unpacks them."""
_PICTURES = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"II*\0", "image/tiff"),
    (b"MM\0*", "image/tiff"),
)
_BYTEWISE = re2.Options()
_BYTEWISE.encoding = re2.Options.Encoding.LATIN1
_ZIP_MEMBER = b"PK\x03\x04"
_HIDDEN = re2.compile(
    rb"PK\x03\x04|7z\xbc\xaf\x27\x1c|Rar!\x1a\x07|\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1|%PDF-1\.", _BYTEWISE
)
_ZIP_METHODS = tuple(bytes([method, 0]) for method in (0, 8, 9, 12, 14, 93, 95, 98, 99))
_MOST_HIDDEN = 100
_CPIO = re.compile(rb"07070[127][0-9A-Fa-f]{70}")
_END_OF_ZIP = b"PK\x05\x06"
PKCS7 = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07"
"""The object identifier of a CMS content type in DER, but for its last number."""
_PKCS9 = b"\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01"
CMS_ARMOUR = re.compile(rb"\s*-----BEGIN (?:PKCS7|PKCS #7 SIGNED DATA|CMS)-----\s([A-Za-z0-9+/=\s]+)")
_LONGEST_ZIP_END = 22 + 65_535

_UNKNOWN = "application/octet-stream"
_handles = threading.local()


def container(data: bytes) -> str:
    """The kind of container that `data` is ("zip", "ole", "pdf", "rtf", …), "" when it is none.

    PDF readers look for their mark in the first kilobyte, ZIP readers start from the end of the file: what
    is put before it (a picture, a program that unpacks itself) hides nothing.
    """
    if data.startswith(_MARKS):
        return next(kind for mark, kind in _SIGNATURES if data.startswith(mark))
    if data[:64].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{\\rt"):
        return "rtf"
    if _is_pdf(data):
        return "pdf"
    if data.startswith((b"%!PS", b"\xc5\xd0\xd3\xc6")):
        return "postscript"
    if data[257:262] == b"ustar":
        return "tar"
    if data[2:5] == b"-lh" and data[6:7] == b"-":
        return "lha"
    if data[32_769:32_774] == b"CD001":
        return "iso"
    if data[4:12] == b"Standard" and data[12:19] in (b" Jet DB", b" ACE DB"):
        return "access"
    if data[:2] == b"MZ":
        for mark, kind in _IN_PROGRAMS:
            if mark in data:
                return kind
    if is_cms(data):
        return "cms"
    if data[:1] >= b"\x78":
        if is_message(data):
            return "pgp"
        if _is_deflated(data):
            return "zlib"
    if data[:2] == b"\x60\xea" and b"\0" in data[:64]:
        return "arj"
    if _is_disk(data):
        return "disk"
    if data[:5] == b"07070" and _CPIO.match(data):
        return "cpio"
    return "zip" if data.rfind(_END_OF_ZIP, max(0, len(data) - _LONGEST_ZIP_END)) > 0 else ""


def _is_pdf(data: bytes) -> bool:
    """Whether PDF readers open `data`: some look for the mark in all of a file that ends as a PDF does."""
    if b"PDF-" in data[:1024]:
        return b"%PDF-" in data[:1024] or data.startswith(b"%!PS")
    return b"startxref" in data[-2000:] and b"%PDF-1." in data


def _is_disk(data: bytes) -> bool:
    """Whether `data` is the image of a disk: FAT, NTFS, GPT, ext, HFS or one of Apple's."""
    if data[510:512] == b"\x55\xaa":
        return data[3:11] == b"NTFS    " or b"FAT" in (data[54:57], data[82:85]) or data[512:520] == b"EFI PART"
    if data[-512:-508] == b"koly":
        return True
    return not any(data[:1024]) and (data[1080:1082] == b"\x53\xef" or data[1024:1026] in (b"H+", b"HX"))


def hidden_at(data: bytes) -> int:
    """Where an archive or document begins inside of something else, such as behind a picture; 0 when there is none."""
    for match in islice(_HIDDEN.finditer(data), _MOST_HIDDEN):
        at: int = match.start()
        if match[0] == _ZIP_MEMBER and not (
            data[at + 8 : at + 10] in _ZIP_METHODS and data[at + 27 : at + 28] <= b"\2"
        ):
            continue
        if at and (match[0] != b"%PDF-1." or b"endobj" in data):
            return at
    return 0


def is_cms(data: bytes) -> bool:
    """Whether `data` starts as a CMS message, in bytes or in armour."""
    if data[:1] == b"0":
        return PKCS7 in data[:24] or _PKCS9 in data[:26]
    return data[:200].lstrip()[:10] == b"-----BEGIN" and bool(CMS_ARMOUR.match(data[:200]))


def _is_deflated(data: bytes) -> bool:
    """Whether `data` begins as zlib writes it (RFC 1950), and unpacks: two bytes may stand anywhere."""
    if data[0] & 15 != 8 or int.from_bytes(data[:2], "big") % 31 or data[1:2] > b"\xdf" or len(data) < 10:
        return False
    try:
        return bool(zlib.decompressobj().decompress(data[:2000], 100))
    except zlib.error:
        return False


def picture(data: bytes) -> str:
    """The MIME type of a picture that is nothing else as well, "" when it is none."""
    kind = picture_mark(data)
    return "" if kind and (container(data) or hidden_at(data)) else kind


def picture_mark(data: bytes) -> str:
    """The MIME type of the picture that `data` begins with, "" when it is none."""
    for mark, kind in _PICTURES:
        if data.startswith(mark):
            return kind
    return "image/webp" if data[:4] == b"RIFF" and data[8:12] == b"WEBP" else ""


def is_text(data: bytes) -> bool:
    """Whether `data` reads as text in some charset: no container, no zero bytes but those of UTF-16."""
    if container(data):
        return False
    head = data[:65_536]
    if head.startswith((b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")) or wide(head):
        return True
    if b"\0" in data:
        return False
    control = len(head) - len(head.translate(None, _CONTROL))
    return control <= len(head) // 100


_CONTROL = bytes(set(range(32)) - set(b"\t\n\r\v\f\x1b\x07\x08"))


def wide(head: bytes) -> str:
    """UTF-16 or UTF-32 without a byte-order mark: its charset, "" when `head` is none.

    >>> wide("Hallo allemaal".encode("utf-16-le")), wide(b"Hallo allemaal")
    ('utf-16-le', '')
    """
    if len(head) < 8:
        return ""
    if b"\0" not in head:
        return ""
    if b"\0\0" in head:
        for charset, low in (("utf-32-le", 0), ("utf-32-be", 3)):
            if not any(head[3 - low : len(head) & ~3 : 4]) and _reads_as(head[: min(2000, len(head)) & ~3], charset):
                return charset
    even, odd = head[::2], head[1::2]
    if odd.count(0) > len(odd) * 0.7 and even.count(0) <= len(even) // 50:
        return "utf-16-le"
    if even.count(0) > len(even) * 0.7 and odd.count(0) <= len(odd) // 50:
        return "utf-16-be"
    return next((charset for charset in ("utf-16-le", "utf-16-be") if _reads_as(head[:2000], charset)), "")


def _reads_as(head: bytes, charset: str) -> bool:
    """Whether text of another script is in this charset: letters and signs that exist, with blanks between."""
    try:
        text = head[: len(head) & ~1].decode(charset)
    except UnicodeDecodeError as error:
        if error.start < len(head) - 4:
            return False
        text = head[: error.start].decode(charset)
    shown = sum(letter.isprintable() or letter in "\t\r\n" for letter in text)
    of_few_scripts = len({ord(letter) >> 8 for letter in text}) <= 12 or len(text) > 500
    return " " in text and shown == len(text) and of_few_scripts


def file_type(data: bytes) -> str:
    """The MIME type by libmagic; "application/octet-stream" when it knows none.

    Each thread has a handle of its own: libmagic's handles are not to be shared.
    """
    handle = getattr(_handles, "magic", None)
    if handle is None:
        handle = _handles.magic = magic.Magic(mime=True)
    try:
        known = str(handle.from_buffer(data[:1_000_000])) or _UNKNOWN
    except magic.MagicException:
        known = _UNKNOWN
    # libmagic 5.46 knows a ZIP by its first member only, and some members it does not know.
    return "application/zip" if known == _UNKNOWN and data[:4] == b"PK\x03\x04" else known
