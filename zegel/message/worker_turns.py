"""A bound on the documents that several processes have read at the same time, all together."""

from __future__ import annotations

import fcntl
import os
import threading
import time
from pathlib import Path
from typing import Protocol

_LOOK_EVERY = 0.005


class Turns(Protocol):
    """What a document waits for. A semaphore of `threading` is one for a single process."""

    def acquire(self, *, timeout: float) -> bool: ...

    def release(self) -> None: ...


class SharedTurns:
    """As many turns as there are files in a folder; a process that is killed gives back what it had.

    The thread that has a turn gives it back.
    """

    def __init__(self, folder: Path, count: int) -> None:
        self._paths = [folder / f"readers.{number}" for number in range(count)]
        self._mine = threading.local()

    def acquire(self, *, timeout: float) -> bool:
        """Waits for a turn; False when there was none in `timeout` seconds. Raises OSError."""
        deadline = time.monotonic() + timeout
        while True:
            for path in self._paths:
                file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    os.close(file)
                except BaseException:
                    os.close(file)
                    raise
                else:
                    self._mine.file = file
                    return True
            if time.monotonic() >= deadline:
                return False
            time.sleep(_LOOK_EVERY)

    def release(self) -> None:
        os.close(self._mine.file)
