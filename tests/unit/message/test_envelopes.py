"""Files that other programs wrap or lock: PGP, S/MIME, rights management, compressed bytes, compound files."""

from __future__ import annotations

import base64
import bz2
import shutil
import struct
import subprocess
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.quality import in_legacy
from tests.quality.compound import compound
from tests.quality.in_ooxml import docx, in_runs
from tests.support.limits import slowness
from tests.unit.message.message_samples import file_part, mail, text_part, zipped
from zegel.message.reader import Mail, Reader
from zegel.settings.model import Limits

SECRET = "BSN 111222333"


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    made = Reader(Limits(seconds=min(200, round(15 * slowness()))), 1)
    made.start()
    yield made
    made.close()


def kinds(read: Mail) -> set[str]:
    return {item.kind for item in read.unreadable}


def found(read: Mail) -> bool:
    return any(SECRET in text.content for text in read.texts)


def packet(tag: int, body: bytes, old: bool = False) -> bytes:
    if old:
        return bytes([0x80 | tag << 2 | 1]) + struct.pack(">H", len(body)) + body
    return bytes([0xC0 | tag, 255]) + struct.pack(">I", len(body)) + body


def literal(old: bool = False) -> bytes:
    return packet(11, b"b\x05a.txt\0\0\0\0" + SECRET.encode(), old)


def armoured(data: bytes) -> bytes:
    lines = base64.encodebytes(data)
    return b"-----BEGIN PGP MESSAGE-----\nVersion: x\n\n" + lines + b"=abcd\n-----END PGP MESSAGE-----\n"


_KEY = b"\x03" + bytes(range(100, 108)) + b"\x01" + bytes(range(200)) + bytes(56)
_LOCKED = packet(18, b"\x01" + bytes(range(256)) * 4)
ENCRYPTED: dict[str, bytes] = {
    "for a key, old packets": packet(1, _KEY, old=True) + _LOCKED,
    "for a key, new packets": packet(1, _KEY) + _LOCKED,
    "for a password": packet(3, b"\x04\x09\x03\x08saltsalt\x60") + _LOCKED,
    "for a password, AEAD": packet(3, b"\x05\x09\x02\x03\x08saltsalt\x60" + bytes(32))
    + packet(20, b"\x01" + bytes(99)),
    "for a key, version 6": packet(1, b"\x06" + bytes(range(90))) + packet(18, b"\x02" + bytes(range(256))),
    "with an integrity check only": _LOCKED,
}
WRAPS: dict[str, Callable[[str, bytes], bytes]] = {
    "attached": lambda name, data: mail(text_part("x"), file_part(data, name)),
    "in a ZIP": lambda name, data: mail(text_part("x"), file_part(zipped({name: data}), "a.zip")),
    "in a mail": lambda name, data: mail(
        text_part("x"), b"Content-Type: message/rfc822\r\n\r\n" + mail(file_part(data, name)).replace(b"b-1", b"b-2")
    ),
    "in an .eml in a ZIP": lambda name, data: mail(
        text_part("x"), file_part(zipped({"a.eml": mail(file_part(data, name))}), "a.zip")
    ),
}


@pytest.mark.parametrize("wrap", list(WRAPS))
@pytest.mark.parametrize("name", list(ENCRYPTED))
@pytest.mark.parametrize("ending", ["gpg", "pgp", "bin", "asc"])
def test_a_pgp_message_is_said_to_be_encrypted(reader: Reader, name: str, ending: str, wrap: str) -> None:
    data = armoured(ENCRYPTED[name]) if ending == "asc" else ENCRYPTED[name]
    assert kinds(reader.read(WRAPS[wrap](f"a.{ending}", data))) == {"encrypted"}


def test_a_pgp_message_in_the_body_is_said_to_be_encrypted(reader: Reader) -> None:
    body = armoured(ENCRYPTED["for a password"]).decode()
    assert kinds(reader.read(mail(text_part(body)))) == {"encrypted"}
    assert kinds(reader.read(mail(text_part("x"), text_part(f"<pre>{body}</pre>", "html")))) == {"encrypted"}


@pytest.mark.parametrize(
    "data",
    [
        literal(),
        packet(8, b"\x01" + zlib.compress(literal())[2:-4]),
        packet(8, b"\x02" + zlib.compress(literal(old=True))),
        packet(8, b"\x03" + bz2.compress(literal())),
        packet(4, b"\x03\0\x08\x01" + bytes(9)) + literal() + packet(2, b"\x04" + bytes(90)),
        packet(8, b"\x02" + zlib.compress(packet(4, b"\x03\0\x08\x01" + bytes(9), old=True) + literal())),
    ],
    ids=["literal", "deflated", "zlib", "bzip2", "signed", "signed and packed"],
)
def test_a_pgp_message_that_is_only_packed_or_signed_is_read(reader: Reader, data: bytes) -> None:
    read = reader.read(WRAPS["attached"]("a.gpg", data))
    assert any("111222333" in text.content for text in read.texts)
    assert not kinds(read)


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("gpg"), reason="gpg is not installed")
@pytest.mark.parametrize(
    "options", [(), ("--armor",), ("--cipher-algo", "AES"), ("--compress-algo", "none"), ("--rfc4880",)]
)
def test_what_gpg_locks_is_said_to_be_encrypted(reader: Reader, tmp_path: Path, options: tuple[str, ...]) -> None:
    command = ["gpg", "--homedir", str(tmp_path), "--batch", "--passphrase", "x", *options, "-c", "-o", "-"]
    done = subprocess.run(command, input=SECRET.encode(), capture_output=True, check=False)
    subprocess.run(["gpgconf", "--homedir", str(tmp_path), "--kill", "all"], capture_output=True, check=False)
    if not done.stdout:
        pytest.skip("gpg does not start here")
    assert kinds(reader.read(WRAPS["attached"]("a.gpg", done.stdout))) == {"encrypted"}


