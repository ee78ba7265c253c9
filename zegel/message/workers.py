"""The processes that read documents: behind walls, bounded in memory and time, each for one sender.

Who wrote a document may come to rule the process that reads it. So a worker sees no document of another sender, knows
nothing of the milter, and is believed about its own document only (`worker_answer.py`). It gets the document and the
room for its answer as memory files, so no plain text touches a disk. Some wait ready-made, so that a document need not.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Sequence
from dataclasses import replace

from zegel.errors import describe
from zegel.figures import Figures, kind_of
from zegel.message import worker_answer
from zegel.message.base.found import Found, Kind, ReadingFailed
from zegel.message.fork_words import DONE, LIMIT
from zegel.message.worker_processes import COMMAND, ForkServer, Gone, Worker
from zegel.message.worker_turns import Turns

log = logging.getLogger(__name__)

_TRIES = 4
"""Times that a document is given to a worker, when workers cannot be had or die."""
_MOST_DEATHS = 2
"""One worker may have been killed for something else; when two in a row die or lie it is the document's doing."""
_MOST_DOCUMENTS = 100
"""Documents of one sender after which a worker is replaced, against slow leaks in libraries."""
_LONGEST_WAIT = 60
"""Seconds that a document may wait for a free worker, on top of the time to read it. Postfix waits 300."""


class _Died(Exception):
    """A worker ended without an answer, or gave one that cannot be."""


