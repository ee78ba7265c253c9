"""Hiding places in archives, in what wraps files, and in pictures."""

from __future__ import annotations

import base64
import bz2
import gzip
import io
import lzma
import struct
import subprocess
import tarfile
import tempfile
import zipfile
import zlib
from pathlib import Path

from tests.quality.in_mail import simple
from tests.quality.in_ooxml import docx, in_runs
from tests.quality.registry import SECRET, place
from tests.unit.message.message_samples import file_part, mail, png, text_part, without_directory, zipped


@place("zip", "member")
def _member(secret: str) -> bytes:
    return zipped({"folder/a.txt": secret})


@place("zip", "member that is not packed")
def _stored(secret: str) -> bytes:
    return zipped({"a.docx": docx(in_runs(secret))}, zipfile.ZIP_STORED)


@place("zip", "member packed by LZMA")
def _by_lzma(secret: str) -> bytes:
    return zipped({"a.txt": secret}, zipfile.ZIP_LZMA)


@place("zip", "name of a member")
def _name(secret: str) -> bytes:
    return zipped({f"{secret}.txt": "x"})


@place("zip", "member under another name than the directory's")
def _renamed(secret: str) -> bytes:
    return zipped({"a.txt": secret}).replace(b"a.txt", b"b.txt", 1)


@place("zip", "member that overlaps another")
def _overlapping(secret: str) -> bytes:
    """The directory's first member is as long as to reach into the second; newer Pythons refuse to read it."""
    data = bytearray(zipped({"a.txt": f"{secret}. ", "b.txt": "x"}, zipfile.ZIP_STORED))
    at = data.index(b"PK\x01\x02")
    length = struct.unpack_from("<I", data, at + 20)[0] + 3
    struct.pack_into("<II", data, at + 20, length, length)
    return bytes(data)


@place("zip", "comment")
def _comment(secret: str) -> bytes:
    out = io.BytesIO(zipped({"a.txt": "x"}))
    with zipfile.ZipFile(out, "a") as package:
        package.comment = secret.encode()
    return out.getvalue()


@place("zip", "archive in an archive in an archive")
def _deep(secret: str) -> bytes:
    return zipped({"a.zip": zipped({"b.tar.gz": gzip.compress(tar("c.docx", docx(in_runs(secret))))})})


@place("zip", "without a directory")
def _salvaged(secret: str) -> bytes:
    return without_directory(zipped({"a.txt": secret}))


@place("zip", "behind a picture", ending="png")
def _behind_a_picture(secret: str) -> bytes:
    return png() + zipped({"a.txt": secret})


@place("zip", "behind a program", ending="exe")
def _behind_a_program(secret: str) -> bytes:
    return b"MZ" + bytes(500) + zipped({"a.txt": secret})


def tar(name: str, data: bytes, comment: str = "") -> bytes:
    """A tar archive of one file."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as package:
        info = tarfile.TarInfo(name)
        info.size = len(data)
        if comment:
            info.pax_headers = {"comment": comment}
        package.addfile(info, io.BytesIO(data))
    return out.getvalue()


@place("tar", "member")
def _in_tar(secret: str) -> bytes:
    return tar("a.txt", secret.encode())


@place("tar", "name of a member")
def _named_in_tar(secret: str) -> bytes:
    return tar(f"{secret}.txt", b"x")


@place("tar", "link")
def _linked(secret: str) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as package:
        info = tarfile.TarInfo("a")
        info.type, info.linkname = tarfile.SYMTYPE, secret
        package.addfile(info)
    return out.getvalue()


@place("gz", "file", ending="txt.gz")
def _gzip(secret: str) -> bytes:
    return gzip.compress(secret.encode())


@place("gz", "second file", ending="txt.gz")
def _second(secret: str) -> bytes:
    return gzip.compress(b"first\n") + gzip.compress(secret.encode())


@place("gz", "name of the file", ending="gz")
def _gzip_name(secret: str) -> bytes:
    out = io.BytesIO()
    with gzip.GzipFile(f"{secret}.txt", "wb", fileobj=out) as file:
        file.write(b"x")
    return out.getvalue()


@place("bz2", "file", ending="docx.bz2")
def _bzip2(secret: str) -> bytes:
    return bz2.compress(docx(in_runs(secret)))


@place("xz", "file", ending="txt.xz")
def _xz(secret: str) -> bytes:
    return lzma.compress(secret.encode())


@place("lzma", "file", ending="txt.lzma", needs="bsdtar")
def _lzma(secret: str) -> bytes:
    return lzma.compress(secret.encode(), lzma.FORMAT_ALONE)


def by_program(command: list[str], ending: str, content: bytes, name: str = "a.txt") -> bytes:
    """An archive of one file, made by a program; `command` ends before the names of archive and file."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, name).write_bytes(content)
        subprocess.run([*command, f"x.{ending}", name], cwd=folder, check=True, capture_output=True)
        return Path(folder, f"x.{ending}").read_bytes()


