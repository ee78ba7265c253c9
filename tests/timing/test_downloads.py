"""What downloads take of the portal's memory, in a process of its own."""

from __future__ import annotations

import hashlib
import http.client
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.portal.portal_process import Served, serve
from tests.unit.portal.test_downloads import BIG, MEGABYTE, mail_with


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
