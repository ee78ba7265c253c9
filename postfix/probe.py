"""Asks the running Postfix whether it takes mail: a conversation as far as the sender, which every milter hears."""

from __future__ import annotations

import smtplib
import socket
import time
from pathlib import Path

_SECONDS = 40
_APPEARS = 10.0
"""Seconds until Postfix has made a socket that is new: `postfix reload` does not wait for it."""


class NotTaken(Exception):
    """Postfix does not take mail; the text says at which step, and what it answered."""


class _Smtp(smtplib.SMTP):
    """SMTP over a unix socket or a port of this machine."""

    def __init__(self, listener: Path | tuple[str, int]) -> None:
        self._listener = listener
        super().__init__("localhost", local_hostname="localhost", timeout=_SECONDS)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        if isinstance(self._listener, tuple):
            return socket.create_connection(self._listener, timeout)
        end = time.monotonic() + _APPEARS
        while True:
            line = socket.socket(socket.AF_UNIX)
            line.settimeout(timeout)
            try:
                line.connect(str(self._listener))
            except (FileNotFoundError, ConnectionRefusedError):
                line.close()
                if time.monotonic() > end:
                    raise
                time.sleep(0.1)
            else:
                return line


def probe(listener: Path | tuple[str, int]) -> None:
    """Greets, names the null sender and takes it back; hands in no mail. Raises NotTaken.

    smtpd reads its milters when somebody connects and asks each at MAIL FROM: a list that it cannot read, or a milter
    that nobody serves, shows here and not only at the first mail of a user.
    """
    where = str(listener) if isinstance(listener, Path) else f"{listener[0]} port {listener[1]}"
    try:
        with _Smtp(listener) as connection:
            connection.ehlo_or_helo_if_needed()
            code, text = connection.mail("")
            connection.rset()
    except (TimeoutError, smtplib.SMTPException, OSError) as error:
        raise NotTaken(f"{where}: {type(error).__name__}: {error}") from None
    if code != 250:
        raise NotTaken(f"{where} answers MAIL FROM with {code} {text.decode(errors='replace')}")
