"""Pictures and scanned pages, read by tesseract when that is asked for."""

from __future__ import annotations

import shutil
import time
import zlib
from collections.abc import Iterator

import pypdfium2
import pytest

from tests.quality.in_ooxml import package
from tests.quality.in_pdf import pdf as pdf_of
from tests.quality.in_pdf import stream
from tests.support.limits import within
from tests.unit.message.message_samples import file_part, mail, png, text_part, zipped
from zegel.message.base.found import Budget, Found
from zegel.message.formats import ocr
from zegel.message.formats.ocr import read_picture
from zegel.message.reader import Mail, Reader, ReadOptions
from zegel.settings.model import Limits

pytestmark = pytest.mark.skipif(not shutil.which("tesseract"), reason="tesseract is not installed")
SECRET = "111222333"


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    made = Reader(Limits(seconds=60), 1, ReadOptions(ocr_seconds=60))
    made.start()
    yield made
    made.close()


def dots(text: str) -> tuple[int, int, bytes]:
    """A page with a line of text as width, height and shades of grey."""
    page = pypdfium2.PdfDocument(pdf_of({4: stream(f"BT /F1 24 Tf 40 700 Td ({text}) Tj ET".encode())}))[0]
    bitmap = page.render(scale=2, grayscale=True, crop=(0, 600, 0, 60))
    rows = bytes(bitmap.buffer)
    width, height, stride = bitmap.width, bitmap.height, bitmap.stride
    return width, height, b"".join(rows[y * stride : y * stride + width] for y in range(height))


def picture(text: str) -> bytes:
    """A PNG of a line of text."""
    width, height, shades = dots(text)

    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")

    rows = b"".join(b"\0" + shades[y * width : (y + 1) * width] for y in range(height))
    head = width.to_bytes(4, "big") + height.to_bytes(4, "big") + b"\x08\0\0\0\0"
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def scan(text: str) -> bytes:
    """A PDF of one page that is a picture."""
    width, height, shades = dots(text)
    image = b"/Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace /DeviceGray /BitsPerComponent 8"
    return pdf_of(
        {4: stream(b"q 500 0 0 100 50 600 cm /X Do Q"), 10: stream(shades, image % (width, height), packed=True)},
        page=b"/Resources << /XObject << /X 10 0 R >> >>",
    )


def found(read: Mail) -> bool:
    return any(SECRET in text.content.replace(" ", "") for text in read.texts)


FILES = {
    "picture": lambda: picture(f"Uw BSN is {SECRET}"),
    "scanned page": lambda: scan(f"Uw BSN is {SECRET}"),
    "picture in a document": lambda: package("docx", {"word/media/image1.png": picture(f"Uw BSN is {SECRET}")}),
    "picture in a ZIP": lambda: zipped({"a.png": picture(f"Uw BSN is {SECRET}")}),
}


@pytest.mark.parametrize("name", list(FILES))
def test_text_in_a_picture_is_read_when_the_policy_asks(reader: Reader, name: str) -> None:
    read = reader.read(mail(text_part("x"), file_part(FILES[name](), "a.bin")))
    assert found(read)
    assert not read.unreadable


@pytest.mark.parametrize("name", list(FILES))
def test_pictures_are_left_alone_unless_it_asks(name: str) -> None:
    reader = Reader(Limits(), 1)
    try:
        read = reader.read(mail(text_part("x"), file_part(FILES[name](), "a.bin")))
        assert not found(read)
        assert not read.unreadable
    finally:
        reader.close()


def test_the_time_for_pictures_is_shared_by_those_of_a_mail() -> None:
    with within(20):
        found = Found(Budget(1_000_000, 100, 8, time.monotonic() + 60, ocr=0.01))
        for number in range(5):
            read_picture(found, picture(f"Uw BSN is {SECRET}"), str(number), "a.png")
        assert [item.kind for item in found.unreadable] == ["timeout"] * 5


def test_a_picture_that_is_broken_is_corrupt(reader: Reader) -> None:
    read = reader.read(mail(text_part("x"), file_part(png()[:40] + b"x" * 100, "a.png")))
    assert [item.kind for item in read.unreadable] == ["corrupt"]


def test_without_the_program_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ocr, "installed", lambda program: "")
    found = Found(Budget(1_000_000, 100, 8, ocr=10.0))
    read_picture(found, png(), "2", "a.png")
    assert [item.kind for item in found.unreadable] == ["unsupported"]
