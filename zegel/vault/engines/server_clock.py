"""The date of a database server, for all hosts that share it: leases, limits and ends are then the same for each.

It is read with what is asked of the server anyway, and carried on in between by a clock of this machine that nobody
sets and that counts on while the machine sleeps or the process is stopped.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


def elapsed() -> float:
    """Seconds since this machine was started, those included in which it slept."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class ServerClock:
    """What time it is on the server. One serves all threads; until the server was heard it is this machine's date."""

    def __init__(self, elapsed: Callable[[], float] = elapsed, here: Callable[[], float] = time.time) -> None:
        self.elapsed = elapsed
        self._ahead = here() - elapsed()
        self._heard = False
        self._lock = threading.Lock()

    def __call__(self) -> float:
        return self.elapsed() + self._ahead

    def heard(self, date: float, asked: float) -> None:
        """The server said `date`, at some moment between `asked` and now, both by `elapsed`.

        What is thought stays as long as that can be so: it does not tremble with each answer.
        """
        least, most = date - self.elapsed(), date - asked
        with self._lock:
            if not self._heard:
                self._ahead, self._heard = least, True
            self._ahead = min(max(self._ahead, least), most)
