"""Mails and files made to cost much: each ends in bounded time and memory, with the right verdict, and others go on."""

from __future__ import annotations

import io
import threading
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.quality.in_ooxml import docx, in_runs
from tests.quality.in_pdf import pdf, stream
from tests.support.limits import slowness, within
from tests.unit.message.message_bombs import billion_laughs, nested_bomb, overlapping_bomb, quine
from tests.unit.message.message_samples import bomb, file_part, mail, text_part, zipped
from zegel.message.reader import Mail, Reader
from zegel.settings.model import Limits

SECRET = "111222333"
SECONDS = 12
"""Longer than any of these takes on a slow machine; the limit itself is shorter."""


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    made = Reader(Limits(seconds=round(8 * slowness())), 2)
    made.start()
    yield made
    made.close()


def attached(data: bytes) -> bytes:
    return mail(text_part(f"see the file {SECRET}"), file_part(data, "a.bin"))


def kinds(read: Mail) -> set[str]:
    return {item.kind for item in read.unreadable}


def memory(name: str) -> int:
    """Bytes that this process has (VmRSS) or had at most (VmHWM)."""
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(name))
    return int(line.split()[1]) * 1024


def nested_mails(count: int) -> bytes:
    return b"Content-Type: message/rfc822\r\n\r\n" * count + SECRET.encode()


def nested_parts(count: int) -> bytes:
    head = b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n"
    return b"".join(head % (n, n) for n in range(count)) + b"\r\n" + SECRET.encode()


def nested_archives(count: int) -> bytes:
    data = zipped({"a.txt": "x"})
    for _ in range(count):
        data = zipped({"a.zip": data}, zipfile.ZIP_STORED)
    return attached(data)


def many_parts(count: int) -> bytes:
    return mail(text_part(SECRET), *[text_part("x")] * count)


def pages_without_end() -> bytes:
    return pdf({2: b"<< /Type /Pages /Kids [2 0 R 3 0 R] /Count 9999999 >>"}, text=SECRET)


def bookmarks_without_end() -> bytes:
    loop = b"<< /Title (x) /Next 11 0 R /First 11 0 R /Last 11 0 R >>"
    return pdf({10: b"<< /First 11 0 R /Last 11 0 R >>", 11: loop}, root=b"/Outlines 10 0 R", text=SECRET)


def form_in_itself() -> bytes:
    resources = b"/Resources << /XObject << /X 10 0 R >> /Font << /F1 5 0 R >> >>"
    form = stream(b"/X Do", b"/Type /XObject /Subtype /Form /BBox [0 0 9 9] " + resources)
    text = f"BT /F1 12 Tf 72 720 Td ({SECRET}) Tj ET /X Do".encode()
    return pdf({4: stream(text), 10: form}, page=resources)


def page_of_nothing() -> bytes:
    twice = zlib.compress(zlib.compress(b" " * 500_000_000))
    return pdf({4: stream(twice, b"/Filter [/FlateDecode /FlateDecode]")})


BOMBS: dict[str, tuple[Callable[[], bytes], set[str]]] = {
    "flat": (lambda: attached(bomb(1000)), {"limit"}),
    "nested": (lambda: attached(nested_bomb(6)), {"limit"}),
    "overlapping": (lambda: attached(overlapping_bomb(3000)), {"limit"}),
    "archive that contains itself": (lambda: attached(quine()), {"limit"}),
    "PDF of nothing": (lambda: attached(page_of_nothing()), {"limit"}),
    "1,000 mails in each other": (lambda: nested_mails(1000), {"limit"}),
    "1,000 parts in each other": (lambda: nested_parts(1000), {"limit"}),
    "1,000 archives in each other": (lambda: nested_archives(1000), {"limit"}),
    "30,000 parts": (lambda: many_parts(30_000), {"limit"}),
    "RTF of nothing but groups": (lambda: attached(b"{\\rtf1 " + b"{" * 1_000_000), set()),
    "XML of nothing but elements": (lambda: attached(b"<a>" * 1_000_000), set()),
    "HTML of nothing but elements": (lambda: b"Content-Type: text/html\r\n\r\n" + b"<div>" * 1_000_000, set()),
    "entities of entities": (lambda: attached(billion_laughs().encode()), set()),
    "entities of entities in a document": (
        lambda: attached(zipped({"[Content_Types].xml": "", "word/document.xml": billion_laughs()})), set()),
    "pages without end": (lambda: attached(pages_without_end()), set()),
    "bookmarks without end": (lambda: attached(bookmarks_without_end()), set()),
    "form that draws itself": (lambda: attached(form_in_itself()), set()),
}  # fmt: skip


