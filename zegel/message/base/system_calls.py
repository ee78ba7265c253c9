"""What a process that reads documents may not ask of the kernel, as a seccomp filter (Linux, seccomp(2)).

One comparison per system call, inherited by the programs that a worker starts (7z, bsdtar, tesseract). It cannot be
taken off again. Calls that are not named pass; those that are get EPERM.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct
import sys
from collections.abc import Mapping
from dataclasses import dataclass

_MACHINES = {"x86_64": 0, "aarch64": 1}
_AUDIT_ARCH = (0xC000003E, 0xC00000B7)
_FIRST_X32 = 0x4000_0000
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC

Calls = Mapping[str, tuple[int | None, int | None]]
"""System calls by name: their numbers on each of `_MACHINES`, None where there is none."""


@dataclass(frozen=True, slots=True)
class Argument:
    """A system call that is refused for some values of one argument (its low 32 bits)."""

    numbers: tuple[int | None, int | None]
    place: int
    """Which argument, from 0."""
    values: tuple[int, ...] = ()
    """Refused when the argument is one of these."""
    bits: int = 0
    """Refused when the argument has one of these bits."""


OTHERS: Calls = {
    # the network, and the sockets of neighbours
    "socket": (41, 198), "connect": (42, 203), "accept": (43, 202), "accept4": (288, 242), "bind": (49, 200),
    "listen": (50, 201),
    # the memory and the open files of other processes
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "kcmp": (312, 272),
    "pidfd_getfd": (438, 438), "process_madvise": (440, 440), "process_mrelease": (448, 448),
    "move_pages": (279, 239), "migrate_pages": (256, 238),
    # signals
    "kill": (62, 129), "tkill": (200, 130), "tgkill": (234, 131), "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240), "pidfd_send_signal": (424, 424),
    # how much of the processor others get
    "setpriority": (141, 140), "ioprio_set": (251, 30), "sched_setscheduler": (144, 119), "sched_setparam": (142, 118),
    "sched_setattr": (314, 274), "sched_setaffinity": (203, 122),
    # what processes share: memory, semaphores, queues
    "shmget": (29, 194), "shmat": (30, 196), "shmctl": (31, 195), "semget": (64, 190), "semop": (65, 193),
    "semtimedop": (220, 192), "semctl": (66, 191), "msgget": (68, 186), "msgsnd": (69, 189), "msgrcv": (70, 188),
    "msgctl": (71, 187), "mq_open": (240, 180), "mq_unlink": (241, 181),
    # ways around this filter
    "io_uring_setup": (425, 425), "bpf": (321, 280), "perf_event_open": (298, 241), "userfaultfd": (323, 282),
    "add_key": (248, 217), "request_key": (249, 218), "keyctl": (250, 219), "mount": (165, 40), "umount2": (166, 39),
    "pivot_root": (155, 41), "open_tree": (428, 428), "move_mount": (429, 429), "fsopen": (430, 430),
    "mount_setattr": (442, 442), "chroot": (161, 51), "unshare": (272, 97), "setns": (308, 268),
}  # fmt: skip
"""The network, other processes, and ways out."""
OTHERS_BY_ARGUMENT = {
    # A limit of another process; 0 is the caller.
    "prlimit64": Argument((302, 261), 0, bits=0xFFFF_FFFF),
    # F_SETOWN, F_SETSIG, F_SETOWN_EX, F_SETLEASE and F_NOTIFY: the kernel sends the signal then, any signal to anybody.
    "fcntl": Argument((72, 25), 1, values=(8, 10, 15, 1024, 1026)),
    # FIOSETOWN, SIOCSPGRP, and TIOCSTI: what somebody types.
    "ioctl": Argument((16, 29), 1, values=(0x8901, 0x8902, 0x5412)),
    # CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID and NEWNET. clone3 hides them: see `_NOT_THERE`.
    "clone": Argument((56, 220), 0, bits=0x7E02_0000),
}
FILES: Calls = {
    "creat": (85, None), "openat2": (437, 437), "open_by_handle_at": (304, 265), "truncate": (76, 45),
    "rename": (82, None), "renameat": (264, 38), "renameat2": (316, 276), "mkdir": (83, None), "mkdirat": (258, 34),
    "rmdir": (84, None), "link": (86, None), "linkat": (265, 37), "symlink": (88, None), "symlinkat": (266, 36),
    "unlink": (87, None), "unlinkat": (263, 35), "mknod": (133, None), "mknodat": (259, 33), "chmod": (90, None),
    "fchmod": (91, 52), "fchmodat": (268, 53), "fchmodat2": (452, 452), "chown": (92, None), "fchown": (93, 55),
    "lchown": (94, None), "fchownat": (260, 54), "utime": (132, None), "utimes": (235, None),
    "futimesat": (261, None), "utimensat": (280, 88), "setxattr": (188, 5), "lsetxattr": (189, 6),
    "fsetxattr": (190, 7), "removexattr": (197, 14), "lremovexattr": (198, 15), "fremovexattr": (199, 16),
}  # fmt: skip
"""Those that change files."""
FILES_BY_ARGUMENT = {
    "open": Argument((2, None), 1, bits=_WRITES),
    "openat": Argument((257, 56), 2, bits=_WRITES),
}
_NOT_THERE: Calls = {"clone3": (435, 435)}
"""Those whose arguments a filter cannot see: ENOSYS, and the C library takes the older call."""

_LOAD, _EQUAL, _ABOVE, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _REFUSE, _ABSENT = 0x7FFF_0000, 0x0005_0000 | errno.EPERM, 0x0005_0000 | errno.ENOSYS
_AT_NUMBER, _AT_ARCH, _AT_ARGUMENTS = 0, 4, 16
_PR_SET_SECCOMP, _PR_SET_NO_NEW_PRIVS, _FILTER_MODE = 22, 38, 2


def refuse(calls: Calls, by_argument: Mapping[str, Argument]) -> bool:
    """Refuse these to this process for good; False where the kernel cannot, or the machine is not known."""
    machine = _MACHINES.get(platform.machine())
    if machine is None or sys.platform != "linux":
        return False
    program = _program(machine, calls, by_argument)
    code = ctypes.create_string_buffer(program, len(program))
    header = struct.pack("@HxxxxxxP", len(program) // 8, ctypes.addressof(code))
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    prctl.argtypes = (ctypes.c_int, ctypes.c_ulong, ctypes.c_char_p, ctypes.c_ulong, ctypes.c_ulong)
    if prctl(_PR_SET_NO_NEW_PRIVS, 1, None, 0, 0):
        return False
    return not prctl(_PR_SET_SECCOMP, _FILTER_MODE, header, 0, 0)


def _program(machine: int, calls: Calls, by_argument: Mapping[str, Argument]) -> bytes:
    """The filter as BPF."""
    steps: list[tuple[int, int, int, int]] = [
        (_LOAD, 0, 0, _AT_ARCH),
        (_EQUAL, 1, 0, _AUDIT_ARCH[machine]),
        (_RETURN, 0, 0, _REFUSE),
        (_LOAD, 0, 0, _AT_NUMBER),
        (_ABOVE, 0, 1, _FIRST_X32),
        (_RETURN, 0, 0, _REFUSE),
    ]
    for refusal, names in ((_REFUSE, calls), (_ABSENT, _NOT_THERE)):
        for numbers in names.values():
            number = numbers[machine]
            if number is not None:
                steps += [(_EQUAL, 0, 1, number), (_RETURN, 0, 0, refusal)]
    for call in by_argument.values():
        number = call.numbers[machine]
        if number is not None:
            tests = [(_EQUAL, 0, 1, value) for value in call.values] + ([(_ANY_BIT, 0, 1, call.bits)] * bool(call.bits))
            within = [(_LOAD, 0, 0, _AT_ARGUMENTS + 8 * call.place)]
            for test in tests:
                within += [test, (_RETURN, 0, 0, _REFUSE)]
            within.append((_RETURN, 0, 0, _ALLOW))
            steps += [(_EQUAL, 0, len(within), number), *within]
    steps.append((_RETURN, 0, 0, _ALLOW))
    return b"".join(struct.pack("=HBBI", *step) for step in steps)