class Workers:
    """Reads documents in at most `count` processes at a time. Thread-safe."""

    def __init__(
        self,
        count: int,
        memory: int,
        command: Sequence[str] = COMMAND,
        turns: Turns | None = None,
        figures: Figures | None = None,
    ) -> None:
        """`memory`: bytes of address space a worker may take; `command`: the server that forks them, for tests.

        `turns`: those of several processes, which then have at most `count` documents read all together. `figures`
        count what was read and which workers were lost.
        """
        self._count = count
        self._memory = memory
        self._command = command
        self._turns: Turns = turns or threading.BoundedSemaphore(count)
        self._figures = figures or Figures()
        self._lock = threading.Lock()
        self._server: ForkServer | None = None
        self._ready: deque[Worker] = deque()
        self._kept: OrderedDict[str, Worker] = OrderedDict()
        """By whose documents it has read, the longest unused first."""

    def start(self) -> None:
        """Start the processes, so that the first document need not wait for them. Raises OSError."""
        for tries_left in reversed(range(_TRIES)):
            try:
                while len(self._ready) < self._count:
                    self._make_one_ready()
                return
            except OSError:
                if not tries_left:
                    raise

    def close(self) -> None:
        """End the processes; documents that are being read become unreadable."""
        with self._lock:
            server, self._server = self._server, None
            idle = self._idle()
        for worker in idle:
            worker.end()
        if server is not None:
            server.close()

    def read(
        self, data: bytes, part: str, name: str, declared: str, depth: int, asked: Found, whose: str = ""
    ) -> Found:
        """What is found in a document, with the budget that is left of that in `asked`.

        A worker that has answered may read another document that is `whose` alike; with "" none.
        Raises ReadingFailed when no worker could be had.
        """
        seconds = asked.budget.seconds
        failed = Found(replace(asked.budget))
        if seconds <= 0:
            failed.cannot_read(part, name, "timeout")
            return failed
        try:
            free = self._turns.acquire(timeout=min(seconds + _LONGEST_WAIT, threading.TIMEOUT_MAX))
        except OSError as error:
            log.error("a document cannot wait for a worker: %s", describe(error))
            raise ReadingFailed from None
        if not free:
            log.error("no worker became free for a document within %d s", _LONGEST_WAIT)
            raise ReadingFailed
        began = time.monotonic()
        try:
            task = worker_answer.task_file(data, part, name, declared, depth, asked)
            try:
                outcome = self._read(task, part, worker_answer.largest(data, asked.budget), asked, whose)
            finally:
                os.close(task)
        except OSError as error:
            log.error("a document cannot be handed to a worker: %s", describe(error))
            raise ReadingFailed from None
        finally:
            self._turns.release()
        known = outcome.files[0].type if isinstance(outcome, Found) and outcome.files else ""
        self._figures.read(kind_of(known) if known else "unread", time.monotonic() - began)
        if isinstance(outcome, Found):
            return outcome
        kind, failed.budget.seconds = outcome
        failed.cannot_read(part, name, kind)
        return failed

    def _read(self, task: int, part: str, most: int, asked: Found, whose: str) -> Found | tuple[Kind, float]:
        """What was found, or why nothing was and the seconds that are left. Raises ReadingFailed and OSError."""
        deaths, left = 0, asked.budget.seconds
        for _ in range(_TRIES):
            began = time.monotonic()
            worker: Worker | None = None
            try:
                worker = self._known(whose) or self._take()
            except OSError:
                continue
            try:
                began = time.monotonic()
                answer = self._ask(worker, task, part, most, asked)
                if isinstance(answer, Found):
                    self._keep(worker, whose)
                    worker = None
                return answer
            except TimeoutError:
                self._figures.add("workers replaced")
                return "timeout", 0
            except Gone:
                continue
            except _Died:
                if worker is not None and worker.is_orphan:
                    continue  # no fault of the document's: it is read by a worker of the next server
                left = asked.budget.seconds - (time.monotonic() - began)
                deaths += 1
                self._figures.add("workers replaced")
                log.warning("a worker ended while it read a document, or gave no answer that can be")
                if deaths == _MOST_DEATHS:
                    return "limit", left
            finally:
                if worker is not None:
                    worker.end()
        log.error("no worker could be had for a document")
        raise ReadingFailed

    def _ask(self, worker: Worker, task: int, part: str, most: int, asked: Found) -> Found | tuple[Kind, float]:
        seconds = asked.budget.seconds
        answer = worker_answer.new_file()
        try:
            began = time.monotonic()
            worker.hand_over(task, answer)
            if not worker.documents:
                self._make_another_ready()
            worker.documents += 1
            word = worker.word(seconds)
            left = max(0.0, seconds - (time.monotonic() - began))
            if word == LIMIT:
                return "limit", left
            if word != DONE:
                raise _Died
            found = worker_answer.read_answer(answer, part, asked.budget, most)
            found.budget.seconds = left
            return found
        except worker_answer.Lied as lie:
            log.error("a worker gave an answer that cannot be: %s", lie)
            raise _Died from None
        finally:
            os.close(answer)

    def _known(self, whose: str) -> Worker | None:
        """The worker that has read the last document of the same sender."""
        with self._lock:
            return self._kept.pop(whose, None)

    def _keep(self, worker: Worker, whose: str) -> None:
        """Keep a worker for the same sender's next document: nobody else's is shown to it."""
        with self._lock:
            ended = []
            if whose and worker.documents < _MOST_DOCUMENTS and self._server is not None and whose not in self._kept:
                self._kept[whose] = worker
                if len(self._kept) > self._count:
                    ended.append(self._kept.popitem(last=False)[1])
            else:
                ended.append(worker)
        for each in ended:
            each.end()

    def _idle(self) -> list[Worker]:
        """All that read nothing now, which are no longer kept. To be called with the lock."""
        idle = [*self._ready, *self._kept.values()]
        self._ready.clear()
        self._kept.clear()
        return idle

    def _take(self) -> Worker:
        """A worker that is there. Raises OSError."""
        with self._lock:
            worker = self._ready.popleft() if self._ready else None
        if worker is None:
            self._make_one_ready()
            return self._take()
        server = self._server
        try:
            if server is None:
                raise OSError("the workers are being ended")
            server.forked(worker)
        except OSError:
            worker.end()
            self._discard(server)
            raise
        return worker

    def _make_one_ready(self) -> None:
        """Ask for a worker more. Raises OSError."""
        with self._lock:
            if self._server is None:
                self._server = ForkServer(self._memory, self._command)
            server = self._server
        try:
            worker = server.ask()
        except OSError:
            self._discard(server)
            raise
        with self._lock:
            if self._server is server:
                self._ready.append(worker)
                return
        worker.end()
        raise OSError("the server of the workers ended")

    def _make_another_ready(self) -> None:
        """Have a worker forked while another reads; without success the next document tries again."""
        if len(self._ready) < self._count:
            try:
                self._make_one_ready()
            except OSError:
                log.warning("no worker can be made ready")

    def _discard(self, server: ForkServer | None) -> None:
        """Drop a server that has ended, and the workers that it forked, so that the next document starts a new one."""
        with self._lock:
            if server is None or self._server is not server:
                return
            self._server = None
            idle = self._idle()
        log.error("the server of the workers ended and is started anew")
        for worker in idle:
            worker.end()
        server.close()
