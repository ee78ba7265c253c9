"""Whether a part of Zegel that was started answers."""

from __future__ import annotations

import http.client
import socket
import stat
import struct
from pathlib import Path


def milter_answers(listener: Path) -> bool:
    """Ask for the milter protocol's options, as Postfix does first; an answer is enough.

    Until its socket is open to Postfix too, only we would be answered.
    """
    try:
        if not listener.stat().st_mode & stat.S_IWOTH:
            return False
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(5)
            connection.connect(str(listener))
            connection.sendall(struct.pack("!IcIII", 13, b"O", 6, 0x1FF, 0x1FFFFF))
            return connection.recv(5)[4:] == b"O"
    except OSError:
        return False


def site_answers(port: int) -> bool:
    """Whether a site answers at a port."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/")
        return connection.getresponse().status < 500
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
