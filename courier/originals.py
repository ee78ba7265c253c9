"""Originals that were just opened, so that a message to 900 recipients is opened once and not 900 times."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

MOST_BYTES = 64_000_000
"""Of all that are kept together; the newest is kept whatever its size."""
KEPT_SECONDS = 10.0
"""Since the last use: what was decrypted stays in memory no longer than it is needed."""


@dataclass(slots=True)
class _Opened:
    lock: threading.Lock = field(default_factory=threading.Lock)
    content: bytes | None = field(default=None, repr=False)
    used_at: float = 0.0


class Originals:
    """Opens originals by `open_`; any thread may use it."""

    def __init__(self, open_: Callable[[int], bytes], clock: Callable[[], float] = time.monotonic) -> None:
        self._open = open_
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: OrderedDict[int, _Opened] = OrderedDict()
        """The longest unused come first."""
        self._bytes = 0

    def get(self, message_id: int, open_: Callable[[], bytes] | None = None) -> bytes:
        """The original, opened by the first who asks; the others wait for it. Raises what opening raises.

        `open_` is the way of who has its key at hand.
        """
        with self._lock:
            self._forget_old()
            opened = self._kept.setdefault(message_id, _Opened())
            opened.used_at = self._clock()
            self._kept.move_to_end(message_id)
        with opened.lock:
            if opened.content is not None:
                return opened.content
            content = open_() if open_ else self._open(message_id)
            with self._lock:
                opened.content = content
                if self._kept.get(message_id) is opened:
                    self._bytes += len(content)
                    self._make_room()
        return content

    def forget(self) -> None:
        """Keeps none."""
        with self._lock:
            self._kept.clear()
            self._bytes = 0

    def _forget_old(self) -> None:
        now = self._clock()
        while self._kept and now - next(iter(self._kept.values())).used_at > KEPT_SECONDS:
            self._drop_first()

    def _make_room(self) -> None:
        while len(self._kept) > 1 and self._bytes > MOST_BYTES:
            self._drop_first()

    def _drop_first(self) -> None:
        _, dropped = self._kept.popitem(last=False)
        self._bytes -= len(dropped.content or b"")
