"""Programs of the distribution that read what Python does not (7z, bsdtar, tesseract), within a worker's walls.

The file goes in as a memory file, what is read comes out of a pipe: nothing is unpacked on disk.
"""

from __future__ import annotations

import os
import selectors
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from types import TracebackType

from zegel.message.base.found import Budget, Exceeded
from zegel.message.base.sandbox import end_with_parent

FILE = "{file}"
"""Stands in a command for the path of the file."""
_LONGEST_COMPLAINT = 20_000
_PIECE = 65_536


PROGRAMS = ("7z", "bsdtar", "bsdcat", "tesseract")
"""All that are run."""
_LOADERS = ("/lib64/ld-linux-x86-64.so.2", "/lib/ld-linux-aarch64.so.1")
_OF_7ZIP = ("/usr/lib/p7zip", "/usr/lib/7zip")
"""Where Debian's packages have the program that the script /usr/bin/7z runs."""
_LONGEST_RUN = 3600


@lru_cache(maxsize=32)
def installed(program: str) -> str:
    """The path of a program, "" when it is not there."""
    return shutil.which(program) or ""


def what_runs() -> set[str]:
    """What has to be runnable for `PROGRAMS`: themselves, the shell of those that are scripts, the loader."""
    return {str(Path(path).resolve()) for path in (*_paths(), *_LOADERS, *_OF_7ZIP) if Path(path).exists()}


def _paths() -> Iterator[str]:
    for path in filter(None, map(installed, PROGRAMS)):
        yield path
        with suppress(OSError), Path(path).open("rb") as file:
            if file.read(2) == b"#!":
                yield os.fsdecode(file.readline().split()[0])


class Program:
    """A program that reads a file, with its output as a stream. Ends with the budget's time, or with the block."""

    def __init__(self, command: Sequence[str], data: bytes, budget: Budget, typed: str = "") -> None:
        """`typed` is what it gets on its standard input: a password, which nobody may see in a list of processes."""
        self.complaints = b""
        self.code: int | None = None
        self._budget = budget
        file = os.memfd_create("zegel-document")
        try:
            with open(file, "wb", closefd=False) as content:
                content.write(data)
            path = f"/proc/self/fd/{file}"
            self._process = subprocess.Popen(  # noqa: S603 (the commands are ours)
                [word.replace(FILE, path) for word in command],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                pass_fds=(file,),
                env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8", "OMP_THREAD_LIMIT": "1"},
                preexec_fn=self._bound,
            )
        finally:
            os.close(file)
        if self._process.stdin is None or self._process.stdout is None or self._process.stderr is None:
            raise OSError("a program without pipes")
        self._out, self._err = self._process.stdout, self._process.stderr
        try:
            self._process.stdin.write(f"{typed}\n".encode())
            self._process.stdin.close()
        except BrokenPipeError:
            pass
        self._open = selectors.DefaultSelector()
        self._open.register(self._out, selectors.EVENT_READ)
        self._open.register(self._err, selectors.EVENT_READ)

    def __enter__(self) -> Program:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._open.close()
        self._out.close()
        self._err.close()
        if self.code is None:
            # A worker may signal nobody. There the program ends as it writes on, at its time, or with the worker.
            with suppress(PermissionError):
                self._process.kill()
                self._process.wait()

    def _bound(self) -> None:
        """In the program's process before it begins: it ends with its worker, and when the budget's time is over."""
        end_with_parent()
        left = self._budget.deadline - time.monotonic()
        signal.setitimer(signal.ITIMER_REAL, min(max(left, 0.01), _LONGEST_RUN))

    def read(self, size: int) -> bytes:
        """`size` bytes of its output, fewer at its end. Raises Exceeded when time is up."""
        pieces: list[bytes] = []
        while size > 0 and (piece := self._piece(min(size, _PIECE))):
            pieces.append(piece)
            size -= len(piece)
        return b"".join(pieces)

    def _piece(self, size: int) -> bytes:
        while self.code is None:
            left = self._budget.deadline - time.monotonic()
            if left <= 0:
                raise Exceeded("timeout")
            for key, _ in self._open.select(min(left, 60)):
                piece = os.read(key.fd, size)
                if not piece:
                    self._open.unregister(key.fileobj)
                    if not self._open.get_map():
                        self._end()
                elif key.fd == self._out.fileno():
                    return piece
                else:
                    self.complaints = (self.complaints + piece)[:_LONGEST_COMPLAINT]
        return b""

    def _end(self) -> None:
        """Wait for the program, which closed its output."""
        try:
            left = self._budget.deadline - time.monotonic()
            self.code = self._process.wait(timeout=min(max(left, 0.01), _LONGEST_RUN))
        except subprocess.TimeoutExpired:
            raise Exceeded("timeout") from None

    def rest(self) -> bytes:
        """All output that is left, charged. Raises Exceeded."""
        pieces: list[bytes] = []
        while piece := self._piece(_PIECE):
            self._budget.charge(len(piece))
            pieces.append(piece)
        return b"".join(pieces)
