"""Locked files, opened with the passwords of the policy, and said to be encrypted without them."""

from __future__ import annotations

import hashlib
import io
import shutil
import struct
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import pyzipper
from msoffcrypto.method import rc4 as rc4_method
from msoffcrypto.method.ecma376_agile import ECMA376Agile

from tests.quality.compound import compound
from tests.quality.in_legacy import record, text_cell, workbook
from tests.quality.in_ooxml import docx, in_runs
from tests.unit.message.message_samples import file_part, mail, text_part, zipped
from zegel.message.reader import Mail, Reader, ReadOptions
from zegel.settings.model import Limits

SECRET = "BSN 111222333"
PASSWORD = "Zomer-2024é"
PLAIN = "Zomer-2024"
"""For what takes no other letters."""


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    made = Reader(Limits(seconds=15), 1, ReadOptions(("wrong", PASSWORD)))
    made.start()
    yield made
    made.close()


def locked_by_program(*options: str, ending: str = "7z", password: str = PASSWORD) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "a.docx").write_bytes(docx(in_runs(SECRET)))
        command = ["7z", "a", "-bd", f"-p{password}", *options, f"x.{ending}", "a.docx"]
        subprocess.run(command, cwd=folder, check=True, capture_output=True)
        return Path(folder, f"x.{ending}").read_bytes()


def locked_zip(method: int = pyzipper.WZ_AES) -> bytes:
    out = io.BytesIO()
    writer: Any = pyzipper.AESZipFile
    with writer(out, "w", encryption=method) as package:
        package.setpassword(PASSWORD.encode())
        package.writestr("a.docx", docx(in_runs(SECRET)))
        package.writestr("b.txt", SECRET)
    return out.getvalue()


def locked_office(password: str = PASSWORD) -> bytes:
    agile: Any = ECMA376Agile
    info, key = agile.generate_encryption_parameters(password, None, 100_000)
    plain = io.BytesIO(docx(in_runs(SECRET)))
    sealed = agile.encrypt_payload(plain, info.encryptedKey, key, info.keyData.saltValue)
    described = agile.get_encryption_information(info, sealed, key)
    return compound({"EncryptionInfo": described, "EncryptedPackage": bytes(sealed)})


def locked_pdf(password: str) -> bytes:
    """A PDF of one page, locked by RC4 with a key of 40 bits (ISO 32000-1, 7.6.3, revision 2)."""
    padding = bytes.fromhex("28BF4E5E4E758A4164004E56FFFA01082E2E00B6D0683E802F0CA9FE6453697A")
    padded = (password.encode("latin-1") + padding)[:32]
    owner = rc4(hashlib.md5(padded).digest()[:5], padded)
    key = hashlib.md5(padded + owner + (0xFFFFFFFC).to_bytes(4, "little") + b"AA").digest()[:5]

    def of_object(number: int) -> bytes:
        return hashlib.md5(key + number.to_bytes(3, "little") + bytes(2)).digest()[:10]

    page = rc4(of_object(4), f"BT /F1 12 Tf 72 720 Td ({SECRET}) Tj ET".encode())
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%b\nendstream" % (len(page), page),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        b"<< /Filter /Standard /V 1 /R 2 /P -4 /O <%b> /U <%b> >>"
        % (owner.hex().encode(), rc4(key, padding).hex().encode()),
    ]
    out = bytearray(b"%PDF-1.4\n")
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 7\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer << /Size 7 /Root 1 0 R /Encrypt 6 0 R /ID [(AA) (AA)] >>\nstartxref\n%d\n%%%%EOF\n" % start
    return bytes(out)


def rc4(key: bytes, data: bytes) -> bytes:
    state, j = list(range(256)), 0
    for i in range(256):
        j = (j + state[i] + key[i % len(key)]) % 256
        state[i], state[j] = state[j], state[i]
    out, i, j = bytearray(), 0, 0
    for byte in data:
        i = (i + 1) % 256
        j = (j + state[i]) % 256
        state[i], state[j] = state[j], state[i]
        out.append(byte ^ state[(state[i] + state[j]) % 256])
    return bytes(out)


def found(read: Mail) -> bool:
    return any(SECRET in text.content for text in read.texts)


def kinds(read: Mail) -> set[str]:
    return {item.kind for item in read.unreadable}


has_7z = pytest.mark.skipif(not shutil.which("7z"), reason="7z is not installed")
LOCKED: dict[str, Callable[[], bytes]] = {
    "ZIP by AES": locked_zip,
    "ZIP by the old cipher": lambda: locked_by_program("-tzip", "-mem=ZipCrypto", ending="zip", password=PLAIN),
    "7z": locked_by_program,
    "7z with its names": lambda: locked_by_program("-mhe=on"),
    "DOCX": locked_office,
    "PDF": lambda: locked_pdf(PLAIN),
}


@has_7z
@pytest.mark.parametrize("name", list(LOCKED))
def test_a_locked_file_opens_with_the_password_of_the_policy(reader: Reader, name: str) -> None:
    options = ReadOptions(("wrong", PASSWORD, PLAIN))
    read = reader.read(mail(text_part("x"), file_part(LOCKED[name](), "a.bin")), options)
    assert found(read)
    assert not kinds(read)


