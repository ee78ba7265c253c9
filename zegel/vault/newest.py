"""What was committed last, noted beside the database, so that a database that lost its end is known.

SQLite keeps the newest commits in the -wal. When that file is removed, or an older copy of the database is put in its
place, SQLite opens what is left and says nothing. So each commit notes the newest event of the audit log, by number and
hash, in a small file. It is not synced: the kernel keeps it when a process is killed, and after a power failure it
can only be older than the database, which is no sign of loss.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from zegel.crypto import fingerprint

_SIZE = 128
_LINE = re.compile(r"(\d+) ([0-9a-f]{64}) (\d+) ([0-9a-f]{16})")


@dataclass(frozen=True, slots=True)
class Head:
    """The newest event of the audit log; `at` is seconds since 1970."""

    id: int
    hash: bytes
    at: int


@dataclass(frozen=True)
class Loss:
    """The end that a database has lost: the last event that is left, and the newest that there was."""

    left: int
    left_at: float
    newest: int
    newest_at: float

    def described(self) -> str:
        """For people."""
        return (
            f"the database has lost its end: its newest event is {self.left}, of {_moment(self.left_at)}, and there "
            f"was one with the number {self.newest}, of {_moment(self.newest_at)}. The -wal was removed, or an "
            "older copy was put in its place. Mail that was sealed in between is gone: the log of the milter and of "
            "Postfix names it, and its senders have to send it again. When that is settled: zegel audit accept"
        )


class Newest:
    """The file. Several processes write it; the newest wins, and one that is a little late does no harm."""

    def __init__(self, database: Path) -> None:
        self._database = database
        self.path = database.with_name(database.name + "-newest")
        self._file = -1
        self._noted = 0

    def read(self) -> Head | None:
        """What is noted; None when nothing is, or nothing that can be trusted."""
        try:
            return _head(self.path.read_bytes())
        except OSError:
            return None

    def note(self, head: Head, *, anew: bool = False) -> None:
        """Notes the newest event, unless a newer one is noted. `anew` writes it in any case. Raises OSError."""
        if head.id == self._noted and not anew:
            return
        if self._file < 0:
            self._file = self._opened()
        before = None if anew else _head(os.pread(self._file, _SIZE, 0))
        if before is None or before.id < head.id:
            line = f"{head.id} {head.hash.hex()} {head.at}"
            os.pwrite(self._file, f"{line} {_sum(line)}".ljust(_SIZE - 1).encode() + b"\n", 0)
        self._noted = head.id

    def close(self) -> None:
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _opened(self) -> int:
        """The file, made for whoever owns the database: root's commands must not leave it to root."""
        new = not self.path.exists()
        file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        if new and os.geteuid() == 0:
            owner = (self._database if self._database.exists() else self._database.parent).stat()
            os.fchown(file, owner.st_uid, owner.st_gid)
        return file


def _head(content: bytes) -> Head | None:
    found = _LINE.match(content.decode("ascii", "replace"))
    if found is None or found[4] != _sum(found[0].rpartition(" ")[0]):
        return None
    return Head(int(found[1]), bytes.fromhex(found[2]), int(found[3]))


def _moment(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M UTC") if at else "never"


def _sum(line: str) -> str:
    return fingerprint(line)[:8].hex()
