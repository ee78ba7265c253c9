"""The walls around a process that reads documents, for whoever wrote the document may come to rule it.

It reaches no network, no other process, no file but those of Python and of the programs that read for it, and changes
none. What is refused by system calls is in `system_calls.py`, what by files in `landlock.py`: each is a wall of its
own, so that a kernel without one still has the other.
"""

from __future__ import annotations

import contextlib
import ctypes
import math
import os
import resource
import signal
import sys
from collections.abc import Iterable
from pathlib import Path

from zegel.message.base import system_calls
from zegel.message.base.landlock import leave_only

LARGEST_FILE = 2_000_000_000
"""Bytes in a memory file."""
_MOST_OPEN = 128
"""Files that a process may have open: a package of many is still read one after the other."""
_BEHIND = 10
"""On the scale of nice(2): a tenth of the processor where somebody else wants all of it."""
_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE = 1, 4
_OF_THE_SYSTEM = (
    "/usr/bin", "/usr/lib", "/usr/lib64", "/usr/share", "/bin", "/lib", "/lib64", "/etc/ld.so.cache", "/etc/localtime",
    "/etc/magic", "/etc/magic.mime", "/etc/mime.types", "/dev/null", "/dev/urandom", "/sys/devices/system/cpu",
)  # fmt: skip
"""What may be read: programs, libraries, and what they know of the machine. No settings, no keys, no /proc."""


def confine(memory: int, run: Iterable[str] = ()) -> tuple[str, ...]:
    """Bound this process for good, and return the walls that the kernel does not have.

    `memory`: bytes of address space; `run`: programs that may be started, with what they need.
    """
    limit_memory(memory)
    resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST_FILE, LARGEST_FILE))
    resource.setrlimit(resource.RLIMIT_NOFILE, (_MOST_OPEN, _MOST_OPEN))
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000", "ascii")  # the kernel's first choice when memory is out
    hide_from_neighbours()
    missing = []
    try:
        leave_only([*_OF_THE_SYSTEM, *_of_python()], run=run)
    except OSError:
        missing.append("Landlock")
    refused = {**system_calls.OTHERS, **system_calls.FILES}
    if not system_calls.refuse(refused, {**system_calls.OTHERS_BY_ARGUMENT, **system_calls.FILES_BY_ARGUMENT}):
        missing.append("seccomp")
    return tuple(missing)


def limit_memory(memory: int) -> None:
    """Bound the address space to `memory` bytes, and leave no core file."""
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _of_python() -> set[str]:
    """The folders that Python imports from: the environment, the interpreter's, and where this project lies."""
    folders = {sys.prefix, sys.base_prefix, *(path for path in sys.path if path), str(Path(__file__).parents[2])}
    return {folder for folder in folders if folder != "/"}


def without_others() -> None:
    """Take the network, other processes and ways out from this process for good. Raises OSError when that fails."""
    if not system_calls.refuse(system_calls.OTHERS, system_calls.OTHERS_BY_ARGUMENT):
        raise OSError("the kernel does not filter system calls here")


def limit_processor_time(seconds: float) -> None:
    """Let the kernel end this process after `seconds` more of processor time, should nobody else."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = math.ceil(used.ru_utime + used.ru_stime + seconds) + 2
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (soft if hard == resource.RLIM_INFINITY else min(soft, hard), hard))


def go_behind_others() -> None:
    """Leave the processor to whoever wants it: this thread, and the threads and programs that it starts."""
    with contextlib.suppress(OSError):  # a unit of systemd may forbid it
        os.nice(_BEHIND)


def end_with_parent(number: signal.Signals = signal.SIGKILL) -> None:
    """Have the kernel send this process `number` when the one that started it ends."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, number, 0, 0, 0)


def hide_from_neighbours() -> None:
    """Keep processes of the same account from this one's memory, environment and open files, and from tracing it."""
    ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
