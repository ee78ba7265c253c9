"""What one link may take: each budget is used up by that link alone, and answered with a page that says when."""

from __future__ import annotations

import random
import struct
import threading
import zlib
from email.message import EmailMessage

import pytest

from tests.unit.portal.test_downloads import MEGABYTE
from zegel_portal.budgets import Budgets, Limits, Memory, OnePerLink, Rate, working
from zegel_portal.http.fair_queue import FairQueue

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
