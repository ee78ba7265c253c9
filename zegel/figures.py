"""What the milter's processes count, in one small file that the courier reads for `/metrics`.

Not prometheus_client's own way for several processes: that has to be chosen by an environment variable before the
library is imported, and leaves files of a megabyte behind for every process that ever lived. A slot stays with its
number, so a process that replaces a dead one counts on.
"""

from __future__ import annotations

import fcntl
import mmap
import os
import struct
import threading
from dataclasses import dataclass
from pathlib import Path

RESULTS = ("clean", "observed", "sealed", "offered again", "passed", "report", "refused", "deferred")
"""What became of a message at its end. "passed": no outgoing mail of ours; "report": about a mail of Zegel's own."""
BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
"""Seconds: the upper ends of the histogram of the time at the end of a message; one more has what took longer."""
TYPES = ("pdf", "office", "archive", "picture", "mail", "text", "other", "unread")
"""Kinds of documents that workers read; "unread" is of those that gave nothing."""

_BEGINNINGS = {
    "application/pdf": "pdf",
    "image/": "picture",
    "text/": "text",
    "message/": "mail",
    "application/vnd.ms-outlook": "mail",
    "application/vnd.ms-tnef": "mail",
    "application/pkcs7": "mail",
    "application/vnd.openxmlformats": "office",
    "application/vnd.oasis": "office",
    "application/vnd.ms-": "office",
    "application/msword": "office",
    "application/rtf": "office",
    "application/x-ole-storage": "office",
    "application/zip": "archive",
    "application/gzip": "archive",
    "application/x-": "archive",
    "application/vnd.rar": "archive",
}
"""Which kind a media type is of, by how it begins; the longest beginning counts."""

_CELLS = (
    ("connections", ""),
    ("under way", ""),
    ("taken", ""),
    *(("result", each) for each in RESULTS),
    *(("seconds", str(bound)) for bound in (*BOUNDS, "+Inf")),
    ("seconds sum", ""),
    *((name, each) for name in ("read", "read seconds") for each in TYPES),
    ("workers replaced", ""),
    ("processes replaced", ""),
)
_PLACE = {cell: number for number, cell in enumerate(_CELLS)}
_SLOT = struct.Struct(f"={len(_CELLS)}d")
_HEAD = struct.Struct("=8sI4x")
_MAGIC = b"zegel-f1"


def kind_of(media_type: str) -> str:
    """The one of TYPES that a file is.

    >>> kind_of("application/vnd.ms-excel"), kind_of("application/vnd.ms-tnef"), kind_of("audio/ogg")
    ('office', 'mail', 'other')
    """
    found = [beginning for beginning in _BEGINNINGS if media_type.startswith(beginning)]
    return _BEGINNINGS[max(found, key=len)] if found else "other"


class Figures:
    """The slot of one process, which it alone writes. Thread-safe."""

    def __init__(self, memory: mmap.mmap | bytearray | None = None, start: int = 0) -> None:
        """Without `memory` nobody else reads it."""
        memory = memory if memory is not None else bytearray(_SLOT.size)
        self._cells = memoryview(memory)[start : start + _SLOT.size].cast("d")
        self._lock = threading.Lock()

    def set(self, name: str, value: float, label: str = "") -> None:
        with self._lock:
            self._cells[_PLACE[name, label]] = value

    def add(self, name: str, label: str = "", amount: float = 1.0) -> None:
        with self._lock:
            self._add(name, label, amount)

    def ended(self, result: str, seconds: float | None = None) -> None:
        """A message was answered; `seconds` is how long Postfix waited at its end, for mail that was inspected."""
        with self._lock:
            self._add("result", result, 1)
            if seconds is not None:
                bound = next((str(each) for each in BOUNDS if seconds <= each), "+Inf")
                self._add("seconds", bound, 1)
                self._add("seconds sum", "", seconds)

    def read(self, kind: str, seconds: float) -> None:
        """A worker read a document."""
        with self._lock:
            self._add("read", kind, 1)
            self._add("read seconds", kind, seconds)

    def _add(self, name: str, label: str, amount: float) -> None:
        self._cells[_PLACE[name, label]] += amount


def slots_in(path: Path, processes: int) -> list[Figures]:
    """A slot for each of the processes, and one for the process that forks them; made before the fork.

    Whoever reads the file before keeps reading that one. It is locked as long as one of the processes lives. Raises
    OSError.
    """
    fresh = path.with_name(f"{path.name}.new")
    descriptor = os.open(fresh, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
    size = _HEAD.size + (processes + 1) * _SLOT.size
    os.truncate(descriptor, size)
    memory = mmap.mmap(descriptor, size)
    memory[: _HEAD.size] = _HEAD.pack(_MAGIC, processes)
    fcntl.flock(descriptor, fcntl.LOCK_SH)  # `descriptor` stays open: the lock ends with the last process
    fresh.replace(path)
    return [Figures(memory, _HEAD.size + number * _SLOT.size) for number in range(processes + 1)]


@dataclass(frozen=True, slots=True)
class Slots:
    """What stands in the file: the processes that take mail, and then the one that forks them."""

    running: bool
    slots: tuple[dict[tuple[str, str], float], ...]

    def total(self, name: str, label: str = "") -> float:
        return sum(slot[name, label] for slot in self.slots)

    @property
    def processes(self) -> int:
        return len(self.slots) - 1


def read_slots(path: Path) -> Slots | None:
    """What the milter has counted since it started; None when it never ran, or another version wrote the file."""
    try:
        with path.open("rb") as file:
            content = file.read()
            running = _is_locked(file.fileno())
    except OSError:
        return None
    if len(content) < _HEAD.size or _HEAD.unpack_from(content)[0] != _MAGIC:
        return None
    body = content[_HEAD.size :]
    if len(body) % _SLOT.size or len(body) < 2 * _SLOT.size:
        return None
    slots = tuple(dict(zip(_CELLS, values, strict=True)) for values in _SLOT.iter_unpack(body))
    return Slots(running, slots)


def _is_locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    return False
