"""Downloads: ranges as RFC 9110 has them, the same bytes however they are cut, and memory that stays flat."""

from __future__ import annotations

import hashlib
import http.client
import random
import threading
import time
from collections.abc import Iterator
from email.message import EmailMessage
from functools import cache
from pathlib import Path

import pytest

from tests.support.fakes.access import FakeAccess
from tests.unit.portal.portal_client import Answer, Client, M, client_for, reader_of
from tests.unit.portal.portal_process import Served, serve
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


# What follows speaks to a portal that runs as a process of its own.


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serve(tmp_path_factory.mktemp("downloads")) as running:
        yield running


@pytest.fixture(scope="module")
def big(served: Served) -> tuple[str, str]:
    """The path and the cookie of a message with a file of 25 MB, at which each thread has looked with its SQLite."""
    path, cookie = served.opened(mail_with(BIG))
    assert served.ask(f"{path}/message", cookie).status == 200
    each = [threading.Thread(target=lambda: taken(served.ask(f"{path}/file/1", cookie))) for _ in range(16)]
    for thread in each:
        thread.start()
    for thread in each:
        thread.join()
    return path, cookie


def memory(process: int, what: str = "VmRSS") -> int:
    """Bytes that a process has in memory now ("VmRSS"), or had at most ("VmHWM")."""
    lines = Path(f"/proc/{process}/status").read_text("ascii").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(what))


def taken(answer: http.client.HTTPResponse) -> str:
    """The hash of a body, which is not kept."""
    found = hashlib.sha256()
    while data := answer.read(1 << 16):
        found.update(data)
    return found.hexdigest()


def watched(served: Served, work: threading.Thread) -> int:
    """The most memory while `work` goes on."""
    work.start()
    most = 0
    while work.is_alive():
        most = max(most, memory(served.process.pid))
        time.sleep(0.005)
    return most


def test_25_megabytes_stream_in_flat_memory(served: Served, big: tuple[str, str]) -> None:
    path, cookie = big
    whole, rest = (hashlib.sha256(each).hexdigest() for each in (BIG, BIG[20 * MEGABYTE :]))
    found: list[str] = []

    def download() -> None:
        found.append(taken(served.ask(f"{path}/file/1", cookie)))
        found.append(taken(served.ask(f"{path}/file/1", cookie, Range=f"bytes={20 * MEGABYTE}-")))

    before = memory(served.process.pid)
    once = watched(served, threading.Thread(target=download))
    again = max(watched(served, threading.Thread(target=download)) for _ in range(3))
    assert found == [whole, rest] * 4
    print(f"{(once - before) / MEGABYTE:.1f} MB for one, {(again - once) / MEGABYTE:.1f} MB more for others")
    assert once - before < 12 * MEGABYTE
    assert again - once < 8 * MEGABYTE


def test_20_downloads_at_once_are_bounded(served: Served, big: tuple[str, str]) -> None:
    path, cookie = big
    before = memory(served.process.pid)
    found: list[str] = []

    def everybody() -> None:
        def one() -> None:
            found.append(taken(served.ask(f"{path}/file/1", cookie)))

        each = [threading.Thread(target=one) for _ in range(20)]
        for thread in each:
            thread.start()
        for thread in each:
            thread.join()

    most = watched(served, threading.Thread(target=everybody))
    assert found == [hashlib.sha256(BIG).hexdigest()] * 20
    print(f"{(most - before) / MEGABYTE:.1f} MB for 20")
    assert most - before < 100 * MEGABYTE


def test_a_download_that_was_cut_off_is_resumed(served: Served, big: tuple[str, str]) -> None:
    path, cookie = big
    first = served.ask(f"{path}/file/1", cookie)
    tag = first.getheader("ETag") or ""
    begun = first.read(7 * MEGABYTE + 11)
    first.close()
    rest = served.ask(f"{path}/file/1", cookie, Range=f"bytes={len(begun)}-", If_Range=tag)
    assert rest.status == 206
    assert begun + rest.read() == BIG


def test_the_first_look_at_a_large_message_gives_its_memory_back(served: Served, big: tuple[str, str]) -> None:
    """All of it is in memory once, to find the parts, and only two such messages at a time."""
    before = memory(served.process.pid)
    visits = [served.opened(mail_with(BIG), f"jan{n}@post.example") for n in range(4)]

    def everybody() -> None:
        each = [threading.Thread(target=lambda v=visit: served.ask(f"{v[0]}/message", v[1]).read()) for visit in visits]
        for thread in each:
            thread.start()
        for thread in each:
            thread.join()

    most = watched(served, threading.Thread(target=everybody))
    time.sleep(0.5)
    print(
        f"{(most - before) / MEGABYTE:.1f} MB at most, {(memory(served.process.pid) - before) / MEGABYTE:.1f} MB after"
    )
    assert most - before < 300 * MEGABYTE
    assert memory(served.process.pid) - before < 60 * MEGABYTE


def test_everything_is_packed_in_flat_memory(served: Served, big: tuple[str, str]) -> None:
    path, cookie = big
    before = memory(served.process.pid)
    answers: list[int] = []

    def download() -> None:
        answer = served.ask(f"{path}/everything.zip", cookie)
        answers.append(int(answer.getheader("Content-Length") or 0))
        taken(answer)

    # The text of the message is read from the whole of it, so the whole is in memory once.
    most = watched(served, threading.Thread(target=download))
    assert answers[0] > len(BIG)
    assert most - before < 90 * MEGABYTE, f"{(most - before) / MEGABYTE:.1f} MB more"
