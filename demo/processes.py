"""Child processes that are started, watched, killed on purpose and always ended, each by its own id."""

from __future__ import annotations

import contextlib
import os
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from signal import Signals
from typing import Final

STOP_SECONDS: Final = 15.0
START_SECONDS: Final = 30.0


def ending_with_us(command: Sequence[str]) -> list[str]:
    """`command`, with SIGTERM when we end, even by SIGKILL: nothing is left behind.

    The kernel takes the thread that starts it for its parent, so what another thread starts is left as it is: it would
    end with that thread.
    """
    if threading.current_thread() is not threading.main_thread():
        return list(command)
    return ["/usr/bin/setpriv", "--pdeathsig", "TERM", "--", *command]


class StartError(Exception):
    """Something of the stack does not come up; the text is meant for a person."""


class Service:
    """One command that runs until it is stopped, with its output in `log` and its id in `pid_file`.

    It gets a session of its own, so that Ctrl-C reaches only us and its workers can be ended with it. When we are
    killed it ends too.
    `answers` says whether it does its work yet.
    """

    def __init__(
        self, name: str, command: Sequence[str], *, log: Path, pid_file: Path, answers: Callable[[], bool]
    ) -> None:
        self.name = name
        self.command = list(command)
        self.log = log
        self.pid_file = pid_file
        self.answers = answers
        self._process: subprocess.Popen[bytes] | None = None
        self._log_start = 0

    @property
    def pid(self) -> int | None:
        """The process id while it runs."""
        return self._process.pid if self._process and not _exited(self._process) else None

    def start(self) -> None:
        """Start it and return when it answers. Raises StartError with the end of its log."""
        if self.pid:
            return
        self.kill()  # workers of one that ended by itself
        self.end_leftover()
        with self.log.open("ab") as log:
            self._log_start = log.tell()
            self._process = subprocess.Popen(
                ending_with_us(self.command),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                umask=0o077,
            )
        self.pid_file.write_text(f"{self._process.pid}\n", encoding="ascii")
        deadline = time.monotonic() + START_SECONDS
        while not self.answers():
            ended = _exited(self._process)
            if ended or time.monotonic() > deadline:
                happened = "ended at once" if ended else "does not answer"
                self.stop()
                raise StartError(f"{self.name} {happened}; {self.log} ends with:\n{self.log_tail()}")
            time.sleep(0.05)

    def stop(self) -> None:
        """End it in order: ask, wait, insist. Nothing happens when it does not run."""
        self._end(Signals.SIGTERM)

    def kill(self) -> None:
        """SIGKILL, as a crash would; its workers go with it, as they would under systemd."""
        self._end(Signals.SIGKILL)

    def signal(self, number: Signals) -> None:
        """Send `number` to the process itself, not to its workers."""
        if self._process and self.pid:
            self._process.send_signal(number)

    def ended_by_itself(self) -> bool:
        """Whether it was started, nobody stopped it, and it is gone."""
        return self._process is not None and _exited(self._process)

    def log_tail(self, lines: int = 12) -> str:
        """The last lines that it wrote since its last start."""
        with self.log.open("rb") as log:
            log.seek(self._log_start)
            return "\n".join(log.read().decode("utf-8", errors="replace").splitlines()[-lines:])

    def _end(self, first: Signals) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        if not _exited(process):
            process.send_signal(first)
        deadline = time.monotonic() + STOP_SECONDS
        while not _exited(process) and time.monotonic() < deadline:
            time.sleep(0.02)
        # Not reaped yet, so the id still is this one's and the session can be no other.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, Signals.SIGKILL)
        process.wait()
        self.pid_file.unlink(missing_ok=True)

    def end_leftover(self) -> None:
        """End what a killed run left behind, if the id in the file still is that very command."""
        try:
            pid = int(self.pid_file.read_text(encoding="ascii"))
        except (OSError, ValueError):
            return
        deadline = time.monotonic() + STOP_SECONDS
        with contextlib.suppress(ProcessLookupError):
            while runs(pid, self.command):
                os.kill(pid, Signals.SIGTERM if time.monotonic() < deadline else Signals.SIGKILL)
                time.sleep(0.1)
        self.pid_file.unlink(missing_ok=True)


def runs(pid: int, command: Sequence[str]) -> bool:
    """Whether process `pid` was started with the arguments of `command`, whatever interpreter runs it."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[:-1]
    except OSError:
        return False
    wanted = [word.encode() for word in command]
    return words[-len(wanted) :] == wanted


def _exited(process: subprocess.Popen[bytes]) -> bool:
    """Whether it has ended, without taking its exit code, which would free its id."""
    if process.returncode is not None:
        return True
    return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
