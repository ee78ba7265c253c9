"""Requests that wait for a thread: link by link in turn, so that a link with many waits for itself."""

from __future__ import annotations

from collections import Counter, deque
from typing import Any

from waitress.task import ThreadedTaskDispatcher

WAITING_MOST = 64
"""Requests of one link that wait; another is answered at once with a page that says so."""
TURNED_AWAY = "turned away"
"""The key of those: their answers cost nothing, so they wait for nobody."""


class FairQueue:
    """Tasks by key. Each key has its turn, and at most `at_once` of its tasks are under way at a time.

    Not thread-safe: the dispatcher calls it with its lock.
    """

    def __init__(self, at_once: int) -> None:
        self._at_once = at_once
        self._waiting: dict[str, deque[Any]] = {}
        """Keys in the order of their turns."""
        self._running: Counter[str] = Counter()

    def __len__(self) -> int:
        return sum(map(len, self._waiting.values()))

    def __bool__(self) -> bool:
        """Whether there is a task that may run now."""
        return any(self._running[key] < self._at_once for key in self._waiting)

    def waiting(self, key: str) -> int:
        return len(self._waiting.get(key, ()))

    def append(self, task: Any) -> None:
        self._waiting.setdefault(task.key, deque()).append(task)

    def popleft(self) -> Any:
        """The next task that may run. Raises IndexError when there is none."""
        for key, tasks in self._waiting.items():
            if self._running[key] < self._at_once:
                task = tasks.popleft()
                del self._waiting[key]  # and to the end of the line
                if tasks:
                    self._waiting[key] = tasks
                self._running[key] += 1
                return task
        raise IndexError

    def done(self, key: str) -> None:
        self._running[key] -= 1
        if not self._running[key]:
            del self._running[key]

    def drain(self) -> list[Any]:
        """All that wait, whether they may run or not; nobody waits any more."""
        left = [task for tasks in self._waiting.values() for task in tasks]
        self._waiting.clear()
        return left


class FairDispatcher(ThreadedTaskDispatcher):  # type: ignore[misc]  # waitress has no types
    """Waitress's threads, which take from a FairQueue. A task has a `key`, and `turn_away()` for when too many wait."""

    def __init__(self, at_once: int) -> None:
        super().__init__()
        self.queue = FairQueue(at_once)

    def add_task(self, task: Any) -> None:
        with self.lock:
            if self.queue.waiting(task.key) >= WAITING_MOST:
                task.turn_away()
            self.queue.append(task)
            self.queue_cv.notify()

    def handler_thread(self, thread_no: int) -> None:
        while True:
            with self.lock:
                while not self.queue and self.stop_count == 0:
                    self.active_count -= 1
                    self.queue_cv.wait()
                    self.active_count += 1
                if self.stop_count > 0:
                    self.active_count -= 1
                    self.stop_count -= 1
                    self.threads.discard(thread_no)
                    self.thread_exit_cv.notify()
                    return
                task = self.queue.popleft()
                key = task.key
            try:
                task.service()
            except BaseException:
                self.logger.exception("Exception when servicing %r", task)
            finally:
                with self.lock:
                    self.queue.done(key)
                    self.queue_cv.notify()  # another of this key may run now

    def shutdown(self, cancel_pending: bool = True, timeout: float = 5) -> bool:
        with self.lock:
            left = self.queue.drain() if cancel_pending else []
        for task in left:
            task.cancel()
        return bool(super().shutdown(cancel_pending, timeout)) or bool(left)
