"""The processes that read documents: bounded in memory and time, replaced when they die.

A document goes to a worker in a memory file (memfd), which the worker opens through /proc to read it. What was
found comes back in a memory file of the worker, which the milter opens through /proc, reads and empties. So a
worker never has to open a file for writing, the pipes of the pool carry a few bytes only and cannot be left half
written by a worker that is killed, and no plain text touches a disk. What comes back is JSON and text, checked as
it is read.

Workers start from a fork server, never by fork alone: the milter has many threads.
"""

from __future__ import annotations

import json
import logging
import mmap
import multiprocessing
import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import CancelledError
from concurrent.futures import TimeoutError as FutureTimeoutError
from dataclasses import replace
from functools import cache
from multiprocessing.util import Finalize
from pathlib import Path
from typing import IO, Any, get_args

from pebble import ProcessExpired, ProcessPool

from zegel.errors import describe
from zegel.message.base.found import Budget, File, Found, Kind, ReadingFailed, Text, Unreadable, Where
from zegel.message.base.sandbox import confine, limit_processor_time
from zegel.message.worker_channel import guard

log = logging.getLogger(__name__)

_MAX_TASKS = 500
"""Documents after which a worker is replaced, against slow leaks in libraries."""
_TRIES = 4
"""Times that a document is given to a worker, when pools break or workers die."""
_LONGEST_WAIT = 60
"""Seconds that a document may wait for a free worker, on top of the time to read it. Postfix waits 300."""
_ENDING = 0.8
"""Part of the time after which a worker stops by itself and gives what it has; at the end it is killed."""
_LONGEST_FAREWELL = 20
"""Seconds that a worker waits at its end for its last answer to be read."""
_ANSWER = "zegel-found"
"""The name of the memory files with what was found."""
Answer = tuple[int, int]
"""Where a worker put what it found: its process id and a file descriptor there."""


class Workers:
    """A pool of worker processes. Thread-safe."""

    def __init__(self, count: int, memory: int, work: Callable[[dict[str, Any]], Kind | Answer] | None = None) -> None:
        """`memory`: bytes of address space a worker may take; `work`: what a worker does, for tests."""
        self._work = work or _work
        self._count = count
        self._memory = memory
        self._pool: Any = None
        self._lock = threading.Lock()

    def start(self) -> None:
        """Start the processes, so that the first document need not wait for them."""
        for tries_left in reversed(range(_TRIES)):
            try:
                self._ready()
                return
            except RuntimeError:
                if not tries_left:
                    raise

    def close(self) -> None:
        """End the processes; documents that are being read become unreadable."""
        with self._lock:
            pool, self._pool = self._pool, None
        if pool is not None:
            pool.stop()
            pool.join()

    def read(self, data: bytes, part: str, name: str, declared: str, depth: int, asked: Found) -> Found:
        """What is found in a document, with the budget that is left of that in `asked`.

        Raises ReadingFailed when no worker could be had, or what came of it did not arrive.
        """
        budget = asked.budget
        failed = Found(replace(budget))
        seconds = budget.seconds
        if seconds <= 0:
            failed.cannot_read(part, name, "timeout")
            return failed
        try:
            there = os.memfd_create("zegel-document")
        except OSError as error:
            log.error("a document cannot be handed to a worker: %s", describe(error))
            raise ReadingFailed from None
        began = time.monotonic()
        try:
            with open(there, "wb", closefd=False) as file:
                file.write(data)
            task = {
                "data": f"/proc/{os.getpid()}/fd/{there}", "part": part, "name": name, "declared": declared,
                "depth": depth, "seconds": seconds * _ENDING, "unpacked": budget.unpacked, "members": budget.members,
                "deepest": budget.depth, "ocr": budget.ocr, "passwords": asked.passwords,
            }  # fmt: skip
            answer = self._run(task, seconds)
            if isinstance(answer, str):
                failed.budget.seconds = 0 if answer == "timeout" else seconds - (time.monotonic() - began)
                failed.cannot_read(part, name, answer)
                return failed
            return _fetched(*answer, budget)
        except (OSError, ValueError, KeyError, TypeError, MemoryError) as error:
            log.error("a worker's answer could not be read: %s", describe(error))
            raise ReadingFailed from None
        finally:
            os.close(there)

    def _run(self, task: dict[str, Any], seconds: float) -> Kind | Answer:
        """Have a worker do `task`: where what was found is, or what went wrong. Raises ReadingFailed."""
        deaths = 0
        for _ in range(_TRIES):
            pool = future = None
            try:
                pool = self._ready()
                future = pool.schedule(self._work, args=(task,), timeout=seconds)
                outcome: Kind | Answer = future.result(timeout=seconds + _LONGEST_WAIT)
                return outcome
            except FutureTimeoutError:
                if future is not None and future.done():
                    return "timeout"
                # No worker became free: that says nothing about the document.
                if future is not None:
                    future.cancel()
                log.error("no worker became free for a document within %d s", _LONGEST_WAIT)
                raise ReadingFailed from None
            except CancelledError:
                raise ReadingFailed from None
            except ProcessExpired:
                deaths += 1
                log.warning("a worker ended while it read a document")
                if deaths == 2:
                    return "limit"  # one may have been killed for something else, two in a row died of the document
            except RuntimeError:
                if pool is not None:
                    self._discard(pool)  # it is broken, or being stopped
            except Exception as error:
                log.error("a document could not be read: %s", describe(error))
                return "limit"
        raise ReadingFailed

    def _ready(self) -> Any:
        with self._lock:
            if self._pool is None:
                context = multiprocessing.get_context("forkserver")
                context.set_forkserver_preload(["zegel.message.documents"])
                pool: Any = ProcessPool(
                    max_workers=self._count,
                    max_tasks=_MAX_TASKS,
                    initializer=confine,
                    initargs=(self._memory,),
                    context=context,
                )
                try:
                    pool.schedule(os.getpid).result(timeout=60)
                    guard(pool)
                except RuntimeError:
                    log.error("the pool of workers broke as it started")
                    pool.stop()
                    raise
                self._pool = pool
            return self._pool

    def _discard(self, pool: Any) -> None:
        """Drop a pool that is broken, so that the next document starts a new one."""
        with self._lock:
            if self._pool is pool:
                self._pool = None
        log.error("the pool of workers broke and is started anew")
        pool.stop()


