"""What a process that reads documents may not do: reach the network, change a file, look into other processes.

A seccomp filter (Linux, seccomp(2)) of one comparison per system call, inherited by the programs that a worker
starts (7z, bsdtar, tesseract). It cannot be taken off again. What a worker finds goes into a memory file of its
own, so it never has to open a file for writing.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import logging
import math
import os
import platform
import resource
import signal
import struct
import sys
from collections.abc import Mapping
from pathlib import Path

log = logging.getLogger(__name__)

_LARGEST_FILE = 2_000_000_000
"""Bytes in a memory file: what was found in one document."""
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC

_MACHINES = {"x86_64": 0, "aarch64": 1}
_AUDIT_ARCH = (0xC000003E, 0xC00000B7)
_FIRST_X32 = 0x4000_0000

_Calls = Mapping[str, tuple[int | None, int | None]]
_Opening = Mapping[str, tuple[int | None, int | None, int]]

_OPENING = {"open": (2, None, 1), "openat": (257, 56, 2)}
"""System calls that open files: their number on each machine, and which argument holds the flags."""
_REFUSED = {
    # the network
    "socket": (41, 198), "connect": (42, 203), "accept": (43, 202), "accept4": (288, 242), "bind": (49, 200),
    "listen": (50, 201),
    # other processes, and ways around this filter
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271),
    "pidfd_getfd": (438, 438), "io_uring_setup": (425, 425), "bpf": (321, 280), "perf_event_open": (298, 241),
    "userfaultfd": (323, 282), "add_key": (248, 217), "request_key": (249, 218), "keyctl": (250, 219),
    "mount": (165, 40), "umount2": (166, 39), "chroot": (161, 51), "unshare": (272, 97), "setns": (308, 268),
}  # fmt: skip
"""System calls that get EPERM: their numbers on each of `_MACHINES` (None where there is none)."""
_CHANGING_FILES = {
    "creat": (85, None), "openat2": (437, 437), "open_by_handle_at": (304, 265), "truncate": (76, 45),
    "rename": (82, None), "renameat": (264, 38), "renameat2": (316, 276), "mkdir": (83, None), "mkdirat": (258, 34),
    "rmdir": (84, None), "link": (86, None), "linkat": (265, 37), "symlink": (88, None), "symlinkat": (266, 36),
    "unlink": (87, None), "unlinkat": (263, 35), "mknod": (133, None), "mknodat": (259, 33), "chmod": (90, None),
    "fchmod": (91, 52), "fchmodat": (268, 53), "fchmodat2": (452, 452), "chown": (92, None), "fchown": (93, 55),
    "lchown": (94, None), "fchownat": (260, 54), "utime": (132, None), "utimes": (235, None),
    "futimesat": (261, None), "utimensat": (280, 88), "setxattr": (188, 5), "lsetxattr": (189, 6),
    "removexattr": (197, 14), "lremovexattr": (198, 15),
}  # fmt: skip
"""Those that change files by their name."""

_LOAD, _EQUAL, _ABOVE, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _REFUSE = 0x7FFF_0000, 0x0005_0000 | errno.EPERM
_AT_NUMBER, _AT_ARCH, _AT_ARGUMENTS = 0, 4, 16

_PR_SET_PDEATHSIG, _PR_SET_SECCOMP, _PR_SET_NO_NEW_PRIVS, _FILTER_MODE = 1, 22, 38, 2


def confine(memory: int) -> None:
    """Bound this process for good: `memory` bytes of address space, no core file, no network, no file changed."""
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (_LARGEST_FILE, _LARGEST_FILE))
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000", "ascii")  # the kernel's first choice when memory is out
    if not _filter_system_calls({**_REFUSED, **_CHANGING_FILES}, _OPENING):
        log.warning("the kernel does not filter system calls here: documents are read with fewer walls around them")


def without_network() -> None:
    """Take the network, other processes and ways out from this process for good. Raises OSError when that fails."""
    if not _filter_system_calls(_REFUSED, {}):
        raise OSError("the kernel does not filter system calls here")


def limit_processor_time(seconds: float) -> None:
    """Let the kernel end this process after `seconds` more of processor time, should nobody else."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = math.ceil(used.ru_utime + used.ru_stime + seconds) + 2
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (soft if hard == resource.RLIM_INFINITY else min(soft, hard), hard))


def end_with_parent() -> None:
    """Have the kernel kill this process when the one that started it ends."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def _filter_system_calls(refused: _Calls, opening: _Opening) -> bool:
    """Refuse these; False where the kernel cannot, or the machine is not known."""
    machine = _MACHINES.get(platform.machine())
    if machine is None or sys.platform != "linux":
        return False
    program = _program(machine, refused, opening)
    code = ctypes.create_string_buffer(program, len(program))
    header = struct.pack("@HxxxxxxP", len(program) // 8, ctypes.addressof(code))
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    prctl.argtypes = (ctypes.c_int, ctypes.c_ulong, ctypes.c_char_p, ctypes.c_ulong, ctypes.c_ulong)
    if prctl(_PR_SET_NO_NEW_PRIVS, 1, None, 0, 0):
        return False
    return not prctl(_PR_SET_SECCOMP, _FILTER_MODE, header, 0, 0)


def _program(machine: int, refused: _Calls, opening: _Opening) -> bytes:
    """The filter as BPF: system calls that are not named pass."""
    steps: list[tuple[int, int, int, int]] = [
        (_LOAD, 0, 0, _AT_ARCH),
        (_EQUAL, 1, 0, _AUDIT_ARCH[machine]),
        (_RETURN, 0, 0, _REFUSE),
        (_LOAD, 0, 0, _AT_NUMBER),
        (_ABOVE, 0, 1, _FIRST_X32),
        (_RETURN, 0, 0, _REFUSE),
    ]
    for numbers in refused.values():
        if numbers[machine] is not None:
            steps += [(_EQUAL, 0, 1, numbers[machine] or 0), (_RETURN, 0, 0, _REFUSE)]
    for *of_machine, argument in opening.values():
        number = of_machine[machine]
        if number is not None:
            steps += [
                (_EQUAL, 0, 4, number),
                (_LOAD, 0, 0, _AT_ARGUMENTS + 8 * (argument or 0)),
                (_ANY_BIT, 0, 1, _WRITES),
                (_RETURN, 0, 0, _REFUSE),
                (_RETURN, 0, 0, _ALLOW),
            ]
    steps.append((_RETURN, 0, 0, _ALLOW))
    return b"".join(struct.pack("=HBBI", *step) for step in steps)
