"""A network of its own for the thread that runs the tests, with files of /etc replaced there alone.

What is started inside stays inside: ports below 1024 are free, 127.0.0.0/8 is all of the world, and nothing of it is
seen outside or by tests beside. It ends with its last process. Needs root.
"""

from __future__ import annotations

import ctypes
import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

_LIBC = ctypes.CDLL(None, use_errno=True)
_NEWNS, _NEWNET, _FS = 0x00020000, 0x40000000, 0x00000200
_BIND, _REC, _PRIVATE = 0x1000, 0x4000, 0x40000
_KINDS = {"net": _NEWNET, "mnt": _NEWNS}


def _call(name: str, *arguments: object) -> None:
    if getattr(_LIBC, name)(*arguments):
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")


@contextmanager
def own_network(addresses: int, replaced: Mapping[str, Path]) -> Iterator[None]:
    """Inside, this thread and what it starts has 127.0.0.1 to 127.0.0.`addresses`, and files of /etc as `replaced`."""
    before = {kind: os.open(f"/proc/thread-self/ns/{kind}", os.O_RDONLY) for kind in _KINDS}
    here, root = Path.cwd(), os.open("/", os.O_RDONLY)
    _call("unshare", _NEWNET | _NEWNS | _FS)
    try:
        _call("mount", b"none", b"/", None, _REC | _PRIVATE, None)
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        for number in range(2, addresses + 1):
            subprocess.run(["ip", "address", "add", f"127.0.0.{number}/8", "dev", "lo"], check=True)
        for path, content in replaced.items():
            target = os.path.realpath(path)
            _call("mount", str(content).encode(), target.encode(), None, _BIND, None)
        yield
    finally:
        _call("unshare", _FS)  # threads that were started meanwhile share it
        for kind, descriptor in before.items():
            _call("setns", descriptor, _KINDS[kind])
            os.close(descriptor)
        os.fchdir(root)  # setns leaves a chroot
        os.chroot(".")
        os.close(root)
        os.chdir(here)
