"""The processes that read documents: bounded in memory and time, replaced when they die.

A document goes to a worker in a memory file (memfd), which the worker opens through /proc, and what was found
comes back in another one. So the pipes of the pool carry a few bytes only and cannot be left half written by
a worker that is killed, and no plain text touches a disk. What comes back is JSON, not pickled objects.

Workers start from a fork server, never by fork alone: the milter has many threads.
"""

from __future__ import annotations

import json
import logging
import multiprocessing
import os
import resource
import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import CancelledError
from concurrent.futures import TimeoutError as FutureTimeoutError
from pathlib import Path
from typing import Any

from pebble import ProcessPool

from zegel.message.found import Budget, File, Found, Kind, Text, Unreadable

log = logging.getLogger(__name__)

_MAX_TASKS = 500
"""Documents after which a worker is replaced, against slow leaks in libraries."""
_LONGEST_WAIT = 60
"""Seconds that a document may wait for a free worker, on top of the time to read it. Postfix waits 300."""
_ENDING = 0.8
"""Part of the time after which a worker stops by itself and gives what it has; at the end it is killed."""


class Workers:
    """A pool of worker processes. Thread-safe."""

    def __init__(self, count: int, memory: int, work: Callable[[dict[str, Any]], Kind | None] | None = None) -> None:
        """`memory`: bytes of address space a worker may take; `work`: what a worker does, for tests."""
        self._work = work or _work
        self._count = count
        self._memory = memory
        self._pool: Any = None
        self._lock = threading.Lock()

    def start(self) -> None:
        """Start the processes, so that the first document need not wait for them."""
        self._ready()

    def close(self) -> None:
        """End the processes; documents that are being read become unreadable."""
        with self._lock:
            pool, self._pool = self._pool, None
        if pool is not None:
            pool.stop()
            pool.join()

    def read(self, data: bytes, part: str, name: str, declared: str, depth: int, budget: Budget) -> Found:
        """What is found in a document, with the budget that is left after it. Never raises."""
        failed = Found(budget)
        seconds = budget.deadline - time.monotonic()
        if seconds <= 0:
            failed.cannot_read(part, name, "timeout")
            return failed
        there, back = os.memfd_create("zegel-document"), os.memfd_create("zegel-found")
        try:
            with open(there, "wb", closefd=False) as file:
                file.write(data)
            task = {
                "data": f"/proc/{os.getpid()}/fd/{there}", "found": f"/proc/{os.getpid()}/fd/{back}",
                "part": part, "name": name, "declared": declared, "depth": depth, "seconds": seconds * _ENDING,
                "unpacked": budget.unpacked, "members": budget.members, "deepest": budget.depth,
            }  # fmt: skip
            kind = self._run(task, seconds)
            if kind is not None:
                failed.cannot_read(part, name, kind)
                return failed
            with open(back, "rb", closefd=False) as file:
                file.seek(0)
                return _unpacked(file.read(), budget)
        except (OSError, ValueError, KeyError, TypeError, MemoryError):
            log.exception("a worker's answer could not be read")
            failed.cannot_read(part, name, "corrupt")
            return failed
        finally:
            os.close(there)
            os.close(back)

    def _run(self, task: dict[str, Any], seconds: float) -> Kind | None:
        """Have a worker do `task`; what went wrong, or None."""
        for attempt in (1, 2):
            pool = self._ready()
            try:
                future = pool.schedule(self._work, args=(task,), timeout=seconds)
                outcome: Kind | None = future.result(timeout=seconds + _LONGEST_WAIT)
                return outcome
            except FutureTimeoutError:
                future.cancel()
                return "timeout"
            except CancelledError:
                return "timeout"
            except RuntimeError as error:
                # Either the worker died (pebble's ProcessExpired is one) or the pool is broken or being stopped.
                if pool.active:
                    log.warning("a worker ended while it read a document: %s", error)
                    return "corrupt"
                self._discard(pool)
                if attempt == 2:
                    return "corrupt"
            except Exception:
                log.exception("a document could not be read")
                return "corrupt"
        return "corrupt"

    def _ready(self) -> Any:
        with self._lock:
            if self._pool is None:
                context = multiprocessing.get_context("forkserver")
                context.set_forkserver_preload(["zegel.message.documents"])
                self._pool = ProcessPool(
                    max_workers=self._count,
                    max_tasks=_MAX_TASKS,
                    initializer=_confine,
                    initargs=(self._memory,),
                    context=context,
                )
                self._pool.schedule(os.getpid).result(timeout=60)
            return self._pool

    def _discard(self, pool: Any) -> None:
        """Drop a pool that is broken, so that the next document starts a new one."""
        with self._lock:
            if self._pool is pool:
                self._pool = None
        log.error("the pool of workers broke and is started anew")
        pool.stop()


def _confine(memory: int) -> None:
    """Bound what this worker can take: memory, core files, processor time that nobody waits for any more."""
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGHUP, signal.SIG_IGN)


def _work(task: dict[str, Any]) -> Kind | None:
    """In the worker: read the document and write what was found; what went wrong, or None."""
    from zegel.message.documents import read_file  # here, so that the milter never loads the parsers

    budget = Budget(task["unpacked"], task["members"], task["deepest"], time.monotonic() + task["seconds"])
    found = Found(budget)
    try:
        data = Path(task["data"]).read_bytes()
        read_file(found, data, task["part"], task["name"], task["declared"], task["depth"])
        del data
        packed = _packed(found)
        Path(task["found"]).write_bytes(packed)
    except MemoryError:
        return "limit"
    return None


def _packed(found: Found) -> bytes:
    return json.dumps(
        {
            "texts": [(text.where, text.part, text.content) for text in found.texts],
            "files": [(file.part, file.name, file.type, file.size) for file in found.files],
            "unreadable": [(item.part, item.name, item.kind) for item in found.unreadable],
            "left": (found.budget.unpacked, found.budget.members),
        },
        ensure_ascii=False,
    ).encode("utf-8", "replace")


def _unpacked(packed: bytes, budget: Budget) -> Found:
    answer = json.loads(packed)
    unpacked, members = answer["left"]
    return Found(
        Budget(int(unpacked), int(members), budget.depth, budget.deadline),
        [Text(where, part, content) for where, part, content in answer["texts"]],
        [File(part, name, kind, size) for part, name, kind, size in answer["files"]],
        [Unreadable(part, name, kind) for part, name, kind in answer["unreadable"]],
    )