@place("7z", "member", needs="7z")
def _seven(secret: str) -> bytes:
    return by_program(["7z", "a", "-bd"], "7z", docx(in_runs(secret)), "a.docx")


@place("7z", "name of a member", needs="7z")
def _seven_name(secret: str) -> bytes:
    return by_program(["7z", "a", "-bd"], "7z", b"x", f"{secret}.txt")


def rar(name: str, data: bytes) -> bytes:
    """A RAR of version 4 with one file that is not packed (RAR 4 technote)."""

    def block(kind: int, flags: int, rest: bytes) -> bytes:
        body = struct.pack("<BHH", kind, flags, 7 + len(rest)) + rest
        return struct.pack("<H", zlib.crc32(body) & 0xFFFF) + body

    title = name.encode()
    size, crc = len(data), zlib.crc32(data)
    file = struct.pack("<IIBIIBBHI", size, size, 3, crc, 0, 20, 0x30, len(title), 0o100644) + title
    return b"Rar!\x1a\x07\0" + block(0x73, 0, bytes(6)) + block(0x74, 0x8000, file) + data + block(0x7B, 0x4000, b"")


def rar5(name: str, data: bytes) -> bytes:
    """A RAR of version 5 with one file that is not packed (RAR 5.0 archive format)."""

    def number(value: int) -> bytes:
        written = b""
        while value > 0x7F:
            written += bytes([value & 0x7F | 0x80])
            value >>= 7
        return written + bytes([value])

    def block(*fields: int, rest: bytes = b"") -> bytes:
        body = b"".join(map(number, fields)) + rest
        sized = number(len(body)) + body
        return struct.pack("<I", zlib.crc32(sized)) + sized

    title = name.encode()
    head = b"".join(map(number, (0, len(data), 0o644, 0, 1, len(title)))) + title
    return b"Rar!\x1a\x07\1\0" + block(1, 0, 0) + block(2, 2, len(data), rest=head) + data + block(5, 0, 0)


@place("rar", "member", needs="bsdtar")
def _rar(secret: str) -> bytes:
    return rar("a.txt", secret.encode())


@place("rar", "name of a member", needs="bsdtar")
def _rar_name(secret: str) -> bytes:
    return rar(f"{secret}.txt", b"x")


@place("rar", "member in version 5", needs="bsdtar")
def _rar5(secret: str) -> bytes:
    return rar5("a.docx", docx(in_runs(secret)))


@place("rar", "behind a program", ending="exe", needs="bsdtar")
def _rar_in_program(secret: str) -> bytes:
    return b"MZ" + bytes(500) + rar("a.txt", secret.encode())


@place("cpio", "member", needs="bsdtar")
def _cpio(secret: str) -> bytes:
    return by_program(["bsdtar", "--format=newc", "-cf"], "cpio", secret.encode())


@place("iso", "member", needs="bsdtar")
def _iso(secret: str) -> bytes:
    return by_program(["bsdtar", "--format=iso9660", "-cf"], "iso", secret.encode())


def signed(content: bytes) -> bytes:
    """An S/MIME message that is signed by nobody (RFC 5652 5.1): only its shape is that of a signed one."""

    def element(tag: int, data: bytes) -> bytes:
        size = len(data)
        if size < 0x80:
            return bytes([tag, size]) + data
        width = (size.bit_length() + 7) // 8
        return bytes([tag, 0x80 | width]) + size.to_bytes(width, "big") + data

    kind = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07"
    pieces = b"".join(element(4, content[at : at + 16]) for at in range(0, len(content), 16))
    inside = element(0x30, kind + b"\1" + b"\xa0\x80\x24\x80" + pieces + bytes(4))
    return element(0x30, kind + b"\2" + element(0xA0, element(0x30, b"\2\1\1" + b"\x31\0" + inside + b"\x31\0")))


@place("p7m", "signed text")
def _signed(secret: str) -> bytes:
    return signed(b"Content-Type: text/plain\r\n\r\n" + secret.encode())


@place("p7m", "attachment of a signed mail")
def _signed_mail(secret: str) -> bytes:
    return signed(mail(text_part("x"), file_part(docx(in_runs(secret)), "a.docx")))


@place("p7m", "signed file")
def _signed_file(secret: str) -> bytes:
    return signed(docx(in_runs(secret)))


@place("eml", "mail signed whole", is_mail=True)
def _mail_signed_whole(secret: str) -> bytes:
    inner = signed(b"Content-Type: text/html\r\n\r\n<p>" + SECRET.replace("222", "<b>222</b>").encode())
    fields = (b"Content-Type: application/pkcs7-mime; smime-type=signed-data", b"Content-Transfer-Encoding: base64")
    return simple(base64.encodebytes(inner), *fields)
