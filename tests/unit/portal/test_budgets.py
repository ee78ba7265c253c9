"""What one link may take: each budget is used up by that link alone, and answered with a page that says when."""

from __future__ import annotations

import http.client
import random
import re
import socket
import struct
import threading
import time
import zlib
from collections.abc import Iterator
from contextlib import ExitStack
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from tests.support.fakes.access import FakeAccess
from tests.timing.test_downloads import memory
from tests.unit.portal.portal_client import M, client_for, settings_for
from tests.unit.portal.portal_process import Served, serve
from tests.unit.portal.test_downloads import MEGABYTE, mail_with
from zegel_portal.budgets import Budgets, Limits, Memory, OnePerLink, Rate, working
from zegel_portal.http.fair_queue import FairQueue
from zegel_portal.http.server import create_server

SIZE = 23 * MEGABYTE
FILE = bytes(range(256)) * (SIZE // 256)


class Task:
    def __init__(self, key: str, number: int) -> None:
        self.key, self.number = key, number


# In turn.


def test_links_have_their_turn_however_many_requests_one_has() -> None:
    queue = FairQueue(at_once=2)
    for number in range(50):
        queue.append(Task("hostile", number))
    queue.append(Task("jan", 0))
    queue.append(Task("eva", 0))
    taken = [queue.popleft() for _ in range(4)]
    assert [each.key for each in taken] == ["hostile", "jan", "eva", "hostile"]
    assert not queue and len(queue) == 48, "the hostile link has its part of the threads"
    queue.append(Task("jan", 1))
    assert queue and queue.popleft().key == "jan"
    queue.done("hostile")
    following = queue.popleft()
    assert (following.key, following.number) == ("hostile", 2), "in its own order"


def test_nothing_is_forgotten_when_it_ends() -> None:
    queue = FairQueue(at_once=1)
    tasks = [Task(key, number) for key in "abc" for number in range(3)]
    for each in tasks:
        queue.append(each)
    done = []
    while queue:
        each = queue.popleft()
        done.append(each)
        queue.done(each.key)
    assert {id(each) for each in done} == {id(each) for each in tasks}
    with pytest.raises(IndexError):
        queue.popleft()
    queue.append(Task("a", 9))
    assert [each.number for each in queue.drain()] == [9] and len(queue) == 0


# Seconds and bytes.


def test_seconds_that_were_taken_come_back() -> None:
    now = [0.0]
    rate = Rate(10, 0.5, lambda: now[0])
    assert rate.wait("a") == 0
    rate.spend("a", 12)
    assert rate.wait("a") == 4 and rate.wait("b") == 0
    now[0] += 3
    assert rate.wait("a") == 1
    now[0] += 1
    assert rate.wait("a") == 0
    rate.spend("a", 10_000)
    assert rate.wait("a") == 20, "no answer shuts a link for longer than the budget takes to fill"


def test_made_up_keys_are_forgotten() -> None:
    now = [0.0]
    rate = Rate(10, 1, lambda: now[0])
    for number in range(5000):
        now[0] += 1
        rate.spend(str(number), 0.5)
    assert len(rate._buckets) <= 1001


def test_what_many_read_is_there_once() -> None:
    room, data = Memory(Limits(bytes_a_link=10, bytes_in_all=15)), bytes(8)
    readings = [room.hold(key, data) for key in ("a", "a", "b") for _ in range(50)]
    assert all(readings) and room.bytes_held == 8
    assert room.hold("a", bytes(7)) is None, "no room for another answer of this link"
    assert room.hold("c", b"12345678") is None, "nor in all"
    for each in readings:
        assert each is not None and each.read(3) == bytes(3) and each.seek(0, 2) == 8
        each.close()
        each.close()
    assert room.bytes_held == 0 and room.hold("a", bytes(7)) is not None


def test_one_that_is_larger_than_the_budget_is_given_alone() -> None:
    room = Memory(Limits(bytes_a_link=10, bytes_in_all=15))
    large = room.hold("a", bytes(20))
    assert large is not None and room.hold("a", bytes(1)) is None and room.hold("b", bytes(1)) is None
    del large
    assert room.bytes_held == 0, "also when nobody closed it"


def test_a_link_waits_for_itself_only() -> None:
    place, inside, done = OnePerLink(), threading.Event(), threading.Event()

    def work() -> None:
        working.key = "/m/a"
        with place.turn(1):
            inside.set()
            done.wait(10)

    thread = threading.Thread(target=work)
    thread.start()
    inside.wait(10)
    try:
        for key, free in (("/m/a", False), ("/m/b", True), ("", True)):
            working.key = key
            with place.turn(0) as mine:
                assert mine == free
    finally:
        working.key = ""
        done.set()
        thread.join()


def test_answers_are_shared_out_when_many_are_read() -> None:
    budgets = Budgets(Limits(answers_a_link=16, answers_in_all=100, answers_fair=2))
    assert budgets.may_answer(15, 99) and not budgets.may_answer(16, 16)
    assert budgets.may_answer(1, 100) and not budgets.may_answer(2, 100)


# A portal that runs, and one link that does its worst.


def noise(width: int, height: int) -> bytes:
    """A PNG of pixels that no format makes small."""

    def number(value: int) -> bytes:
        return struct.pack(">I", value)

    rows = b"".join(b"\0" + random.Random(row).randbytes(width * 3) for row in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows, 1)), (b"IEND", b""))
    made = [number(len(data)) + name + data + number(zlib.crc32(name + data)) for name, data in chunks]
    return b"\x89PNG\r\n\x1a\n" + b"".join(made)


