"""Limits of time that mean the code and not whatever else this machine is doing."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

LOOK: Final = 0.1
"""Seconds of processor time that one look at the machine takes."""


def slowness() -> float:
    """How many times longer than on a machine of one's own something takes now; 1 when nobody else wants it."""
    began, own = time.monotonic(), time.thread_time()
    while (taken := time.thread_time() - own) < LOOK:
        pass
    return max(1.0, (time.monotonic() - began) / taken)


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Fails when the block takes longer than `seconds` on a machine that does nothing else.

    Others are looked for just before and just after, and leave as much more time as they took of the machine.
    """
    before, began = slowness(), time.monotonic()
    yield
    took = time.monotonic() - began
    if took >= seconds:
        times = max(before, slowness())
        assert took < seconds * times, f"{took:.2f} s, of {seconds} s on a machine that is {times:.1f} times slower"
