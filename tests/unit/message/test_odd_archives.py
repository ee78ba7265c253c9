"""Archives packed in ways that Python does not know, and what nobody here can open: each says rightly what it is."""

from __future__ import annotations

import shutil
import struct
import subprocess
import tempfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.quality.in_archives import rar
from tests.quality.in_ooxml import docx, in_runs
from tests.unit.message.message_samples import file_part, mail, text_part, zipped
from zegel.message.reader import Mail, Reader

SECRET = "BSN 111222333"
needs_7z = pytest.mark.skipif(not shutil.which("7z"), reason="7z is not installed")
needs_bsdtar = pytest.mark.skipif(not shutil.which("bsdtar"), reason="bsdtar is not installed")


def packed(*options: str, ending: str, members: dict[str, bytes] | None = None) -> bytes:
    files = members or {"a.docx": docx(in_runs(SECRET)), "b.txt": SECRET.encode(), "c c.txt": b"x" * 3000}
    with tempfile.TemporaryDirectory() as folder:
        for name, content in files.items():
            Path(folder, name).write_bytes(content)
        command = ["7z", "a", "-bd", *options, f"x.{ending}", *files]
        subprocess.run(command, cwd=folder, check=True, capture_output=True)
        return Path(folder, f"x.{ending}").read_bytes()


def kinds(read: Mail) -> set[str]:
    return {item.kind for item in read.unreadable}


def found(read: Mail) -> int:
    return sum(SECRET in text.content for text in read.texts)


WRAPS: dict[str, Callable[[str, bytes], bytes]] = {
    "attached": lambda name, data: mail(text_part("x"), file_part(data, name)),
    "in a ZIP": lambda name, data: mail(text_part("x"), file_part(zipped({name: data}), "a.zip")),
    "in an .eml": lambda name, data: mail(text_part("x"), file_part(mail(file_part(data, name)), "a.eml")),
}


@needs_7z
@pytest.mark.parametrize("wrap", list(WRAPS))
@pytest.mark.parametrize(
    ("options", "ending"),
    [
        (("-mm=Deflate64",), "zip"),
        (("-mm=Deflate64", "-mx9"), "zip"),
        (("-mm=PPMd",), "zip"),
        (("-mm=LZMA",), "zip"),
        (("-mm=BZip2",), "zip"),
        (("-m0=PPMd",), "7z"),
        (("-m0=Deflate64",), "7z"),
        (("-m0=BZip2", "-ms=off"), "7z"),
        (("-m0=Copy", "-mhc=off"), "7z"),
    ],
    ids=lambda value: value if isinstance(value, str) else " ".join(value),
)
def test_what_7zip_packs_is_read(reader: Reader, options: tuple[str, ...], ending: str, wrap: str) -> None:
    read = reader.read(WRAPS[wrap](f"a.{ending}", packed(*options, ending=ending)))
    assert found(read) >= 2
    assert not kinds(read)


@needs_7z
def test_members_packed_in_several_ways_are_all_read(reader: Reader) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for number, way in enumerate(("Copy", "Deflate", "Deflate64", "PPMd", "BZip2", "LZMA")):
            Path(folder, f"{number}.txt").write_text(f"BSN {number} 111222333" * 20)
            command = ["7z", "a", "-bd", "-tzip", f"-mm={way}", "x.zip", f"{number}.txt"]
            subprocess.run(command, cwd=folder, check=True, capture_output=True)
        read = reader.read_document(Path(folder, "x.zip").read_bytes(), "x.zip")
    assert {text.content[:5] for text in read.texts if "111222333" in text.content} == {f"BSN {n}" for n in range(6)}
    assert not kinds(read)


def with_method(method: bytes) -> bytes:
    """A 7z whose files are packed by another method than its header says they are."""
    data = packed("-m0=Copy", "-mhc=off", ending="7z", members={"a.txt": SECRET.encode() * 50})
    offset, size = struct.unpack_from("<QQ", data, 12)
    header = data[32 + offset : 32 + offset + size]
    folder = b"\x07\x0b\x01\0\x01\x01\0"
    assert header.count(folder) == 1
    header = header.replace(folder, b"\x07\x0b\x01\0\x01" + bytes([len(method)]) + method)
    start = struct.pack("<QQI", offset, len(header), zlib.crc32(header))
    return data[:8] + struct.pack("<I", zlib.crc32(start)) + start + data[32 : 32 + offset] + header