def picture_mail() -> bytes:
    """A mail with a large picture."""
    made = EmailMessage()
    made["Subject"] = "Foto"
    made.set_content("Hallo")
    made.add_attachment(noise(1300, 1300), "image", "png", filename="foto.png")
    return made.as_bytes().replace(b"\n", b"\r\n")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serve(tmp_path_factory.mktemp("budgets")) as running:
        yield running


@pytest.fixture(scope="module")
def hostile(served: Served) -> tuple[str, str]:
    path, cookie = served.opened(mail_with(FILE))
    assert served.ask(f"{path}/message", cookie).status == 200
    return path, cookie


def unread(served: Served, path: str, cookie: str) -> socket.socket:
    """A connection that asks for something and reads only the first line of the answer."""
    line = socket.socket()
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    line.connect(("127.0.0.1", served.port))
    line.sendall(f"GET {path} HTTP/1.1\r\nHost: {served.host}\r\nCookie: zegel={cookie}\r\n\r\n".encode())
    return line


def status(line: socket.socket) -> int:
    line.settimeout(60)
    return int(line.recv(12).decode()[9:])


def files_without_names(served: Served) -> set[str]:
    """What the portal has open and nobody else can find."""
    found = (str(each.readlink()) for each in Path(f"/proc/{served.process.pid}/fd").iterdir() if each.is_symlink())
    return {each for each in found if each.endswith("(deleted)")}


def test_zips_that_nobody_reads_leave_nothing_on_the_disk(served: Served, hostile: tuple[str, str]) -> None:
    path, cookie = hostile
    before = files_without_names(served)
    with ExitStack() as open_:
        lines = [open_.enter_context(unread(served, f"{path}/everything.zip", cookie)) for _ in range(10)]
        assert {status(line) for line in lines} == {200}
        assert files_without_names(served) == before
        assert served.ask("/").status == 200


def test_a_zip_is_whole_however_it_is_read(served: Served, hostile: tuple[str, str]) -> None:
    path, cookie = hostile
    answer = served.ask(f"{path}/everything.zip", cookie)
    size = int(answer.getheader("Content-Length") or 0)
    begin = answer.read(100)
    time.sleep(0.2)
    assert begin[:4] == b"PK\x03\x04" and len(begin) + len(answer.read()) == size


