"""The processes that read documents: what happens when they hang, die, are killed or cannot be had."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from demo.processes import ending_with_us
from tests.support.limits import within
from tests.unit.message import message_samples as samples
from tests.unit.message.hostile_workers import COMMAND
from tests.unit.message.message_samples import file_part, mail, pdf, text_part
from zegel.message.base.found import Budget, Found, ReadingFailed
from zegel.message.reader import Mail, Reader
from zegel.message.worker_turns import SharedTurns
from zegel.message.workers import Workers
from zegel.settings.model import Limits

SECRET = "111222333"


def places(mail: Mail, word: str = SECRET) -> set[tuple[str, str]]:
    return {(text.where, text.part) for text in mail.texts if word in text.content}


def kinds(mail: Mail) -> list[tuple[str, str]]:
    return [(item.part, item.kind) for item in mail.unreadable]


def a_document(workers: Workers, name: str = "honest", seconds: float = 60.0, whose: str = "") -> Found:
    return workers.read(b"x", "2", name, "", 1, Found(Budget(1000, 10, 8, seconds=seconds, ocr=2.0)), whose)


def running(workers: Workers) -> list[int]:
    """The processes of the server's workers, oldest first."""
    assert workers._server is not None
    server = workers._server.process
    return sorted(int(each) for each in Path(f"/proc/{server}/task/{server}/children").read_text().split())


def are_zombies(processes: list[int]) -> bool:
    """Whether all have ended, and nobody has asked about them yet."""
    return all(") Z " in Path(f"/proc/{each}/stat").read_text() for each in processes)


def wait_for(condition: Callable[[], object]) -> None:
    with within(60):
        while not condition():
            time.sleep(0.01)


@pytest.mark.parametrize(("name", "kind"), [("hang", "timeout"), ("crash", "limit"), ("ends", "limit")])
def test_a_worker_that_hangs_or_dies_makes_the_document_unreadable(name: str, kind: str) -> None:
    workers = Workers(1, 500_000_000, COMMAND)
    try:
        workers.start()
        for _ in range(2):
            with within(20):
                found = a_document(workers, name, 0.5)
                assert [(item.part, item.kind) for item in found.unreadable] == [("2", kind)]
    finally:
        workers.close()


def test_workers_that_were_killed_while_idle_are_replaced() -> None:
    reader = Reader(Limits(seconds=60), 1)
    reader.start()
    try:
        for _ in range(2):
            wait_for(lambda: running(reader._workers))
            killed = running(reader._workers)
            for worker in killed:
                os.kill(worker, signal.SIGKILL)
            wait_for(partial(are_zombies, killed))
            assert places(reader.read_document(pdf(SECRET), "a.pdf"))
    finally:
        reader.close()


def test_a_server_that_was_killed_is_replaced() -> None:
    reader = Reader(Limits(seconds=60), 1)
    reader.start()
    try:
        for _ in range(2):
            wait_for(lambda: running(reader._workers))
            server = reader._workers._server
            assert server is not None
            os.kill(server.process, signal.SIGKILL)
            while reader._workers._server is server:
                assert places(reader.read_document(pdf(SECRET), "a.pdf"))
            assert places(reader.read_document(pdf(SECRET), "a.pdf"))
    finally:
        reader.close()


def test_workers_end_with_the_milter_and_leave_nothing_open() -> None:
    before = set(Path("/proc/self/fd").iterdir())
    reader = Reader(Limits(seconds=60), 2)
    reader.start()
    assert places(reader.read_document(pdf(SECRET), "a.pdf"))
    wait_for(lambda: running(reader._workers))
    workers = running(reader._workers)
    reader.close()
    wait_for(lambda: not any(Path(f"/proc/{worker}/exe").exists() for worker in workers))
    assert set(Path("/proc/self/fd").iterdir()) <= before


@pytest.mark.slow
def test_a_worker_that_takes_too_long_is_stopped() -> None:
    reader = Reader(Limits(seconds=0.3, unpacked=2_000_000_000), 1)
    reader.start()
    try:
        with within(30):
            found = reader.read_document(samples.bomb(400), "a.zip")
        assert {kind for _, kind in kinds(found)} <= {"timeout", "limit"}
        assert kinds(found)
    finally:
        reader.close()


def test_a_worker_that_wants_too_much_memory_means_a_limit() -> None:
    reader = Reader(Limits(unpacked=2_000_000_000, worker_memory=200_000_000), 1)
    try:
        found = reader.read_document(samples.bomb(300), "a.zip")
        assert "limit" in {kind for _, kind in kinds(found)}
        assert places(reader.read_document(pdf(SECRET), "a.pdf"))
    finally:
        reader.close()


