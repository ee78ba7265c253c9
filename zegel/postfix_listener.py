"""Where Postfix takes mail from Zegel: a unix socket that only few accounts reach, or a port."""

from __future__ import annotations

import smtplib
import socket
import sys
from dataclasses import dataclass
from pathlib import Path

PUBLIC = Path("/var/spool/postfix/public")
"""Postfix's folder for sockets, closed to all but root and the group of Postfix's own programs."""
_LISTENS = "0A"
"""TCP_LISTEN of the kernel."""


@dataclass(frozen=True, slots=True)
class Listener:
    """A listener of Postfix; `str()` names it for people.

    The socket counts as soon as it is there, also when nobody answers at it or we may not use it: on a port that
    Postfix left, any account of this machine could listen instead, and be sent links and passwords.
    """

    host: str
    port: int
    socket: Path | None = None

    def __str__(self) -> str:
        return str(self.socket) if self.by_socket else f"{self.host} port {self.port}"

    @property
    def by_socket(self) -> bool:
        """Whether the socket is there. One in a folder that is closed to us counts, unless root has the port still."""
        if self.socket is None:
            return False
        try:
            self.socket.stat()  # not exists(): what a closed folder means to it changed with Python 3.12
        except (FileNotFoundError, NotADirectoryError):
            return False
        except PermissionError:
            return not _root_listens(self.host, self.port)
        except OSError:
            pass
        return True

    def connect(self, seconds: float) -> smtplib.SMTP:
        """A connection that was greeted. Raises OSError, SMTPException."""
        path = self.socket if self.by_socket else None
        smtp = smtplib.SMTP(self.host, self.port, "localhost", seconds) if path is None else _AtSocket(path, seconds)
        smtp.ehlo_or_helo_if_needed()
        if path is not None and smtp.has_extn("xclient"):
            _from_this_machine(smtp)
        return smtp


def _root_listens(host: str, port: int) -> bool:
    """Whether root listens at a port of this machine, as Postfix does; the kernel says whose a socket is (proc(5))."""
    if host != "127.0.0.1":
        return False
    here = f"{int.from_bytes(socket.inet_aton(host), sys.byteorder):08X}:{port:04X}"
    try:
        rows = [line.split() for line in Path("/proc/self/net/tcp").read_text(encoding="ascii").splitlines()[1:]]
    except OSError:
        return False
    return any(row[1] == here and row[3] == _LISTENS and row[7] == "0" for row in rows)


def _from_this_machine(smtp: smtplib.SMTP) -> None:
    """Says that a client without an address is this machine (XCLIENT_README): milters hear of addresses alone.

    A signer that signs what comes from this machine would else sign nothing. The session begins anew.
    """
    for address in ("127.0.0.1", "IPV6:::1"):  # Postfix takes only what it speaks itself
        if smtp.docmd("XCLIENT", f"NAME=localhost ADDR={address}")[0] == 220:
            smtp.ehlo()
            return


class _AtSocket(smtplib.SMTP):
    """SMTP over a unix socket."""

    def __init__(self, path: Path, seconds: float) -> None:
        self._path = path
        super().__init__("localhost", local_hostname="localhost", timeout=seconds)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        connection = socket.socket(socket.AF_UNIX)
        try:
            connection.settimeout(timeout)
            connection.connect(str(self._path))
        except BaseException:
            connection.close()
            raise
        return connection
