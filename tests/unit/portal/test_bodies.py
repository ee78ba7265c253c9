"""What comes in over a real socket: how much is kept, where, and what a browser is told about the rest."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.unit.conversations.reply_form import KIND, encoded, letter
from tests.unit.portal.portal_process import Served, serve
from zegel_web.request_bodies import BEGINNING, IN_MEMORY, MOST_AT_ONCE, MOST_AT_ONE_PATH, Body, Room

LARGE = 25_000_000
"""Bytes that a reply may have by the settings."""


@dataclass(frozen=True)
class Sender:
    """A browser that has opened a message at a portal of its own."""

    served: Served
    path: str
    cookie: str

    def form(self, size: int, text: str = "Dag dokter") -> bytes:
        csrf = self.served.built.core.access.csrf(self.cookie, self.path[3:])
        return encoded([("csrf", csrf), ("text", text)], [("a.bin", "x/y", bytes(size))])

    def send(self, body: bytes, path: str) -> tuple[int, str]:
        """POSTs `body`; the status, and the page or where it leads."""
        connection = http.client.HTTPConnection("127.0.0.1", self.served.port, timeout=120)
        headers = {"Cookie": f"zegel={self.cookie}", "Content-Type": KIND, "Accept-Language": "en"}
        connection.request("POST", path, body, headers)
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        return answer.status, text or answer.headers.get("Location", "")

    def whole(self, body: bytes, path: str = "/reply") -> tuple[int, str]:
        return self.send(body, self.path + path)

    def raw(self, length: int, *more: str) -> bytes:
        """What the server says before anything of a body was sent."""
        lines = [f"POST {self.path}/reply HTTP/1.1", f"Host: {self.served.host}", f"Cookie: zegel={self.cookie}"]
        lines += [f"Content-Type: {KIND}", f"Content-Length: {length}", *more]
        return self.served.raw("\r\n".join([*lines, "", ""]).encode())

    @property
    def most_memory(self) -> int:
        """The most bytes that the portal ever had in memory."""
        status = Path(f"/proc/{self.served.process.pid}/status").read_text()
        return 1024 * next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))


@pytest.fixture(scope="module")
def jan(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sender]:
    with serve(tmp_path_factory.mktemp("portal")) as served:
        yield Sender(served, *served.opened(letter()))


@contextmanager
def files_of(jan: Sender) -> Iterator[set[str]]:
    """The files that the portal has open meanwhile, besides what its starter gave it."""
    found: set[str] = set()
    done = threading.Event()

    def look() -> None:
        while not done.wait(0.005):
            for file in Path(f"/proc/{jan.served.process.pid}/fd").iterdir():
                if int(file.name) > 2:
                    with suppress(OSError):
                        found.add(str(file.readlink()))

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield found
    finally:
        done.set()
        thread.join()


def test_two_large_replies_at_once_arrive_by_nameless_files_in_the_spool(jan: Sender) -> None:
    spool = jan.served.built.core.settings.storage.spool
    jan.whole(jan.form(1000, "eerst"))
    answers: list[tuple[int, str]] = []
    bodies = [jan.form(LARGE - 1000, f"antwoord {n}") for n in range(2)]
    before = jan.most_memory
    with files_of(jan) as found:
        threads = [threading.Thread(target=lambda n: answers.append(jan.whole(bodies[n])), args=[n]) for n in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert [status for status, _ in answers] == [303, 303]
    nameless = {name for name in found if name.endswith(" (deleted)")}
    nameless -= {name for name in nameless if "/etilqs_" in name}  # SQLite's, of what is sealed
    assert nameless
    assert {str(Path(name).parent) for name in nameless} == {str(spool)}
    assert not [name for name in found if name.startswith("/tmp/tmp")]
    assert spool.stat().st_mode & 0o077 == 0
    assert (jan.most_memory - before) / LARGE < 14


def test_a_reply_that_is_too_large_gets_its_form_back_with_the_text(jan: Sender) -> None:
    status, page = jan.whole(jan.form(LARGE + 2_000_000, "Dag dokter, mag ik komen?"))
    assert status == 413
    assert "25\xa0MB is the most." in page
    assert "Dag dokter, mag ik komen?</textarea>" in page


@pytest.mark.parametrize("size", [70_000, 300_000, 3_000_000])
def test_other_pages_take_no_more_than_a_form(jan: Sender, size: int) -> None:
    status, page = jan.whole(jan.form(size), "/enter")
    assert status == 413
    assert "<h1>That is too large</h1>" in page


def test_a_body_of_unknown_length_is_not_taken(jan: Sender) -> None:
    answer = jan.served.raw(
        f"POST {jan.path}/reply HTTP/1.1\r\nHost: {jan.served.host}\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
    )
    assert b" 501 Not Implemented" in answer.partition(b"\r\n")[0]


def test_an_unknown_link_takes_no_files(jan: Sender) -> None:
    body = jan.form(5_000_000)
    with files_of(jan) as found:
        assert jan.send(body, f"/m/{'A' * 43}/reply")[0] == 404
    assert not [name for name in found if name.endswith(" (deleted)")]


def test_the_link_of_a_message_that_has_ended_takes_no_files(jan: Sender) -> None:
    built = jan.served.built
    over = Sender(jan.served, *jan.served.opened(letter(2)))
    delivery = built.core.access.delivery(over.path[3:])
    message = built.core.vault.store.message(delivery.message_id) if delivery else None
    assert message is not None and built.core.sender.recall(message, None) == 1
    body = over.form(5_000_000)
    with files_of(jan) as found:
        assert over.whole(body)[0] == 410
    assert not [name for name in found if name.endswith(" (deleted)") and "/etilqs_" not in name]


def test_who_asks_first_is_told_before_he_sends(jan: Sender) -> None:
    answer = jan.raw(LARGE * 2, "Expect: 100-continue")
    assert answer.startswith(b"HTTP/1.1 4")
    assert b"100 Continue" not in answer
    assert b"Connection: close" in answer


def test_what_is_far_too_large_is_refused_by_its_length_with_a_page(jan: Sender) -> None:
    answer = jan.raw(10**12)
    assert answer.startswith(b"HTTP/1.1 4")
    assert b"<h1>" in answer
    assert b"Content-Security-Policy" in answer


def body_of(room: Room, size: int, path: str = "") -> Body:
    made = Body(room, LARGE, path)
    for _ in range(size // 10_000):
        made.append(bytes(10_000))
    return made


def test_only_so_many_are_long_at_once(tmp_path: Path) -> None:
    room = Room(tmp_path)
    held = [body_of(room, IN_MEMORY + 100_000, f"/m/{number}/reply") for number in range(MOST_AT_ONCE)]
    late = body_of(room, IN_MEMORY + 100_000, "/m/late/reply")
    assert len(late) == IN_MEMORY + 100_000
    assert len(late.getfile().read()) == BEGINNING
    assert all(len(each.getfile().read()) == IN_MEMORY + 100_000 for each in held)
    held.pop().close()
    assert len(body_of(room, IN_MEMORY + 100_000).getfile().read()) == IN_MEMORY + 100_000
    assert list(tmp_path.iterdir()) == []


def test_one_link_takes_no_places_of_others(tmp_path: Path) -> None:
    """Slow uploads with one link, which needs no password for it, would keep everybody from sending files."""
    room = Room(tmp_path)
    held = [body_of(room, IN_MEMORY + 100_000, "/m/one/reply") for _ in range(MOST_AT_ONCE)]
    assert [len(each.getfile().read()) > BEGINNING for each in held].count(True) == MOST_AT_ONE_PATH
    assert len(body_of(room, IN_MEMORY + 100_000, "/m/other/reply").getfile().read()) == IN_MEMORY + 100_000


def test_one_that_nobody_waits_for_makes_room(tmp_path: Path) -> None:
    room = Room(tmp_path)
    for _ in range(MOST_AT_ONCE * 2):
        assert len(body_of(room, IN_MEMORY + 10_000).getfile().read()) == IN_MEMORY + 10_000


@pytest.mark.slow
def test_a_full_disk_keeps_the_beginning(tmp_path: Path) -> None:
    room = Room(tmp_path)
    made = body_of(room, IN_MEMORY - 10_000)
    room.folder = tmp_path / "gone"
    made._file._dir = made._file._TemporaryFileArgs["dir"] = str(room.folder)  # type: ignore[attr-defined]
    made.append(bytes(20_000))
    assert len(made) == IN_MEMORY + 10_000
    assert len(made.getfile().read()) == BEGINNING