_answers: list[int] = []
"""In the worker: the memory files that the milter may still have to read."""


def _work(task: dict[str, Any]) -> Kind | Answer:
    """In the worker: read the document; where what was found is, or what went wrong."""
    from zegel.message.documents import read_file  # here, so that the milter never loads the parsers

    limit_processor_time(task["seconds"] / _ENDING)
    _close_answers()
    _stay_for_the_milter()
    budget = Budget(
        task["unpacked"], task["members"], task["deepest"], time.monotonic() + task["seconds"], ocr=task["ocr"]
    )  # fmt: skip
    found = Found(budget, passwords=tuple(task["passwords"]))
    try:
        data = Path(task["data"]).read_bytes()
        read_file(found, data, task["part"], task["name"], task["declared"], task["depth"])
        del data
        answer = os.memfd_create(_ANSWER)
        _answers.append(answer)
        with open(answer, "wb", closefd=False) as file:
            _write(found, file)
    except MemoryError:
        return "limit"
    return os.getpid(), answer


@cache
def _stay_for_the_milter() -> None:
    """Have `_wait_for_the_milter` called when this worker ends."""
    Finalize(None, _wait_for_the_milter, exitpriority=100)


def _wait_for_the_milter() -> None:
    """Before this worker ends after its last document: let the milter read the answer, which ends with the worker."""
    deadline = time.monotonic() + _LONGEST_FAREWELL
    while time.monotonic() < deadline and any(os.fstat(answer).st_size for answer in _answers):
        time.sleep(0.005)


def _close_answers() -> None:
    """Close the answers that were read: the milter has emptied them."""
    for answer in [answer for answer in _answers if not os.fstat(answer).st_size]:
        _answers.remove(answer)
        os.close(answer)


def _fetched(process: int, descriptor: int, budget: Budget) -> Found:
    """What a worker wrote, which is emptied; ValueError when what it points at is no answer."""
    with open(f"/proc/{int(process)}/fd/{int(descriptor)}", "r+b", buffering=0, opener=_without_waiting) as file:
        if not str(Path(f"/proc/self/fd/{file.fileno()}").readlink()).startswith(f"/memfd:{_ANSWER}"):
            raise ValueError("a worker pointed at a file that is not its answer")
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as packed:
            found = _unpacked(memoryview(packed), budget)
        file.truncate(0)
    return found


def _without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NONBLOCK | os.O_CLOEXEC)


def _write(found: Found, file: IO[bytes]) -> None:
    """Write what was found: the size of the index, the index as JSON, then the texts one after the other."""
    budget = found.budget
    index = json.dumps(
        {
            "texts": [(text.where, text.part, text.place, len(text.data)) for text in found.texts],
            "files": [(file.part, file.name, file.type, file.size, file.properties) for file in found.files],
            "unreadable": [(item.part, item.name, item.kind) for item in found.unreadable],
            "left": (budget.unpacked, budget.members, budget.ocr, (budget.deadline - time.monotonic()) / _ENDING),
        },
        ensure_ascii=False,
    ).encode("utf-8", "replace")
    file.write(len(index).to_bytes(8, "big"))
    file.write(index)
    for text in found.texts:
        file.write(text.data)


def _unpacked(packed: memoryview, budget: Budget) -> Found:
    """The answer of a worker; ValueError, TypeError or KeyError when it is not of its shape."""
    with packed:
        position = 8 + int.from_bytes(packed[:8], "big")
        answer = json.loads(bytes(packed[8:position]))
        texts = []
        for where, part, place, size in answer["texts"]:
            end = position + int(size)
            if not position <= end <= len(packed):
                raise ValueError("a worker answered more texts than it wrote")
            data = bytes(packed[position:end])
            if not data.isascii():
                data.decode("utf-8")
            texts.append(Text(_one_of(Where, where), _text(part), data, _text(place)))
            position = end
    unpacked, members, ocr, seconds = answer["left"]
    left = Budget(int(unpacked), int(members), budget.depth, seconds=min(budget.seconds, float(seconds)))
    left.ocr = None if ocr is None else float(ocr)
    return Found(
        left,
        texts,
        [
            File(_text(part), _text(name), _text(kind), int(size), tuple((_text(k), _text(v)) for k, v in pairs))
            for part, name, kind, size, pairs in answer["files"]
        ],
        [Unreadable(_text(part), _text(name), _one_of(Kind, kind)) for part, name, kind in answer["unreadable"]],
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("a worker answered something else than text")
    return value


def _one_of(kinds: Any, value: object) -> Any:
    if value not in get_args(kinds):
        raise ValueError("a worker answered a word that is not known")
    return value
