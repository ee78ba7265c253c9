"""Several processes behind one listening socket: they are forked, watched, started anew when they die, and ended.

The process that does this has one thread and takes no message, so it may fork at any time. The socket is open before
the first fork; what the kernel queued on it when a process died is accepted by another.
"""

from __future__ import annotations

import logging
import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn

from zegel.errors import describe
from zegel.message.base.sandbox import end_with_parent

log = logging.getLogger("zegel.milter")
STOPPING = (signal.SIGTERM, signal.SIGINT)
SIGNALS = (*STOPPING, signal.SIGHUP, signal.SIGUSR1, signal.SIGCHLD)
_LONG_LIFE = 60.0
"""Seconds after which a process that dies is no sign of something that makes each one die."""
_FIRST_DELAY, _MOST_DELAY = 0.1, 30.0
_FAREWELL = 5.0
"""Seconds that processes get to end on top of what they need for the messages under way."""


@dataclass(eq=False)
class Member:
    """One of the processes: what it does, and how it fares."""

    name: str
    work: Callable[[], None]
    pid: int = 0
    started: float = 0.0
    start_at: float = 0.0
    failures: int = 0

    def start(self) -> None:
        parent, self.started = os.getpid(), time.monotonic()
        self.pid = os.fork()
        if not self.pid:
            _live(self.work, parent)

    def ended(self, status: int) -> None:
        """Has it started again: at once, or after a delay that doubles when it never lives long."""
        now = time.monotonic()
        self.failures = 0 if now - self.started > _LONG_LIFE else self.failures + 1
        delay = min(_MOST_DELAY, _FIRST_DELAY * 2 ** (2 * max(0, self.failures - 1)))
        self.pid, self.start_at = 0, now + delay
        code = os.waitstatus_to_exitcode(status)
        log.error("process %s ended with %d and is started anew in %.1f s", self.name, code, delay)


class Prefork:
    """The processes together."""

    def __init__(
        self,
        members: list[Member],
        closed: Callable[[], None],
        report: Callable[[], str],
        replaced: Callable[[], None] = lambda: None,
    ) -> None:
        """`closed` ends the listening for all; `report` says in a line how it goes, for SIGUSR1.

        `replaced` is called for each process that died.
        """
        self._members = members
        self._closed = closed
        self._report = report
        self._replaced = replaced

    def run(self, finish_within: float) -> None:
        """Starts all and keeps them alive until SIGTERM; returns when none is left, after `finish_within` seconds."""
        signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
        while True:
            now = time.monotonic()
            for member in self._members:
                if not member.pid and now >= member.start_at:
                    member.start()
            came = signal.sigtimedwait(SIGNALS, self._rest())
            self._reap()
            match came.si_signo if came else 0:
                case signal.SIGTERM | signal.SIGINT:
                    self._stop(finish_within)
                    return
                case signal.SIGHUP:
                    self._tell(signal.SIGHUP)
                case signal.SIGUSR1:
                    log.info("%s", self._report())

    def _rest(self) -> float:
        """Seconds until one is to be started."""
        waiting = [member.start_at for member in self._members if not member.pid]
        return max(0.0, min(waiting, default=time.monotonic() + 3600.0) - time.monotonic())

    def _reap(self) -> None:
        for member in self._members:
            if member.pid:
                pid, status = os.waitpid(member.pid, os.WNOHANG)
                if pid:
                    member.ended(status)
                    self._replaced()

    def _tell(self, number: signal.Signals) -> None:
        for member in self._members:
            if member.pid:
                os.kill(member.pid, number)

    def _stop(self, finish_within: float) -> None:
        """Takes no new connections and waits for the messages under way."""
        self._closed()
        self._tell(signal.SIGTERM)
        if not self._gone(finish_within + _FAREWELL):
            self._tell(signal.SIGKILL)
            self._gone(_FAREWELL)

    def _gone(self, seconds: float) -> bool:
        """Waits until none is left; False when some are after `seconds`."""
        deadline = time.monotonic() + seconds
        while True:
            for member in self._members:
                if member.pid and os.waitpid(member.pid, os.WNOHANG)[0]:
                    member.pid = 0
            if not any(member.pid for member in self._members) or time.monotonic() >= deadline:
                return not any(member.pid for member in self._members)
            signal.sigtimedwait([signal.SIGCHLD], 0.1)


def _live(work: Callable[[], None], parent: int) -> NoReturn:
    """In the new process: does its work, and nothing of what the one that forked it does at its end."""
    code = 70
    try:
        end_with_parent(signal.SIGTERM)
        if os.getppid() == parent:  # else it ended before that
            work()
        code = 0
    except SystemExit as exit_:
        code = exit_.code if isinstance(exit_.code, int) else 70
    except BaseException as error:
        log.error("a process fails: %s", describe(error))
    finally:
        logging.shutdown()
        os._exit(code)
