"""Stands between a client and a PostgreSQL server, and cuts them off in the middle of a commit."""

from __future__ import annotations

import contextlib
import socket
import tempfile
import threading
from pathlib import Path
from typing import Literal

Moment = Literal["before", "after"]
"""Whether the server has the commit when the line is cut."""
_SOCKET = ".s.PGSQL.5432"
_COMMIT = b"COMMIT\0"  # and not the COMMITTED of a BEGIN


class CutOff:
    """A socket in a folder of its own; what comes there goes on to the server in `server`."""

    def __init__(self, server: Path) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="zegel-cut-"))
        self._server = str(server / _SOCKET)
        self._armed: Moment | None = None
        self.cuts = 0
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(self.folder / _SOCKET))
        self._listener.listen()
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self, moment: Moment) -> None:
        """Cuts the next commit off."""
        self._armed = moment

    def close(self) -> None:
        self._listener.close()
        (self.folder / _SOCKET).unlink()
        self.folder.rmdir()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.socket(socket.AF_UNIX)
                server.connect(self._server)
                for source, target in ((client, server), (server, client)):
                    threading.Thread(target=self._pass_on, args=(source, target, client), daemon=True).start()

    def _pass_on(self, source: socket.socket, target: socket.socket, client: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                if source is client and _COMMIT in data and self._armed:
                    moment, self._armed = self._armed, None
                    self.cuts += 1
                    client.shutdown(socket.SHUT_RDWR)  # so that no answer passes
                    if moment == "before":
                        break
                target.sendall(data)
        for each in (source, target):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_WR)
