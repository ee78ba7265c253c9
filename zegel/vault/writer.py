"""Durable writes, several to a commit.

There is one writer at a time and a commit waits for the disk. Instead of queueing for the lock in
every thread, all threads hand their work to one writer, which runs what has gathered in one
transaction, each in a savepoint of its own, and answers after the commit is on disk.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from queue import SimpleQueue
from typing import Any, TypeVar

import peewee

from zegel.errors import describe
from zegel.vault.engines.engine import Engine

log = logging.getLogger("zegel.vault")
T = TypeVar("T")
_MOST_AT_ONCE = 64
_OF_ONE_STATEMENT = (peewee.IntegrityError, peewee.DataError)
"""What is wrong with the values of one work alone, and no reason to refuse its neighbours."""


class _Handed:
    """Work for the writer, and what came of it once `done` is free; a Future costs more."""

    __slots__ = ("done", "failure", "result", "work")

    def __init__(self, work: Callable[[], Any]) -> None:
        self.work = work
        self.result: Any = None
        self.failure: BaseException | None = None
        self.done = threading.Lock()
        self.done.acquire()


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
        self._queue: SimpleQueue[_Handed | None] = SimpleQueue()
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
        handed = _Handed(work)
        with self._closing:
            if self._closed:
                raise StoreClosed
            self._queue.put(handed)
        handed.done.acquire()
        try:
            if handed.failure is not None:
                raise handed.failure
            result: T = handed.result
            return result
        finally:
            del handed  # an error knows its frames, and would keep the message in memory with what was handed in

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
        while first := self._queue.get():
            self._commit(first)
        self._engine.close()

    def _gathered(self, first: _Handed) -> Iterator[_Handed]:
        """`first`, and what is there by the time that it is done: who waits for the turn to write finds more."""
        yield first
        for _ in range(_MOST_AT_ONCE - 1):
            if self._queue.empty():
                return
            following = self._queue.get()
            if following is None:
                self._queue.put(None)  # nothing comes behind the mark that ends the writer
                return
            yield following

    def _commit(self, first: _Handed) -> None:
        batch: list[_Handed] = []
        try:
            with self._engine.writing():
                for handed in self._gathered(first):
                    batch.append(handed)
                    self._attempt(handed)
        except BaseException as error:
            # The commit failed, so nothing of the batch is on disk: every one of them hears it.
            for handed in batch or [first]:
                handed.failure = error
                handed.done.release()
            self._database.close()
            return
        try:
            self._committed()
        except Exception as error:
            log.error("the newest commit cannot be noted: %s", describe(error))
        for handed in batch:
            handed.done.release()

    def _attempt(self, handed: _Handed) -> None:
        """Carries out one work; what is wrong with it alone leaves nothing of it."""
        database: Any = self._database
        # One name for all, so that the database reads these statements once; peewee's savepoints have a name each.
        database.execute_sql("SAVEPOINT work")
        try:
            handed.result = handed.work()
        except Exception as error:
            if isinstance(error, peewee.DatabaseError) and not isinstance(error, _OF_ONE_STATEMENT):
                raise  # the disk or the database itself: no part of this batch may count
            handed.failure = error
            database.execute_sql("ROLLBACK TO SAVEPOINT work")
        database.execute_sql("RELEASE SAVEPOINT work")