@pytest.mark.parametrize("name", list(BOMBS))
def test_a_bomb_ends_in_time_with_the_right_verdict(reader: Reader, name: str) -> None:
    make, wanted = BOMBS[name]
    raw = make()
    with within(SECONDS):
        read = reader.read(raw)
    assert kinds(read) == wanted
    assert sum(len(text.content) for text in read.texts) < 105_000_000 + 2 * len(raw)


@pytest.mark.parametrize("name", ["pages without end", "bookmarks without end", "form that draws itself"])
def test_what_a_looping_pdf_shows_is_read(reader: Reader, name: str) -> None:
    read = reader.read(BOMBS[name][0]())
    assert [text.part for text in read.texts if SECRET in text.content] == ["1", "2"]


def test_an_archive_that_contains_itself_does_so() -> None:
    data = quine()
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        assert package.read(package.namelist()[0]) == data


@pytest.mark.parametrize("reference", ["file:///etc/passwd", "http://127.0.0.1:1/x", "/etc/passwd"])
@pytest.mark.parametrize("wrap", ["word/document.xml", "xl/workbook.xml", "content.xml", ""])
def test_nothing_outside_of_a_document_is_fetched(reader: Reader, reference: str, wrap: str) -> None:
    entity = f'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY e SYSTEM "{reference}">]><a>before &e; after {SECRET}</a>'
    data = zipped({"[Content_Types].xml": "", wrap: entity}) if wrap else entity.encode()
    read = reader.read(attached(data))
    text = "\n".join(text.content for text in read.texts if text.part.startswith("2"))
    assert "root:" not in text
    assert f"after {SECRET}" in text


LONG_LINE = b"QUJD" * 12_500_000


@pytest.mark.parametrize("fields", [
    b"Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n",
    b"Content-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n",
    b"Subject: ",
], ids=["body", "file", "subject"])  # fmt: skip
def test_a_line_of_50_mb_is_read_in_a_few_times_its_size(reader: Reader, fields: bytes) -> None:
    raw = fields + LONG_LINE
    Path("/proc/self/clear_refs").write_text("5")  # the highest so far is forgotten
    before = memory("VmRSS")
    with within(SECONDS):
        read = reader.read(raw)
    assert memory("VmHWM") - before < 5 * len(raw)
    assert sum(len(text.content) for text in read.texts) >= 37_500_000


def test_encoded_words_without_end_are_cut_off(reader: Reader) -> None:
    raw = b"Subject: " + b"=?utf-8?q?a?= " * 1_000_000 + b"\r\n\r\nx"
    with within(SECONDS):
        assert kinds(reader.read(raw)) == {"limit"}


def test_others_are_answered_while_bombs_are_read(reader: Reader) -> None:
    """One worker is busy with bombs all the time; the milter's own thread and the other worker go on."""
    stop = threading.Event()
    big = attached(nested_bomb(6))

    def keep_bombing() -> None:
        while not stop.is_set():
            reader.read(big)

    bomber = threading.Thread(target=keep_bombing)
    bomber.start()
    try:
        waits = []
        for number in range(30):
            secret = str(111_000_000 + number)
            began = time.monotonic()
            read = reader.read(mail(text_part("x"), file_part(docx(in_runs(f"BSN {secret}")), "a.docx")))
            waits.append(time.monotonic() - began)
            assert any(secret in text.content for text in read.texts)
        times = slowness()
        assert sorted(waits)[len(waits) // 2] < 1 * times
        assert max(waits) < SECONDS * times
    finally:
        stop.set()
        bomber.join()
