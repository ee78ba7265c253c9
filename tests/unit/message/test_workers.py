"""The processes that read documents: what happens when they hang, die, are killed or cannot be had."""

from __future__ import annotations

import errno
import os
import signal
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.support.limits import within
from tests.unit.message import message_samples as samples
from tests.unit.message.message_samples import file_part, mail, pdf, text_part
from zegel.message import workers as workers_module
from zegel.message.base.found import Budget, Found, Kind, ReadingFailed
from zegel.message.reader import Mail, Reader
from zegel.message.workers import Answer, Workers
from zegel.settings.model import Limits

SECRET = "111222333"
Work = Callable[[dict[str, Any]], Kind | Answer]


def places(mail: Mail, word: str = SECRET) -> set[tuple[str, str]]:
    return {(text.where, text.part) for text in mail.texts if word in text.content}


def kinds(mail: Mail) -> list[tuple[str, str]]:
    return [(item.part, item.kind) for item in mail.unreadable]


@pytest.mark.parametrize(("work", "kind"), [(samples.hang, "timeout"), (samples.crash, "limit")])
def test_a_worker_that_hangs_or_dies_makes_the_document_unreadable(work: Work, kind: str) -> None:
    workers = Workers(1, 500_000_000, work)
    try:
        for _ in range(2):
            with within(4):
                found = workers.read(b"x", "2", "a.pdf", "", 1, Found(Budget(1000, 10, 8, seconds=0.5)))
                assert [(item.part, item.kind) for item in found.unreadable] == [("2", kind)]
    finally:
        workers.close()


def test_workers_that_were_killed_while_idle_are_replaced() -> None:
    reader = Reader(Limits(seconds=5), 1)
    reader.start()
    try:
        (worker,) = reader._workers._pool._pool_manager.worker_manager.workers
        os.kill(worker, signal.SIGKILL)
        assert places(reader.read_document(pdf(SECRET), "a.pdf"))
    finally:
        reader.close()


@pytest.mark.slow
def test_a_worker_that_takes_too_long_is_stopped() -> None:
    reader = Reader(Limits(seconds=0.3, unpacked=2_000_000_000), 1)
    reader.start()
    try:
        with within(10):
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
    workers = Workers(1, 500_000_000, samples.slow)
    try:
        workers.start()
        with ThreadPoolExecutor(4) as pool:
            read = [
                pool.submit(workers.read, b"x", "2", "a.pdf", "", 1, Found(Budget(1000, 10, 8, seconds=1.0)))
                for _ in range(4)
            ]
            assert [each.result().unreadable[0].kind for each in read] == ["corrupt"] * 4
    finally:
        workers.close()


def test_a_worker_that_was_killed_once_was_not_killed_by_the_document() -> None:
    workers = Workers(1, 500_000_000, samples.slow)
    try:
        workers.start()
        with ThreadPoolExecutor(1) as pool:
            read = pool.submit(workers.read, b"x", "2", "a.pdf", "", 1, Found(Budget(1000, 10, 8, seconds=5)))
            time.sleep(0.3)
            (worker,) = workers._pool._pool_manager.worker_manager.workers
            os.kill(worker, signal.SIGKILL)
            assert [item.kind for item in read.result().unreadable] == ["corrupt"]
    finally:
        workers.close()


def test_without_a_way_to_hand_over_a_document_the_mail_has_to_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_more_files(_: str) -> int:
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr(os, "memfd_create", no_more_files)
    reader = Reader(Limits(), 1)
    try:
        with pytest.raises(ReadingFailed):
            reader.read(mail(text_part("x"), file_part(pdf(SECRET), "a.pdf", "application/pdf")))
    finally:
        reader.close()


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


def test_workers_that_are_replaced_lose_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    fetched = workers_module._fetched

    def late(process: int, descriptor: int, budget: Budget) -> Found:
        time.sleep(0.1)
        return fetched(process, descriptor, budget)

    monkeypatch.setattr(workers_module, "_fetched", late)
    monkeypatch.setattr(workers_module, "_MAX_TASKS", 1)
    reader = Reader(Limits(), 2)
    try:
        with ThreadPoolExecutor(4) as threads:
            raws = [mail(text_part("x"), file_part(pdf(f"{SECRET} {number}"), "a.pdf")) for number in range(12)]
            assert all(places(read) for read in threads.map(reader.read, raws))
    finally:
        reader.close()


def test_a_pool_that_breaks_as_it_starts_is_started_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """Under heavy load all workers may be killed before they answer; the milter then ended."""
    broken: list[Any] = []

    def guard_once(pool: Any) -> None:
        if not broken:
            broken.append(pool)
            raise RuntimeError("all workers expired")

    monkeypatch.setattr(workers_module, "guard", guard_once)
    workers = Workers(1, 500_000_000, samples.hang)
    try:
        workers.start()
        assert broken and workers._pool is not None and workers._pool is not broken[0]
    finally:
        workers.close()
