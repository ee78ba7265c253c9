"""Downloads: ranges as RFC 9110 has them, the same bytes however they are cut, and memory that stays flat."""

from __future__ import annotations

import random
from email.message import EmailMessage
from functools import cache

import pytest

from tests.support.fakes.access import FakeAccess
from tests.unit.portal.portal_client import Answer, Client, M, client_for, reader_of
from tests.unit.portal.reading_samples import nested, with_file
from zegel.crypto import CHUNK_BYTES
from zegel.vault.keyring import KeyGone

MEGABYTE = 1 << 20
BIG = random.Random(5).randbytes(25 * MEGABYTE)
"""A file that is a message's largest."""
SMALL = bytes(range(256)) * 12


@cache
def mail_with(data: bytes, encoding: str = "base64") -> bytes:
    made = EmailMessage()
    made["Subject"] = "Groot"
    made.set_content("Hallo")
    made.add_attachment(data, "application", "octet-stream", filename="groot.bin", cte=encoding)
    return made.as_bytes().replace(b"\n", b"\r\n") if encoding == "base64" else made.as_bytes()


def ranged(jan: Client, wanted: str, path: str = "/file/1", **more: str) -> Answer:
    return jan.get(M + path, HTTP_RANGE=wanted, **more)


@pytest.fixture
def jan() -> Client:
    return reader_of(mail_with(SMALL))


@pytest.mark.parametrize(
    ("wanted", "start", "end"),
    [("bytes=0-0", 0, 1), ("bytes=0-99", 0, 100), ("bytes=100-", 100, 3072), ("bytes=-1", 3071, 3072),
     ("bytes=-100", 2972, 3072),
     ("bytes=57-113", 57, 114), ("bytes=3071-3071", 3071, 3072), ("bytes=3000-99999", 3000, 3072), ("Bytes=1-2", 1, 3),
     ("bytes= 1-2", 1, 3), ("bytes=00001-2", 1, 3)],
)  # fmt: skip
def test_one_range_is_given(jan: Client, wanted: str, start: int, end: int) -> None:
    answer = ranged(jan, wanted)
    assert answer.status == 206
    assert answer.body == SMALL[start:end]
    assert answer.header("Content-Range") == f"bytes {start}-{end - 1}/{len(SMALL)}"
    assert answer.header("Content-Length") == str(end - start)
    assert answer.header("Accept-Ranges") == "bytes"


@pytest.mark.parametrize("wanted", ["bytes=3072-", "bytes=3072-4000", "bytes=99999999999999-", "bytes=-0"])
def test_a_range_that_is_not_there_is_refused(jan: Client, wanted: str) -> None:
    answer = ranged(jan, wanted)
    assert (answer.status, answer.body) == (416, b"")
    assert answer.header("Content-Range") == "bytes */3072"


@pytest.mark.parametrize(
    "wanted",
    ["", "bytes", "bytes=", "bytes=-", "bytes=a-b", "bytes=5-2", "bytes=0-1,5-6", "bytes=0-1,", "items=0-1",
     "bytes=1--2", "bytes=-1-2", "bytes=" + "9" * 5000 + "-", "bytes=0x1-2", "bytes=1-2;x", "bytes=\xb2-\xb3",
     "bytes=0-3071", "bytes=-9999"],
)  # fmt: skip
def test_what_is_no_single_range_gives_everything(jan: Client, wanted: str) -> None:
    answer = ranged(jan, wanted)
    assert (answer.status, answer.body) == (200, SMALL)
    assert answer.header("Content-Range") == ""


def test_a_resumed_download_goes_on_only_with_the_same_file(jan: Client) -> None:
    tag = jan.get(f"{M}/file/1").header("ETag")
    assert tag[0] == tag[-1] == '"'
    assert ranged(jan, "bytes=10-19", HTTP_IF_RANGE=tag).body == SMALL[10:20]
    for other in ('"x"', f"W/{tag}", "Sun, 20 Sep 2026 10:00:00 GMT", tag.strip('"')):
        answer = ranged(jan, "bytes=10-19", HTTP_IF_RANGE=other)
        assert (answer.status, answer.body) == (200, SMALL)
    assert jan.get(f"{M}/original.eml").header("ETag") != tag


def test_head_tells_the_size_and_no_range(jan: Client) -> None:
    for wanted in ("", "bytes=0-9"):
        answer = jan.call("HEAD", f"{M}/file/1", HTTP_RANGE=wanted)
        assert (answer.status, answer.body) == (200, b"")
        assert answer.header("Content-Length") == "3072"
        assert answer.header("Accept-Ranges") == "bytes"


def test_an_empty_file_is_an_empty_download() -> None:
    jan = reader_of(with_file("leeg.txt", b"", "text/plain"))
    answer = jan.get(f"{M}/file/1")
    assert (answer.status, answer.body, answer.header("Content-Length")) == (200, b"", "0")
    assert ranged(jan, "bytes=0-0").status == 416


@pytest.mark.parametrize("encoding", ["base64", "quoted-printable"])
@pytest.mark.parametrize("size", [CHUNK_BYTES - 1, CHUNK_BYTES, 2 * CHUNK_BYTES + 1])
def test_any_cut_gives_the_same_bytes(encoding: str, size: int) -> None:
    data = BIG[:size]
    jan = reader_of(mail_with(data, encoding))
    assert jan.get(f"{M}/file/1").body == data
    for start in (1, 57, CHUNK_BYTES // 2, size // 2, size - 1):
        assert ranged(jan, f"bytes={start}-").body == data[start:]
        assert ranged(jan, f"bytes={start}-{start + 999}").body == data[start : start + 1000]


def test_the_original_resumes_too() -> None:
    raw = mail_with(BIG[: 3 * MEGABYTE])
    jan = reader_of(raw)
    assert jan.get(f"{M}/original.eml").body == raw
    for start in (0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, len(raw) - 1):
        assert ranged(jan, f"bytes={start}-{start + 5}", "/original.eml").body == raw[start : start + 6]


def test_a_file_in_a_mail_in_a_mail_resumes_too() -> None:
    jan = reader_of(nested(2))
    assert ranged(jan, "bytes=4-6", "/file/1.1.1").body == b"er "


def test_the_zip_has_no_ranges_and_says_so(jan: Client) -> None:
    answer = ranged(jan, "bytes=0-9", "/everything.zip")
    assert answer.status == 200
    assert answer.header("Accept-Ranges") == "none"
    assert answer.header("Content-Length") == str(len(answer.body))


def test_a_message_that_ended_gives_a_page_and_no_broken_download() -> None:
    access = FakeAccess(raw=mail_with(SMALL))
    jan = client_for(access)
    jan.unlock()
    jan.get(f"{M}/message")
    access.fail = KeyGone(3)
    for path in ("/file/1", "/original.eml", "/everything.zip"):
        answer = jan.get(M + path)
        assert answer.status == 410
        assert "<h1>" in answer.text
