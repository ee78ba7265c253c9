"""Landlock (Linux 5.13): a process gives up every file but those it names, for good and without privileges.

What a reader of documents is asked to open may refer to any file of this machine, and whoever takes it over asks for
the keys; with this it reaches neither. Programs that it starts are behind the same walls.
"""

from __future__ import annotations

import ctypes
import os
import struct
from collections.abc import Iterable

_CREATE, _ADD, _RESTRICT = 444, 445, 446
"""System calls; the same numbers on every machine."""
_VERSION, _BENEATH = 1, 1
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_FOLDER, _MAKE_SOCKET, _TRUNCATE = 1, 1 << 1, 1 << 2, 1 << 3, 1 << 9, 1 << 14
_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
"""How many rights over files each version knows."""
_NO_NEW_PRIVS = 38


def version() -> int:
    """What the kernel offers, 0 when it has no Landlock."""
    return max(0, int(ctypes.CDLL(None).syscall(_CREATE, None, 0, _VERSION)))


def leave_only(read: Iterable[str], write: Iterable[str] = (), run: Iterable[str] = ()) -> None:
    """From now on only what is below `read` can be read, below `write` written, and below `run` run.

    Memory, environment and open files of processes outside are out of reach. Where the kernel can, TCP, and signals and
    sockets to other processes go too. Raises OSError when it fails.
    """
    found = version()
    if not found:
        raise OSError("the kernel has no Landlock")
    handled = (1 << _RIGHTS[min(found, 5)]) - 1
    of_files = handled & (_EXECUTE | _READ_FILE | _WRITE_FILE | _TRUNCATE)
    fields = (handled, 3 if found >= 4 else 0, 3 if found >= 6 else 0)
    size = 8 if found < 4 else 16 if found < 6 else 24
    rules = _call(_CREATE, struct.pack("=QQQ", *fields), size, 0)
    reading = _READ_FILE | _READ_FOLDER
    try:
        for paths, rights in ((read, reading), (write, handled & ~_EXECUTE), (run, reading | _EXECUTE)):
            for path in paths:
                _add(rules, path, rights, of_files)
        ctypes.CDLL(None).prctl(_NO_NEW_PRIVS, 1, 0, 0, 0)
        _call(_RESTRICT, rules, 0)
    finally:
        os.close(rules)


def apart() -> None:
    """From now on this process cannot look into those behind the same walls: its parent, and what else that forks.

    Without Landlock nothing happens.
    """
    if version():
        rules = _call(_CREATE, struct.pack("=Q", _MAKE_SOCKET), 8, 0)
        try:
            _call(_RESTRICT, rules, 0)
        finally:
            os.close(rules)


def _add(rules: int, path: str, rights: int, of_files: int) -> None:
    """A rule for `path`; what is not there needs none."""
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        allowed = rights if os.path.isdir(path) else rights & of_files  # noqa: PTH112 (a bare string for a bare call)
        _call(_ADD, rules, _BENEATH, struct.pack("=Qi", allowed, place), 0)
    finally:
        os.close(place)


def _call(number: int, *arguments: int | bytes) -> int:
    libc = ctypes.CDLL(None, use_errno=True)
    result = int(libc.syscall(ctypes.c_long(number), *arguments))
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return result
