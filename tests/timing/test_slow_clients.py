"""Clients that are slow on purpose, and very many of them: other readers do not notice."""

from __future__ import annotations

import resource
import select
import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from tests.support.limits import slowness
from tests.unit.portal.portal_process import Served, serve

LARGE = (
    b"From: Anna <anna@kliniek.example>\r\nSubject: groot\r\nMIME-Version: 1.0\r\n"
    b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\ntekst\r\n"
    b"--b\r\nContent-Type: application/octet-stream\r\nContent-Disposition: attachment; filename=scan.bin\r\n"
    b"Content-Transfer-Encoding: base64\r\n\r\n" + b"QUJD" * 19 * 340_000 + b"\r\n--b--\r\n"
)
"""25 MB on the wire."""
MANY = 10_000


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder: Path = tmp_path_factory.mktemp("portal")
    with serve(folder) as started:
        yield started


class Reader:
    """Somebody who opens the page of a message again and again, each time on a new connection."""

    def __init__(self, served: Served, path: str, cookie: str) -> None:
        self._served, self._path, self._cookie = served, path, cookie
        self.seconds: list[float] = []
        self.statuses: set[int] = set()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Reader:
        self._slowness = slowness()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._slowness = max(self._slowness, slowness())
        self._ended.set()
        self._thread.join()

    def waited_for_nobody(self) -> bool:
        """Nearly all answers within a second, of a machine that does nothing else; not all, because one might."""
        times = sorted(self.seconds)
        return times[int(len(times) * 0.95)] < 1 * self._slowness and times[-1] < 5 * self._slowness

    def _run(self) -> None:
        while not self._ended.wait(0.1):
            begin = time.monotonic()
            answer = self._served.ask(f"{self._path}/message", self._cookie)
            answer.read()
            self.statuses.add(answer.status)
            self.seconds.append(time.monotonic() - begin)


def gone(line: socket.socket) -> bool:
    """Whether the server has closed this connection."""
    if not select.select([line], [], [], 0)[0]:
        return False
    try:
        return line.recv(1, socket.MSG_PEEK) == b""
    except ConnectionResetError:
        return True


def drip(lines: list[socket.socket]) -> None:
    """One byte more on each."""
    for line in lines:
        with suppress(OSError):
            line.send(b"x")


def test_slow_clients_hold_no_thread_and_are_gone_in_time(served: Served) -> None:
    path, cookie = served.opened(LARGE)
    small, other = served.opened(b"Subject: klein\r\n\r\nhallo\r\n", "eva@elders.example")
    host = f"Host: {served.host}\r\n".encode()
    with ExitStack() as open_:

        def lines(count: int, begin: bytes) -> list[socket.socket]:
            made = [open_.enter_context(served.connect()) for _ in range(count)]
            for line in made:
                line.sendall(begin)
            return made

        silent = lines(20, b"")
        headers = lines(20, b"GET / HTTP/1.1\r\n" + host + b"X-Slow: ")
        bodies = lines(
            20,
            f"POST {small}/sign-out HTTP/1.1\r\n".encode() + host + b"Content-Length: 5000\r\n"
            b"Content-Type: application/x-www-form-urlencoded\r\n\r\n",
        )
        cookies = f"Cookie: zegel={cookie}\r\n\r\n".encode()
        readers = lines(24, f"GET {path}/original.eml HTTP/1.1\r\n".encode() + host + cookies)
        fair = lines(1, f"GET {path}/original.eml HTTP/1.1\r\n".encode() + host + cookies)[0]
        received = 0
        with Reader(served, small, other) as reader:
            begin = time.monotonic()
            while time.monotonic() - begin < 38:
                time.sleep(1)
                drip([line for line in headers + bodies if not gone(line)])
                received += len(fair.recv(40_000))
        assert reader.statuses == {200}
        assert reader.waited_for_nobody(), sorted(reader.seconds)[-5:]
        assert [len([line for line in kind if gone(line)]) for kind in (silent, headers, bodies)] == [20, 20, 20]
        fair.settimeout(5)
        while data := fair.recv(1 << 20):
            received += len(data)
            if received > len(LARGE):
                break
        assert received > len(LARGE), "a reader that is slow but reads was cut off"
        assert len(readers) == 24


def test_ten_thousand_connections_keep_nobody_out(served: Served) -> None:
    most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MANY + len(list(Path("/proc/self/fd").iterdir())) + 200
    if most[1] != resource.RLIM_INFINITY and most[1] < wanted:
        pytest.skip(f"this machine lets a process have {most[1]} descriptors only")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(wanted, most[0]), most[1]))
    path, cookie = served.opened(b"Subject: klein\r\n\r\nhallo\r\n", "piet@elders.example")
    begun = f"GET {path} HTTP/1.1\r\nHost: {served.host}\r\nX: ".encode()
    try:
        with ExitStack() as open_, Reader(served, path, cookie) as reader:
            for number in range(MANY):
                line = open_.enter_context(served.connect())
                line.send(begun if number % 2 else b"")
            time.sleep(2)
            during = len(reader.seconds)
        time.sleep(1)
        assert served.ask("/health").status == 200
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, most)
    assert during >= 10
    assert reader.statuses == {200}
    assert reader.waited_for_nobody(), sorted(reader.seconds)[-5:]
    assert "Too many open files" not in served.log.read_text()
    assert served.process.poll() is None


def test_nobody_fills_the_log_by_asking_or_by_hanging_up(served: Served) -> None:
    request = f"GET / HTTP/1.1\r\nHost: {served.host}\r\n\r\n".encode()
    before = len(served.log.read_text().splitlines())
    with ExitStack() as open_:
        lines = [open_.enter_context(served.connect()) for _ in range(150)]
        for line in lines:
            line.sendall(request * 3)
        for line in lines[::2]:
            assert line.recv(1 << 16).startswith(b"HTTP/1.1 200 OK")
        for line in lines[1::2]:
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # a reset when it is closed
    assert served.ask("/health").status == 200
    written = [line for line in served.log.read_text().splitlines()[before:] if "serving http" not in line]
    assert len(written) < 5, written[:5]
