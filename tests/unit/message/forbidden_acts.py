"""What whoever rules a process that reads documents would do next, and a way to try it from there."""

from __future__ import annotations

import ctypes
import fcntl
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path


def what_comes_of(act: str, *arguments: str) -> str:
    """The result of an act, or the name of the error."""
    try:
        return str(ACTS[act](*(each.replace("{server}", str(os.getppid())) for each in arguments)))
    except (OSError, subprocess.SubprocessError) as error:
        return type(error).__name__


def filled(attempt: tuple[str, ...], values: Mapping[str, str]) -> tuple[str, ...]:
    """The attempt with these names in place; "{server}" is left: it is the parent of the process that tries."""
    for name, value in values.items():
        attempt = tuple(word.replace(name, value) for word in attempt)
    return attempt


def _read_through_a_link(path: str) -> str:
    return subprocess.run(
        ["/bin/sh", "-c", f"read x < {path} && echo $x"], capture_output=True, check=True
    ).stdout.decode()


def _system_call(number: str, *arguments: str) -> str:
    libc = ctypes.CDLL(None, use_errno=True)
    result = libc.syscall(ctypes.c_long(int(number)), *(ctypes.c_long(int(each)) for each in arguments))
    if result < 0:
        raise OSError(ctypes.get_errno(), "")
    return str(result)


def _own_signal(process: str) -> str:
    """Has the kernel send a signal to another process: that of a socket that can be read."""
    here, there = socket.socketpair()
    fcntl.fcntl(here, 10, signal.SIGKILL)  # F_SETSIG
    fcntl.fcntl(here, fcntl.F_SETOWN, int(process))
    fcntl.fcntl(here, fcntl.F_SETFL, os.O_ASYNC)
    there.send(b"x")
    return "sent"


def _own_signal_by_ioctl(process: str) -> str:
    here, there = socket.socketpair()
    fcntl.ioctl(here, 0x8901, int(process).to_bytes(4, sys.byteorder))  # FIOSETOWN
    fcntl.fcntl(here, fcntl.F_SETFL, os.O_ASYNC)
    there.send(b"x")
    return "sent"


ACTS: dict[str, Callable[..., object]] = {
    "read": lambda path: Path(path).read_bytes(),
    "list": lambda path: list(Path(path).iterdir()),
    "read by a program": _read_through_a_link,
    "write": lambda path: Path(path).write_text("x"),
    "run": lambda *command: subprocess.run(command, capture_output=True, check=True).stdout.decode(),
    "socket": lambda family: socket.socket(int(family)),
    "kill": lambda process: os.kill(int(process), signal.SIGKILL),
    "kill all": lambda: os.kill(-1, signal.SIGTERM),
    "kill by handle": lambda process: signal.pidfd_send_signal(os.pidfd_open(int(process)), signal.SIGKILL),
    "kill by a file": _own_signal,
    "kill by a socket": _own_signal_by_ioctl,
    "slow down": lambda process: os.setpriority(os.PRIO_PROCESS, int(process), 19),
    "system call": _system_call,
    "open files": lambda: sorted(
        number for number in range(64) if not _closed(number)
    ),
    "descriptors": lambda: [os.fstat(number).st_rdev for number in range(3)],
    "process": lambda: os.getpid(),
    "environment": lambda: sorted(os.environ),
}  # fmt: skip


def _closed(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return True
    return False


ATTEMPTS = [
    *[("read", f"/proc/{{{whose}}}/{what}")
      for whose in ("milter", "server") for what in ("environ", "mem", "maps", "cmdline", "status", "stat", "fd/0")],
    ("read", "/proc/self/environ"),
    ("read", "/proc/self/mem"),
    ("list", "/proc"),
    ("list", "/proc/{milter}/fd"),
    ("list", "/proc/{milter}/task"),
    ("list", "/"),
    ("list", "/etc"),
    ("list", "/dev/shm"),
    ("list", "/tmp"),
    ("read", "{folder}/master.key"),
    ("read", "{folder}/zegel.db"),
    ("read", "{folder}/link"),
    ("read", "{folder}/memory"),
    ("read by a program", "{folder}/master.key"),
    ("read", "/etc/passwd"),
    ("read", "/etc/shadow"),
    ("write", "{folder}/new"),
    ("write", "/dev/shm/zegel-test"),
    ("write", "/proc/self/oom_score_adj"),
    ("write", "/proc/{milter}/oom_score_adj"),
    ("run", "/usr/bin/env"),
    ("run", "{folder}/program"),
    ("run", sys.executable, "-c", "print()"),
    *[("socket", str(int(family))) for family in (socket.AF_UNIX, socket.AF_INET, socket.AF_INET6, socket.AF_NETLINK)],
    ("kill", "{milter}"),
    ("kill", "{server}"),
    ("kill all",),
    ("kill by handle", "{milter}"),
    ("kill by a file", "{milter}"),
    ("kill by a socket", "{milter}"),
    ("slow down", "{milter}"),
    ("system call", "302", "{milter}", "7", "0", "0"),  # prlimit64
    ("system call", "310", "{milter}", "0", "0", "0", "0", "0"),  # process_vm_readv
    ("system call", "101", "16", "{milter}", "0", "0"),  # ptrace, to attach
    ("system call", "438", "0", "0", "0"),  # pidfd_getfd
    ("system call", "29", "77", "4096", "950"),  # shmget
    ("system call", "56", "268435473", "0", "0", "0", "0"),  # clone into a user namespace
    ("system call", "425", "1", "0"),  # io_uring_setup
]  # fmt: skip


REFUSALS = ("PermissionError", "CalledProcessError")
"""What an attempt may end with."""
