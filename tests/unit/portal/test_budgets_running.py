"""A portal that runs, and one link that does its worst."""

from __future__ import annotations

import http.client
import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.support.fakes.access import FakeAccess
from tests.timing.test_downloads import memory
from tests.unit.portal.portal_client import M, client_for, settings_for
from tests.unit.portal.portal_process import Served, serve
from tests.unit.portal.test_budgets import FILE, picture_mail
from tests.unit.portal.test_downloads import MEGABYTE, mail_with
from zegel_portal.budgets import Budgets, Limits
from zegel_portal.http.server import create_server


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


@pytest.mark.slow
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
