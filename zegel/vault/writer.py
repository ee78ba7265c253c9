"""Durable writes, several to a commit.

There is one writer at a time and a commit waits for the disk. Instead of queueing for the lock in
every thread, all threads hand their work to one writer, which runs what has gathered in one
transaction, each in a savepoint of its own, and answers after the commit is on disk.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from typing import Any, TypeVar

import peewee

from zegel.errors import describe
from zegel.vault.engines.engine import Engine

log = logging.getLogger("zegel.vault")
T = TypeVar("T")
_Work = tuple[Callable[[], Any], Future[Any]]
_MOST_AT_ONCE = 64
_OF_ONE_STATEMENT = (peewee.IntegrityError, peewee.DataError)
"""What is wrong with the values of one work alone, and no reason to refuse its neighbours."""


class StoreClosed(Exception):
    """The database is closed, or is about to be: nothing of this write was stored."""


class NestedWrite(Exception):
    """A write was asked for inside a write: the one writer would wait for itself for ever."""


class Writer:
    """The one writer of a database in this process."""

    def __init__(self, engine: Engine, committed: Callable[[], None] = lambda: None) -> None:
        """`committed` runs after each commit, before those who wait for it hear of it; what it raises is logged.

        The writer closes the engine when it ends.
        """
        self._engine = engine
        self._database = engine.database
        self._committed = committed
        self._queue: SimpleQueue[_Work | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="commits", daemon=True)
        self._closed = False
        self._closing = threading.Lock()
        """Held while work is handed in, so that nothing comes behind the mark that ends the writer."""
        self._thread.start()

    def write(self, work: Callable[[], T]) -> T:
        """Runs `work` in a transaction and returns its result once that is durable.

        Raises what `work` raised (then nothing of it stays) or what the commit raised, StoreClosed after `close`,
        NestedWrite when called from within another write.
        """
        if self.inside():
            raise NestedWrite
        future: Future[T] = Future()
        with self._closing:
            if self._closed:
                raise StoreClosed
            self._queue.put((work, future))
        return future.result()

    def inside(self) -> bool:
        """Whether the calling code runs inside a write already."""
        return threading.current_thread() is self._thread

    def close(self) -> None:
        """Finishes what was handed in, then ends the writer."""
        with self._closing:
            self._closed = True
            self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        open_ = True
        while open_:
            batch, open_ = self._gather()
            if batch:
                self._commit(batch)
        self._engine.close()

    def _gather(self) -> tuple[list[_Work], bool]:
        """Waits for work, then takes what else is there. False when it was told to end."""
        batch: list[_Work] = []
        item = self._queue.get()
        while item is not None:
            batch.append(item)
            if len(batch) == _MOST_AT_ONCE or self._queue.empty():
                return batch, True
            item = self._queue.get()
        return batch, False

    def _commit(self, batch: list[_Work]) -> None:
        answers: list[Callable[[], None]] = []
        try:
            with self._engine.writing():
                for work, future in batch:
                    answers.append(self._attempt(work, future))
        except BaseException as error:
            # The commit failed, so nothing of the batch is on disk: every one of them hears it.
            for _, future in batch:
                future.set_exception(error)
            self._database.close()
            return
        try:
            self._committed()
        except Exception as error:
            log.error("the newest commit cannot be noted: %s", describe(error))
        for answer in answers:
            answer()

    def _attempt(self, work: Callable[[], Any], future: Future[Any]) -> Callable[[], None]:
        try:
            with self._database.savepoint():
                result = work()
        except Exception as error:
            if isinstance(error, peewee.DatabaseError) and not isinstance(error, _OF_ONE_STATEMENT):
                raise  # the disk or the database itself: no part of this batch may count
            failure = error
            return lambda: future.set_exception(failure)
        return lambda: future.set_result(result)
