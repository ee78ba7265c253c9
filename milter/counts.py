"""Connections and messages of each process, in memory that all of them share."""

from __future__ import annotations

import mmap
import struct
import threading

_SLOT = struct.Struct("@QQQ")


class Counts:
    """What one process is at, and a wait for its messages. Each process writes its own slot only."""

    def __init__(self, table: mmap.mmap, number: int) -> None:
        self._table = table
        self._number = number
        self._connections = self._messages = self._taken = 0
        self._changed = threading.Condition()

    def connected(self) -> None:
        with self._changed:
            self._connections += 1
            self._note()

    def disconnected(self) -> None:
        with self._changed:
            self._connections -= 1
            self._note()

    def enter(self) -> None:
        """A message begins."""
        with self._changed:
            self._messages += 1
            self._taken += 1
            self._note()

    def leave(self) -> None:
        """A message was answered, or given up."""
        with self._changed:
            self._messages -= 1
            self._note()
            if not self._messages:
                self._changed.notify_all()

    def wait(self, seconds: float) -> bool:
        """True when no message was left within `seconds`."""
        with self._changed:
            return self._changed.wait_for(lambda: self._messages == 0, seconds)

    def _note(self) -> None:
        slot = (self._connections, self._messages, self._taken)
        _SLOT.pack_into(self._table, self._number * _SLOT.size, *slot)


def counts_for(processes: int) -> tuple[mmap.mmap, list[Counts]]:
    """The table and the slot of each process; made before they are forked."""
    table = mmap.mmap(-1, processes * _SLOT.size)
    return table, [Counts(table, number) for number in range(processes)]


def told(table: mmap.mmap) -> str:
    """All slots in a line of the log."""
    slots = list(_SLOT.iter_unpack(table[:]))
    each = ", ".join(f"{connections}" for connections, _, _ in slots)
    return (
        f"{len(slots)} processes with {each} connections, {sum(slot[1] for slot in slots)} messages under way, "
        f"{sum(slot[2] for slot in slots)} since their start"
    )