@has_7z
@pytest.mark.parametrize("passwords", [(), ("wrong", "also wrong")])
@pytest.mark.parametrize("name", list(LOCKED))
def test_without_the_password_it_is_said_to_be_encrypted(reader: Reader, name: str, passwords: tuple[str, ...]) -> None:
    options = ReadOptions(passwords)
    read = reader.read(mail(text_part("x"), file_part(LOCKED[name](), "a.bin")), options)
    assert not found(read)
    assert kinds(read) == {"encrypted"}


def test_a_document_that_excel_opens_without_asking_is_read(reader: Reader) -> None:
    options = ReadOptions(())
    read = reader.read_document(locked_office("VelvetSweatshop"), "a.xlsx", options)
    assert found(read)
    assert [file.type for file in read.files] == [
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    ]


def test_locked_files_in_an_archive_are_opened_too(reader: Reader) -> None:
    options = ReadOptions((PASSWORD,))
    assert found(reader.read_document(zipped({"a.docx": locked_office(), "b.zip": locked_zip()}), "a.zip", options))


def test_names_of_locked_members_are_read_without_the_password(reader: Reader) -> None:
    options = ReadOptions(())
    read = reader.read_document(locked_zip(), "a.zip", options)
    assert {file.name for file in read.files} == {"a.zip", "a.docx", "b.txt"}


def test_a_document_that_asks_for_endless_hashing_is_not_tried(reader: Reader) -> None:
    options = ReadOptions((PASSWORD,))
    slow = locked_office().replace(b'spinCount="100000"', b'spinCount="999999999"'[: len(b'spinCount="100000"')])
    assert kinds(reader.read_document(slow, "a.docx", options)) <= {"encrypted"}


def test_a_locked_legacy_sheet_is_said_to_be_encrypted(reader: Reader) -> None:
    options = ReadOptions((PASSWORD,))
    locked = workbook(text_cell("x")).replace(b"\x85\0", b"\x2f\0", 1)
    assert kinds(reader.read_document(locked, "a.xls", options)) == {"encrypted"}


def locked_sheet(password: str, *cells: bytes) -> bytes:
    """An .xls behind the first cipher of Office 97: RC4 in blocks of 1024 bytes, the heads of records in clear."""
    salt, verifier = bytes(range(16)), bytes(range(16, 32))

    def key(block: int) -> bytes:
        first: bytes = rc4_method._makekey(password, salt, block)
        return first

    checked = rc4(key(0), verifier + hashlib.md5(verifier).digest())
    opening = record(0x2F, struct.pack("<HHH", 1, 1, 1) + salt + checked)
    plain = workbook(*cells)
    at = 4 + int.from_bytes(plain[2:4], "little")
    plain = plain[:at] + opening + plain[at:]
    stream = b"".join(rc4(key(block), bytes(1024)) for block in range(len(plain) // 1024 + 1))
    out, position = bytearray(plain), 0
    while position + 4 <= len(plain):
        kind, size = struct.unpack_from("<HH", plain, position)
        if kind == 0x85:  # the sheet moved by the size of the new record
            struct.pack_into("<I", out, position + 4, struct.unpack_from("<I", plain, position + 4)[0] + len(opening))
        if kind not in (0x809, 0x2F):
            for place in range(position + 4 + (4 if kind == 0x85 else 0), position + 4 + size):
                out[place] = plain[place] ^ stream[place]
        position += 4 + size
    return compound({"Workbook": bytes(out) + bytes(max(0, 4096 - len(out)))})


@pytest.mark.parametrize("password", ["VelvetSweatshop", PASSWORD, PLAIN])
@pytest.mark.parametrize("wrap", ["alone", "in a ZIP", "in a mail", "in a mail in a ZIP", "many cells"])
def test_a_legacy_sheet_behind_a_known_password_is_read(reader: Reader, password: str, wrap: str) -> None:
    cells = [text_cell(f"rij {number}") for number in range(300 if wrap == "many cells" else 1)]
    locked = locked_sheet(password, *cells, text_cell(SECRET, 1))
    options = ReadOptions(("wrong", PASSWORD, PLAIN))
    if wrap == "in a ZIP":
        read = reader.read_document(zipped({"a.xls": locked}), "a.zip", options)
    elif wrap == "in a mail":
        read = reader.read(mail(text_part("x"), file_part(locked, "a.xls")), options)
    elif wrap == "in a mail in a ZIP":
        inner = mail(text_part("x"), file_part(locked, "a.xls"))
        read = reader.read_document(zipped({"a.eml": inner}), "a.zip", options)
    else:
        read = reader.read_document(locked, "a.xls", options)
    assert found(read)
    assert not kinds(read)


def test_a_legacy_sheet_behind_another_password_is_said_to_be_encrypted(reader: Reader) -> None:
    assert kinds(reader.read_document(locked_sheet("unknown", text_cell(SECRET)), "a.xls")) == {"encrypted"}