@needs_7z
@pytest.mark.parametrize("wrap", list(WRAPS))
@pytest.mark.parametrize(
    "method",
    ["04f71102", "04f71104", "04f71105", "04f71106", "04f711ff"],
    ids=["brotli", "lz4", "lz5", "lizard", "unknown"],
)
def test_a_method_that_nobody_here_knows_is_unsupported(reader: Reader, method: str, wrap: str) -> None:
    assert kinds(reader.read(WRAPS[wrap]("a.7z", with_method(bytes.fromhex(method))))) == {"unsupported"}


@pytest.mark.parametrize(
    "data",
    [b"LRZI\0\6" + bytes(200), b"7kSt\xa0\x31" + bytes(200), b"SIT!\0\1" + bytes(200), b"EGGA\0\1" + bytes(200),
     b"ALZ\1\x0a\0" + bytes(200), b"ZOO 2.10 Archive.\x1a" + bytes(200)],
    ids=["lrzip", "zpaq", "StuffIt", "EGG", "ALZ", "ZOO"],
)  # fmt: skip
def test_an_archive_of_a_kind_that_nobody_here_knows_is_unsupported(reader: Reader, data: bytes) -> None:
    assert kinds(reader.read_document(data, "a.bin")) == {"unsupported"}


def flagged(data: bytes, flag: int) -> bytes:
    """A RAR 4 whose first file has a flag more, and a header whose sum is right."""
    at = 7 + struct.unpack_from("<H", data, 12)[0]
    flags, size = struct.unpack_from("<HH", data, at + 3)
    header = data[at + 2 : at + 3] + struct.pack("<HH", flags | flag, size) + data[at + 7 : at + size]
    return data[:at] + struct.pack("<H", zlib.crc32(header) & 0xFFFF) + header + data[at + size :]


@needs_7z
@needs_bsdtar
@pytest.mark.parametrize("wrap", list(WRAPS))
@pytest.mark.parametrize("size", [16, 64, 500, 5000])
def test_a_rar_with_a_password_and_open_names_is_encrypted(reader: Reader, size: int, wrap: str) -> None:
    data = flagged(rar("a.txt", bytes(range(256)) * (size // 256 + 1)), 0x04)
    assert kinds(reader.read(WRAPS[wrap]("a.rar", data))) == {"encrypted"}


@needs_7z
@needs_bsdtar
@pytest.mark.parametrize("version", [15, 20, 26])
@pytest.mark.parametrize("method", [0x31, 0x33, 0x35])
def test_an_old_rar_that_no_program_here_opens_is_unsupported(reader: Reader, version: int, method: int) -> None:
    whole = rar("a.txt", bytes(range(256)) * 3)
    at = whole.index(b"a.txt") - 8
    assert whole[at : at + 2] == b"\x14\x30"
    data = flagged(whole[:at] + bytes([version, method]) + whole[at + 2 :], 0)
    assert kinds(reader.read_document(data, "a.rar")) == {"unsupported"}


@pytest.mark.parametrize("member", [".iwpv2", ".iwph", "Index/.iwpv2", "Metadata/.iwpv"])
@pytest.mark.parametrize("ending", ["pages", "numbers", "key"])
def test_a_locked_document_of_iwork_is_encrypted(reader: Reader, member: str, ending: str) -> None:
    data = bytearray(zipped({member: bytes(80), "Index/Document.iwa": bytes(range(256)) * 40}, 0))
    at = data.find(bytes(range(256)))
    data[at : at + 256] = bytes(reversed(range(256)))  # the sum of what was there before it was locked
    assert kinds(reader.read(WRAPS["attached"](f"a.{ending}", bytes(data)))) == {"encrypted"}


@pytest.mark.parametrize(
    ("mark", "size", "version"), [(b" ACE DB\0", 4096, 2), (b" Jet DB\0", 4096, 1), (b" Jet DB\0", 2048, 0)]
)
@pytest.mark.parametrize("locked", [True, False])
def test_a_locked_database_of_access_is_encrypted(
    reader: Reader, mark: bytes, size: int, version: int, locked: bool
) -> None:
    head = b"\0\1\0\0Standard" + mark + bytes([version])
    pages = [head + bytes(size - len(head))]
    for number in range(1, 20):
        page = bytes([number % 5 + 1, 1]) + SECRET.encode() + bytes(size - 2 - len(SECRET))
        pages.append(
            bytes((byte + number * 7 + place * 31 + 90) & 255 for place, byte in enumerate(page)) if locked else page
        )
    read = reader.read_document(b"".join(pages), "a.accdb")
    assert kinds(read) == ({"encrypted"} if locked else set())
    assert locked or found(read)
