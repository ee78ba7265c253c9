"""Connections and messages of each process, in memory that all of them share."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path

from zegel.figures import Figures, read_slots


class Counts:
    """What one process is at, and a wait for its messages. Each process writes its own slot only."""

    def __init__(self, figures: Figures) -> None:
        self.figures = figures
        self._connections = self._messages = 0
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)

    def connected(self) -> None:
        with self._lock:
            self._connections += 1
            self.figures.set("connections", self._connections)

    def disconnected(self) -> None:
        with self._lock:
            self._connections -= 1
            self.figures.set("connections", self._connections)

    def enter(self) -> None:
        """A message begins."""
        with self._lock:
            self._messages += 1
            self.figures.add("taken")
            self.figures.set("under way", self._messages)

    def leave(self) -> None:
        """A message was answered, or given up."""
        with self._lock:
            self._messages -= 1
            self.figures.set("under way", self._messages)
            if not self._messages:
                self._changed.notify_all()

    def wait(self, seconds: float) -> bool:
        """True when no message was left within `seconds`."""
        with self._changed:
            return self._changed.wait_for(lambda: self._messages == 0, seconds)


def counts_for(slots: Sequence[Figures]) -> list[Counts]:
    """The counts of each process; made before they are forked."""
    return [Counts(slot) for slot in slots]


def told(path: Path) -> str:
    """All slots in a line of the log."""
    found = read_slots(path)
    if found is None:
        return "the counts cannot be read"
    each = ", ".join(f"{slot['connections', '']:.0f}" for slot in found.slots[:-1])
    return (
        f"{found.processes} processes with {each} connections, {found.total('under way'):.0f} messages under way, "
        f"{found.total('taken'):.0f} since their start"
    )