def der(tag: int, *content: bytes) -> bytes:
    body = b"".join(content)
    size = bytes([len(body)]) if len(body) < 128 else b"\x82" + struct.pack(">H", len(body))
    return bytes([tag]) + size + body


def timestamped(*fields: bytes, content: bytes) -> bytes:
    number = b"\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x1f"
    return der(0x30, number, der(0xA0, der(0x30, b"\x02\x01\x01", *fields, der(0x04, content), der(0xA0, b"\x30\0"))))


_META = der(0x30, b"\x01\x01\0", der(0x0C, b"a.docx"))


@pytest.mark.parametrize(
    "data",
    [
        timestamped(content=SECRET.encode()),
        timestamped(_META, content=SECRET.encode()),
        timestamped(der(0x16, b"http://x.example/a"), _META, content=docx(in_runs(SECRET))),
        timestamped(_META, content=zipped({"a.txt": SECRET})),
        der(0x30, b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01", der(0xA0, der(0x04, SECRET.encode()))),
    ],
    ids=["text", "text with a name", "document", "archive", "plain data"],
)
@pytest.mark.parametrize("wrap", list(WRAPS))
def test_timestamped_data_is_opened(reader: Reader, data: bytes, wrap: str) -> None:
    read = reader.read(WRAPS[wrap]("a.tsd", data))
    assert found(read)
    assert not kinds(read)


@pytest.mark.parametrize("level", [0, 1, 6, 9])
@pytest.mark.parametrize(
    "content", [SECRET.encode(), docx(in_runs(SECRET)), zipped({"a.txt": SECRET})], ids=["text", "docx", "zip"]
)
@pytest.mark.parametrize("wrap", list(WRAPS))
def test_bare_zlib_is_unpacked(reader: Reader, content: bytes, level: int, wrap: str) -> None:
    assert found(reader.read(WRAPS[wrap]("a.zlib", zlib.compress(content, level))))


@pytest.mark.parametrize(
    "streams",
    [
        {"\tDRMContent": bytes(range(256)) * 20, "WordDocument": b"This document is protected."},
        {"\tdrmcontent": bytes(5000), "\x06DataSpaces/Version": bytes(80)},
        {"EncryptedPackage": bytes(5000), "\x06DataSpaces/DataSpaceInfo/DRMEncryptedDataSpace": bytes(80)},
        {"ENCRYPTEDPACKAGE": bytes(5000)},
        {"\tDRMContent": bytes(5000), "Workbook": in_legacy.workbook(in_legacy.text_cell("x"))},
        {"\tDRMViewerContent": bytes(5000)},
    ],
    ids=["doc", "small letters", "docx", "capitals", "xls", "viewer"],
)
@pytest.mark.parametrize("wrap", list(WRAPS))
def test_rights_management_is_said_to_be_encryption(reader: Reader, streams: dict[str, bytes], wrap: str) -> None:
    assert kinds(reader.read(WRAPS[wrap]("a.doc", compound(streams)))) == {"encrypted"}


@pytest.mark.parametrize("change", [str.upper, str.lower, str.title, str.swapcase, str.casefold])
def test_streams_are_known_in_any_case(reader: Reader, change: Callable[[str], str]) -> None:
    sheet = in_legacy.workbook(in_legacy.text_cell(SECRET))
    assert found(reader.read(WRAPS["attached"]("a.xls", compound({change("Workbook"): sheet}))))


def test_a_mail_of_outlook_with_thousands_of_recipients_is_read_to_its_end(reader: Reader) -> None:
    streams: dict[str, bytes] = {"__properties_version1.0": bytes(32)}
    for number in range(4000):
        for kind in ("3001001F", "3003001F", "39FE001F", "5FF6001F", "0FF60102", "0FFF0102"):
            streams[f"__recip_version1.0_#{number:08X}/__substg1.0_{kind}"] = f"p{number}".encode("utf-16-le")
    streams["__substg1.0_1000001F"] = SECRET.encode("utf-16-le")
    read = reader.read(WRAPS["attached"]("a.msg", compound(streams)))
    assert found(read)
    assert not kinds(read)


def option_table(kind: int, package: bytes) -> bytes:
    """A record of shape properties with the one complex property that holds a newer shape."""
    properties = struct.pack("<HI", 0xC000 | 0x03A9, len(package))
    return struct.pack("<HHI", 0x13, kind, len(properties) + len(package)) + properties + package


@pytest.mark.parametrize("kind", [0xF00B, 0xF121, 0xF122])
@pytest.mark.parametrize(
    "package",
    [
        zipped({"drs/shapexml.xml": f"<p:sp><a:t>{SECRET}</a:t></p:sp>"}),
        zipped({"drs/diagrams/data1.xml": f"<dgm:pt><a:t>{SECRET}</a:t></dgm:pt>", "[Content_Types].xml": "<Types/>"}),
        docx(in_runs(SECRET)),
    ],
    ids=["shape", "diagram", "document"],
)
def test_a_newer_shape_in_an_old_presentation_is_read(reader: Reader, kind: int, package: bytes) -> None:
    shape = option_table(kind, package)
    document = struct.pack("<HHI", 0x0F, 0x03E8, len(shape)) + shape
    streams = {"PowerPoint Document": document + bytes(4096), "Current User": bytes(4096)}
    assert found(reader.read(WRAPS["attached"]("a.ppt", compound(streams))))
