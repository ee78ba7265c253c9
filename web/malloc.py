"""Memory that goes back to the system when it is no longer used, as a process that serves large files needs it."""

from __future__ import annotations

import contextlib
import ctypes

_MMAP_THRESHOLD = -3
_LARGE = 1 << 17


def give_back() -> None:
    """Have the C library hand each large block back when it is freed (mallopt(3)); elsewhere than in glibc, nothing.

    Left alone it learns from the first large block to keep such blocks for later, for every thread: tens of
    megabytes that nobody needs, in each of them pieces of mails.
    """
    with contextlib.suppress(AttributeError, OSError):
        ctypes.CDLL(None).mallopt(_MMAP_THRESHOLD, _LARGE)
