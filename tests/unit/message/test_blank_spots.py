"""What no reader knows is named; what hides behind, inside or between what a reader knows is read."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import random
import shutil
import struct
import subprocess
import tarfile
import zipfile
import zlib
from pathlib import Path

import pytest

from tests.unit.message.message_samples import docx, file_part, mail, paragraph, text_part, zipped
from zegel.message.base import file_types as kinds
from zegel.message.reader import Mail, Reader

SECRET = b"The citizen service number is BSN 111222333."
ZIP = zipped({"a.txt": SECRET})
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\0IEND\xaeB`\x82"
JPEG = b"\xff\xd8\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0\xff\xd9"
GIF = b"GIF89a\1\0\1\0\0\0\0;"
OBJECTS = b"\n1 0 obj\n<</Author (BSN 111222333)>>\nendobj\nstartxref\n0\n%%EOF"
needs_bsdtar = pytest.mark.skipif(not shutil.which("bsdtar"), reason="bsdtar is not installed")


def noise(size: int) -> bytes:
    return random.Random(3).randbytes(size)


def read(reader: Reader, data: bytes, name: str = "a.bin") -> Mail:
    return reader.read(mail(text_part("x"), file_part(data, name)))


def is_found(found: Mail) -> bool:
    return any("BSN 111222333" in text.content for text in found.texts)


UNKNOWN = {
    "mere noise": noise(900),
    "a mailbox of Outlook": b"!BDN" + bytes(600) + noise(9000),
    "an Avro file": b"Obj\1" + noise(3000),
    "a drawing": b"AC1027" + noise(3000),
    "DjVu": b"AT&TFORM" + noise(3000),
    "a book": b"book" + bytes(56) + b"BOOKMOBI" + noise(3000),
    "the middle of a split archive": gzip.compress(noise(5000))[1000:4000],
    "brotli": bytes.fromhex("1b3d00f88d94") + noise(700),
    "PostScript": b"%!PS-Adobe-3.0\n(x) show\n",
}


@pytest.mark.parametrize("name", list(UNKNOWN))
def test_a_file_that_no_reader_knows_is_named(reader: Reader, name: str) -> None:
    assert {item.kind for item in read(reader, UNKNOWN[name]).unreadable} == {"unsupported"}


@pytest.mark.parametrize(
    "data",
    [b"\0\5\x16\7\0\2\0\0Mac OS X" + noise(60), b"\0\0\0\1Bud1\0\0" + noise(6000), b"\0\1" + SECRET + b"\0" * 20,
     b"\1\2" + SECRET.decode().encode("utf-16-le"), b"", bytes(900)],
    ids=["AppleDouble", "DS_Store", "runs of text", "runs of UTF-16", "empty", "zeros"],
)  # fmt: skip
def test_what_is_read_or_means_nothing_is_not_named(reader: Reader, data: bytes) -> None:
    assert read(reader, data).unreadable == ()


def member(method: int, listed: int) -> bytes:
    """A ZIP whose directory says that its member is packed by `listed`."""
    data = bytearray(zipped({"a.txt": SECRET * 3}, method))
    at = data.rfind(b"PK\1\2")
    data[at + 10 : at + 12] = struct.pack("<H", listed)
    return bytes(data)


def with_notes(comment: bytes = b"", extra: bytes = b"") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        info = zipfile.ZipInfo("a")
        info.comment, info.extra = comment, extra
        package.writestr(info, b"x")
    return out.getvalue()


def tar(name: str, content: bytes, **headers: str) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:", format=tarfile.PAX_FORMAT) as package:
        info = tarfile.TarInfo(name)
        info.size, info.pax_headers = len(content), headers
        package.addfile(info, io.BytesIO(content))
    return out.getvalue()


def gzip_member(flags: int, fields: bytes) -> bytes:
    packed = zlib.compressobj(9, zlib.DEFLATED, -15)
    body = packed.compress(b"hello") + packed.flush()
    return b"\x1f\x8b\x08" + bytes([flags]) + bytes(6) + fields + body + struct.pack("<II", zlib.crc32(b"hello"), 5)


def rpm() -> bytes:
    """A lead, two empty headers, and the files."""
    header = b"\x8e\xad\xe8\1" + bytes(12)
    cpio = (
        b"070701" + b"00000001000081A4" + b"0" * 24 + b"00000000" + b"%08X" % len(SECRET) + b"0" * 32
        + b"00000006" + b"0" * 8 + b"a.txt\0"
    )  # fmt: skip
    cpio += SECRET + bytes(-len(SECRET) % 4)
    cpio += b"070701" + b"0" * 88 + b"0000000B" + b"0" * 8 + b"TRAILER!!!\0"
    return b"\xed\xab\xee\xdb\3\0" + bytes(90) + header + header + gzip.compress(cpio)


HIDDEN = {
    "a ZIP behind a picture and before rubbish": PNG + ZIP + noise(70_000),
    "a document behind a picture": JPEG + docx(paragraph("BSN 111", "222333")) + noise(70_000),
    "a ZIP in the middle of noise": noise(2000) + ZIP + noise(70_000),
    "a ZIP behind a picture with false marks": GIF + b"PK\3\4PK\3\4xx" + ZIP + noise(70_000),
    "a PDF far behind the start": b"x " * 2000 + b"%PDF-1.4" + OBJECTS,
    "a PDF with the mark of PostScript": b"%!PS-Adobe-3.0 PDF-1.4" + OBJECTS,
    "PostScript that draws a number in pieces": b"%!PS\n(The BSN 111) show (222333) show",
    "a second gzip": gzip.compress(b"hello") + gzip.compress(SECRET),
    "a ZIP behind a gzip": gzip.compress(b"hello") + ZIP,
    "a gzip with rubbish behind": gzip.compress(SECRET) + b"rubbish",
    "a gzip with zeros behind": gzip.compress(SECRET) + bytes(512),
    "a gzip cut short": gzip.compress(SECRET * 50)[:-9],
    "the comment of a gzip": gzip_member(0x10, SECRET + b"\0"),
    "the name of a gzip": gzip_member(0x08, SECRET + b"\0"),
    "a second xz": lzma.compress(b"hello") + lzma.compress(SECRET),
    "a second xz behind padding": lzma.compress(b"hello") + bytes(8) + lzma.compress(SECRET),
    "a second bzip2": bz2.compress(b"hello") + bz2.compress(SECRET),
    "a ZIP behind an xz": lzma.compress(b"hello") + ZIP,
    "a text behind zlib": zlib.compress(b"hello") + SECRET,
    "a tar behind the end of a tar": tar("a", b"x") + tar("b", SECRET),
    "a tar behind the end of a tar in gzip": gzip.compress(tar("a", b"x") + bytes(4096) + tar("b", SECRET)),
    "a comment in a tar": tar("a", b"x", comment=SECRET.decode()),
    "a member that is packed though it is said not to be": member(zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED),
    "the comment of a member": with_notes(comment=SECRET),
    "another name of a member": with_notes(extra=struct.pack("<HH", 0x7075, 5 + len(SECRET)) + b"\1abcd" + SECRET),
}  # fmt: skip


@pytest.mark.parametrize("name", list(HIDDEN))
def test_what_stands_behind_inside_or_beside_is_read(reader: Reader, name: str) -> None:
    assert is_found(read(reader, HIDDEN[name]))


@needs_bsdtar
def test_packages_of_linux_and_of_macos_are_opened(reader: Reader, tmp_path: Path) -> None:
    assert is_found(read(reader, rpm(), "a.rpm"))
    (tmp_path / "a.txt").write_bytes(SECRET)
    subprocess.run(["bsdtar", "--format=xar", "-cf", "a.pkg", "a.txt"], cwd=tmp_path, check=True)
    assert is_found(read(reader, (tmp_path / "a.pkg").read_bytes(), "a.pkg"))


@pytest.mark.parametrize("start", [PNG, JPEG, GIF])
def test_a_picture_by_itself_is_a_picture(start: bytes) -> None:
    assert kinds.picture(start + noise(3000) + b"PK\3\4" + noise(100))
    assert kinds.picture(start + noise(100) + b"PK\3\4")


def test_thousands_of_small_streams_are_read_in_one_pass(reader: Reader) -> None:
    found = read(reader, gzip.compress(b"") * 20_000 + gzip.compress(SECRET))
    assert is_found(found)
    assert found.unreadable == ()
