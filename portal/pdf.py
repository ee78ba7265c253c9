"""Pictures of PDF pages, drawn by a process of its own with limits, a few at a time."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

_WORKER = Path(__file__).with_name("pdf_worker.py")
_SECONDS = 20
_WAIT = 15


class Undrawable(Exception):
    """The PDF is broken, has a password, or takes too much; it can still be downloaded."""


@dataclass(frozen=True, slots=True)
class Pages:
    """`total` pages, and the width and height in pixels of those that can be shown."""

    total: int
    sizes: tuple[tuple[int, int], ...]


class Drawer:
    """Draws at most `at_once` pages at the same time, so that previews leave room for reading."""

    def __init__(self, at_once: int = 2) -> None:
        self._turn = threading.BoundedSemaphore(at_once)

    def pages(self, pdf: bytes) -> Pages:
        """How many pages there are. Raises Undrawable."""
        try:
            total, *sizes = json.loads(self._run(pdf, "pages"))
        except ValueError:
            raise Undrawable from None
        return Pages(total, tuple((width, height) for width, height in sizes))

    def page(self, pdf: bytes, number: int) -> bytes:
        """Page `number` (from 1) as PNG. Raises Undrawable."""
        return self._run(pdf, str(number))

    def _run(self, pdf: bytes, what: str) -> bytes:
        if not self._turn.acquire(timeout=_WAIT):
            raise Undrawable
        try:
            # -I: neither the environment nor the current folder can change what runs.
            done = subprocess.run(  # noqa: S603 - the program is ours, the argument a number or "pages"
                [sys.executable, "-I", str(_WORKER), what],
                input=pdf,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                timeout=_SECONDS,
                check=False,
                env={},
            )
        except (subprocess.TimeoutExpired, OSError):
            raise Undrawable from None
        finally:
            self._turn.release()
        if done.returncode != 0 or not done.stdout:
            raise Undrawable
        return done.stdout