def test_a_link_has_so_many_answers_at_a_time_and_then_a_page_that_says_when(
    served: Served, hostile: tuple[str, str]
) -> None:
    path, cookie = hostile
    other, other_cookie = served.opened(mail_with(FILE[:MEGABYTE]), "eva@post.example")
    with ExitStack() as open_:
        lines = [open_.enter_context(unread(served, f"{path}/file/1", cookie)) for _ in range(60)]
        statuses = [status(line) for line in lines]
        assert statuses.count(200) >= 32 and 503 in statuses
        refused = served.ask(f"{path}/file/1", cookie, Accept_Language="en")
        page = refused.read().decode()
        assert refused.status == 503 and int(refused.getheader("Retry-After") or 0) > 0
        assert "<h1>This link is very busy</h1>" in page and re.search(r"You can try again from \d", page)
        assert refused.getheader("Content-Security-Policy")
        assert served.ask(f"{other}/message", other_cookie).status == 200
        assert len(served.ask(f"{other}/file/1", other_cookie).read()) == MEGABYTE
    for _ in range(50):
        again = served.ask(f"{path}/file/1", cookie)
        again.close()
        if again.status == 200:
            break
        time.sleep(0.2)
    assert again.status == 200, "who hangs up gives the place back"


def test_a_hundred_slow_readers_of_a_picture_share_it(served: Served) -> None:
    path, cookie = served.opened(picture_mail(), "foto@post.example")
    first = served.ask(f"{path}/image/1", cookie)
    size = len(first.read())
    assert first.status == 200 and size > 4 * MEGABYTE
    before = memory(served.process.pid)
    with ExitStack() as open_:
        lines = [open_.enter_context(unread(served, f"{path}/image/1", cookie)) for _ in range(100)]
        statuses = [status(line) for line in lines]
        assert set(statuses) <= {200, 503} and statuses.count(200) >= 32
        assert memory(served.process.pid) - before < 40 * MEGABYTE


def test_a_flood_of_one_link_is_answered_to_the_last_and_others_are_served(served: Served) -> None:
    path, cookie = served.opened(mail_with(FILE[:MEGABYTE]), "flood@post.example")
    other, other_cookie = served.opened(mail_with(FILE[:MEGABYTE]), "bea@post.example")
    with ExitStack() as open_:
        lines = [open_.enter_context(unread(served, f"{path}/message", cookie)) for _ in range(200)]
        assert served.ask(f"{other}/message", other_cookie).status == 200
        statuses = [status(line) for line in lines]
    assert set(statuses) <= {200, 503} and 200 in statuses


def test_processor_time_of_a_link_ends() -> None:
    budgets = Budgets(Limits(seconds=0.001, refill=0.01))
    jan = client_for(FakeAccess(), budgets=budgets)
    with running(jan.app, settings_for(), budgets) as port:
        statuses = []
        for _ in range(5):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
            connection.request("GET", M, headers={"Host": "safe.kliniek.example"})
            answer = connection.getresponse()
            answer.read()
            statuses.append((answer.status, answer.getheader("Retry-After")))
            connection.close()
        assert statuses[0][0] == 200 and statuses[-1][0] == 503 and int(statuses[-1][1] or 0) >= 1
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        connection.request("GET", "/", headers={"Host": "safe.kliniek.example"})
        assert connection.getresponse().status == 200


class running:  # noqa: N801 - used as a function
    """A web server in this process, on a free port."""

    def __init__(self, app: Any, settings: Any, budgets: Budgets) -> None:
        self._made = (app, settings.model_copy(update={"portal": settings.portal.model_copy(update={"port": 0})}))
        self._budgets = budgets

    def __enter__(self) -> int:
        self._server = create_server(*self._made, lambda _: True, lambda _: True, self._budgets)
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        return int(self._server.effective_port)

    def __exit__(self, *_: object) -> None:
        self._server.close()
        self._server.task_dispatcher.shutdown()
