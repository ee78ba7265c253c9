"""Whether the clock can be believed before something is destroyed by it.

A machine that starts with a wrong date would expire every message and destroy every key, for good. So the courier
notes when it last looked; when the date has jumped since, nothing is destroyed until the clock has stood by it for
some hours.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

log = logging.getLogger("zegel.courier")
LARGEST_STEP = 2 * 86_400.0
"""Seconds between two looks that need no explanation: a long weekend without power does."""
WAIT = 6 * 3600.0
"""Seconds for which a date that jumped is doubted: time servers or people have corrected it by then."""


class SteadyClock:
    """Remembers the last look in a file, through restarts."""

    def __init__(self, file: Path, running: Callable[[], float]) -> None:
        """`running` counts seconds that really pass, whatever the date does: time.monotonic."""
        self._file = file
        self._running = running
        self._doubted_since: float | None = None

    def believed(self, now: float) -> bool:
        """Whether the date `now` (seconds since 1970) may be acted on."""
        last = self._last()
        if last is None or -LARGEST_STEP < now - last < LARGEST_STEP:
            self._doubted_since = None
        elif self._doubted_since is None:
            self._doubted_since = self._running()
            log.error("the date jumped by %.1f days; nothing is destroyed for six hours", (now - last) / 86_400)
        if self._doubted_since is not None and self._running() - self._doubted_since < WAIT:
            return False
        self._doubted_since = None
        self._file.write_text(f"{now:.0f}\n", encoding="ascii")
        return True

    def _last(self) -> float | None:
        try:
            return float(self._file.read_text(encoding="ascii"))
        except (OSError, ValueError):
            return None