def test_waiting_for_a_worker_takes_no_time_from_the_document() -> None:
    workers = Workers(1, 500_000_000, COMMAND)
    try:
        workers.start()
        with ThreadPoolExecutor(4) as pool:
            read = [pool.submit(a_document, workers, "slow", 2.0) for _ in range(4)]
            for each in read:
                assert [text.content for text in each.result().texts] == ["texts"]
                assert each.result().budget.seconds > 0.1
    finally:
        workers.close()


def test_a_worker_that_was_killed_once_was_not_killed_by_the_document() -> None:
    workers = Workers(1, 500_000_000, COMMAND)
    try:
        workers.start()
        wait_for(lambda: running(workers))
        (worker,) = running(workers)
        with ThreadPoolExecutor(1) as pool:
            read = pool.submit(a_document, workers, "slow")
            wait_for(lambda: len(running(workers)) == 2)  # it reads, and another waits
            os.kill(worker, signal.SIGKILL)
            assert [text.content for text in read.result().texts] == ["texts"]
    finally:
        workers.close()


def test_without_a_way_to_hand_over_a_document_the_mail_has_to_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_more_files(*_: object) -> int:
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr(os, "memfd_create", no_more_files)
    reader = Reader(Limits(), 1)
    try:
        with pytest.raises(ReadingFailed):
            reader.read(mail(text_part("x"), file_part(pdf(SECRET), "a.pdf", "application/pdf")))
    finally:
        reader.close()


def test_without_workers_the_mail_has_to_wait() -> None:
    workers = Workers(1, 500_000_000, ("/bin/false",))
    with pytest.raises(OSError, match="ended as it started"):
        workers.start()
    with pytest.raises(ReadingFailed):
        a_document(workers)
    workers.close()


def test_readings_that_contradict_each_other_do_not_multiply_the_text_without_end() -> None:
    nested = b"x" * 300_000
    for number in range(31):
        edge = f"edge{number}".encode()
        nested = (
            b"Content-Type: multipart/mixed; boundary=" + edge + b"\r\nContent-Type: text/plain\r\n\r\n--"
            + edge + b"\r\n" + nested + b"\r\n--" + edge + b"--\r\n"
        )  # fmt: skip
    reader = Reader(Limits(), 1)
    found = reader.read(nested)
    assert sum(len(text.content) for text in found.texts) < 5 * len(nested) + 1_000_000
    assert "limit" in {kind for _, kind in kinds(found)}


def test_many_documents_at_once_get_each_its_own_answer() -> None:
    reader = Reader(Limits(), 2)
    try:
        with ThreadPoolExecutor(4) as threads:
            raws = [mail(text_part("x"), file_part(pdf(f"{SECRET} nummer{n}x"), "a.pdf")) for n in range(24)]
            for number, read in enumerate(threads.map(reader.read, raws)):
                assert places(read, f"nummer{number}x")
    finally:
        reader.close()


def test_a_server_that_fails_as_it_starts_is_started_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """Under heavy load it may be killed before it answers."""
    failed: list[bool] = []
    popen: Any = subprocess.Popen

    def fails_once(command: list[str], **more: object) -> object:
        failed.append(True)
        return popen(["/bin/false"] if len(failed) == 1 else command, **more)

    monkeypatch.setattr(subprocess, "Popen", fails_once)
    workers = Workers(1, 500_000_000, COMMAND)
    try:
        workers.start()
        assert len(failed) == 2
        assert [text.content for text in a_document(workers).texts] == ["texts"]
    finally:
        workers.close()


def test_processes_share_their_turns_and_a_killed_one_gives_its_own_back(tmp_path: Path) -> None:
    code = "import pathlib, sys, time; from zegel.message.worker_turns import SharedTurns\n"
    code += "turns = SharedTurns(pathlib.Path(sys.argv[1]), 2); assert turns.acquire(timeout=60)\n"
    code += "print('taken', flush=True); time.sleep(600)"
    command = ending_with_us([sys.executable, "-c", code, str(tmp_path)])
    other = subprocess.Popen(command, stdout=subprocess.PIPE)
    assert other.stdout is not None and other.stdout.readline() == b"taken\n"
    turns = SharedTurns(tmp_path, 2)
    with ThreadPoolExecutor(1) as another, ThreadPoolExecutor(1) as third:
        assert another.submit(turns.acquire, timeout=60).result()
        assert not third.submit(turns.acquire, timeout=0.1).result(), "both are taken"
        other.kill()
        other.communicate()
        assert third.submit(turns.acquire, timeout=60).result()
        another.submit(turns.release).result()
        assert turns.acquire(timeout=60)
        turns.release()
        third.submit(turns.release).result()
