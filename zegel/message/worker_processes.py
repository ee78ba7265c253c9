"""The milter's hold on the processes that read documents: the server that forks them, and each worker.

A worker is named by a handle of the kernel (pidfd), never by a number that another process may get, and ends with its
document. What it can say is one word on a socket of its own.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import select
import signal
import socket
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Sequence

from zegel.message.fork_words import FORK, READ

log = logging.getLogger(__name__)

COMMAND = (sys.executable, "-I", "-m", "zegel.message.fork_server")
_LONGEST_WORD = 16
_LONGEST_START = 60
"""Seconds that the server may take to begin, and to fork: the machine may be busy."""


class Gone(Exception):
    """A worker ended before it was told anything."""


class Worker:
    """One process that reads documents."""

    def __init__(self, connection: socket.socket, server: ForkServer) -> None:
        self._connection = connection
        self._server = server
        self._handle = -1
        self.documents = 0
        """How many it was given."""

    @property
    def is_orphan(self) -> bool:
        """Whether the server has ended, and all its workers with it, whatever they read."""
        return not self._server.lives

    def is_called(self, handle: int) -> None:
        """Take the kernel's handle of the process."""
        self._handle = handle

    def hand_over(self, asked: int, answer: int) -> None:
        """Have it read the task in one file and write into the other. Raises Gone."""
        ended = select.poll()  # not select(2): the milter may hold more than 1,024 descriptors
        ended.register(self._handle, select.POLLIN)
        if ended.poll(0):
            raise Gone  # it ended while it was idle, and its socket may still take what nobody reads
        try:
            socket.send_fds(self._connection, [READ], [asked, answer])
        except OSError:
            raise Gone from None

    def word(self, seconds: float) -> bytes:
        """What it says, b"" when it ended without a word. Raises TimeoutError."""
        self._connection.settimeout(seconds)
        try:
            return self._connection.recv(_LONGEST_WORD)
        except ConnectionError:
            return b""

    def end(self) -> None:
        """Kill it; may be called twice."""
        self._connection.close()
        if self._handle >= 0:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._handle, signal.SIGKILL)
            os.close(self._handle)
            self._handle = -1


class ForkServer:
    """The process that forks workers. Thread-safe. Its methods raise OSError when it has ended."""

    def __init__(self, memory: int, command: Sequence[str] = COMMAND) -> None:
        """Starts it; `memory` is what it and each worker may take."""
        self._lock = threading.Lock()
        self._asked: deque[Worker] = deque()
        self._control, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with there:
            self._process = subprocess.Popen(  # noqa: S603 (the program is ours)
                [*command, str(there.fileno()), str(memory)],
                pass_fds=[there.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,  # whoever rules a worker writes no line of the milter's log
                env={"PATH": os.environ.get("PATH", os.defpath)},
            )
        self._control.settimeout(_LONGEST_START)
        try:
            missing = json.loads(self._control.recv(1000) or b"null")
        except OSError:
            missing = None
        if missing is None:
            self.close()
            raise OSError("the server of the workers ended as it started")
        for wall in missing:
            log.warning("the kernel has no %s: documents are read with fewer walls around them", wall)

    @property
    def process(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def lives(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    def ask(self) -> Worker:
        """A worker that is being forked: `forked` waits until it is there."""
        ours, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        worker = Worker(ours, self)
        with self._lock, there:
            try:
                socket.send_fds(self._control, [FORK], [there.fileno()])
            except OSError:
                worker.end()
                raise
            self._asked.append(worker)
        return worker

    def forked(self, worker: Worker) -> None:
        """Wait until `worker` is there."""
        with self._lock:
            while worker in self._asked:
                message, handles, *_ = socket.recv_fds(self._control, len(FORK), 1)
                if message != FORK or len(handles) != 1:
                    raise OSError("the server of the workers ended")
                self._asked.popleft().is_called(handles[0])

    def close(self) -> None:
        """End it, and with it all workers."""
        self._process.kill()
        self._process.wait()
        self._control.close()
        for worker in self._asked:
            worker.end()
