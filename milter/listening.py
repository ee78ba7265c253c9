"""The socket that Postfix connects to, shared by all processes that serve it.

libmilter opens it before the first fork, and goes on with the open one in each process.
"""

from __future__ import annotations

import os
import socket
import stat
from pathlib import Path

import milter

_BACKLOG = 200
"""Connections that the kernel keeps until a process accepts them; Postfix opens up to 100 at the same time."""


class Listening:
    """The open socket at `address`. Raises milter.error and OSError."""

    def __init__(self, address: str, mode: int) -> None:
        """Replaces the socket of a killed milter. With the umask of `open_core` a unix socket is open to nobody until
        it has its `mode`."""
        self._path = Path(address.removeprefix("unix:")) if address.startswith("unix:") else None
        self._remove()
        milter.setconn(address)
        milter.register("zegel")
        milter.setbacklog(_BACKLOG)
        before = _listening()
        milter.opensocket(False)
        (self._descriptor,) = _listening() - before
        # All processes wake for a connection and one gets it: the others must not wait for the next in accept(2).
        os.set_blocking(self._descriptor, False)
        if self._path:
            self._path.chmod(mode)

    def close(self) -> None:
        """Lets nobody connect any more, once the last process has left too.

        Not by shutdown(2): libmilter in a process that has not left yet would fail, and drop what is under way.
        """
        self._remove()
        if self._descriptor >= 0:
            os.close(self._descriptor)
        self._descriptor = -1

    def leave(self) -> None:
        """Has this process take no more connections; its open ones go on, and the others take new ones.

        libmilter's own stop would remove the socket and drop each message that is not at its end.
        """
        with socket.socket(socket.AF_UNIX) as silent:
            silent.bind("")  # a name that the kernel chooses and nobody is told
            silent.listen(0)
            silent.setblocking(False)
            os.dup2(silent.fileno(), self._descriptor, inheritable=False)

    def _remove(self) -> None:
        if self._path and self._path.is_socket():
            self._path.unlink()


def _listening() -> set[int]:
    """The descriptors of this process that are listening sockets."""
    found = set()
    for path in Path("/proc/self/fd").iterdir():
        descriptor = int(path.name)
        try:
            if stat.S_ISSOCK(os.fstat(descriptor).st_mode):
                with socket.socket(fileno=os.dup(descriptor)) as one:
                    if one.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
                        found.add(descriptor)
        except OSError:
            continue  # the one by which the folder was read
    return found
